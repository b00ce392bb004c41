#include "web/static_file_handler.h"

#include "web/application.h"
#include "web/content_type.h"
#include "web/temporary_folder.h"
#include "web/visitor.h"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>

#include <sys/stat.h>

namespace chatd::web {
namespace {

struct PublicFolder {
  TemporaryFolder folder{};
  StaticFolder files{folder.path()};
  Application application{{{"/static/*", route<StaticFileHandler>(std::cref(files))}}};
  Visitor visitor{};

  http::Response get(const std::string& target, std::initializer_list<http::Header> headers = {}) {
    return visitor.get(application, target, headers);
  }
};

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a file is given out with its type, its tag and its date") {
    PublicFolder site;
    site.folder.write("chat.js", "export {};");
    const http::Response response = site.get("/static/chat.js");
    CHECK(status(response) == 200);
    CHECK(body(response) == "export {};");
    CHECK(header(response, "Content-Type") == "text/javascript; charset=utf-8");
    CHECK(header(response, "X-Content-Type-Options") == "nosniff");
    CHECK(header(response, "Cache-Control") == "no-cache");
    CHECK(header(response, "ETag").size() == 34);
    CHECK(header(response, "Last-Modified").ends_with(" GMT"));
    const http::Response versioned = site.get("/static/chat.js?v=1");
    CHECK(header(versioned, "Cache-Control") == "public, max-age=31536000, immutable");
  }

  TEST_CASE("an empty file and one of many bytes come whole") {
    PublicFolder site;
    site.folder.write("empty.txt", "");
    CHECK(status(site.get("/static/empty.txt")) == 200);
    CHECK(body(site.get("/static/empty.txt")).empty());
    std::string most(StaticFolder::kMaxHeldBytes, '\0');
    most.back() = 'x';
    site.folder.write("most.bin", most);
    CHECK(body(site.get("/static/most.bin")) == most);
    site.folder.write("more.bin", most + 'x');
    const http::Response more = site.get("/static/more.bin");
    CHECK(status(more) == 200);
    CHECK(more.body_view().empty());
    CHECK(more.body_size() == most.size() + 1);  // the session reads it from the file
  }

  TEST_CASE("types go by the extension, whatever its case") {
    CHECK(content_type_of("a.html") == "text/html; charset=utf-8");
    CHECK(content_type_of("a/b.min.CSS") == "text/css; charset=utf-8");
    CHECK(content_type_of("favicon.svg") == "image/svg+xml");
    CHECK(content_type_of("a.exe") == "application/octet-stream");
    CHECK(content_type_of("README") == "application/octet-stream");
    CHECK(content_type_of("html") == "application/octet-stream");
    CHECK(content_type_of("a.") == "application/octet-stream");
  }

  TEST_CASE("there is no way out of the folder") {
    TemporaryFolder outside;
    outside.write("secret.txt", "secret");
    PublicFolder site;
    site.folder.make_folder("css");
    site.folder.write("css/a.css", "a");
    site.folder.write(".hidden", "hidden");
    site.folder.link("link.txt", outside.path() / "secret.txt");
    site.folder.link("out", outside.path());
    const std::string name = outside.path().filename().string();
    for (const std::string& path : {"../" + name + "/secret.txt",
                                    "..%2f" + name + "%2fsecret.txt",
                                    "%2e%2e/" + name + "/secret.txt",
                                    "%2e%2e%2f" + name + "%2fsecret.txt",
                                    "css/../../" + name + "/secret.txt",
                                    "css/%2e%2e/%2e%2e/" + name + "/secret.txt",
                                    "..%5c" + name + "%5csecret.txt",
                                    "..\\" + name + "\\secret.txt",
                                    "/" + outside.path().string() + "/secret.txt",
                                    "%2f" + outside.path().string(),
                                    outside.path().string() + "/secret.txt",
                                    "%252e%252e%252f" + name,
                                    "....//" + name + "/secret.txt",
                                    std::string("link.txt"),
                                    std::string("out/secret.txt"),
                                    std::string(".hidden"),
                                    std::string("%2ehidden"),
                                    std::string("css"),
                                    std::string("css/"),
                                    std::string(""),
                                    std::string("."),
                                    std::string(".."),
                                    std::string("css//a.css"),
                                    std::string("/css/a.css"),
                                    std::string("css/./a.css"),
                                    std::string("css/../css/a.css"),
                                    std::string("css/a.css/"),
                                    std::string("CSS/a.css")}) {
      CHECK_MESSAGE(status(site.get("/static/" + path)) == 404, path);
    }
    CHECK(status(site.get("/static/css/a.css")) == 200);
    CHECK(status(site.get("/static/css%2fa.css")) == 200);  // the same path, oddly written
    CHECK_FALSE(site.files.find(std::string_view("css/a.css\0.html", 15)));
  }

