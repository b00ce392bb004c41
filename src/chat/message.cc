#include "chat/message.h"

namespace chatd::chat {

std::string to_plain(const ChatMessage& message) {
  std::string plain;
  switch (message.kind) {
    case ChatMessage::Kind::Entered:
      plain.append("~~~").append(message.nickname).append("进入了聊天室~~~");
      break;
    case ChatMessage::Kind::Said:
      plain.append(message.nickname).append("说:").append(message.text);
      break;
    case ChatMessage::Kind::Left:
      plain.append("~~~").append(message.nickname).append("离开了聊天室~~~");
      break;
  }
  return plain;
}

}  // namespace chatd::chat
