#include "web/exchange.h"

#include "base/text.h"
#include "web/http_error.h"

#include <utility>

namespace chatd::web {

namespace {

http::FormFields fields_of(std::string_view text) {
  auto fields = http::parse_form(text);
  if (!fields) throw HttpError(http::Status::BadRequest, "too many arguments");
  return std::move(*fields);
}

bool is_form(const http::Request& request) {
  const std::string_view type = request.headers.get("Content-Type").value_or("");
  return iequals(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded");
}

}  // namespace

const http::FormFields& Exchange::query_fields() {
  if (!query_fields_) query_fields_ = fields_of(request.query);
  return *query_fields_;
}

const http::FormFields& Exchange::body_fields() {
  if (!body_fields_) body_fields_ = is_form(request) ? fields_of(request.body) : http::FormFields();
  return *body_fields_;
}

const std::vector<http::Cookie>& Exchange::cookies() {
  if (!cookies_) cookies_ = http::parse_cookies(request.headers);
  return *cookies_;
}

}  // namespace chatd::web
