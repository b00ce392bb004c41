#pragma once
// TemplateData: what a template is filled with. A value; made by a handler, read by the
// TemplateLoader.
//
//   render("room.html", {{"name", room.name()}, {"members", 3}, {"open", true}, {"lines", lines}});

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chatd::web {

class TemplateData;
using TemplateList = std::vector<TemplateData>;

// A text or a number, which {{x}} shows; a yes or no, which {{#x}}…{{/x}} and {{^x}}…{{/x}} ask; or
// a list, for each of which {{#x}}…{{/x}} shows its inside once.
class TemplateValue {
 public:
  using State = std::variant<std::string, bool, TemplateList>;

  TemplateValue(std::string text);
  TemplateValue(std::string_view text) : TemplateValue(std::string(text)) {}
  TemplateValue(const char* text) : TemplateValue(std::string(text)) {}
  // Templates that do not convert: a pointer is no yes or no.
  template <std::same_as<bool> Flag>
  TemplateValue(Flag flag) : state_(flag) {}
  template <std::integral Number>
  requires(!std::same_as<Number, bool> && !std::same_as<Number, char>) TemplateValue(Number number)
      : TemplateValue(std::to_string(number)) {}
  TemplateValue(TemplateList list);

  TemplateValue(const TemplateValue& other);
  TemplateValue(TemplateValue&& other) noexcept;
  TemplateValue& operator=(const TemplateValue& other);
  TemplateValue& operator=(TemplateValue&& other) noexcept;
  ~TemplateValue();

  const State& state() const { return state_; }

 private:
  State state_;
};

class TemplateData {
 public:
  struct Entry {
    std::string name;
    TemplateValue value;
  };

  TemplateData() = default;
  TemplateData(std::initializer_list<Entry> entries) : entries_(entries) {}

  // The last value of a name counts.
  void set(std::string name, TemplateValue value) {
    entries_.push_back({std::move(name), std::move(value)});
  }

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
};

// Here, where what a list holds is complete.
inline TemplateValue::TemplateValue(std::string text) : state_(std::move(text)) {}
inline TemplateValue::TemplateValue(TemplateList list) : state_(std::move(list)) {}
inline TemplateValue::TemplateValue(const TemplateValue& other) = default;
inline TemplateValue::TemplateValue(TemplateValue&& other) noexcept = default;
inline TemplateValue& TemplateValue::operator=(const TemplateValue& other) = default;
inline TemplateValue& TemplateValue::operator=(TemplateValue&& other) noexcept = default;
inline TemplateValue::~TemplateValue() = default;

}  // namespace chatd::web
