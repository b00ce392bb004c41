// Responses whose body is a file.
#include "http/file_slice.h"
#include "http/serving.h"
#include "http/session.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace chatd::http {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPiece = std::size_t{64} << 10;

// How a file gets to the peer.
struct Copied {
  static constexpr bool kTakesFiles = false;
};
struct BySendfile {
  static constexpr bool kTakesFiles = true;
};

// Answers "GET /" with a file of `size` bytes, of which `told` are said to be there.
template <typename Way>
struct Files : Serving {
  explicit Files(std::size_t size, std::size_t told) : content(size, 'x') {
    peer->takes_files = Way::kTakesFiles;
    for (std::size_t i = 0; i < size; i += 1000) content[i] = static_cast<char>('a' + i % 23);
    sink.answer = [this, told](const Request& request) -> Answer {
      if (request.path != "/") return Response{.body = request.path};
      char name[] = "/tmp/chatd_test_XXXXXX";
      UniqueFd fd(::mkstemp(name));
      ::unlink(name);
      REQUIRE(::write(fd.get(), content.data(), content.size()) ==
              static_cast<ssize_t>(content.size()));
      Response response;
      response.body = FileSlice{std::move(fd), 0, told};
      return response;
    };
  }
  explicit Files(std::size_t size) : Files(size, size) {}

  // Settles for as long as something comes.
  std::string exchange_all(std::string_view bytes) {
    std::string all = exchange(bytes);
    for (std::string more = exchange(""); !more.empty(); more = exchange("")) all += more;
    return all;
  }

  std::string content;
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kNext = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";

std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_SUITE("http") {
  TEST_CASE_TEMPLATE("a file is sent whole, whatever its size is in pieces", Way, Copied,
                     BySendfile) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, kPiece - 1, kPiece, kPiece + 1, 20 * kPiece + 7}) {
      Files<Way> files(size);
      const std::string response = files.exchange_all(kGet);
      CHECK(response.find("Content-Length: " + std::to_string(size) + "\r\n") != std::string::npos);
      CHECK(body_of(response) == files.content);
      CHECK(files.exchange(kNext).ends_with("/next"));
    }
  }

  TEST_CASE_TEMPLATE("the next answer comes behind the file, however the requests arrive", Way,
                     Copied, BySendfile) {
    Files<Way> files(3 * kPiece);
    const std::string all = files.exchange_all(kGet + kNext + kGet + kNext);
    CHECK(status_lines(all).size() == 4);
    CHECK(body_of(all).starts_with(files.content + "HTTP/1.1 200"));
    CHECK(all.ends_with("/next"));
  }

  TEST_CASE("of a file that goes straight into the socket nothing is held") {
    Files<BySendfile> files(10 * kPiece);
    files.peer->write_room = 1000;
    files.exchange(kGet + kNext);
    CHECK(files.worker.connection().backlog() == 0);
    CHECK(files.sink.requests.size() == 1);
    CHECK(files.worker.connection().write_blocked());
    files.peer->write_room = std::numeric_limits<std::size_t>::max();
    files.peer->signal();
    CHECK(files.exchange_all("").ends_with("/next"));
  }

  TEST_CASE("no more of a file is held than one piece, and the next requests wait") {
    Files<Copied> files(10 * kPiece);
    files.peer->write_room = 1000;
    files.exchange(kGet + kNext);
    CHECK(files.worker.connection().backlog() <= kPiece + 1000);
    files.exchange(kNext);
    files.worker.advance(50s);
    CHECK(files.sink.requests.size() == 1);
    files.peer->write_room = std::numeric_limits<std::size_t>::max();
    files.peer->signal();
    CHECK(files.exchange_all("").ends_with("/next"));
    CHECK(files.sink.requests.size() == 3);
  }

  TEST_CASE_TEMPLATE("a connection that is to end ends behind the file", Way, Copied, BySendfile) {
    Files<Way> closing(3 * kPiece);
    const std::string said =
        closing.exchange_all("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + kNext);
    CHECK(body_of(said) == closing.content);
    CHECK(closing.finished());
    CHECK(closing.sink.requests.size() == 1);

    Files<Way> ended(3 * kPiece);
    ended.peer->send(kGet);
    ended.peer->end();
    CHECK(body_of(ended.exchange_all("")) == ended.content);
    CHECK(ended.finished());

    Files<Way> stopped(3 * kPiece);
    stopped.peer->write_room = 10;
    std::string start = stopped.exchange(kGet);
    stopped.worker.worker().connections().shut_down();
    stopped.worker.settle();
    stopped.peer->write_room = std::numeric_limits<std::size_t>::max();
    stopped.peer->signal();
    start += stopped.exchange_all("");
    CHECK(body_of(start) == stopped.content);
    CHECK(stopped.finished());
  }

  TEST_CASE_TEMPLATE("HEAD tells the length of a file and sends none of it", Way, Copied,
                     BySendfile) {
    Files<Way> files(3 * kPiece);
    const std::string head = files.exchange_all("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(head.find("Content-Length: 196608\r\n") != std::string::npos);
    CHECK(body_of(head).empty());
    CHECK(files.exchange(kNext).ends_with("/next"));
  }

  TEST_CASE_TEMPLATE("a file that is shorter than was said cuts the connection", Way, Copied,
                     BySendfile) {
    Files<Way> files(kPiece + 5, kPiece + 6);
    CHECK(body_of(files.exchange_all(kGet)) == files.content);
    CHECK(files.peer->disconnected);
  }

  TEST_CASE_TEMPLATE("a peer that stops reading a file is cut off, a slow one is not", Way, Copied,
                     BySendfile) {
    Files<Way> files(10 * kPiece);
    files.peer->write_room = 10;
    files.exchange(kGet);
    for (int i = 0; i < 10; ++i) {
      files.peer->write_room = 10;
      files.peer->signal();
      files.worker.advance(50s);
    }
    CHECK_FALSE(files.peer->disconnected);
    files.worker.advance(121s);
    CHECK(files.peer->disconnected);
  }
}

}  // namespace chatd::http
