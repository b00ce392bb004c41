#include "web/static_file_handler.h"

#include "http/accept_encoding.h"
#include "http/conditions.h"
#include "http/date.h"
#include "web/content_type.h"

#include <utility>
#include <variant>

namespace chatd::web {

StaticFileHandler::StaticFileHandler(HandlerContext&& context, const StaticFolder& folder)
    : RequestHandler(std::move(context)), folder_(folder) {}

void StaticFileHandler::get() {
  const Coding accepted = http::accepts_gzip(request().headers) ? Coding::Gzip : Coding::Identity;
  auto file = folder_.find(path_argument("*"), accepted);
  if (!file) throw HttpError(http::Status::NotFound);

  const http::Validators validators{file->etag, file->modified};
  const http::Verdict verdict = http::judge_conditions(request(), validators);
  if (verdict == http::Verdict::Failed) throw HttpError(http::Status::PreconditionFailed);
  if (verdict == http::Verdict::Serve && http::may_send_range(request(), validators)) {
    const auto choice = http::choose_range(request().headers, file->size);
    if (std::holds_alternative<http::UnsatisfiableRange>(choice)) return refuse_range(*file);
    if (const auto* range = std::get_if<http::ByteRange>(&choice)) {
      return give_range(std::move(*file), *range);
    }
  }

  describe(*file);
  if (verdict == http::Verdict::NotModified) set_status(http::Status::NotModified);
  if (file->large) {
    set_body(http::FileSlice{std::move(file->large), 0, file->size});
  } else {
    set_body(file->content);
  }
  finish();
}

void StaticFileHandler::describe(const StaticFile& file) {
  const bool is_versioned = request().query.starts_with("v=");
  set_header("Cache-Control", is_versioned ? "public, max-age=31536000, immutable" : "no-cache");
  set_header("Content-Type", std::string(content_type_of(path_argument("*"))));
  if (file.coding == Coding::Gzip) set_header("Content-Encoding", "gzip");
  set_header("Vary", "Accept-Encoding");
  set_header("Accept-Ranges", "bytes");
  set_header("ETag", file.etag);
  set_header("Last-Modified", http::http_date(file.modified));
}

void StaticFileHandler::give_range(StaticFile file, const http::ByteRange& range) {
  describe(file);
  set_status(http::Status::PartialContent);
  set_header("Content-Range", http::content_range(range, file.size));
  if (file.large) {
    set_body(http::FileSlice{std::move(file.large), range.first, range.bytes});
  } else {
    set_body(SharedBuffer::of(file.content.view().substr(range.first, range.bytes)));
  }
  finish();
}

// RFC 9110, 14.4: with the length that there is.
void StaticFileHandler::refuse_range(const StaticFile& file) {
  set_status(http::Status::RangeNotSatisfiable);
  set_header("Content-Range", "bytes */" + std::to_string(file.size));
  set_header("Content-Type", "text/plain; charset=utf-8");
  finish("416 Range Not Satisfiable\n");
}

}  // namespace chatd::web
