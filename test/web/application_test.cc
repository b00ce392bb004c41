#include "web/application.h"

#include "web/temporary_folder.h"
#include "web/visitor.h"

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>

namespace chatd::web {
namespace {

using Steps = std::string;

// Writes down what it is asked to do; misbehaves as the path says.
class DiaryHandler : public RequestHandler {
 public:
  DiaryHandler(HandlerContext&& context, Steps& steps)
      : RequestHandler(std::move(context)), steps_(steps), how_(path_argument("how")) {
    if (how_ == "stillborn") throw HttpError(503);
    if (how_ == "broken") throw std::runtime_error("in the constructor");
  }
  ~DiaryHandler() override { steps_ += "gone"; }

  void prepare() override {
    steps_ += "prepare ";
    if (how_ == "early") finish("early");
    if (how_ == "barred") throw HttpError(403);
  }
  void get() override {
    steps_ += "get ";
    if (how_ == "throws") throw std::runtime_error("secret");
    if (how_ == "throws-int") throw 7;  // NOLINT: whatever a program does
    if (how_ == "finished") {
      finish("all of it");
      throw std::runtime_error("too late");
    }
    write("page");
  }
  void put() override { steps_ += "put "; }
  void on_finish() override {
    steps_ += "finish ";
    if (how_ == "bad-end") throw std::runtime_error("at the end");
  }
  void write_error(http::Status error) override {
    steps_ += "error ";
    if (how_ == "throws-int") throw std::runtime_error("worse");
    RequestHandler::write_error(error);
  }

 private:
  Steps& steps_;
  const std::string how_;
};

struct Diary {
  Steps steps{};
  Application application{{{"/:how", route<DiaryHandler>(std::ref(steps))}}};
  Visitor visitor{};

  http::Response ask(const std::string& method, const std::string& target) {
    steps.clear();
    return visitor.visit(application, make_request(method, target));
  }
};

// The status of a POST with these fields.
class FormHandler : public RequestHandler {
 public:
  using RequestHandler::RequestHandler;
  void get() override { write("form"); }
  void post() override { write("taken"); }
};

unsigned post_from(std::initializer_list<http::Header> headers, Settings settings = {}) {
  Application application({{"/", route<FormHandler>()}}, std::move(settings));
  return status(Visitor().visit(application, make_request("POST", "/", headers)));
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a handler is made, prepared, run, told that it is done, and freed") {
    Diary diary;
    CHECK(body(diary.ask("GET", "/x")) == "page");
    CHECK(diary.steps == "prepare get finish gone");
    CHECK(status(diary.ask("PUT", "/x")) == 200);
    CHECK(diary.steps == "prepare put finish gone");
  }

  TEST_CASE("HEAD is GET without what follows the head") {
    Diary diary;
    const http::Response response = diary.ask("HEAD", "/x");
    CHECK(diary.steps == "prepare get finish gone");
    CHECK(body(response) == "page");  // for its length
    CHECK_FALSE(http::sends_body(response, "HEAD"));
  }

  TEST_CASE("a response that prepare() finished is not added to") {
    Diary diary;
    CHECK(body(diary.ask("GET", "/early")) == "early");
    CHECK(diary.steps == "prepare finish gone");
  }

  TEST_CASE("an HttpError anywhere is answered with its status") {
    Diary diary;
    CHECK(status(diary.ask("GET", "/barred")) == 403);
    CHECK(diary.steps == "prepare error finish gone");
    CHECK(status(diary.ask("GET", "/stillborn")) == 503);
  }

  TEST_CASE("any other exception is a 500 that tells the visitor nothing") {
    Diary diary;
    const http::Response response = diary.ask("GET", "/throws");
    CHECK(status(response) == 500);
    CHECK(body(response) == "500 Internal Server Error\n");
    CHECK(diary.steps == "prepare get error finish gone");
    CHECK(status(diary.ask("GET", "/broken")) == 500);
    CHECK(status(diary.ask("GET", "/throws-int")) == 500);
    CHECK(body(diary.ask("GET", "/throws-int")) == "500 Internal Server Error\n");
    CHECK(status(diary.ask("GET", "/finished")) == 500);
    CHECK(body(diary.ask("GET", "/bad-end")) == "page");
  }

  TEST_CASE("with debug the page for 500 says what went wrong") {
    Steps steps;
    Application application({{"/:how", route<DiaryHandler>(std::ref(steps))}},
                            Settings{.debug = true});
    Visitor visitor;
    CHECK(body(visitor.get(application, "/throws")) == "secret");
  }

  TEST_CASE("a path without a route is 404") {
    Diary diary;
    CHECK(status(diary.ask("GET", "/x/y")) == 404);
    CHECK(status(diary.ask("GET", "/")) == 404);
    CHECK(body(diary.ask("GET", "/x/y")) == "404 Not Found\n");
    CHECK(status(diary.ask("POST", "/x/y")) == 404);
    CHECK(diary.steps.empty());
  }

  TEST_CASE("a method that the handler does not answer is 405, and Allow says which it does") {
    Diary diary;
    const http::Response response = diary.ask("POST", "/x");
    CHECK(status(response) == 405);
    CHECK(header(response, "Allow") == "GET, HEAD, PUT, OPTIONS");
    CHECK(diary.steps == "error finish gone");
    CHECK(status(diary.ask("DELETE", "/x")) == 405);
    CHECK(status(diary.ask("PATCH", "/x")) == 405);
  }

