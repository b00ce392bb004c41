#pragma once
// TlsContext: what a TLS server is: its certificates and its settings. TlsContextSlot: where the
// present one is kept. Any thread.

#include "base/mutex.h"
#include "base/result.h"

#include <string>
#include <vector>

// OpenSSL's SSL_CTX; its headers are read by tls*.cc only.
struct ssl_ctx_st;

namespace chatd::net {

// Two PEM files: the certificate with those that vouch for it, and its private key.
struct TlsCertificate {
  std::string chain_path;
  std::string key_path;
};

// Immutable; a copy is a reference more. TLS 1.2 and 1.3 with forward secrecy only, ALPN
// "http/1.1", session tickets, no renegotiation, no compression. The connections that were made
// with it keep it alive.
class TlsContext {
 public:
  // The first certificate is for clients that name no host, or one that is in none of them; the
  // others are chosen by the name that the client asks for (SNI). The error names the file.
  static Result<TlsContext> load(const std::vector<TlsCertificate>& certificates);

  TlsContext(const TlsContext& other);
  TlsContext(TlsContext&& other) noexcept;
  TlsContext& operator=(TlsContext other) noexcept;
  ~TlsContext();

  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* owned) : context_(owned) {}

  ssl_ctx_st* context_;  // counted; null when moved from
};

// Connections take what is in the slot when they begin, so a replacement drops none of them.
class TlsContextSlot {
 public:
  explicit TlsContextSlot(TlsContext context) : context_(std::move(context)) {}
  TlsContextSlot(const TlsContextSlot&) = delete;
  TlsContextSlot& operator=(const TlsContextSlot&) = delete;

  TlsContext get() const EXCLUDES(mutex_);
  void replace(TlsContext context) EXCLUDES(mutex_);
  // Reads the files anew; if they are no good, what is here stays.
  Result<void> reload(const std::vector<TlsCertificate>& certificates) EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  TlsContext context_ GUARDED_BY(mutex_);
};

}  // namespace chatd::net
