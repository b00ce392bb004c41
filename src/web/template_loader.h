#pragma once
// TemplateLoader: the pages of a folder, in Mustache (https://mustache.github.io/mustache.5.html),
// read and parsed once. Owned by the Application; constant after construction, so any thread may
// render.

#include "web/template_data.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace chatd::web {

// {{x}} shows a value with & < > " ' escaped, {{{x}}} as it is; a name that is not given shows
// nothing.
// {{> part.html}} puts another page of the folder in its place, when the folder is read.
class TemplateLoader {
 public:
  // Without a folder: no template.
  TemplateLoader();
  // Reads every *.html directly in `folder`. Throws std::runtime_error, with the file's name and
  // what is wrong with it, when one cannot be read or parsed.
  explicit TemplateLoader(const std::filesystem::path& folder);
  TemplateLoader(const TemplateLoader&) = delete;
  TemplateLoader& operator=(const TemplateLoader&) = delete;
  ~TemplateLoader();

  // Throws std::out_of_range when there is no such template.
  std::string render(std::string_view name, const TemplateData& data) const;

  bool contains(std::string_view name) const;
  // Whether the template has this word anywhere in its text; false where there is no such template.
  bool mentions(std::string_view name, std::string_view word) const;

 private:
  class Template;

  std::map<std::string, std::unique_ptr<Template>, std::less<>> templates_;
};

}  // namespace chatd::web
