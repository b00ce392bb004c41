#include "net/tls.h"

#include "net/loopback.h"
#include "net/recorder.h"
#include "net/tls_client.h"
#include "net/tls_transport.h"

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <string>

namespace chatd::net {
namespace {

using test::ClientOptions;
using test::make_certificate_files;
using test::RealWorker;
using test::Recorder;
using test::Seen;
using test::TemporaryFolder;
using test::TlsClient;

// A client that has shaken hands with a server of that context; null if it could not.
class Meeting {
 public:
  Meeting(const TlsContext& context, const ClientOptions& options) {
    test::TcpPair pair = test::tcp_pair();
    worker_.worker().connections().add(
        std::make_unique<TlsTransport>(std::move(pair.server), context, budget_),
        std::make_unique<Recorder>(seen_));
    client = std::make_unique<TlsClient>(std::move(pair.client), options);
    worker_.tick_until([&] {
      budget_.refill();
      return client->connected() || client->failed;
    });
    // A ticket of TLS 1.3 comes behind the handshake, and is read with what follows.
    if (!client->failed) client->write("x");
    worker_.tick_until([&] { return client->failed || seen_.bytes == "x"; });
    client->read();
  }

 private:
  Seen seen_;
  HandshakeBudget budget_;
  RealWorker worker_;

 public:
  std::unique_ptr<TlsClient> client;
};

std::string error_of(const std::vector<TlsCertificate>& certificates) {
  const auto context = TlsContext::load(certificates);
  return context ? "" : context.error().what;
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_SUITE("net") {
  TEST_CASE("a certificate with its key is loaded, of either kind") {
    const TemporaryFolder folder;
    CHECK(TlsContext::load({make_certificate_files(folder, "a.test")}));
    CHECK(TlsContext::load({make_certificate_files(folder, "b.test", test::KeyKind::Rsa)}));
  }

  TEST_CASE("what cannot be loaded is refused with the name of the file and the reason") {
    const TemporaryFolder folder;
    const TlsCertificate good = make_certificate_files(folder, "a.test");
    const std::string missing = folder.file("missing.pem");
    CHECK(error_of({}) == "TLS needs a certificate");
    CHECK(error_of({{missing, good.key_path}}) ==
          "cannot read the certificate " + missing + ": No such file or directory");
    CHECK(error_of({{good.chain_path, missing}}) ==
          "cannot read the private key " + missing + ": No such file or directory");
    const std::string nonsense = folder.file("nonsense.pem");
    write_file(nonsense, "this is no PEM\n");
    CHECK(error_of({{nonsense, good.key_path}}) ==
          "cannot read the certificate " + nonsense + ": no start line");
    CHECK(error_of({{good.chain_path, nonsense}})
              .starts_with("cannot read the private key " + nonsense + ": "));
  }

  TEST_CASE("a key that does not belong to its certificate is refused, of the same kind or not") {
    const TemporaryFolder folder;
    const TlsCertificate first = make_certificate_files(folder, "a.test");
    for (const test::KeyKind kind : {test::KeyKind::P256, test::KeyKind::Rsa}) {
      const TlsCertificate second = make_certificate_files(folder, "b.test", kind);
      const TlsCertificate mixed{first.chain_path, second.key_path};
      const std::string expected = "the private key " + second.key_path +
                                   " does not belong to the certificate " + first.chain_path;
      CHECK(error_of({mixed}) == expected);
      CHECK(error_of({first, mixed}) == expected);
    }
  }

  TEST_CASE("the client's name for the host chooses the certificate, the first is for all others") {
    const TemporaryFolder folder;
    const auto context = TlsContext::load({make_certificate_files(folder, "a.test"),
                                           make_certificate_files(folder, "b.test"),
                                           make_certificate_files(folder, "*.c.test")});
    REQUIRE(context);
    const auto shown_to = [&](const std::string& host) {
      return Meeting(*context, {.host = host}).client->server_name();
    };
    CHECK(shown_to("a.test") == "a.test");
    CHECK(shown_to("b.test") == "b.test");
    CHECK(shown_to("deep.c.test") == "*.c.test");
    CHECK(shown_to("unknown.test") == "a.test");
    CHECK(shown_to("") == "a.test");
  }

  TEST_CASE("http/1.1 is agreed on where it is offered, and nothing else") {
    const TemporaryFolder folder;
    const auto context = TlsContext::load({make_certificate_files(folder, "a.test")});
    REQUIRE(context);
    CHECK(Meeting(*context, {.protocols = "\x02h2\x08http/1.1"}).client->protocol() == "http/1.1");
    CHECK(Meeting(*context, {}).client->protocol().empty());
    CHECK(Meeting(*context, {.protocols = "\x02h2"}).client->failed);
  }

  TEST_CASE("TLS 1.2 and 1.3 are spoken, older ones are not") {
    const TemporaryFolder folder;
    const auto context = TlsContext::load({make_certificate_files(folder, "a.test")});
    REQUIRE(context);
    CHECK_FALSE(Meeting(*context, {.version = TLS1_2_VERSION}).client->failed);
    CHECK_FALSE(Meeting(*context, {.version = TLS1_3_VERSION}).client->failed);
    CHECK(Meeting(*context, {.version = TLS1_1_VERSION}).client->failed);
  }

  TEST_CASE("a client that comes back resumes its session") {
    const TemporaryFolder folder;
    const auto context = TlsContext::load(
        {make_certificate_files(folder, "a.test"), make_certificate_files(folder, "b.test")});
    REQUIRE(context);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      CAPTURE(version);
      const Meeting first(*context, {.host = "b.test", .version = version});
      CHECK_FALSE(first.client->resumed());
      REQUIRE(first.client->session() != nullptr);
      const Meeting second(
          *context, {.host = "b.test", .version = version, .resume = first.client->session()});
      CHECK(second.client->resumed());
    }
  }

  TEST_CASE("a replaced context serves who comes next, and the old one those who are there") {
    const TemporaryFolder folder;
    auto first = TlsContext::load({make_certificate_files(folder, "a.test")});
    REQUIRE(first);
    TlsContextSlot slot(*std::move(first));
    Meeting before(slot.get(), {});
    const TlsCertificate next = make_certificate_files(folder, "b.test");
    REQUIRE(slot.reload({next}));
    CHECK(Meeting(slot.get(), {}).client->server_name() == "b.test");
    CHECK(before.client->server_name() == "a.test");
    CHECK(before.client->write("still here") == 10);
    const auto failed = slot.reload({{next.chain_path, folder.file("missing")}});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().what.find("missing") != std::string::npos);
    CHECK(Meeting(slot.get(), {}).client->server_name() == "b.test");
  }
}

}  // namespace chatd::net
