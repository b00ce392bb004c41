#pragma once
// Parser: bytes to Requests, one at a time. llhttp knows the grammar; what it takes too loosely is
// refused by HeadReader and head_rules. Loop thread only; a member of its Session.

#include "http/limits.h"
#include "http/refusal.h"
#include "http/request.h"

#include <cstddef>
#include <memory>
#include <string_view>

namespace chatd::http {

// Fed with bytes as they arrive, split anywhere; takes none that lie behind a request. Between
// requests it holds no memory. The work is linear in the bytes.
class Parser {
 public:
  enum class Progress {
    Partial,   // all was taken, and the request is not complete
    Head,      // the head is complete and announces a body: look at request(), go on feeding
    Complete,  // take() it
    Refused,   // refusal() says why; there is no way to go on
  };
  struct Fed {
    std::size_t taken = 0;
    Progress progress = Progress::Partial;
  };
  enum class State { Idle, InHead, InBody };

  // `limits` must outlive the parser.
  explicit Parser(const Limits& limits);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  Fed feed(std::string_view bytes);

  // The complete request; the parser is idle then.
  Request take();

  State state() const;
  // What is known of the request under way; not while idle. The session adds what it knows.
  Request& request();
  // Whether the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  const Refusal& refusal() const;

 private:
  struct Message;

  Fed feed_head(std::string_view bytes);
  Fed feed_body(std::string_view bytes);

  const Limits& limits_;
  std::unique_ptr<Message> message_;  // the one under way; null while idle
};

}  // namespace chatd::http
