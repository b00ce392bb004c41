#pragma once
// Pattern: which paths a route answers. A value; constant, so any thread may match.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatd::web {

// What a pattern's holes were filled with, in the order of the pattern.
struct PathArgument {
  std::string name;
  std::string value;
};
using PathArguments = std::vector<PathArgument>;

//   /chat              this path; "/chat/" is another one
//   /room/:name        one segment, not empty, under that name
//   /room/:name/log    more may follow
//   /static/*          all that is left, also nothing, under the name "*"; only at the end
// All else stands for itself, in its case. No regular expressions: these match in one pass over a
// path that a stranger chose.
class Pattern {
 public:
  // Throws std::invalid_argument if `text` does not begin with '/', names a hole twice or not at
  // all, or goes on behind a '*'.
  explicit Pattern(std::string_view text);

  // `path` is percent-decoded, as http::Request has it.
  std::optional<PathArguments> match(std::string_view path) const;

  const std::string& text() const { return text_; }

 private:
  struct Segment {
    enum class Kind { Literal, Hole, Rest };
    Kind kind = Kind::Literal;
    std::string text;  // of a hole: its name
  };

  void add(std::string_view text);

  std::string text_;
  std::vector<Segment> segments_;
};

}  // namespace chatd::web
