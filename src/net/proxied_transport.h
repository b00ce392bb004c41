#pragma once
// ProxiedTransport: a connection that a proxy brings, which says first for whom (ProxyHeader); and
// ProxyPeers: who may say so. Loop thread only; owned by a Connection.

#include "net/network.h"
#include "net/proxy_header.h"
#include "net/transport.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace chatd::net {

// Constant once workers run; any thread.
class ProxyPeers {
 public:
  // Whoever comes from one of these; from anywhere, if there are none.
  explicit ProxyPeers(std::vector<Network> networks) : networks_(std::move(networks)) {}

  bool include(std::string_view address) const;

 private:
  const std::vector<Network> networks_;
};

// Takes the header off and then is the transport that it is given, but for the peer's address.
// Before, nothing is written: who sends something else gets no answer, and the connection breaks.
// Of the header nothing stays but the source.
class ProxiedTransport final : public Transport {
 public:
  explicit ProxiedTransport(std::unique_ptr<Transport> inner);

  IoResult read(std::span<char> into) override;
  IoResult read_clear(std::span<char> into) override { return inner_->read_clear(into); }
  IoResult write(std::span<const iovec> slices) override;
  bool sends_files() const override { return inner_->sends_files(); }
  IoResult send_file(int file, std::uint64_t offset, std::size_t bytes) override {
    return inner_->send_file(file, offset, bytes);
  }
  void shutdown_write() override { inner_->shutdown_write(); }
  int fd() const override { return inner_->fd(); }
  bool secure() const override { return inner_->secure(); }
  bool has_unread() const override { return inner_->has_unread(); }
  bool has_unwritten() const override { return inner_->has_unwritten(); }
  bool awaits_peer() const override { return !introduced() || inner_->awaits_peer(); }
  std::string peer_address() const override;
  bool introduced() const override { return header_ == nullptr; }

 private:
  IoStatus take_header(std::span<char> scratch);
  IoStatus refuse(std::string_view why) const;

  const std::unique_ptr<Transport> inner_;
  std::unique_ptr<ProxyHeader> header_;  // null once it is through
  ProxySource source_;
};

}  // namespace chatd::net
