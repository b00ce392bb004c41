// A server that listens in several places.
#include "support/loopback_server.h"
#include "support/proxy_header.h"
#include "support/socket_client.h"
#include "web/application.h"
#include "web/request_handler.h"
#include "web/server.h"
#include "web/temporary_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>

namespace chatd::web {
namespace {

class Hello final : public RequestHandler {
 public:
  using RequestHandler::RequestHandler;
  void get() override { write("[" + request().remote_address + "]"); }
};

void serve(Server&, const test::LoopbackServer::Run& run) {
  Application application({{"/", route<Hello>()}});
  run(application);
}

constexpr std::string_view kGet = "GET / HTTP/1.0\r\n\r\n";

std::string ask_file(const std::string& path) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return "";
  static_cast<void>(!::write(fd.get(), kGet.data(), kGet.size()));
  std::string answer;
  char bytes[4096];
  for (ssize_t n = 0; (n = ::read(fd.get(), bytes, sizeof bytes)) > 0;) {
    answer.append(bytes, static_cast<std::size_t>(n));
  }
  return answer;
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a server answers at each address and at its file, which goes when it stops") {
    const TemporaryFolder folder;
    const std::string path = folder.path() / "s";
    ServerOptions options;
    options.workers = 1;
    options.listen = {{"127.0.0.1", 0}, {"127.0.0.2", 0}};
    options.unix_socket = path;
    test::LoopbackServer server(serve, options);
    test::SocketClient client(server.port());
    client.send(kGet);
    CHECK(client.read_to_end().ends_with("[127.0.0.1]"));
    CHECK(ask_file(path).ends_with("[]"));
    server.stop();
    CHECK_FALSE(std::filesystem::exists(path));
  }

  TEST_CASE("behind a proxy that introduces its connections handlers see whom they come from") {
    const TemporaryFolder folder;
    ServerOptions options;
    options.workers = 1;
    options.listen = {{"127.0.0.1", 0}};
    options.unix_socket = folder.path() / "s";
    options.proxy_protocol = ProxyProtocol::On;
    options.trusted_proxies = {*net::Network::parse("127.0.0.1")};
    test::LoopbackServer server(serve, options);
    test::SocketClient client(server.port());
    client.send(test::proxy_header_from("2001:db8::7") + std::string(kGet));
    CHECK(client.read_to_end().ends_with("[2001:db8::7]"));
    test::SocketClient stranger(server.port());
    stranger.send(kGet);
    CHECK(stranger.read_to_end().empty());
    // Who comes by the file comes from this machine, and needs no header.
    CHECK(ask_file(options.unix_socket).ends_with("[]"));
  }

  TEST_CASE("a proxy that is not trusted is not heard") {
    ServerOptions options;
    options.workers = 1;
    options.proxy_protocol = ProxyProtocol::On;
    options.trusted_proxies = {*net::Network::parse("10.0.0.0/8")};
    test::LoopbackServer server(serve, options);
    test::SocketClient client(server.port());
    CHECK(client.read_to_end().empty());
  }

  TEST_CASE("with a file and no address there is no port") {
    const TemporaryFolder folder;
    ServerOptions options;
    options.workers = 1;
    options.signals = Signals::LeaveAlone;
    options.unix_socket = folder.path() / "s";
    const Server server(options);
    CHECK(server.port() == 0);
    CHECK(server.address() == "unix:" + options.unix_socket);
    CHECK_THROWS_AS(Server{options}, std::runtime_error);
  }
}

}  // namespace chatd::web
