#include "net/proxied_transport.h"

#include "base/log.h"

#include <algorithm>

namespace chatd::net {

bool ProxyPeers::include(std::string_view address) const {
  return networks_.empty() ||
         std::any_of(networks_.begin(), networks_.end(),
                     [=](const Network& network) { return network.contains(address); });
}

ProxiedTransport::ProxiedTransport(std::unique_ptr<Transport> inner)
    : inner_(std::move(inner)), header_(std::make_unique<ProxyHeader>()) {}

IoResult ProxiedTransport::read(std::span<char> into) {
  if (header_ != nullptr) {
    const IoStatus status = take_header(into);
    if (status != IoStatus::Done) return {.status = status};
  }
  return inner_->read(into);
}

// Done once it is through.
IoStatus ProxiedTransport::take_header(std::span<char> scratch) {
  while (true) {
    const std::span<char> into = scratch.first(std::min(scratch.size(), header_->wanted()));
    const IoResult result = inner_->read_clear(into);
    if (result.status == IoStatus::End && header_->begun()) return refuse("PROXY header cut short");
    if (result.status != IoStatus::Done) return result.status;
    switch (header_->feed({into.data(), result.bytes})) {
      case ProxyHeader::Progress::Partial: break;
      case ProxyHeader::Progress::Refused: return refuse(header_->fault());
      case ProxyHeader::Progress::Complete:
        source_ = header_->source();
        header_.reset();
        return IoStatus::Done;
    }
  }
}

IoStatus ProxiedTransport::refuse(std::string_view why) const {
  log_warn("refuse why=%s peer=%s", quoted(why).c_str(), peer_address().c_str());
  return IoStatus::Failed;
}

IoResult ProxiedTransport::write(std::span<const iovec> slices) {
  if (header_ != nullptr) return {.status = IoStatus::WouldBlock};
  return inner_->write(slices);
}

std::string ProxiedTransport::peer_address() const {
  if (std::holds_alternative<UnixAddress>(source_)) return "";
  if (const auto* address = std::get_if<IpAddress>(&source_)) return address->to_string();
  return inner_->peer_address();
}

}  // namespace chatd::net
