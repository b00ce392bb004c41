#include "chat/message.h"

#include <doctest/doctest.h>

#include <string>

namespace chatd::chat {
namespace {

using Kind = ChatMessage::Kind;

std::string plain(Kind kind, std::string_view nickname, std::string_view text = {}) {
  return to_plain({.kind = kind, .author = MemberId{1}, .nickname = nickname, .text = text});
}

}  // namespace

TEST_SUITE("chat") {
  TEST_CASE("the plain dialect has the tutorial's words") {
    CHECK(plain(Kind::Entered, "Ana") == "~~~Ana进入了聊天室~~~");
    CHECK(plain(Kind::Said, "Ana", "hello") == "Ana说:hello");
    CHECK(plain(Kind::Left, "Ana") == "~~~Ana离开了聊天室~~~");
  }

  TEST_CASE("the plain dialect's words are these bytes, with an ASCII colon") {
    CHECK(plain(Kind::Entered, "a") ==
          "~~~a\xE8\xBF\x9B\xE5\x85\xA5\xE4\xBA\x86\xE8\x81\x8A\xE5\xA4\xA9\xE5\xAE\xA4~~~");
    CHECK(plain(Kind::Said, "a", "b") == "a\xE8\xAF\xB4:b");
    CHECK(plain(Kind::Left, "a") ==
          "~~~a\xE7\xA6\xBB\xE5\xBC\x80\xE4\xBA\x86\xE8\x81\x8A\xE5\xA4\xA9\xE5\xAE\xA4~~~");
  }

  TEST_CASE("what is said goes out as it came in") {
    CHECK(plain(Kind::Said, "小明", "") == "小明说:");
    CHECK(plain(Kind::Said, "小明", "<b>&amp;</b>") == "小明说:<b>&amp;</b>");
    CHECK(plain(Kind::Said, "小明", "a\nb\r\n\t😀") == "小明说:a\nb\r\n\t😀");
    CHECK(plain(Kind::Said, "小明", std::string("a\0b", 3)) == "小明说:" + std::string("a\0b", 3));
    CHECK(plain(Kind::Said, "小明", std::string(65'536, 'x')) ==
          "小明说:" + std::string(65'536, 'x'));
  }
}

}  // namespace chatd::chat
