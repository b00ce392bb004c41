#pragma once
// The client's side of TLS by OpenSSL, for tests, and certificates made on the spot.

#include "base/unique_fd.h"
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>

namespace chatd::test {

// A folder that goes away with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "chatd-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* thing) const {
    release(thing);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using CertificatePointer = std::unique_ptr<X509, Release<X509_free>>;

enum class KeyKind { P256, Rsa };

inline KeyPointer make_key(KeyKind kind) {
  return KeyPointer(kind == KeyKind::P256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
}

inline CertificatePointer make_certificate(EVP_PKEY* key, const std::string& host) {
  CertificatePointer certificate(X509_new());
  X509* raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), 1);
  X509_gmtime_adj(X509_getm_notBefore(raw), -60);
  X509_gmtime_adj(X509_getm_notAfter(raw), 3600);
  X509_set_pubkey(raw, key);
  X509_NAME* name = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
  X509_set_issuer_name(raw, name);
  const std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host).c_str()));
  X509_add_ext(raw, names.get(), -1);
  X509_sign(raw, key, EVP_sha256());
  return certificate;
}

// A self-signed certificate for `host`, in files of that folder.
inline net::TlsCertificate make_certificate_files(const TemporaryFolder& folder,
                                                  const std::string& host,
                                                  KeyKind kind = KeyKind::P256) {
  const net::TlsCertificate files{folder.file(host + ".pem"), folder.file(host + ".key")};
  const KeyPointer key = make_key(kind);
  const CertificatePointer certificate = make_certificate(key.get(), host);
  const std::unique_ptr<BIO, Release<BIO_free>> chain(BIO_new_file(files.chain_path.c_str(), "w"));
  PEM_write_bio_X509(chain.get(), certificate.get());
  const std::unique_ptr<BIO, Release<BIO_free>> secret(BIO_new_file(files.key_path.c_str(), "w"));
  PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return files;
}

struct ClientOptions {
  std::string host = {};       // asked for by SNI, if any
  std::string protocols = {};  // offered by ALPN, in its format, if any
  int version = 0;             // TLS1_2_VERSION, …; 0: the best
  SSL_SESSION* resume = nullptr;
};

// A TLS client whose socket does not block: its steps are called until they are through.
class TlsClient {
 public:
  explicit TlsClient(UniqueFd fd, const ClientOptions& options = {}) : fd_(std::move(fd)) {
    ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context_.get(), on_session);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_msg_callback(ssl_.get(), on_record);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    SSL_set_fd(ssl_.get(), fd_.get());
    if (!options.host.empty()) SSL_set_tlsext_host_name(ssl_.get(), options.host.c_str());
    if (options.version != 0) {
      SSL_set_min_proto_version(ssl_.get(), options.version);
      SSL_set_max_proto_version(ssl_.get(), options.version);
    }
    if (!options.protocols.empty()) {
      SSL_set_alpn_protos(ssl_.get(),
                          reinterpret_cast<const unsigned char*>(options.protocols.data()),
                          static_cast<unsigned>(options.protocols.size()));
    }
    if (options.resume != nullptr) SSL_set_session(ssl_.get(), options.resume);
    SSL_set_connect_state(ssl_.get());
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // True once the handshake is through.
  bool connected() { return settle(SSL_do_handshake(ssl_.get())); }

  // Writes as much as goes; returns how much.
  std::size_t write(std::string_view bytes) {
    std::size_t count = 0;
    return settle(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count)) ? count : 0;
  }

  // Adds what is there to `received`, at most `most` bytes.
  void read(std::size_t most = std::string::npos) {
    std::array<char, 16384> piece{};
    while (most > 0) {
      std::size_t count = 0;
      const std::size_t wanted = std::min(most, piece.size());
      if (!settle(SSL_read_ex(ssl_.get(), piece.data(), wanted, &count))) return;
      received.append(piece.data(), count);
      most -= count;
    }
  }

  // One client's end, for the server to hear.
  void close_notify() { SSL_shutdown(ssl_.get()); }
  // Without a word.
  void close() { fd_.reset(); }

  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  // The name in the certificate that the server showed.
  std::string server_name() const {
    const CertificatePointer certificate(SSL_get1_peer_certificate(ssl_.get()));
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
  }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  int fd() const { return fd_.get(); }
  SSL* ssl() const { return ssl_.get(); }
  // The ticket that came last; null if none did.
  SSL_SESSION* session() const { return session_.get(); }

  std::string received;
  bool ended = false;    // by close_notify
  bool failed = false;   // by anything else
  int data_records = 0;  // that arrived; TLS 1.2 only, as 1.3 hides of what kind they are

 private:
  static int on_session(SSL* ssl, SSL_SESSION* session) {
    static_cast<TlsClient*>(SSL_get_app_data(ssl))->session_.reset(session);
    return 1;  // it is ours now
  }
  static void on_record(int sent, int, int type, const void* bytes, std::size_t, SSL*, void* self) {
    const bool is_data = type == SSL3_RT_HEADER && static_cast<const char*>(bytes)[0] == 23;
    if (sent == 0 && is_data) ++static_cast<TlsClient*>(self)->data_records;
  }

  bool settle(int result) {
    if (result == 1) return true;
    const int error = SSL_get_error(ssl_.get(), result);
    ended = ended || error == SSL_ERROR_ZERO_RETURN;
    failed = failed || error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
    ERR_clear_error();
    return false;
  }

  UniqueFd fd_;
  std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>> context_{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<SSL_SESSION, Release<SSL_SESSION_free>> session_;
  std::unique_ptr<SSL, Release<SSL_free>> ssl_;
};

}  // namespace chatd::test
