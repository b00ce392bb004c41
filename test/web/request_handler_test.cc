#include "web/request_handler.h"

#include "web/application.h"
#include "web/temporary_folder.h"
#include "web/visitor.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace chatd::web {
namespace {

using Script = std::function<void(RequestHandler&)>;

// Answers GET and POST with what the test says.
class ScriptedHandler : public RequestHandler {
 public:
  ScriptedHandler(HandlerContext&& context, const Script& script)
      : RequestHandler(std::move(context)), script_(script) {}
  void get() override { script_(*this); }
  void post() override { script_(*this); }

 private:
  const Script& script_;
};

// What `script` answers to `request`.
http::Response answer(http::Request request, const Script& script, Settings settings = {}) {
  if (settings.cookie_secret.empty()) settings.cookie_secret = "secret";
  Application application({{"/", route<ScriptedHandler>(std::cref(script))},
                           {"/room/:name/:day", route<ScriptedHandler>(std::cref(script))}},
                          std::move(settings));
  Visitor visitor;
  return visitor.visit(application, std::move(request));
}

http::Response get(const Script& script) { return answer(make_request("GET", "/"), script); }

// What get_argument("x") makes of `form`, or the status of the error.
std::string argument(const std::string& form) {
  const http::Response response = answer(
      make_form("/", form), [](RequestHandler& h) { h.write('[' + h.get_argument("x") + ']'); });
  return response.status == http::Status::Ok ? body(response) : std::to_string(status(response));
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("what a handler writes is the body, HTML unless it says otherwise") {
    const http::Response html = get([](RequestHandler& h) {
      h.write("<p>");
      h.write("hello");
    });
    CHECK(status(html) == 200);
    CHECK(body(html) == "<p>hello");
    CHECK(header(html, "Content-Type") == "text/html; charset=UTF-8");

    const http::Response text = get([](RequestHandler& h) {
      h.set_header("Content-Type", "text/plain");
      h.set_status(http::Status::PreconditionFailed);
      h.add_header("X-A", "1");
      h.add_header("X-A", "2");
      h.set_header("X-B", "1");
      h.set_header("x-b", "2");
      h.finish("plain");
    });
    CHECK(status(text) == 412);
    CHECK(body(text) == "plain");
    CHECK(header(text, "Content-Type") == "text/plain");
    CHECK(text.headers.get_all("X-A").size() == 2);
    CHECK(text.headers.get_all("X-B") == std::vector<std::string_view>{"2"});

    const http::Response empty = get([](RequestHandler& h) { h.set_status(204); });
    CHECK(status(empty) == 204);
    CHECK(header(empty, "Content-Type") == "(none)");
  }

  TEST_CASE("nothing can be added to a response that was finished") {
    for (const Script& late : {Script([](RequestHandler& h) { h.write("x"); }),
                               Script([](RequestHandler& h) { h.set_status(201); }),
                               Script([](RequestHandler& h) { h.set_header("A", "b"); }),
                               Script([](RequestHandler& h) { h.set_cookie("a", "b"); }),
                               Script([](RequestHandler& h) { h.finish(); }),
                               Script([](RequestHandler& h) { h.redirect("/"); })}) {
      const http::Response response = get([&](RequestHandler& h) {
        h.finish("done");
        CHECK_THROWS_AS(late(h), std::logic_error);
      });
      CHECK(status(response) == 200);
      CHECK(body(response) == "done");
    }
  }

  TEST_CASE("a header value that would begin a new line is a mistake of ours") {
    const http::Response response =
        get([](RequestHandler& h) { h.set_header("X-A", "1\r\nX-B: 2"); });
    CHECK(status(response) == 500);
    CHECK(header(response, "X-B") == "(none)");
    CHECK(status(get([](RequestHandler& h) { h.redirect("/\r\nSet-Cookie: a=b"); })) == 500);
    CHECK(status(get([](RequestHandler& h) { h.set_cookie("a", "b\r\nc"); })) == 500);
    CHECK(status(get([](RequestHandler& h) { h.set_cookie("a b", "c"); })) == 500);
  }

  TEST_CASE("redirect sends the visitor elsewhere, with 302 unless another status is said") {
    const http::Response found = get([](RequestHandler& h) { h.redirect("/login"); });
    CHECK(status(found) == 302);
    CHECK(header(found, "Location") == "/login");
    CHECK(body(found).empty());
    CHECK(status(get([](RequestHandler& h) { h.redirect("/", http::Status::SeeOther); })) == 303);
  }

  TEST_CASE("render sends a page of the templates") {
    TemporaryFolder folder;
    folder.write("page.html", "<b>{{x}}</b>");
    const Settings settings{.template_path = folder.path()};
    const http::Response page = answer(
        make_request("GET", "/"),
        [](RequestHandler& h) {
          h.render("page.html", {{"x", "<1>"}});
        },
        settings);
    CHECK(body(page) == "<b>&lt;1&gt;</b>");
    CHECK(header(page, "Content-Type") == "text/html; charset=UTF-8");
    CHECK(status(answer(
              make_request("GET", "/"), [](RequestHandler& h) { h.render("none.html", {}); },
              settings)) == 500);
  }

  TEST_CASE("an argument is trimmed text without control characters") {
    CHECK(argument("x=a+b") == "[a b]");
    CHECK(argument("x=%20%09a%0d%0a") == "[a]");
    CHECK(argument("x=a%00b%1Fc%0Ad") == "[a b c\nd]");
    CHECK(argument("x=%E5%B0%8F%E6%98%8E") == "[小明]");
    CHECK(argument("x=") == "[]");
    CHECK(argument("x") == "[]");
    CHECK(argument("x=1&x=2") == "[2]");
    CHECK(argument("X=1") == "400");
    CHECK(argument("") == "400");
    CHECK(argument("x=%FF") == "400");
    CHECK(argument("x=%ED%A0%80") == "400");
  }

  TEST_CASE("more arguments than anyone needs are refused") {
    std::string form = "x=1";
    for (std::size_t i = 1; i < http::kMaxFormFields; ++i) form += "&a=";
    CHECK(argument(form) == "[1]");
    CHECK(argument(form + "&a=") == "400");
  }

  TEST_CASE("an argument comes from the query, or from the body before it") {
    const auto both = [](const Script& script) {
      return body(answer(make_form("/?x=q1&x=q2&y=q", "x=b1&z=b"), script));
    };
    CHECK(both([](RequestHandler& h) { h.write(h.get_argument("x")); }) == "b1");
    CHECK(both([](RequestHandler& h) { h.write(h.get_argument("y")); }) == "q");
    CHECK(both([](RequestHandler& h) { h.write(h.get_argument("none", "else")); }) == "else");
    CHECK(both([](RequestHandler& h) { h.write(h.get_argument("y", "else")); }) == "q");
    CHECK(both([](RequestHandler& h) { h.write(h.get_query_argument("x")); }) == "q2");
    CHECK(both([](RequestHandler& h) { h.write(h.get_query_argument("z", "-")); }) == "-");
    CHECK(both([](RequestHandler& h) { h.write(h.get_body_argument("x")); }) == "b1");
    CHECK(both([](RequestHandler& h) { h.write(h.get_body_argument("y", "-")); }) == "-");
    CHECK(both([](RequestHandler& h) {
            for (const std::string& value : h.get_arguments("x")) h.write(value + ' ');
          }) == "q1 q2 b1 ");
    CHECK(status(answer(make_form("/?y=1", ""),
                        [](RequestHandler& h) { h.get_body_argument("y"); })) == 400);
    CHECK(status(answer(make_form("/", "y=1"),
                        [](RequestHandler& h) { h.get_query_argument("y"); })) == 400);
  }

  TEST_CASE("a body that is no form has no arguments") {
    const auto of_type = [](std::string type) {
      return body(answer(make_request("POST", "/", {{"Content-Type", std::move(type)}}, "x=1"),
                         [](RequestHandler& h) { h.write(h.get_argument("x", "none")); }));
    };
    CHECK(of_type("application/x-www-form-urlencoded") == "1");
    CHECK(of_type("Application/X-WWW-Form-Urlencoded ; charset=UTF-8") == "1");
    CHECK(of_type("text/plain") == "none");
    CHECK(of_type("application/x-www-form-urlencodedx") == "none");
    CHECK(of_type("") == "none");
  }

  TEST_CASE("the holes of a route's pattern are arguments of the path") {
    const http::Response response = answer(
        make_request("GET", "/room/%E5%A4%A7%20x/7"),
        [](RequestHandler& h) { h.write(h.path_argument("name") + '|' + h.path_argument("day")); });
    CHECK(body(response) == "大 x|7");
    CHECK(status(get([](RequestHandler& h) { h.path_argument("name"); })) == 500);
  }

  TEST_CASE("the visitor's language is asked of Accept-Language") {
    const auto language = [](std::string field) {
      return body(answer(make_request("GET", "/", {{"Accept-Language", std::move(field)}}),
                         [](RequestHandler& h) { h.write(h.prefers_english() ? "en" : "zh"); }));
    };
    CHECK(language("en-US,en;q=0.9,zh;q=0.1") == "en");
    CHECK(language("zh-CN,en;q=0.9") == "zh");
    CHECK(body(get([](RequestHandler& h) { h.write(h.prefers_english() ? "en" : "zh"); })) == "zh");
  }

  TEST_CASE("an error page is the template's, or a line of text") {
    TemporaryFolder folder;
    folder.write("error.html", "{{status}} {{reason}} {{#en}}en{{/en}}{{^en}}zh{{/en}}");
    const Script forbid = [](RequestHandler& h) {
      h.write("half a page");
      h.set_cookie("a", "b");
      throw HttpError(403, "no cookie today");
    };
    const http::Response page = answer(make_request("GET", "/", {{"Accept-Language", "en"}}),
                                       forbid, Settings{.template_path = folder.path()});
    CHECK(status(page) == 403);
    CHECK(body(page) == "403 Forbidden en");
    CHECK(header(page, "Content-Type") == "text/html; charset=UTF-8");
    CHECK(header(page, "Set-Cookie") == "(none)");

    const http::Response line = get(forbid);
    CHECK(status(line) == 403);
    CHECK(body(line) == "403 Forbidden\n");
    CHECK(header(line, "Content-Type") == "text/plain; charset=UTF-8");
  }

  TEST_CASE("send_error replaces what was written") {
    const http::Response response = get([](RequestHandler& h) {
      h.write("half a page");
      h.send_error(404);
    });
    CHECK(status(response) == 404);
    CHECK(body(response) == "404 Not Found\n");
  }
}

}  // namespace chatd::web
