// Static files in part and compressed.
#include "web/application.h"
#include "web/gzip.h"
#include "web/static_file_handler.h"
#include "web/temporary_folder.h"
#include "web/visitor.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <variant>

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
  http::Response zipped(const std::string& target) {
    return get(target, {{"Accept-Encoding", "gzip"}});
  }
};

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("one range of a file is given, with where it is from") {
    PublicFolder site;
    site.folder.write("a.txt", "0123456789");
    const http::Response part = site.get("/static/a.txt", {{"Range", "bytes=2-4"}});
    CHECK(status(part) == 206);
    CHECK(body(part) == "234");
    CHECK(header(part, "Content-Range") == "bytes 2-4/10");
    CHECK(header(part, "ETag") == header(site.get("/static/a.txt"), "ETag"));
    CHECK(header(part, "Accept-Ranges") == "bytes");
    const http::Response several = site.get("/static/a.txt", {{"Range", "bytes=0-1,3-4"}});
    CHECK(status(several) == 200);
    CHECK(body(several) == "0123456789");
  }

  TEST_CASE("a range behind the end of a file is refused with its length") {
    PublicFolder site;
    site.folder.write("a.txt", "0123456789");
    const http::Response refused = site.get("/static/a.txt", {{"Range", "bytes=10-"}});
    CHECK(status(refused) == 416);
    CHECK(header(refused, "Content-Range") == "bytes */10");
    CHECK(header(refused, "Cache-Control") == "(none)");
  }

  TEST_CASE("conditions are judged before the range") {
    PublicFolder site;
    site.folder.write("a.txt", "0123456789");
    const std::string tag = header(site.get("/static/a.txt"), "ETag");
    const auto part = [&](std::initializer_list<http::Header> fields) {
      return status(site.get("/static/a.txt", fields));
    };
    CHECK(part({{"Range", "bytes=2-4"}, {"If-Range", tag}}) == 206);
    CHECK(part({{"Range", "bytes=2-4"}, {"If-Range", "W/" + tag}}) == 200);
    CHECK(part({{"Range", "bytes=99-"}, {"If-Range", "\"x\""}}) == 200);
    CHECK(part({{"Range", "bytes=99-"}, {"If-None-Match", tag}}) == 304);
    CHECK(part({{"Range", "bytes=2-4"}, {"If-Match", "\"x\""}}) == 412);
    CHECK(part({{"If-Match", tag}}) == 200);
    CHECK(part({{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == 412);
    http::Request head = make_request("HEAD", "/static/a.txt", {{"Range", "bytes=2-4"}});
    CHECK(status(site.visitor.visit(site.application, std::move(head))) == 200);
  }

  TEST_CASE("a part of a large file is a slice of it") {
    PublicFolder site;
    site.folder.write("a.bin", std::string(StaticFolder::kMaxHeldBytes, 'a') + "bcd");
    http::Response part = site.get("/static/a.bin", {{"Range", "bytes=-2"}});
    CHECK(status(part) == 206);
    CHECK(header(part, "Content-Range") == "bytes 4194305-4194306/4194307");
    auto& slice = std::get<http::FileSlice>(part.body);
    CHECK(slice.bytes == 2);
    CHECK(http::take_piece(slice)->view() == "cd");
    const std::string tag = header(part, "ETag");
    CHECK(status(site.get("/static/a.bin", {{"If-None-Match", tag}})) == 304);
    site.folder.write("a.bin", std::string(StaticFolder::kMaxHeldBytes, 'x') + "bcde");
    CHECK(header(site.get("/static/a.bin"), "ETag") != tag);
  }

  TEST_CASE("text from a certain size on is zipped for who accepts it") {
    PublicFolder site;
    const std::string text(StaticFolder::kMinGzippedBytes, 'a');
    site.folder.write("a.js", text);
    site.folder.write("less.js", text.substr(1));
    site.folder.write("a.png", text);
    const http::Response zipped = site.zipped("/static/a.js");
    CHECK(header(zipped, "Content-Encoding") == "gzip");
    CHECK(header(zipped, "Content-Type") == "text/javascript; charset=utf-8");
    CHECK(header(zipped, "Vary") == "Accept-Encoding");
    CHECK(body(zipped) == gzip(text));
    CHECK(body(site.zipped("/static/a.js")) == gzip(text));
    const http::Response plain = site.get("/static/a.js");
    CHECK(header(plain, "Content-Encoding") == "(none)");
    CHECK(header(plain, "Vary") == "Accept-Encoding");
    CHECK(header(plain, "ETag") != header(zipped, "ETag"));
    CHECK(header(site.zipped("/static/less.js"), "Content-Encoding") == "(none)");
    CHECK(header(site.zipped("/static/a.png"), "Content-Encoding") == "(none)");
    const auto tag = header(zipped, "ETag");
    const http::Response known =
        site.get("/static/a.js", {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}});
    CHECK(status(known) == 304);
    CHECK(status(site.get("/static/a.js", {{"If-None-Match", tag}})) == 200);
  }

  TEST_CASE("what is too large to be zipped in passing, or does not become smaller, is not") {
    PublicFolder site;
    site.folder.write("most.txt", std::string(StaticFolder::kMaxGzippedBytes, 'a'));
    site.folder.write("more.txt", std::string(StaticFolder::kMaxGzippedBytes + 1, 'a'));
    CHECK(header(site.zipped("/static/most.txt"), "Content-Encoding") == "gzip");
    CHECK(header(site.zipped("/static/more.txt"), "Content-Encoding") == "(none)");
    std::string noise;
    unsigned state = 1;
    for (int i = 0; i < 2000; ++i) {
      state = state * 1103515245u + 12345u;
      noise += static_cast<char>(state >> 16);
    }
    site.folder.write("noise.txt", noise);
    for (int i = 0; i < 2; ++i) CHECK(body(site.zipped("/static/noise.txt")) == noise);
  }

  TEST_CASE("a zipped file beside another is given in its place, unless it is older") {
    PublicFolder site;
    site.folder.write("a.js", "plain");
    site.folder.write("a.js.gz", "zipped");
    CHECK(body(site.get("/static/a.js")) == "plain");
    const http::Response zipped = site.zipped("/static/a.js");
    CHECK(body(zipped) == "zipped");
    CHECK(header(zipped, "Content-Encoding") == "gzip");
    CHECK(header(zipped, "Content-Type") == "text/javascript; charset=utf-8");
    const auto time = std::filesystem::last_write_time(site.folder.path() / "a.js");
    std::filesystem::last_write_time(site.folder.path() / "a.js.gz",
                                     time - std::chrono::seconds{5});
    CHECK(body(site.zipped("/static/a.js")) == "plain");
    site.folder.link("b.js.gz", site.folder.path() / "a.js.gz");
    site.folder.write("b.js", "plain");
    CHECK(body(site.zipped("/static/b.js")) == "plain");
    // Asked for by its own name it is a file like others.
    CHECK(header(site.zipped("/static/a.js.gz"), "Content-Encoding") == "(none)");
    std::filesystem::remove(site.folder.path() / "a.js");
    CHECK(status(site.zipped("/static/a.js")) == 404);
  }
}

}  // namespace chatd::web
