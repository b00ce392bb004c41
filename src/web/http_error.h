#pragma once
// HttpError: thrown by a handler to answer with a status: `throw HttpError(403);`. The Application
// catches it and has the handler write its error page. What `why` says goes to the log, never to
// the client.

#include "http/status.h"

#include <exception>
#include <string>
#include <utility>

namespace chatd::web {

class HttpError : public std::exception {
 public:
  explicit HttpError(http::Status status, std::string why = "")
      : status_(status), why_(std::move(why)) {}
  explicit HttpError(int status, std::string why = "")
      : HttpError(static_cast<http::Status>(status), std::move(why)) {}

  http::Status status() const { return status_; }
  const std::string& why() const { return why_; }
  const char* what() const noexcept override { return why_.empty() ? "HttpError" : why_.c_str(); }

 private:
  http::Status status_;
  std::string why_;
};

}  // namespace chatd::web
