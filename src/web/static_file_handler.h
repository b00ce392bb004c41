#pragma once
// StaticFileHandler: gives out the files of a StaticFolder, one a request.
// Lives on its connection's worker; owned by the Application.

#include "web/request_handler.h"
#include "web/static_folder.h"

#include <string_view>

namespace chatd::web {

// For a pattern that ends with a star: {"/static/*", route<StaticFileHandler>(std::cref(folder))}.
// Browsers keep a file and ask whether it is still the same (ETag, Last-Modified: then 304); one
// asked for with ?v=… they keep for a year without asking, so the page that names it changes the v.
class StaticFileHandler final : public RequestHandler {
 public:
  StaticFileHandler(HandlerContext&& context, const StaticFolder& folder);

  void get() override;

 private:
  bool is_known_to_client(const StaticFile& file) const;

  const StaticFolder& folder_;
};

// By the name's extension: "text/html; charset=utf-8"; "application/octet-stream" for one we do not
// know.
std::string_view content_type_of(std::string_view path);

}  // namespace chatd::web
