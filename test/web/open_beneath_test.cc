#include "web/open_beneath.h"

#include "web/temporary_folder.h"

#include <doctest/doctest.h>

#include <string>

#include <fcntl.h>
#include <sys/stat.h>

namespace chatd::web {

TEST_SUITE("web") {
  TEST_CASE("a plain path has no empty, hidden or climbing segment and no odd character") {
    for (const std::string_view path :
         {"a", "a.js", "a/b/c.css", "a..b", "a b", "大厅.html", "%2e"}) {
      CHECK_MESSAGE(is_plain_path(path), path);
    }
    for (const std::string& path :
         {std::string(), std::string("/"), std::string("/a"), std::string("a/"),
          std::string("a//b"), std::string("."), std::string(".."), std::string("../a"),
          std::string("a/../b"), std::string("a/.."), std::string("./a"), std::string("a/./b"),
          std::string(".git/config"), std::string("a/.htaccess"), std::string("..\\a"),
          std::string("a\\b"), std::string("a\0b", 3), std::string("\0", 1),
          std::string(1025, 'a')}) {
      CHECK_MESSAGE(!is_plain_path(path), path);
    }
    CHECK(is_plain_path(std::string(1024, 'a')));
  }

  TEST_CASE("files below the folder are opened, with openat2 and without") {
    TemporaryFolder folder;
    folder.write("a.txt", "a");
    folder.make_folder("deep");
    folder.make_folder("deep/er");
    folder.write("deep/er/b.txt", "b");
    const UniqueFd root(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (const auto open : {open_beneath, open_beneath_by_steps}) {
      CHECK(open(root.get(), "a.txt"));
      CHECK(open(root.get(), "deep/er/b.txt"));
      CHECK_FALSE(open(root.get(), "none.txt"));
      CHECK_FALSE(open(root.get(), "none/b.txt"));
      CHECK_FALSE(open(root.get(), "a.txt/b.txt"));
    }
  }

  TEST_CASE("symbolic links are not followed, at the end or on the way") {
    TemporaryFolder outside;
    outside.write("secret.txt", "secret");
    TemporaryFolder folder;
    folder.write("a.txt", "a");
    folder.make_folder("deep");
    folder.link("deep/up", "..");
    folder.link("inside.txt", "a.txt");
    folder.link("secret.txt", outside.path() / "secret.txt");
    folder.link("outside", outside.path());
    const UniqueFd root(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (const auto open : {open_beneath, open_beneath_by_steps}) {
      for (const std::string_view path :
           {"inside.txt", "secret.txt", "outside/secret.txt", "deep/up/a.txt"}) {
        CHECK_MESSAGE(!open(root.get(), path), path);
      }
    }
  }

  TEST_CASE("opening a fifo that nobody writes to does not wait") {
    TemporaryFolder folder;
    REQUIRE(::mkfifo((folder.path() / "fifo").c_str(), 0600) == 0);
    const UniqueFd root(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    CHECK(open_beneath(root.get(), "fifo"));
    CHECK(open_beneath_by_steps(root.get(), "fifo"));
  }
}

}  // namespace chatd::web
