#include "base/log_writer.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

namespace chatd {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPipeBytes = 4096;
constexpr auto kLong = 20s;

// A pipe that soon is full; who reads the log, or does not.
class Reader {
 public:
  Reader() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    out_ = UniqueFd(ends[0]);
    in_ = UniqueFd(ends[1]);
    REQUIRE(::fcntl(in_.get(), F_SETPIPE_SZ, kPipeBytes) == kPipeBytes);
  }

  int descriptor() const { return in_.get(); }
  void go() { out_.reset(); }

  // Reads until there are so many bytes.
  std::string read(std::size_t size) {
    while (text_.size() < size) {
      std::array<char, kPipeBytes> piece{};
      pollfd watched{.fd = out_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&watched, 1, std::chrono::milliseconds(kLong).count()) != 1) break;
      const ssize_t count = ::read(out_.get(), piece.data(), piece.size());
      if (count <= 0) break;
      text_.append(piece.data(), static_cast<std::size_t>(count));
    }
    return text_;
  }

 private:
  UniqueFd out_;
  UniqueFd in_;
  std::string text_;
};

void not_lost(std::size_t lines) { CHECK(lines == 0); }

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("lines that come within a moment are written together") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const UniqueFd out(ends[0]);
    const UniqueFd in(ends[1]);
    LogWriter writer(in.get(), not_lost);
    writer.start();
    // A packet is a write. On a machine with much else to do the moment may pass between the lines.
    int together = 0;
    for (int round = 0; round < 20; ++round) {
      pollfd watched{.fd = out.get(), .events = POLLIN, .revents = 0};
      writer.put("a\n");
      ::poll(&watched, 1, 1);
      writer.put("b\n");
      std::string packet;
      for (std::size_t got = 0; got < 4; got += packet.size()) {
        packet.resize(16);
        REQUIRE(::poll(&watched, 1, std::chrono::milliseconds(kLong).count()) == 1);
        packet.resize(static_cast<std::size_t>(::read(out.get(), packet.data(), packet.size())));
      }
      if (packet == "a\nb\n") ++together;
    }
    CHECK(together > 2);
    writer.stop(kLong);
  }

  TEST_CASE("a line is written before put returns, until there is a thread and after it") {
    Reader reader;
    LogWriter writer(reader.descriptor(), not_lost);
    writer.put("one\n");
    CHECK(reader.read(4) == "one\n");
    writer.start();
    writer.put("two\n");
    writer.stop(kLong);
    CHECK(reader.read(8) == "one\ntwo\n");
    writer.put("three\n");
    CHECK(reader.read(14) == "one\ntwo\nthree\n");
    writer.start();
    writer.put("four\n");
    CHECK(reader.read(19).ends_with("three\nfour\n"));
  }

  TEST_CASE("whoever reads may stall: lines wait, in their order") {
    Reader reader;
    LogWriter writer(reader.descriptor(), not_lost);
    writer.start();
    std::string all;
    for (int i = 0; i < 20'000; ++i) {
      const std::string line = "line " + std::to_string(i) + '\n';
      writer.put(line);
      all += line;
    }
    REQUIRE(all.size() > 10 * kPipeBytes);
    CHECK(reader.read(all.size()) == all);
  }

  TEST_CASE("lines that there is no room for are lost, and counted once there is room again") {
    Reader reader;
    std::atomic<std::size_t> lost = 0;
    LogWriter writer(reader.descriptor(), [&](std::size_t lines) {
      lost += lines;
      writer.put("lost\n");
    });
    writer.start();
    const std::string line = std::string(999, 'x') + '\n';
    // The pipe, what the thread has taken and what is queued hold at most so much.
    const std::size_t most = (kPipeBytes + 2 * LogWriter::kQueueBytes) / line.size();
    const std::size_t lines = 2 * most;
    for (std::size_t i = 0; i < lines; ++i) writer.put(line);
    std::string heard;
    while (!heard.ends_with("lost\n")) {
      const std::size_t before = heard.size();
      heard = reader.read(before + 1);
      REQUIRE(heard.size() > before);
    }
    CHECK(lost >= most - 1);
    writer.stop(kLong);
    const std::size_t written = (heard.size() - 5) / line.size();
    CHECK(written + lost == lines);
    CHECK(heard.ends_with("x\nlost\n"));
  }

  TEST_CASE("the end does not wait for ever, and nothing waits behind it") {
    Reader reader;
    LogWriter writer(reader.descriptor(), not_lost);
    writer.start();
    const std::string lines(10 * kPipeBytes, '\n');
    writer.put(lines);
    writer.stop(10ms);
    writer.put(lines);
    CHECK(reader.read(kPipeBytes).size() == kPipeBytes);
  }

  TEST_CASE("lines for nobody are gone, and more may come") {
    Reader reader;
    LogWriter writer(reader.descriptor(), not_lost);
    reader.go();
    writer.put("direct\n");
    writer.start();
    for (int i = 0; i < 200; ++i) writer.put(std::string(2000, '\n'));
    writer.stop(kLong);
  }

  TEST_CASE("many threads write whole lines") {
    Reader reader;
    LogWriter writer(reader.descriptor(), not_lost);
    writer.start();
    constexpr int kThreads = 4;
    constexpr int kLines = 500;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&writer, letter = static_cast<char>('a' + i)] {
        for (int n = 0; n < kLines; ++n) writer.put(std::string(9, letter) + '\n');
      });
    }
    for (std::thread& thread : threads) thread.join();
    const std::string all = reader.read(std::size_t{10} * kThreads * kLines);
    for (std::size_t at = 0; at < all.size(); at += 10) {
      CHECK(all.substr(at, 10) == std::string(9, all[at]) + '\n');
    }
  }

  TEST_CASE("its thread takes no signal") {
    Reader reader;
    LogWriter writer(reader.descriptor(), not_lost);
    writer.start();
    sigset_t user{};
    sigemptyset(&user);
    sigaddset(&user, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &user, nullptr);
    // To the process: any thread that does not block it would be ended by it, and all with it.
    ::kill(::getpid(), SIGUSR1);
    const timespec now{};
    CHECK(sigtimedwait(&user, nullptr, &now) == SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &user, nullptr);
  }
}

}  // namespace chatd
