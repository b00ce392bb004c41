#pragma once
// ChatMessage: one thing that happened in a room, and the words in which the plain dialect tells
// it. A value; any thread.

#include "chat/member_id.h"

#include <string>
#include <string_view>

namespace chatd::chat {

struct ChatMessage {
  enum class Kind { Entered, Said, Left };

  Kind kind = Kind::Said;
  MemberId author = MemberId::None;
  std::string_view nickname;
  std::string_view text;  // of Said; UTF-8
};

// The tutorial's words, PROTOCOL "plain dialect": ~~~Ana进入了聊天室~~~, Ana说:hello,
// ~~~Ana离开了聊天室~~~.
std::string to_plain(const ChatMessage& message);

}  // namespace chatd::chat
