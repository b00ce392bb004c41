// The cookies of a RequestHandler, signed and plain.
#include "http/cookie.h"
#include "web/application.h"
#include "web/request_handler.h"
#include "web/signed_value.h"
#include "web/visitor.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace chatd::web {
namespace {

constexpr std::string_view kSecret = "a long secret";

// GET /?a=…: sets; POST: says what it reads.
class CookieHandler : public RequestHandler {
 public:
  using RequestHandler::RequestHandler;

  void get() override {
    const std::string what = get_argument("do");
    if (what == "plain") set_cookie("color", "blue \"sky\"; x");
    if (what == "secure") set_secure_cookie("nickname", "小明");
    if (what == "short") set_secure_cookie("nickname", "x", std::chrono::days{1});
    if (what == "clear") clear_cookie("nickname");
    if (what == "more") set_cookie({.name = "a", .value = "b", .path = "/x", .http_only = false});
  }

  void post() override {
    const auto signed_cookie = get_signed_cookie("nickname");
    write(get_cookie("color").value_or("-") + '|' + get_secure_cookie("nickname").value_or("-"));
    if (signed_cookie)
      write('|' + std::to_string(signed_cookie->timestamp.time_since_epoch().count()));
  }
};

struct CookieSite {
  Application application{{{"/", route<CookieHandler>()}},
                          Settings{.cookie_secret = std::string(kSecret)}};
  Visitor visitor;

  std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(visitor.worker().time().system());
  }
  std::string set(const std::string& what, bool secure = false) {
    http::Request request = make_request("GET", "/?do=" + what);
    request.secure = secure;
    return header(visitor.visit(application, std::move(request)), "Set-Cookie");
  }
  std::string read(const std::string& cookies) {
    return body(visitor.visit(application, make_request("POST", "/", {{"Cookie", cookies}})));
  }
  std::string signed_now(std::string_view name, std::string_view value) {
    return create_signed_value(kSecret, name, value, now());
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a cookie comes back as it was set") {
    CookieSite site;
    const std::string line = site.set("plain");
    CHECK(site.read(line.substr(0, line.find("; Path"))).starts_with("blue \"sky\"; x|"));
    CHECK(has(line, "Path=/"));
    CHECK(has(line, "HttpOnly"));
    CHECK(has(line, "SameSite=Lax"));
    CHECK_FALSE(has(line, "xpires"));
    CHECK_FALSE(has(line, "Secure"));
    CHECK(has(site.set("plain", true), "Secure"));
  }

  TEST_CASE("a cookie can be set with what else a cookie can have") {
    CookieSite site;
    const std::string line = site.set("more");
    CHECK(has(line, "Path=/x"));
    CHECK_FALSE(has(line, "HttpOnly"));
  }

  TEST_CASE("a secure cookie is signed, kept for thirty days and hidden from scripts") {
    CookieSite site;
    const std::string line = site.set("secure");
    CHECK(has(line, site.signed_now("nickname", "小明")));
    CHECK(has(line, "Thu, 14 Dec 2023 22:13:20 GMT"));  // 1700000000 and thirty days
    CHECK(has(line, "HttpOnly"));
    CHECK(has(line, "SameSite=Lax"));
    CHECK(has(line, "Path=/"));
    CHECK_FALSE(has(line, "Secure"));
    CHECK(has(site.set("secure", true), "Secure"));
    CHECK(has(site.set("short"), "Wed, 15 Nov 2023 22:13:20 GMT"));
    CHECK(site.read(line.substr(0, line.find(';'))) == "-|小明|1700000000");
  }

  TEST_CASE("clearing a cookie sets it empty and long expired") {
    CookieSite site;
    const std::string line = site.set("clear");
    CHECK(line.starts_with("nickname="));
    CHECK(has(line, "2022"));
    CHECK(has(line, "Path=/"));
  }

  TEST_CASE("a cookie that was not signed here, for this name, by this secret is as good as none") {
    CookieSite site;
    CHECK(site.read("") == "-|-");
    CHECK(site.read("nickname=boss") == "-|-");
    CHECK(site.read("nickname=" + site.signed_now("other", "boss")) == "-|-");
    CHECK(site.read("nickname=" +
                    create_signed_value("other secret", "nickname", "boss", site.now())) == "-|-");
    CHECK(site.read("nickname=" + create_signed_value(kSecret, "nickname", "boss",
                                                      site.now() - std::chrono::days{32})) ==
          "-|-");
    CHECK(site.read("nickname=" + site.signed_now("nickname", "me")) == "-|me|1700000000");
  }

  TEST_CASE("of cookies of one name a plain one counts last, and a signed one if it is signed") {
    CookieSite site;
    CHECK(site.read("color=red; color=blue") == "blue|-");
    const std::string mine = "nickname=" + site.signed_now("nickname", "me");
    CHECK(site.read(mine + "; nickname=tossed") == "-|me|1700000000");
    CHECK(site.read("nickname=tossed; " + mine) == "-|me|1700000000");
  }

  TEST_CASE("signed cookies without a cookie_secret are a mistake of ours") {
    Visitor visitor;
    Application application({{"/", route<CookieHandler>()}});
    CHECK(status(visitor.get(application, "/?do=secure")) == 500);
    CHECK(status(visitor.visit(application,
                               make_request("POST", "/", {{"Cookie", "nickname=x"}}))) == 500);
  }
}

}  // namespace chatd::web
