#include "http/head_rules.h"

#include "base/text.h"
#include "http/url.h"

#include <algorithm>
#include <cstdint>

namespace chatd::http {

namespace {

using Verdict = Result<void, Refusal>;

Failure<Refusal> refuse(Status status, const char* why) { return {Refusal{status, why}}; }
Failure<Refusal> bad(const char* why) { return refuse(Status::BadRequest, why); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Verdict read_version(std::string_view version, Request& request) {
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") &&
                           is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
  if (!well_formed) return bad("bad version");
  if (version != "HTTP/1.0" && version != "HTTP/1.1") {
    return refuse(Status::HttpVersionNotSupported, "version is neither 1.0 nor 1.1");
  }
  request.minor_version = version[7] - '0';
  return {};
}

Verdict read_target(std::string_view text, Request& request) {
  auto target = parse_target(text);
  if (!target) return bad("bad target");
  // RFC 9112, 3.2.4: an asterisk asks about the server as a whole.
  if (target->path == "*" && request.method != "OPTIONS") return bad("asterisk without OPTIONS");
  request.target = text;
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  // RFC 9112, 3.2.2: what the absolute-form says stands in for the Host field.
  if (!target->authority.empty()) request.headers.add("Host", std::move(target->authority));
  return {};
}

Verdict judge_host(Request& request) {
  const auto hosts = request.headers.get_all("Host");
  // RFC 9112, 3.2: exactly one in HTTP/1.1. Where the target was absolute, the first one is from
  // there.
  const bool absolute = !request.target.starts_with('/') && request.target != "*";
  const std::size_t sent = hosts.size() - (absolute ? 1 : 0);
  if (sent > 1) return bad("more than one Host");
  if (sent == 0 && request.minor_version >= 1) return bad("no Host");
  if (!std::all_of(hosts.begin(), hosts.end(), is_host)) return bad("bad Host");
  if (absolute) request.headers.set("Host", std::string(hosts[0]));
  return {};
}

// RFC 9112, 6.1: faulty framing is refused, never repaired.
Verdict judge_coding(const Request& request) {
  if (request.minor_version == 0) return bad("Transfer-Encoding in HTTP/1.0");
  if (request.headers.contains("Content-Length")) return bad("two ways to tell the length");
  const auto codings = request.headers.list("Transfer-Encoding");
  if (codings.empty()) return bad("empty Transfer-Encoding");
  const auto is_chunked = [](std::string_view coding) { return iequals(coding, "chunked"); };
  if (!std::all_of(codings.begin(), codings.end(), is_chunked)) {
    return refuse(Status::NotImplemented, "transfer coding other than chunked");
  }
  if (codings.size() > 1) return bad("chunked twice");
  return {};
}

Result<bool, Refusal> judge_length(const Limits& limits, const Request& request) {
  const auto lengths = request.headers.get_all("Content-Length");
  if (lengths.empty()) return false;
  if (lengths.size() > 1) return bad("more than one Content-Length");
  const auto length = to_number<std::uint64_t>(lengths[0]);
  if (!length) return bad("bad Content-Length");
  if (*length > limits.max_body_bytes) return refuse(Status::ContentTooLarge, "body too large");
  return *length > 0;
}

// RFC 9110, 10.1.1: nothing else can be expected; from HTTP/1.0 it means nothing.
Result<bool, Refusal> judge_expectation(const Request& request) {
  const auto expectations = request.headers.list("Expect");
  if (expectations.empty() || request.minor_version == 0) return false;
  const auto known = [](std::string_view one) { return iequals(one, "100-continue"); };
  if (std::all_of(expectations.begin(), expectations.end(), known)) return true;
  return refuse(Status::ExpectationFailed, "unknown expectation");
}

// RFC 9112, 9.3.
bool keeps_alive(const Request& request) {
  if (request.headers.has_token("Connection", "close")) return false;
  return request.minor_version >= 1 || request.headers.has_token("Connection", "keep-alive");
}

}  // namespace

bool is_host(std::string_view host) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=:[]%";
  return std::all_of(host.begin(), host.end(), [=](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Verdict read_request_line(std::string_view line, const Limits& limits, Request& request) {
  const auto method_end = line.find(' ');
  const auto target_end = line.rfind(' ');
  if (method_end == target_end) return bad("request line is not of three words");
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  if (target.find(' ') != std::string_view::npos) return bad("request line of four words");
  if (!is_token(method)) return bad("bad method");
  if (auto read = read_version(line.substr(target_end + 1), request); !read) return read;
  request.method = method;
  // Its target is a host to connect to; we are no proxy (RFC 9110, 9.3.6).
  if (method == "CONNECT") return refuse(Status::NotImplemented, "CONNECT");
  if (target.size() > limits.max_target_bytes) return refuse(Status::UriTooLong, "target too long");
  return read_target(target, request);
}

Result<Announced, Refusal> judge_fields(const Limits& limits, Request& request) {
  if (auto host = judge_host(request); !host) return Failure{host.error()};
  Announced announced;
  if (request.headers.contains("Transfer-Encoding")) {
    if (auto coding = judge_coding(request); !coding) return Failure{coding.error()};
    announced.body = true;
  } else {
    const auto length = judge_length(limits, request);
    if (!length) return Failure{length.error()};
    announced.body = *length;
  }
  const auto expects = judge_expectation(request);
  if (!expects) return Failure{expects.error()};
  announced.expects_continue = *expects && announced.body;
  request.keep_alive = keeps_alive(request);
  return announced;
}

}  // namespace chatd::http
