#include "net/tls.h"

#include "base/log.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace chatd::net {

namespace {

// Only what has forward secrecy and authenticated encryption (RFC 9325, 4.2); TLS 1.3 has nothing
// else.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view kHttp11 = "\x08http/1.1";  // RFC 7301, 3.1: the length comes first
constexpr std::string_view kSessionIdContext = "chatd";

template <auto Free>
struct Release {
  template <typename T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using ContextPointer = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, Release<BIO_free>>;

// Why OpenSSL's last call failed: the first of the errors that it has piled up.
std::string reason() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  const char* text = ERR_reason_error_string(error);
  return text != nullptr ? text : "unknown error";
}

Failure<Error> failure(std::string what) { return Failure{Error{std::move(what), 0}}; }

// The other certificates, for their names; they live as long as the context that they belong to.
using Others = std::vector<ContextPointer>;

void free_others(void*, void* others, CRYPTO_EX_DATA*, int, long, void*) {
  const std::unique_ptr<Others> gone(static_cast<Others*>(others));
}

int others_index() {
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_others);
  return kIndex;
}

bool is_for(const SSL_CTX* context, std::string_view host) {
  X509* certificate = SSL_CTX_get0_certificate(context);
  return X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}

int choose_certificate(SSL* ssl, int*, void*) {
  const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (host == nullptr) return SSL_TLSEXT_ERR_NOACK;
  const SSL_CTX* first = SSL_get_SSL_CTX(ssl);
  if (is_for(first, host)) return SSL_TLSEXT_ERR_OK;
  const auto* others = static_cast<const Others*>(SSL_CTX_get_ex_data(first, others_index()));
  if (others == nullptr) return SSL_TLSEXT_ERR_NOACK;
  for (const ContextPointer& other : *others) {
    if (!is_for(other.get(), host)) continue;
    SSL_set_SSL_CTX(ssl, other.get());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(kHttp11.data());
  const int outcome = SSL_select_next_proto(
      &found, chosen_size, ours, static_cast<unsigned>(kHttp11.size()), offered, offered_size);
  // RFC 7301, 3.2: a server that speaks none of what is offered says so and ends.
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

// Nobody sits at a terminal to be asked for the password of a key.
int no_password(char*, int, int, void*) { return 0; }

ContextPointer make_context() {
  ContextPointer context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return nullptr;
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(raw, kTls12Ciphers);
  // A peer that closes without close_notify has ended all the same: HTTP and WebSocket tell by
  // themselves whether something is missing.
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One system call fetches header and body of a record, and what lies behind it.
  SSL_CTX_set_read_ahead(raw, 1);
  // Sessions are kept by the clients, in tickets, so that they cost us nothing.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 1);
  SSL_CTX_set_session_id_context(raw,
                                 reinterpret_cast<const unsigned char*>(kSessionIdContext.data()),
                                 kSessionIdContext.size());
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  SSL_CTX_set_tlsext_servername_callback(raw, choose_certificate);
  return context;
}

void warn_if_expired(const X509* certificate, const std::string& path) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0) return;
  log_warn("certificate_expired file=%s", quoted(path).c_str());
}

Result<KeyPointer> read_key(const std::string& path) {
  const BioPointer file(BIO_new_file(path.c_str(), "r"));
  KeyPointer key(file ? PEM_read_bio_PrivateKey(file.get(), nullptr, no_password, nullptr)
                      : nullptr);
  if (key == nullptr) return failure("cannot read the private key " + path + ": " + reason());
  return key;
}

Result<ContextPointer> load_one(const TlsCertificate& files) {
  ERR_clear_error();
  ContextPointer context = make_context();
  if (context == nullptr) return failure("cannot set up TLS: " + reason());
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.chain_path.c_str()) != 1) {
    return failure("cannot read the certificate " + files.chain_path + ": " + reason());
  }
  const auto key = read_key(files.key_path);
  if (!key) return Failure{key.error()};
  X509* certificate = SSL_CTX_get0_certificate(context.get());
  if (X509_check_private_key(certificate, key->get()) != 1) {
    ERR_clear_error();
    return failure("the private key " + files.key_path + " does not belong to the certificate " +
                   files.chain_path);
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key->get()) != 1) {
    return failure("cannot use the private key " + files.key_path + ": " + reason());
  }
  warn_if_expired(certificate, files.chain_path);
  return context;
}

}  // namespace

Result<TlsContext> TlsContext::load(const std::vector<TlsCertificate>& certificates) {
  if (certificates.empty()) return failure("TLS needs a certificate");
  auto first = load_one(certificates.front());
  if (!first) return Failure{first.error()};
  auto others = std::make_unique<Others>();
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    auto other = load_one(certificates[i]);
    if (!other) return Failure{other.error()};
    others->push_back(*std::move(other));
  }
  if (SSL_CTX_set_ex_data(first->get(), others_index(), others.get()) != 1) {
    return failure("cannot set up TLS: " + reason());
  }
  static_cast<void>(others.release());  // free_others() has them now
  return TlsContext(first->release());
}

TlsContext::TlsContext(const TlsContext& other) : context_(other.context_) {
  if (context_ != nullptr) SSL_CTX_up_ref(context_);
}

TlsContext::TlsContext(TlsContext&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)) {}

TlsContext& TlsContext::operator=(TlsContext other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

TlsContext TlsContextSlot::get() const {
  MutexLock lock(mutex_);
  return context_;
}

void TlsContextSlot::replace(TlsContext context) {
  MutexLock lock(mutex_);
  // The old one dies with the parameter, after the lock has been given back.
  std::swap(context_, context);
}

Result<void> TlsContextSlot::reload(const std::vector<TlsCertificate>& certificates) {
  auto context = TlsContext::load(certificates);
  if (!context) return Failure{context.error()};
  replace(*std::move(context));
  return {};
}

}  // namespace chatd::net
