#include "web/template_loader.h"

#include <kainjow/mustache.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace chatd::web {

namespace {

namespace mustache = kainjow::mustache;
namespace filesystem = std::filesystem;

constexpr int kMaxPartDepth = 8;

using Texts = std::map<std::string, std::string, std::less<>>;

[[noreturn]] void fail(const filesystem::path& path, const std::string& why) {
  throw std::runtime_error("template " + path.string() + ": " + why);
}

std::string read_text(const filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) fail(path, std::generic_category().message(errno));
  return text;
}

Texts read_folder(const filesystem::path& folder) {
  Texts texts;
  std::error_code error;
  for (filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".html") continue;
    if (entry->is_directory()) continue;
    texts.emplace(entry->path().filename().string(), read_text(entry->path()));
  }
  if (error) fail(folder, error.message());
  return texts;
}

// Mustache's parts ({{> name}}) are put in here, once, rather than at each rendering: so a part
// never comes from the data, where it could be something that a visitor typed.
std::string with_parts(const Texts& texts, const filesystem::path& path, std::string_view text,
                       int depth) {
  if (depth > kMaxPartDepth) fail(path, "parts within parts without end");
  std::string whole;
  for (std::size_t tag = text.find("{{>"); tag != std::string_view::npos; tag = text.find("{{>")) {
    const std::size_t end = text.find("}}", tag);
    if (end == std::string_view::npos) fail(path, "unclosed {{>");
    const std::string name = mustache::trim(std::string(text.substr(tag + 3, end - tag - 3)));
    const auto part = texts.find(name);
    if (part == texts.end()) fail(path, "no part named \"" + name + "\"");
    whole += text.substr(0, tag);
    whole += with_parts(texts, path, part->second, depth + 1);
    text.remove_prefix(end + 2);
  }
  return whole.append(text);
}

mustache::data to_mustache(const TemplateData& data);

mustache::data to_mustache(const TemplateValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.state())) return mustache::data(*text);
  if (const auto* flag = std::get_if<bool>(&value.state())) return mustache::data(*flag);
  mustache::data list{mustache::data::type::list};
  for (const TemplateData& item : std::get<TemplateList>(value.state())) {
    list.push_back(to_mustache(item));
  }
  return list;
}

mustache::data to_mustache(const TemplateData& data) {
  mustache::data object;
  for (const auto& [name, value] : data) object.set(name, to_mustache(value));
  return object;
}

}  // namespace

// Many threads render one parsed page at once. mustache::render is not const, but what it writes to
// the page is only the error of a lambda or a part that failed; our data holds neither (see
// with_parts), so it only reads.
class TemplateLoader::Template {
 public:
  Template(const filesystem::path& path, const std::string& text) : text_(text), page_(text) {
    if (!page_.is_valid()) fail(path, page_.error_message());
  }

  std::string render(const TemplateData& data) {
    std::string html;
    page_.render(to_mustache(data), [&html](const std::string& piece) { html += piece; });
    return html;
  }

  bool mentions(std::string_view word) const { return text_.find(word) != std::string::npos; }

 private:
  const std::string text_;
  mustache::mustache page_;
};

TemplateLoader::TemplateLoader() = default;

TemplateLoader::TemplateLoader(const filesystem::path& folder) {
  const Texts texts = read_folder(folder);
  for (const auto& [name, text] : texts) {
    const filesystem::path path = folder / name;
    templates_.emplace(name, std::make_unique<Template>(path, with_parts(texts, path, text, 0)));
  }
}

TemplateLoader::~TemplateLoader() = default;

std::string TemplateLoader::render(std::string_view name, const TemplateData& data) const {
  const auto found = templates_.find(name);
  if (found == templates_.end()) {
    throw std::out_of_range("no template named \"" + std::string(name) + '"');
  }
  return found->second->render(data);
}

bool TemplateLoader::contains(std::string_view name) const {
  return templates_.find(name) != templates_.end();
}

bool TemplateLoader::mentions(std::string_view name, std::string_view word) const {
  const auto found = templates_.find(name);
  return found != templates_.end() && found->second->mentions(word);
}

}  // namespace chatd::web
