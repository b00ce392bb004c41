// A site with xsrf_cookies: which requests need a token, and where pages get one from.
#include "web/application.h"
#include "web/request_handler.h"
#include "web/temporary_folder.h"
#include "web/visitor.h"
#include "web/xsrf_token.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chatd::web {
namespace {

constexpr std::string_view kCookie = "2|01020304|0103010705070503090b090f0d0f0d0b|1300000000";
constexpr std::string_view kSameSecret = "000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kOther = "000102030405060708090a0b0c0d0e0e";

// GET shows a page, or the token; all else says that it was asked.
class FormHandler : public RequestHandler {
 public:
  using RequestHandler::RequestHandler;

  void prepare() override { set_header("X-Prepared", "yes"); }
  void get() override {
    const std::string page = get_argument("page", "");
    if (!page.empty()) return render(page, {{"name", "Ana"}});
    write(xsrf_token() + '\n' + xsrf_token() + '\n' + xsrf_form_html());
  }
  void post() override { write("done"); }
  void put() override { write("done"); }
  void patch() override { write("done"); }
  void del() override { write("done"); }
};

// Checks a key of its own instead.
class HookHandler final : public FormHandler {
 public:
  using FormHandler::FormHandler;
  void check_xsrf_cookie() override {
    if (get_argument("key", "") != "right") throw HttpError(401);
  }
};

struct FormSite {
  explicit FormSite(bool on = true) {
    folder.write("form.html", "<form>{{{xsrf_form_html}}}</form>{{name}}");
    folder.write("script.html", "<meta content=\"{{xsrf_token}}\">");
    folder.write("plain.html", "hello {{name}}");
    folder.write("error.html", "{{status}} {{{xsrf_form_html}}}");
    application = std::make_unique<Application>(
        std::vector<Route>{{"/", route<FormHandler>()}, {"/hook", route<HookHandler>()}},
        Settings{.template_path = folder.path(), .xsrf_cookies = on});
  }

  http::Response visit(http::Request request) {
    return visitor.visit(*application, std::move(request));
  }
  http::Response get(std::string target, std::initializer_list<http::Header> headers = {}) {
    return visitor.get(*application, std::move(target), headers);
  }
  // The answer to a form with that body and that cookie.
  unsigned post(std::string_view cookie, const std::string& form) {
    http::Request request = make_form("/", form);
    if (!cookie.empty()) request.headers.set("Cookie", "_xsrf=" + std::string(cookie));
    return status(visit(std::move(request)));
  }
  // To a body that is no form, with that header.
  unsigned send(const std::string& method, const std::string& name, std::string_view token) {
    return status(visit(make_request(
        method, "/", {{"Cookie", "_xsrf=" + std::string(kCookie)}, {name, std::string(token)}},
        "{}")));
  }

  TemporaryFolder folder;
  std::unique_ptr<Application> application;
  Visitor visitor;
};

std::string first_line(const http::Response& response) {
  return body(response).substr(0, body(response).find('\n'));
}

// The value in "_xsrf=value; …".
std::string value_set(const http::Response& response) {
  const std::string line = header(response, "Set-Cookie");
  REQUIRE(line.starts_with("_xsrf="));
  return line.substr(6, line.find(';') - 6);
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a form passes with the token of its cookie, however that is masked or written") {
    FormSite site;
    CHECK(site.post(kCookie, "_xsrf=" + std::string(kCookie)) == 200);
    CHECK(site.post(kCookie, "_xsrf=" + std::string(kSameSecret)) == 200);
    CHECK(site.post(kSameSecret, "_xsrf=" + std::string(kCookie)) == 200);
    CHECK(site.post("raw+secret", "_xsrf=raw%2Bsecret") == 200);
    CHECK(site.post(kCookie, "_xsrf=wrong&_xsrf=" + std::string(kCookie)) == 200);  // the last
  }

  TEST_CASE("a form without a token, with another's or a malformed one is forbidden") {
    FormSite site;
    const std::string good = "_xsrf=" + std::string(kCookie);
    CHECK(site.post(kCookie, "") == 403);
    CHECK(site.post(kCookie, "_xsrf=") == 403);
    CHECK(site.post(kCookie, "_xsrf=" + std::string(kOther)) == 403);
    CHECK(site.post(kCookie, "_xsrf=2|x") == 403);
    CHECK(site.post(kCookie, good + "&_xsrf=" + std::string(kOther)) == 403);
    CHECK(site.post(kCookie, "_xsrf=%FF") == 400);  // no text
    CHECK(site.post("", good) == 403);
    CHECK(site.post("2|x", "_xsrf=2|x") == 403);
    CHECK(site.post(kOther, good) == 403);
    CHECK(site.post(std::string(kOther) + "; _xsrf=" + std::string(kCookie), good) == 200);
  }

