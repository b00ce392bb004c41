#pragma once
// The status codes of RFC 9110, section 15, that chatd sends, and their phrases.

#include <cstdint>
#include <string_view>

namespace chatd::http {

// Any other number of three digits is a Status too.
enum class Status : std::uint16_t {
  Continue = 100,
  SwitchingProtocols = 101,
  Ok = 200,
  Created = 201,
  Accepted = 202,
  NoContent = 204,
  PartialContent = 206,
  MovedPermanently = 301,
  Found = 302,
  SeeOther = 303,
  NotModified = 304,
  TemporaryRedirect = 307,
  PermanentRedirect = 308,
  BadRequest = 400,
  Unauthorized = 401,
  Forbidden = 403,
  NotFound = 404,
  MethodNotAllowed = 405,
  NotAcceptable = 406,
  RequestTimeout = 408,
  Conflict = 409,
  Gone = 410,
  LengthRequired = 411,
  PreconditionFailed = 412,
  ContentTooLarge = 413,
  UriTooLong = 414,
  UnsupportedMediaType = 415,
  RangeNotSatisfiable = 416,
  ExpectationFailed = 417,
  UnprocessableContent = 422,
  UpgradeRequired = 426,
  TooManyRequests = 429,
  RequestHeaderFieldsTooLarge = 431,
  InternalServerError = 500,
  NotImplemented = 501,
  BadGateway = 502,
  ServiceUnavailable = 503,
  GatewayTimeout = 504,
  HttpVersionNotSupported = 505,
};

constexpr unsigned number(Status status) { return static_cast<unsigned>(status); }

// "Not Found"; "Unknown" for a number without a phrase.
std::string_view phrase(Status status);

}  // namespace chatd::http
