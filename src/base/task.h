#pragma once
// Task: a move-only `void()`, run once or often, on whichever thread holds it. What fits into 56
// bytes is kept inside, so that posting a message to a worker allocates nothing.

#include <cassert>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace chatd {

class Task {
 public:
  Task() = default;

  template <typename F>
  requires(!std::is_same_v<F, Task> && std::is_invocable_v<F&>) Task(F function) {
    if constexpr (kFits<F>) {
      ::new (static_cast<void*>(storage_)) F(std::move(function));
      verbs_ = &kInline<F>;
    } else {
      ::new (static_cast<void*>(storage_)) F*(new F(std::move(function)));
      verbs_ = &kOnHeap<F>;
    }
  }

  Task(Task&& other) noexcept { take(other); }
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() { reset(); }

  void operator()() {
    assert(verbs_ != nullptr);
    verbs_->run(storage_);
  }

  explicit operator bool() const { return verbs_ != nullptr; }

 private:
  struct Verbs {
    void (*run)(void*);
    void (*move)(void* from, void* to) noexcept;  // also ends the life of what is at `from`
    void (*destroy)(void*) noexcept;
  };

  static constexpr std::size_t kInlineBytes = 56;

  template <typename F>
  static constexpr bool kFits =
      sizeof(F) <= kInlineBytes &&
      alignof(std::max_align_t) % alignof(F) == 0 && std::is_nothrow_move_constructible_v<F>;

  template <typename F>
  static constexpr Verbs kInline = {
      [](void* at) { (*static_cast<F*>(at))(); },
      [](void* from, void* to) noexcept {
        ::new (to) F(std::move(*static_cast<F*>(from)));
        static_cast<F*>(from)->~F();
      },
      [](void* at) noexcept { static_cast<F*>(at)->~F(); },
  };

  template <typename F>
  static constexpr Verbs kOnHeap = {
      [](void* at) { (**static_cast<F**>(at))(); },
      [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
      [](void* at) noexcept { delete *static_cast<F**>(at); },
  };

  void take(Task& other) noexcept {
    verbs_ = std::exchange(other.verbs_, nullptr);
    if (verbs_ != nullptr) verbs_->move(other.storage_, storage_);
  }

  void reset() noexcept {
    if (verbs_ != nullptr) std::exchange(verbs_, nullptr)->destroy(storage_);
  }

  // In this order both fit into one cache line.
  alignas(std::max_align_t) std::byte storage_[kInlineBytes];
  const Verbs* verbs_ = nullptr;
};

}  // namespace chatd