  TEST_CASE("a script's token comes in a header of either name") {
    FormSite site;
    for (const char* name : {"X-Xsrftoken", "X-XSRFToken", "X-Csrftoken", "x-csrftoken"}) {
      CHECK(site.send("POST", name, kCookie) == 200);
      CHECK(site.send("POST", name, kOther) == 403);
      CHECK(site.send("POST", name, "") == 403);
    }
    CHECK(site.send("POST", "X-Token", kCookie) == 403);
    CHECK(site.send("POST", "Content-Type", "multipart/form-data; boundary=x") == 403);
  }

  TEST_CASE("every method that changes something needs a token, and no other does") {
    FormSite site;
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
      CHECK(site.send(method, "X-Xsrftoken", kCookie) == 200);
      CHECK(site.send(method, "X-Xsrftoken", kOther) == 403);
    }
    for (const char* method : {"GET", "HEAD"}) CHECK(site.send(method, "X-A", "b") == 200);
    CHECK(site.send("OPTIONS", "X-A", "b") == 204);
  }

  TEST_CASE("the check comes before prepare(), and after what needs no handler") {
    FormSite site;
    const auto refused = site.visit(make_form("/", ""));
    CHECK(status(refused) == 403);
    CHECK(header(refused, "X-Prepared") == "(none)");
    CHECK(status(site.visit(make_form("/nowhere", ""))) == 404);
    CHECK(status(site.visit(make_request("TRACE", "/"))) == 501);
    // Another site's page is refused with or without a token.
    http::Request form = make_form("/", "_xsrf=" + std::string(kCookie));
    form.headers.set("Cookie", "_xsrf=" + std::string(kCookie));
    form.headers.set("Origin", "https://evil.example");
    CHECK(status(site.visit(std::move(form))) == 403);
  }

  TEST_CASE("a handler may check otherwise") {
    FormSite site;
    CHECK(status(site.visit(make_form("/hook", "key=right"))) == 200);
    CHECK(status(site.visit(make_form("/hook", "key=wrong"))) == 401);
  }

  TEST_CASE("without the setting nothing is asked, and pages show nothing") {
    FormSite site(false);
    CHECK(site.post("", "") == 200);
    const auto page = site.get("/?page=form.html");
    CHECK(body(page) == "<form></form>Ana");
    CHECK(header(page, "Set-Cookie") == "(none)");
    // Who asks for a token by name gets one all the same, as in Tornado.
    const auto asked = site.get("/");
    CHECK(value_set(asked) == first_line(asked));
  }

  TEST_CASE("the first token sets the cookie: for scripts to read, this session, this site") {
    FormSite site;
    const auto response = site.get("/");
    const std::string line = header(response, "Set-Cookie");
    const std::string token = value_set(response);
    CHECK(first_line(response) == token);
    CHECK(body(response) == token + '\n' + token +
                                "\n<input type=\"hidden\" name=\"_xsrf\" value=\"" + token +
                                "\"/>");
    CHECK(response.headers.get_all("Set-Cookie").size() == 1);
    CHECK(has(line, "Path=/"));
    CHECK(has(line, "SameSite=Lax"));
    CHECK_FALSE(has(line, "HttpOnly"));
    CHECK_FALSE(has(line, "xpires"));
    CHECK_FALSE(has(line, "Secure"));
    CHECK(token.ends_with("|1700000000"));
    CHECK(site.post(token, "_xsrf=" + token) == 200);

    http::Request secure = make_request("GET", "/");
    secure.secure = true;
    CHECK(has(header(site.visit(std::move(secure)), "Set-Cookie"), "; Secure"));
  }

  TEST_CASE("who has the cookie keeps it, and gets its token under new masks") {
    FormSite site;
    for (const std::string_view cookie : {kCookie, kSameSecret}) {
      const http::Header has_it{"Cookie", "_xsrf=" + std::string(cookie)};
      const auto first = site.get("/", {has_it});
      const auto second = site.get("/", {has_it});
      CHECK(header(first, "Set-Cookie") == "(none)");
      CHECK(first_line(first) != first_line(second));
      CHECK(site.post(cookie, "_xsrf=" + first_line(first)) == 200);
      CHECK(site.post(cookie, "_xsrf=" + first_line(second)) == 200);
    }
    const auto renewed = site.get("/", {{"Cookie", "_xsrf=2|broken"}});
    CHECK(value_set(renewed) == first_line(renewed));
  }

  TEST_CASE("a page that shows the token gets it, and one that does not sets no cookie") {
    FormSite site;
    const auto form = site.get("/?page=form.html");
    const std::string token = value_set(form);
    CHECK(body(form) ==
          "<form><input type=\"hidden\" name=\"_xsrf\" value=\"" + token + "\"/></form>Ana");
    const auto script = site.get("/?page=script.html");
    CHECK(body(script) == "<meta content=\"" + value_set(script) + "\">");
    const auto plain = site.get("/?page=plain.html");
    CHECK(body(plain) == "hello Ana");
    CHECK(header(plain, "Set-Cookie") == "(none)");
  }

  TEST_CASE("the page of an error has a token whose cookie is sent with it") {
    FormSite site;
    const auto refused = site.visit(make_form("/", ""));
    CHECK(has(body(refused), "403 <input"));
    CHECK(has(body(refused), value_set(refused)));
  }
}

}  // namespace chatd::web
