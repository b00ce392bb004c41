// A site behind a proxy: whom its handlers see.
#include "web/application.h"
#include "web/request_handler.h"
#include "web/visitor.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::web {
namespace {

class WhoHandler final : public RequestHandler {
 public:
  using RequestHandler::RequestHandler;

  void get() override {
    set_cookie("a", "b");
    write(request().remote_address + ' ' + std::string(request().host()));
  }
  void post() override { get(); }
};

struct Proxied {
  Application application{{{"/", route<WhoHandler>()}},
                          Settings{.trusted_proxies = {*net::Network::parse("192.0.2.0/24")}}};
  Visitor visitor{};

  // A form from a page of https://chat.example, that a proxy brings.
  http::Request brought_by(const char* proxy) {
    http::Request request = make_request("POST", "/",
                                         {{"Host", "inner:8888"},
                                          {"Origin", "https://chat.example"},
                                          {"X-Forwarded-For", "203.0.113.9"},
                                          {"X-Forwarded-Proto", "https"},
                                          {"X-Forwarded-Host", "chat.example"}});
    request.remote_address = proxy;
    return request;
  }
};

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("behind a trusted proxy a site is where its visitors see it") {
    Proxied site;
    const auto response = site.visitor.visit(site.application, site.brought_by("192.0.2.7"));
    CHECK(body(response) == "203.0.113.9 chat.example");
    CHECK(header(response, "Set-Cookie").find("; Secure") != std::string::npos);
    CHECK_FALSE(site.application.on_head(site.brought_by("192.0.2.7")));
  }

  TEST_CASE("from anybody else the same fields are what strangers say") {
    Proxied site;
    CHECK(status(site.visitor.visit(site.application, site.brought_by("198.51.100.7"))) == 403);
    CHECK(site.application.on_head(site.brought_by("198.51.100.7")));
    http::Request get = site.brought_by("198.51.100.7");
    get.method = "GET";
    const auto response = site.visitor.visit(site.application, std::move(get));
    CHECK(body(response) == "198.51.100.7 inner:8888");
    CHECK(header(response, "Set-Cookie").find("; Secure") == std::string::npos);
  }
}

}  // namespace chatd::web
