#pragma once
// RequestHandler: answers one request; what a program overrides to say what its site does.
// Lives on its connection's worker, from the request to the response; owned by the Application, a
// WebSocketHandler by its session.

#include "base/shared_buffer.h"
#include "http/cookie.h"
#include "http/file_slice.h"
#include "http/request.h"
#include "http/status.h"
#include "web/handler_context.h"
#include "web/http_error.h"
#include "web/signed_value.h"
#include "web/template_data.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::web {

// Override the methods that you answer, and keep them public: route<Handler>() sees which ones
// these are, the others get 405. What you write is sent when the method returns. Throw HttpError to
// answer with an error page; any other exception is a 500. Handlers never wait: they share their
// thread with others.
class RequestHandler {
 public:
  explicit RequestHandler(HandlerContext&& context);
  RequestHandler(const RequestHandler&) = delete;
  RequestHandler& operator=(const RequestHandler&) = delete;
  virtual ~RequestHandler();

  // --- What a subclass answers ---

  // Before the method, whichever it is. If it finishes the response, the method is not run.
  virtual void prepare() {}
  virtual void get() { throw_method_not_allowed(); }
  virtual void head() { get(); }  // the body is not sent
  virtual void post() { throw_method_not_allowed(); }
  virtual void put() { throw_method_not_allowed(); }
  virtual void del() { throw_method_not_allowed(); }  // DELETE, a keyword in C++
  virtual void patch() { throw_method_not_allowed(); }
  virtual void options();  // 204 with Allow
  // The response is complete and about to be sent. Not for a WebSocket.
  virtual void on_finish() {}
  // The page for an error: error.html, with status, reason and en, if there is such a template;
  // else a line of text.
  virtual void write_error(http::Status status);

  // --- What was asked ---

  const http::Request& request() const { return exchange().request; }
  // What a hole of the route's pattern was filled with: "/room/:name" has a "name".
  const std::string& path_argument(std::string_view name) const;

  // An argument of the query or of a form in the body (the latter's last value goes first), as
  // text: valid UTF-8, else 400; control characters are spaces; trimmed. Without a fallback a
  // missing one is 400 too.
  std::string get_argument(std::string_view name) const;
  std::string get_argument(std::string_view name, std::string_view fallback) const;
  std::string get_query_argument(std::string_view name) const;
  std::string get_query_argument(std::string_view name, std::string_view fallback) const;
  std::string get_body_argument(std::string_view name) const;
  std::string get_body_argument(std::string_view name, std::string_view fallback) const;
  // All values of that name, those of the query first.
  std::vector<std::string> get_arguments(std::string_view name) const;

  // Of two cookies of one name the last, as Tornado has it.
  std::optional<std::string> get_cookie(std::string_view name) const;
  // The value of a cookie that set_secure_cookie() made; none if there is none that was signed with
  // our secret for this name and is young enough.
  std::optional<std::string> get_secure_cookie(std::string_view name) const;
  // The same, with when and how it was signed: this tells one login from another.
  std::optional<SignedValue> get_signed_cookie(std::string_view name) const;

  // Whether the visitor would rather read English than Chinese, by Accept-Language.
  bool prefers_english() const;

  // --- What is answered; nothing of this after finish() ---

  void set_status(http::Status status) { open_exchange().response.status = status; }
  void set_status(int status) { set_status(static_cast<http::Status>(status)); }
  // Throws std::invalid_argument where `value` has control characters.
  void set_header(std::string_view name, std::string value);
  void add_header(std::string_view name, std::string value);

  // Adds to the body; text/html unless set_header() says otherwise.
  void write(std::string_view text);
  // Makes the whole body of bytes that are shared with others.
  void set_body(SharedBuffer body);
  // Of a part of a file, which is read while it is sent.
  void set_body(http::FileSlice body);

  // Sends the page, and finishes. `page` is a file's name in template_path. With xsrf_cookies it
  // may show {{{xsrf_form_html}}} in its forms, or {{xsrf_token}}, without their being in `data`.
  void render(std::string_view page, const TemplateData& data);
  // The page as text, to do something else with it.
  std::string render_string(std::string_view page, const TemplateData& data);

  // Sends the visitor elsewhere, and finishes. After a form: SeeOther.
  void redirect(std::string_view url, http::Status status = http::Status::Found);
  // Throws away what was written, cookies too, and finishes with the page for this error.
  void send_error(http::Status status);
  void send_error(int status) { send_error(static_cast<http::Status>(status)); }
  // No more is to be added.
  void finish() { open_exchange().finished = true; }
  void finish(std::string_view text);

  // For this host and all paths, HttpOnly, SameSite=Lax, over TLS Secure; until the browser is
  // closed.
  void set_cookie(std::string_view name, std::string_view value);
  // With what else a cookie can have. Throws std::invalid_argument when it cannot be written so.
  void set_cookie(const http::SetCookie& cookie);
  // Signed, so that it comes back as it went (anyone can read it), and kept by the browser for
  // `age`.
  void set_secure_cookie(std::string_view name, std::string_view value,
                         std::chrono::days age = std::chrono::days{30});
  void clear_cookie(std::string_view name);

  // --- Whether a page of ours asks; as Tornado has it, with Settings::xsrf_cookies ---

  // What a form sends back as its field _xsrf, or a script in the header X-Xsrftoken or
  // X-Csrftoken. The first call sets the cookie _xsrf, which scripts can read, unless there is one.
  const std::string& xsrf_token();
  // The form's field, hidden: <input type="hidden" name="_xsrf" value="…"/>.
  std::string xsrf_form_html();
  // Throws HttpError(403) unless the request has a token that matches its cookie. With xsrf_cookies
  // it is called for POST, PUT, PATCH and DELETE before prepare(). Override it to let a handler go
  // without: one that checks a key of its own, say. A form of multipart/form-data is not looked
  // into, so it needs the header.
  virtual void check_xsrf_cookie();

  // --- Where we are ---

  const Settings& settings() const { return site_.settings; }
  net::Connection& connection() const { return connection_; }

 protected:
  // Frees the request and the response; asking for them from then on throws std::logic_error.
  void release_exchange() { exchange_.reset(); }
  Exchange& exchange() const;

 private:
  [[noreturn]] static void throw_method_not_allowed() {
    throw HttpError(http::Status::MethodNotAllowed);
  }
  Exchange& open_exchange() const;
  const std::string& cookie_secret() const;
  std::chrono::sys_seconds now() const;

  const Site& site_;
  net::Connection& connection_;
  std::unique_ptr<Exchange> exchange_;  // null once a WebSocket is open
};

}  // namespace chatd::web
