#include "http/response.h"

#include "base/log.h"
#include "base/text.h"
#include "http/date.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <optional>

namespace chatd::http {

namespace {

using std::chrono::system_clock;

// One text a second and thread: printing a date costs more than all else in a head.
const std::string& date_of(system_clock::time_point now) {
  struct Cache {
    std::time_t second = -1;
    std::string text;
  };
  thread_local Cache cache;
  const std::time_t second = system_clock::to_time_t(now);
  if (cache.second != second) cache = {second, http_date(now)};
  return cache.text;
}

void add_line(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

// RFC 9110, 8.6: never with 1xx and 204. With HEAD and 304 it tells the length of a body that is
// not sent; 304 without a body at hand says nothing rather than a wrong "0".
std::optional<std::string> content_length(const Response& response, std::string_view method) {
  const unsigned code = number(response.status);
  if (code < 200 || response.status == Status::NoContent) return std::nullopt;
  const std::uint64_t size = response.body_size();
  if (size > 0 || sends_body(response, method)) return std::to_string(size);
  const auto told = response.headers.get("Content-Length");
  if (told && to_number<std::uint64_t>(*told)) return std::string(*told);
  if (response.status == Status::NotModified) return std::nullopt;
  return "0";
}

// HTTP/1.1 stays open unless it says "close", HTTP/1.0 the other way round (RFC 9112, 9.3).
std::string connection_options(const Response& response, const Delivery& delivery) {
  std::string options;
  const auto add = [&options](std::string_view option) {
    if (!options.empty()) options += ", ";
    options += option;
  };
  if (!delivery.keep_alive) add("close");
  if (delivery.keep_alive && delivery.minor_version == 0) add("keep-alive");
  for (const std::string_view option : response.headers.list("Connection")) {
    if (!iequals(option, "close") && !iequals(option, "keep-alive")) add(option);
  }
  return options;
}

bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 4> kOurs = {"Date", "Connection", "Content-Length",
                                                     "Transfer-Encoding"};
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [name](std::string_view ours) { return iequals(ours, name); });
}

void add_field(std::string& head, const Header& field) {
  if (is_ours(field.name)) return;
  if (is_token(field.name) && is_field_value(field.value)) {
    return add_line(head, field.name, field.value);
  }
  log_warn("drop_header name=%s", quoted(field.name).c_str());
}

}  // namespace

std::uint64_t Response::body_size() const {
  const auto* file = std::get_if<FileSlice>(&body);
  return file == nullptr ? body_view().size() : file->bytes;
}

std::string_view Response::body_view() const {
  if (const auto* own = std::get_if<std::string>(&body)) return *own;
  const auto* shared = std::get_if<SharedBuffer>(&body);
  return shared == nullptr ? std::string_view() : shared->view();
}

Response plain_response(Status status) {
  Response response{.status = status};
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::to_string(number(status)).append(" ").append(phrase(status)).append("\n");
  return response;
}

bool sends_body(const Response& response, std::string_view method) {
  return method != "HEAD" && number(response.status) >= 200 &&
         response.status != Status::NoContent && response.status != Status::NotModified;
}

std::string print_head(const Response& response, const Delivery& delivery) {
  std::string head = "HTTP/1.1 ";
  head.append(std::to_string(number(response.status))).append(" ");
  head.append(phrase(response.status)).append("\r\n");
  add_line(head, "Date", date_of(delivery.now));
  for (const Header& field : response.headers) add_field(head, field);
  if (const auto length = content_length(response, delivery.method)) {
    add_line(head, "Content-Length", *length);
  }
  const std::string options = connection_options(response, delivery);
  if (is_field_value(options) && !options.empty()) add_line(head, "Connection", options);
  return head.append("\r\n");
}

}  // namespace chatd::http