  TEST_CASE("what is no regular file is not there") {
    PublicFolder site;
    REQUIRE(::mkfifo((site.folder.path() / "fifo").c_str(), 0600) == 0);
    CHECK(status(site.get("/static/fifo")) == 404);
  }

  TEST_CASE("a browser that has the file is told so by its tag, else by its date") {
    PublicFolder site;
    site.folder.write("a.txt", "a");
    const http::Response first = site.get("/static/a.txt");
    const std::string tag = header(first, "ETag");
    const std::string date = header(first, "Last-Modified");
    const auto again = [&](std::initializer_list<http::Header> headers) {
      return status(site.get("/static/a.txt", headers));
    };
    CHECK(again({{"If-None-Match", tag}}) == 304);
    CHECK(again({{"If-None-Match", "W/" + tag}}) == 304);
    CHECK(again({{"If-None-Match", "\"x\", " + tag}}) == 304);
    CHECK(again({{"If-None-Match", "*"}}) == 304);
    CHECK(again({{"If-Modified-Since", date}}) == 304);
    CHECK(again({{"If-None-Match", "\"x\""}}) == 200);
    CHECK(again({{"If-None-Match", "\"x\""}, {"If-Modified-Since", date}}) == 200);
    CHECK(again({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == 200);
    const http::Response known = site.get("/static/a.txt", {{"If-None-Match", tag}});
    CHECK(header(known, "ETag") == tag);
    CHECK(header(known, "Cache-Control") == "no-cache");
  }

  TEST_CASE("a file that changed is read again, and one that is gone is gone") {
    PublicFolder site;
    site.folder.write("a.txt", "one");
    const std::string tag = header(site.get("/static/a.txt"), "ETag");
    CHECK(header(site.get("/static/a.txt"), "ETag") == tag);
    site.folder.write("a.txt", "other");
    CHECK(body(site.get("/static/a.txt", {{"If-None-Match", tag}})) == "other");
    std::filesystem::remove(site.folder.path() / "a.txt");
    CHECK(status(site.get("/static/a.txt")) == 404);
    site.folder.write("a.txt", "one");
    CHECK(header(site.get("/static/a.txt"), "ETag") == tag);
  }

  TEST_CASE("a folder of more than fits into memory is served all the same") {
    PublicFolder site;
    for (int i = 0; i < 6; ++i) {
      site.folder.write("f" + std::to_string(i), std::string(StaticFolder::kMaxHeldBytes, 'a'));
    }
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 6; ++i) {
        CHECK(site.get("/static/f" + std::to_string(i)).body_view().size() ==
              StaticFolder::kMaxHeldBytes);
      }
    }
  }

  TEST_CASE("a static folder that is none is refused") {
    TemporaryFolder folder;
    folder.write("file", "");
    CHECK_THROWS_AS(StaticFolder(folder.path() / "none"), std::runtime_error);
    CHECK_THROWS_AS(StaticFolder(folder.path() / "file"), std::runtime_error);
  }
}

}  // namespace chatd::web
