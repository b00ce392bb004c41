#include "web/request_handler.h"

#include "base/utf8.h"
#include "web/language.h"
#include "web/xsrf_token.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace chatd::web {

namespace {

constexpr std::string_view kXsrf = "_xsrf";

// As Tornado's: controls, but for those that are white space.
bool is_control(char c) { return (c >= '\0' && c <= '\x08') || (c >= '\x0e' && c <= '\x1f'); }

// A value from a query or a form as text that a handler can rely on.
std::string clean(std::string value) {
  if (!is_valid_utf8(value)) throw HttpError(http::Status::BadRequest, "argument is not UTF-8");
  std::replace_if(value.begin(), value.end(), is_control, ' ');
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const std::size_t first = value.find_first_not_of(kSpace);
  if (first == std::string::npos) return "";
  return value.substr(first, value.find_last_not_of(kSpace) - first + 1);
}

std::optional<std::string> last_value(const http::FormFields& fields, std::string_view name) {
  const auto last =
      std::find_if(fields.rbegin(), fields.rend(),
                   [name](const http::FormField& field) { return field.name == name; });
  if (last == fields.rend()) return std::nullopt;
  return clean(last->value);
}

std::string required(std::optional<std::string> value, std::string_view name) {
  if (value) return std::move(*value);
  throw HttpError(http::Status::BadRequest, "missing argument " + std::string(name));
}

}  // namespace

RequestHandler::RequestHandler(HandlerContext&& context)
    : site_(context.site),
      connection_(context.connection),
      exchange_(std::move(context.exchange)) {}

RequestHandler::~RequestHandler() = default;

Exchange& RequestHandler::exchange() const {
  if (exchange_) return *exchange_;
  throw std::logic_error("the request was freed after open(); keep_request() there keeps it");
}

Exchange& RequestHandler::open_exchange() const {
  Exchange& open = exchange();
  if (open.finished) throw std::logic_error("the response was finished before");
  return open;
}

void RequestHandler::options() {
  set_status(http::Status::NoContent);
  set_header("Allow", exchange().allowed.to_string());
}

void RequestHandler::write_error(http::Status status) {
  const std::string_view reason = http::phrase(status);
  const auto code = static_cast<unsigned>(status);
  if (settings().debug && !exchange().failure.empty()) {
    set_header("Content-Type", "text/plain; charset=UTF-8");
    return write(exchange().failure);
  }
  if (site_.templates.contains("error.html")) {
    return write(render_string("error.html",
                               {{"status", code}, {"reason", reason}, {"en", prefers_english()}}));
  }
  set_header("Content-Type", "text/plain; charset=UTF-8");
  write(std::to_string(code) + ' ' + std::string(reason) + '\n');
}

// --- What was asked ---

const std::string& RequestHandler::path_argument(std::string_view name) const {
  for (const PathArgument& argument : exchange().path_arguments) {
    if (argument.name == name) return argument.value;
  }
  throw std::out_of_range("the route's pattern has no " + std::string(name));
}

std::string RequestHandler::get_argument(std::string_view name) const {
  auto value = last_value(exchange().body_fields(), name);
  return value ? std::move(*value) : get_query_argument(name);
}

std::string RequestHandler::get_argument(std::string_view name, std::string_view fallback) const {
  auto value = last_value(exchange().body_fields(), name);
  return value ? std::move(*value) : get_query_argument(name, fallback);
}

std::string RequestHandler::get_query_argument(std::string_view name) const {
  return required(last_value(exchange().query_fields(), name), name);
}

std::string RequestHandler::get_query_argument(std::string_view name,
                                               std::string_view fallback) const {
  return last_value(exchange().query_fields(), name).value_or(std::string(fallback));
}

std::string RequestHandler::get_body_argument(std::string_view name) const {
  return required(last_value(exchange().body_fields(), name), name);
}

std::string RequestHandler::get_body_argument(std::string_view name,
                                              std::string_view fallback) const {
  return last_value(exchange().body_fields(), name).value_or(std::string(fallback));
}

std::vector<std::string> RequestHandler::get_arguments(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto* fields : {&exchange().query_fields(), &exchange().body_fields()}) {
    for (const http::FormField& field : *fields) {
      if (field.name == name) values.push_back(clean(field.value));
    }
  }
  return values;
}

std::optional<std::string> RequestHandler::get_cookie(std::string_view name) const {
  const auto& cookies = exchange().cookies();
  const auto last =
      std::find_if(cookies.rbegin(), cookies.rend(),
                   [name](const http::Cookie& cookie) { return cookie.name == name; });
  if (last == cookies.rend()) return std::nullopt;
  return last->value;
}

std::optional<std::string> RequestHandler::get_secure_cookie(std::string_view name) const {
  auto signed_value = get_signed_cookie(name);
  if (!signed_value) return std::nullopt;
  return std::move(signed_value->value);
}

// A neighbour under the same domain can add cookies of our name, but none that we signed: so we
// look at all of them.
std::optional<SignedValue> RequestHandler::get_signed_cookie(std::string_view name) const {
  std::optional<SignedValue> last;
  for (const http::Cookie& cookie : exchange().cookies()) {
    if (cookie.name != name) continue;
    auto value =
        decode_signed_value(cookie_secret(), name, cookie.value, settings().max_cookie_age, now());
    if (value) last = std::move(value);
  }
  return last;
}

