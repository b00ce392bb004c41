#pragma once
// MemberId: names one login for as long as it holds its nickname; never used twice in a process.

#include <cstdint>

namespace chatd::chat {

enum class MemberId : std::uint64_t { None = 0 };

}  // namespace chatd::chat
