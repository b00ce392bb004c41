#include "net/unix_socket.h"

#include "net/socket.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace chatd::net {
namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/chatd_test_XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path;
};

bool connects(const std::string& path) {
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("who connects to a Unix socket is accepted, without an address") {
    const Folder folder;
    const auto listening = listen_unix(folder.path + "/s");
    REQUIRE(listening);
    CHECK(connects(folder.path + "/s"));
    const Accepted accepted = accept(listening->get());
    CHECK(accepted.fd);
    CHECK(peer_address(accepted.fd.get()).empty());
  }

  TEST_CASE("a socket that is listened on is not taken over, one that is not is") {
    const Folder folder;
    auto first = listen_unix(folder.path + "/s");
    REQUIRE(first);
    CHECK(listen_unix(folder.path + "/s").error().code == EADDRINUSE);
    CHECK(connects(folder.path + "/s"));
    first->reset();
    CHECK(listen_unix(folder.path + "/s"));
  }

  TEST_CASE("its file has the permissions that were asked for, whatever the umask says") {
    const Folder folder;
    const std::string path = folder.path + "/s";
    const auto permissions_with = [&path](mode_t mask, auto... mode) {
      const mode_t before = ::umask(mask);
      const auto listening = listen_unix(path, mode...);
      ::umask(before);
      REQUIRE(listening);
      return static_cast<unsigned>(std::filesystem::status(path).permissions());
    };
    CHECK(permissions_with(0) == 0660);
    CHECK(permissions_with(077) == 0660);
    CHECK(permissions_with(077, mode_t{0666}) == 0666);
    CHECK(permissions_with(0, mode_t{0600}) == 0600);
  }

  TEST_CASE("a file that is no socket is left alone") {
    const Folder folder;
    std::ofstream(folder.path + "/s") << "precious";
    CHECK(listen_unix(folder.path + "/s").error().code == EADDRINUSE);
    CHECK(std::filesystem::file_size(folder.path + "/s") == 8);
    std::filesystem::create_symlink(folder.path + "/s", folder.path + "/link");
    CHECK_FALSE(listen_unix(folder.path + "/link"));
    CHECK(std::filesystem::is_symlink(folder.path + "/link"));
  }

  TEST_CASE("a path that cannot be is refused") {
    const std::string most = "/tmp/" + std::string(102, 'a');
    REQUIRE(most.size() == 107);
    {
      const auto listening = listen_unix(most);
      const SocketFile file(most);
      CHECK(listening);
    }
    CHECK_FALSE(std::filesystem::exists(most));
    CHECK(listen_unix(most + 'a').error().code == ENAMETOOLONG);
    CHECK(listen_unix("").error().code == EINVAL);
    CHECK(listen_unix(std::string("a\0b", 3)).error().code == EINVAL);
    CHECK(listen_unix("/nowhere/s").error().what ==
          "cannot listen on unix:/nowhere/s: No such file or directory");
  }

  TEST_CASE("the file goes in the end, unless it is another by then") {
    const Folder folder;
    const std::string path = folder.path + "/s";
    auto listening = listen_unix(path);
    std::optional<SocketFile> file(path);
    file.reset();
    CHECK_FALSE(std::filesystem::exists(path));
    listening = listen_unix(path);
    file.emplace(path);
    std::filesystem::rename(path, path + "2");
    const auto other = listen_unix(path);
    REQUIRE(other);
    file.reset();
    CHECK(connects(path));
  }
}

}  // namespace chatd::net
