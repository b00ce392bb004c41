#pragma once
// StaticFileHandler: gives out the files of a StaticFolder, one a request.
// Lives on its connection's worker; owned by the Application.

#include "http/range.h"
#include "web/request_handler.h"
#include "web/static_folder.h"

namespace chatd::web {

// For a pattern that ends with a star: {"/static/*", route<StaticFileHandler>(std::cref(folder))}.
// Browsers keep a file and ask whether it is still the same (ETag, Last-Modified: then 304); one
// asked for with ?v=… they keep for a year without asking, so the page that names it changes the v.
// Who accepts gzip gets it where it pays; who asks for one range gets it, for several the whole.
class StaticFileHandler final : public RequestHandler {
 public:
  StaticFileHandler(HandlerContext&& context, const StaticFolder& folder);

  void get() override;

 private:
  void describe(const StaticFile& file);
  void give_range(StaticFile file, const http::ByteRange& range);
  void refuse_range(const StaticFile& file);

  const StaticFolder& folder_;
};

}  // namespace chatd::web
