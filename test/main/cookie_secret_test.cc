#include "cookie_secret.h"

#include "web/temporary_folder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

namespace chatd {
namespace {

namespace fs = std::filesystem;
using web::TemporaryFolder;

// What is said when the secret cannot be kept; empty if it can.
std::string fault_of(const fs::path& state_dir) {
  try {
    static_cast<void>(load_or_make_cookie_secret(state_dir));
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

int mode_of(const fs::path& path) {
  struct stat look {};
  REQUIRE(::stat(path.c_str(), &look) == 0);
  return static_cast<int>(look.st_mode & 07777);
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_SUITE("main") {
  TEST_CASE("a secret is made once, for its owner's eyes only") {
    const TemporaryFolder folder;
    const std::string secret = load_or_make_cookie_secret(folder.path());
    CHECK(secret.size() == 64);
    CHECK(secret.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(mode_of(folder.path() / "cookie_secret") == 0600);
    CHECK(files_in(folder.path()) == 1);
    CHECK(load_or_make_cookie_secret(folder.path()) == secret);
  }

  TEST_CASE("two folders have two secrets") {
    const TemporaryFolder one;
    const TemporaryFolder other;
    CHECK(load_or_make_cookie_secret(one.path()) != load_or_make_cookie_secret(other.path()));
  }

  TEST_CASE("the state directory is made, with those above it") {
    const TemporaryFolder folder;
    const fs::path deep = folder.path() / "a" / "b";
    CHECK(load_or_make_cookie_secret(deep) == load_or_make_cookie_secret(deep));
  }

  TEST_CASE("a secret of the operator's own is taken as it is, without the line's end") {
    const TemporaryFolder folder;
    const std::string own = "an operator's own secret, long enough";
    for (const char* end : {"", "\n", "\r\n"}) {
      folder.write("cookie_secret", own + end);
      CHECK(load_or_make_cookie_secret(folder.path()) == own);
    }
  }

  TEST_CASE("a secret that others could read is made private") {
    const TemporaryFolder folder;
    const fs::path path = folder.path() / "cookie_secret";
    folder.write("cookie_secret", std::string(32, 'x'));
    for (const unsigned mode : {0644U, 0640U, 0604U}) {
      REQUIRE(::chmod(path.c_str(), mode) == 0);
      CHECK(load_or_make_cookie_secret(folder.path()) == std::string(32, 'x'));
      CHECK(mode_of(path) == 0600);
    }
  }

  TEST_CASE("32 bytes are a secret, 31 are none") {
    const TemporaryFolder folder;
    folder.write("cookie_secret", std::string(32, 'x') + "\n");
    CHECK(fault_of(folder.path()) == "");
    for (const std::string& bad : {std::string(31, 'x') + "\n\n", std::string()}) {
      folder.write("cookie_secret", bad);
      CHECK(fault_of(folder.path()).find("too short") != std::string::npos);
    }
  }

  TEST_CASE("a long secret is taken whole or not at all") {
    const TemporaryFolder folder;
    folder.write("cookie_secret", std::string(1023, 'x') + "\n");
    CHECK(load_or_make_cookie_secret(folder.path()) == std::string(1023, 'x'));
    folder.write("cookie_secret", std::string(1025, 'x'));
    CHECK(fault_of(folder.path()).find("too long") != std::string::npos);
  }

  TEST_CASE("what cannot be kept is said in one line that names the place and the way out") {
    const TemporaryFolder folder;
    folder.write("file", "");
    folder.make_folder("taken");
    folder.make_folder("taken/cookie_secret");
    for (const char* place : {"file", "file/below", "taken"}) {
      const std::string fault = fault_of(folder.path() / place);
      CAPTURE(fault);
      CHECK(fault.find((folder.path() / place).string()) != std::string::npos);
      CHECK(fault.find("--state-dir") != std::string::npos);
      CHECK(fault.find('\n') == std::string::npos);
    }
  }

  TEST_CASE("of many that start at once all get one secret") {
    const TemporaryFolder folder;
    std::vector<std::string> secrets(8);
    std::vector<std::thread> threads;
    for (std::string& secret : secrets) {
      threads.emplace_back([&] { secret = load_or_make_cookie_secret(folder.path() / "new"); });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(std::set<std::string>(secrets.begin(), secrets.end()).size() == 1);
    CHECK(files_in(folder.path() / "new") == 1);
  }
}

}  // namespace chatd