bool RequestHandler::prefers_english() const {
  constexpr std::array<std::string_view, 2> kOffered = {"zh", "en"};
  return best_language(request().headers.get("Accept-Language").value_or(""), kOffered) == "en";
}

// --- What is answered ---

void RequestHandler::set_header(std::string_view name, std::string value) {
  if (!http::is_field_value(value)) throw std::invalid_argument("unsafe header value");
  open_exchange().response.headers.set(name, std::move(value));
}

void RequestHandler::add_header(std::string_view name, std::string value) {
  if (!http::is_field_value(value)) throw std::invalid_argument("unsafe header value");
  open_exchange().response.headers.add(std::string(name), std::move(value));
}

void RequestHandler::write(std::string_view text) {
  auto* body = std::get_if<std::string>(&open_exchange().response.body);
  if (body == nullptr) throw std::logic_error("write() after set_body()");
  body->append(text);
}

void RequestHandler::set_body(SharedBuffer body) {
  open_exchange().response.body = std::move(body);
}

void RequestHandler::set_body(http::FileSlice body) {
  open_exchange().response.body = std::move(body);
}

void RequestHandler::render(std::string_view page, const TemplateData& data) {
  set_header("Content-Type", "text/html; charset=UTF-8");
  finish(render_string(page, data));
}

// Pages that show no token set no cookie, so that all may share them.
std::string RequestHandler::render_string(std::string_view page, const TemplateData& data) {
  if (!settings().xsrf_cookies || !site_.templates.mentions(page, "xsrf_")) {
    return site_.templates.render(page, data);
  }
  TemplateData whole = {{"xsrf_token", xsrf_token()}, {"xsrf_form_html", xsrf_form_html()}};
  for (const auto& [name, value] : data) whole.set(name, value);
  return site_.templates.render(page, whole);
}

void RequestHandler::redirect(std::string_view url, http::Status status) {
  set_status(status);
  set_header("Location", std::string(url));
  finish();
}

void RequestHandler::send_error(http::Status status) {
  Exchange& here = exchange();
  here.response = http::Response();
  here.xsrf_token.clear();  // its cookie was thrown away with the rest
  here.finished = false;
  set_status(status);
  // RFC 9110, 15.5.6: who says that a method is not allowed says which ones are.
  if (status == http::Status::MethodNotAllowed) set_header("Allow", here.allowed.to_string());
  write_error(status);
  here.finished = true;
}

void RequestHandler::finish(std::string_view text) {
  write(text);
  finish();
}

void RequestHandler::set_cookie(std::string_view name, std::string_view value) {
  set_cookie(http::SetCookie{
      .name = std::string(name), .value = std::string(value), .secure = request().secure});
}

void RequestHandler::set_cookie(const http::SetCookie& cookie) {
  auto printed = http::print_set_cookie(cookie);
  if (!printed) throw std::invalid_argument("unsafe cookie " + cookie.name);
  add_header("Set-Cookie", std::move(*printed));
}

void RequestHandler::set_secure_cookie(std::string_view name, std::string_view value,
                                       std::chrono::days age) {
  set_cookie(http::SetCookie{.name = std::string(name),
                             .value = create_signed_value(cookie_secret(), name, value, now()),
                             .expires = now() + age,
                             .secure = request().secure});
}

void RequestHandler::clear_cookie(std::string_view name) {
  set_cookie(http::SetCookie{.name = std::string(name),
                             .value = "",
                             .expires = now() - std::chrono::days{365},
                             .secure = request().secure});
}

// --- Whether a page of ours asks ---

const std::string& RequestHandler::xsrf_token() {
  std::string& text = exchange().xsrf_token;
  if (!text.empty()) return text;
  auto token = XsrfToken::parse(get_cookie(kXsrf).value_or(""), now());
  const bool is_new = !token;
  if (is_new) token = XsrfToken::make(now());
  std::string shown = token->to_string();
  if (is_new) {
    set_cookie(http::SetCookie{.name = std::string(kXsrf),
                               .value = shown,
                               .http_only = false,
                               .secure = request().secure});
  }
  text = std::move(shown);
  return text;
}

std::string RequestHandler::xsrf_form_html() {
  // Digits and bars: there is nothing to escape.
  return R"(<input type="hidden" name="_xsrf" value=")" + xsrf_token() + R"("/>)";
}

void RequestHandler::check_xsrf_cookie() {
  std::string given = get_argument(kXsrf, "");
  for (const std::string_view field : {"X-Xsrftoken", "X-Csrftoken"}) {
    if (given.empty()) given = request().headers.get(field).value_or("");
  }
  if (given.empty()) throw HttpError(http::Status::Forbidden, "no _xsrf argument");
  const auto token = XsrfToken::parse(given, now());
  if (!token) throw HttpError(http::Status::Forbidden, "malformed _xsrf argument");
  const auto expected = XsrfToken::parse(get_cookie(kXsrf).value_or(""), now());
  if (!expected || !token->matches(*expected)) {
    throw HttpError(http::Status::Forbidden, "the _xsrf argument is not the cookie's");
  }
}

const std::string& RequestHandler::cookie_secret() const {
  if (settings().cookie_secret.empty()) throw std::logic_error("no cookie_secret in the Settings");
  return settings().cookie_secret;
}

std::chrono::sys_seconds RequestHandler::now() const {
  return std::chrono::floor<std::chrono::seconds>(connection_.loop().time().system());
}

}  // namespace chatd::web
