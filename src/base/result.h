#pragma once
// Result<T, E>: a value, or why there is none. The names follow C++23's std::expected, which
// libstdc++ 12 does not offer to C++20.

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace chatd {

// Why something could not be done, for people. `code` is an errno where there is one, else 0.
struct Error {
  std::string what;
  int code = 0;
};

// Wraps an error so that a function can `return Failure{…}` whatever its value type is.
template <typename E>
struct Failure {
  E error;
};
template <typename E>
Failure(E) -> Failure<E>;

// Ask has_value() (or the bool) before value() or error(): the wrong one is a programmer's error
// and is asserted.
template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Failure<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return *checked(state_); }
  const T& value() const& { return *checked(state_); }
  T&& value() && { return std::move(*checked(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return checked(state_); }
  const T* operator->() const { return checked(state_); }

  const E& error() const {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  template <typename State>
  static auto* checked(State& state) {
    assert(state.index() == 0);
    return std::get_if<0>(&state);
  }

  std::variant<T, E> state_;
};

// Done, or why not.
template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(Failure<E> failure) : error_(std::move(failure.error)), failed_(true) {}

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return has_value(); }
  const E& error() const {
    assert(failed_);
    return error_;
  }

 private:
  E error_{};
  bool failed_ = false;
};

}  // namespace chatd
