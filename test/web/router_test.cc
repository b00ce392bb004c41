#include "web/router.h"

#include "web/application.h"
#include "web/visitor.h"
#include "web/websocket_handler.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>

namespace chatd::web {
namespace {

class GetHandler : public RequestHandler {
 public:
  using RequestHandler::RequestHandler;
  void get() override { write("got"); }
};

class PostHandler : public GetHandler {
 public:
  using GetHandler::GetHandler;
  void post() override { write("posted"); }
};

class RestHandler : public RequestHandler {
 public:
  using RequestHandler::RequestHandler;
  void head() override {}
  void put() override {}
  void del() override {}
  void patch() override {}
};

class EchoSocket : public WebSocketHandler {
 public:
  using WebSocketHandler::WebSocketHandler;
  void on_message(std::string_view, ws::MessageKind) override {}
};

// Gives back what it was made with, and counts.
class ArgumentHandler : public RequestHandler {
 public:
  ArgumentHandler(HandlerContext&& context, int& visits, std::string word, int number)
      : RequestHandler(std::move(context)),
        visits_(visits),
        word_(std::move(word)),
        number_(number) {}
  void get() override {
    ++visits_;
    write(word_ + std::to_string(number_));
  }

 private:
  int& visits_;
  std::string word_;
  int number_;
};

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a route knows which methods its handler overrides, itself or by inheritance") {
    CHECK(methods_of<RequestHandler>().to_string() == "OPTIONS");
    CHECK(methods_of<GetHandler>().to_string() == "GET, HEAD, OPTIONS");
    CHECK(methods_of<PostHandler>().to_string() == "GET, HEAD, POST, OPTIONS");
    CHECK(methods_of<RestHandler>().to_string() == "HEAD, PUT, DELETE, PATCH, OPTIONS");
    CHECK(methods_of<EchoSocket>().to_string() == "GET, HEAD, OPTIONS");
  }

  TEST_CASE("each handler is made with the arguments of its route") {
    int visits = 0;
    Application application({{"/", route<ArgumentHandler>(std::ref(visits), "word", 7)}});
    Visitor visitor;
    CHECK(body(visitor.get(application, "/")) == "word7");
    CHECK(body(visitor.get(application, "/")) == "word7");
    CHECK(visits == 2);
  }

  TEST_CASE("the first route that matches answers") {
    int visits = 0;
    const Router router({{"/a", route<GetHandler>()},
                         {"/:x", route<PostHandler>()},
                         {"/*", route<ArgumentHandler>(std::ref(visits), "", 0)}});
    CHECK(router.find("/a")->handler.methods == methods_of<GetHandler>());
    CHECK(router.find("/b")->handler.methods == methods_of<PostHandler>());
    CHECK(router.find("/b")->arguments.at(0).value == "b");
    CHECK(router.find("/b/c")->arguments.at(0).name == "*");
    CHECK_FALSE(Router({{"/a", route<GetHandler>()}}).find("/a/"));
    CHECK_FALSE(Router({}).find("/"));
  }
}

}  // namespace chatd::web
