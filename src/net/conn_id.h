#pragma once
// ConnId: names a connection from any thread, also after it has gone. Its worker finds it or
// nothing.

#include <cstdint>

namespace chatd::net {

struct ConnId {
  std::uint16_t worker = 0;
  std::uint32_t generation = 0;  // of the slot, so that an earlier tenant is told apart
  std::uint32_t slot = 0;

  bool operator==(const ConnId&) const = default;
};

}  // namespace chatd::net
