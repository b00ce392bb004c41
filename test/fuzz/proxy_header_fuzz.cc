// The header of the PROXY protocol: whole and in pieces it comes to the same, and never a byte
// beyond it is taken.

#include "fuzz/fuzzing.h"
#include "net/proxy_header.h"

#include <algorithm>
#include <string>
#include <variant>

namespace {

using namespace chatd;

struct Outcome {
  bool complete = false;
  std::size_t taken = 0;
  std::string what;

  bool operator==(const Outcome&) const = default;
};

std::string shown(const net::ProxySource& source) {
  const auto* address = std::get_if<net::IpAddress>(&source);
  return address != nullptr ? address->to_string() : std::to_string(source.index());
}

// Feeds pieces until the header wants no more.
Outcome read(const std::vector<std::string_view>& pieces) {
  net::ProxyHeader header;
  Outcome outcome;
  for (std::string_view piece : pieces) {
    while (!piece.empty() && header.wanted() > 0) {
      const std::string_view part = piece.substr(0, std::min(piece.size(), header.wanted()));
      piece.remove_prefix(part.size());
      outcome.taken += part.size();
      const auto progress = header.feed(part);
      outcome.complete = progress == net::ProxyHeader::Progress::Complete;
      const bool refused = progress == net::ProxyHeader::Progress::Refused;
      fuzz::require(refused == !header.fault().empty(), "what is refused says why");
      fuzz::require((outcome.complete || refused) == (header.wanted() == 0),
                    "it wants bytes until it is done");
    }
  }
  fuzz::require(outcome.taken <= net::ProxyHeader::kMaxBytes, "a header has an end");
  outcome.what = outcome.complete ? shown(header.source()) : std::string(header.fault());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read({bytes});
  const Outcome pieces = read(fuzz::cut(bytes));
  fuzz::require(whole.complete == pieces.complete && whole.what == pieces.what,
                "pieces come to the same as the whole");
  if (whole.complete) fuzz::require(whole == pieces, "and take the same bytes");
  return 0;
}