  TEST_CASE("a method that nobody knows is 501") {
    Diary diary;
    for (const std::string method : {"BREW", "get", "TRACE", "CONNECT", "PROPFIND"}) {
      CHECK(status(diary.ask(method, "/x")) == 501);
      CHECK(status(diary.ask(method, "/x/y")) == 501);
    }
  }

  TEST_CASE("OPTIONS is answered with Allow") {
    Diary diary;
    const http::Response response = diary.ask("OPTIONS", "/x");
    CHECK(status(response) == 204);
    CHECK(header(response, "Allow") == "GET, HEAD, PUT, OPTIONS");
    CHECK(body(response).empty());
  }

  TEST_CASE("OPTIONS * is answered with what any of the routes answers") {
    Visitor visitor;
    Application empty{{}};
    const http::Response nothing = visitor.visit(empty, make_request("OPTIONS", "*"));
    CHECK(status(nothing) == 204);
    CHECK(header(nothing, "Allow") == "OPTIONS");
    Steps steps;
    Application site(
        {{"/", route<FormHandler>()}, {"/:how", route<DiaryHandler>(std::ref(steps))}});
    const http::Response all = visitor.visit(site, make_request("OPTIONS", "*"));
    CHECK(status(all) == 204);
    CHECK(header(all, "Allow") == "GET, HEAD, POST, PUT, OPTIONS");
    CHECK(body(all).empty());
    CHECK(steps.empty());
    // The parser lets nothing else come so far.
    CHECK(status(visitor.visit(site, make_request("GET", "*"))) == 405);
  }

  TEST_CASE(
      "an HTML page goes with a strict policy, which its handler or the settings can change") {
    Application application({{"/", route<FormHandler>()}});
    Visitor visitor;
    const http::Response page = visitor.get(application, "/");
    CHECK(header(page, "Content-Security-Policy") == kStrictContentSecurityPolicy);
    CHECK(header(page, "X-Content-Type-Options") == "nosniff");
    CHECK(header(page, "Referrer-Policy") == "same-origin");
    const http::Response error = visitor.get(application, "/none");
    CHECK(header(error, "Content-Security-Policy") == "(none)");  // plain text
    CHECK(header(error, "X-Content-Type-Options") == "nosniff");

    Application lenient({{"/", route<FormHandler>()}},
                        Settings{.content_security_policy = "default-src *"});
    CHECK(header(visitor.get(lenient, "/"), "Content-Security-Policy") == "default-src *");
    Application silent({{"/", route<FormHandler>()}}, Settings{.content_security_policy = ""});
    CHECK(header(visitor.get(silent, "/"), "Content-Security-Policy") == "(none)");
  }

  TEST_CASE("a form that another site's page sends is refused, unless that site is allowed") {
    CHECK(post_from({}) == 200);
    CHECK(post_from({{"Origin", "http://chat.example"}}) == 200);
    CHECK(post_from({{"Origin", "http://evil.example"}}) == 403);
    CHECK(post_from({{"Origin", "null"}}) == 403);
    CHECK(post_from({{"Sec-Fetch-Site", "cross-site"}}) == 403);
    CHECK(post_from({{"Sec-Fetch-Site", "same-origin"}}) == 200);
    const Settings friendly{.allowed_origins = {"http://evil.example"}};
    CHECK(post_from({{"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "cross-site"}},
                    friendly) == 200);
    CHECK(post_from({{"Origin", "http://evil.example"}}, Settings{.refuse_cross_site = false}) ==
          200);
    Application application({{"/", route<FormHandler>()}});
    CHECK(status(Visitor().get(application, "/", {{"Sec-Fetch-Site", "cross-site"}})) == 200);
  }

  TEST_CASE("what will be refused is refused before its body is read") {
    Application application({{"/", route<FormHandler>()}});
    CHECK_FALSE(application.on_head(make_request("POST", "/")));
    CHECK(status(*application.on_head(make_request("POST", "/none"))) == 404);
    CHECK(status(*application.on_head(make_request("BREW", "/"))) == 501);
    const auto not_allowed = application.on_head(make_request("PUT", "/"));
    REQUIRE(not_allowed);
    CHECK(status(*not_allowed) == 405);
    CHECK(header(*not_allowed, "Allow") == "GET, HEAD, POST, OPTIONS");
    CHECK(status(*application.on_head(
              make_request("POST", "/", {{"Origin", "http://evil.example"}}))) == 403);
  }

  TEST_CASE("a static_path is served below /static/, before all other routes") {
    TemporaryFolder folder;
    folder.write("chat.js", "export {};");
    Application application({{"/*", route<FormHandler>()}}, Settings{.static_path = folder.path()});
    Visitor visitor;
    CHECK(body(visitor.get(application, "/static/chat.js")) == "export {};");
    CHECK(status(visitor.get(application, "/static/none.js")) == 404);
    CHECK(status(visitor.visit(application, make_request("POST", "/static/chat.js"))) == 405);
    CHECK(body(visitor.get(application, "/else")) == "form");
  }

  TEST_CASE("an Application that cannot read its folders is not built") {
    TemporaryFolder folder;
    CHECK_THROWS_AS(Application({}, Settings{.template_path = folder.path() / "none"}),
                    std::runtime_error);
    CHECK_THROWS_AS(Application({}, Settings{.static_path = folder.path() / "none"}),
                    std::runtime_error);
    folder.write("page.html", "{{");
    CHECK_THROWS_AS(Application({}, Settings{.template_path = folder.path()}), std::runtime_error);
  }
}

}  // namespace chatd::web
