#pragma once
// Nickname: what a person is called in a room, and how what they typed becomes one. A value; any
// thread.

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace chatd::chat {

constexpr std::size_t kMaxNicknameCharacters = 32;  // Unicode code points

enum class NicknameFault {
  Empty,        // nothing, or nothing but space
  TooLong,      // more than kMaxNicknameCharacters
  Misleading,   // has "说:" or "~~~", with which the room's lines are made
  Unprintable,  // has what cannot be seen or turns text around, or is not UTF-8
};

struct Nickname {
  std::string text;  // as shown: composed (NFC), one space where there were several
  std::string key;   // equal for names that people would take for the same: "Ana", "ＡＮＡ"
};

// `typed` may be anything.
Result<Nickname, NicknameFault> parse_nickname(std::string_view typed);

}  // namespace chatd::chat
