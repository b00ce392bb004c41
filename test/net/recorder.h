#pragma once
// A protocol and a feed that keep still and remember, for the tests of net.

#include "net/connection.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace chatd::test {

// What a Recorder has seen, kept by the test, because the protocol dies with its connection.
struct Seen {
  std::string bytes;
  int drained = 0;
  int ended = 0;
  int shut_down = 0;
  std::vector<net::EndReason> closed;
  net::Connection* connection = nullptr;
};

// Takes everything, up to `most` bytes a call, and remembers it.
class Recorder : public net::Protocol {
 public:
  explicit Recorder(Seen& seen, std::size_t most = std::string::npos) : seen_(seen), most_(most) {}

  void on_attach(net::Connection& connection) override { seen_.connection = &connection; }
  std::size_t on_data(std::span<char> bytes) override {
    const std::size_t count = std::min(bytes.size(), most_);
    seen_.bytes.append(bytes.data(), count);
    return count;
  }
  void on_end() override { ++seen_.ended; }
  void on_drained() override { ++seen_.drained; }
  void on_shutdown() override { ++seen_.shut_down; }
  void on_close(net::EndReason reason) override { seen_.closed.push_back(reason); }

 protected:
  Seen& seen_;
  const std::size_t most_;
};

// A Recorder that does something more, as its test says.
class Scripted final : public Recorder {
 public:
  using Recorder::Recorder;

  std::function<std::size_t(std::span<char>)> data;
  std::function<void()> drained;
  std::function<void()> ended;
  std::function<void()> shut_down;
  std::function<void()> closed;

  std::size_t on_data(std::span<char> bytes) override {
    return data ? data(bytes) : Recorder::on_data(bytes);
  }
  void on_end() override {
    Recorder::on_end();
    if (ended) ended();
  }
  void on_drained() override {
    Recorder::on_drained();
    if (drained) drained();
  }
  void on_shutdown() override {
    Recorder::on_shutdown();
    if (shut_down) shut_down();
  }
  void on_close(net::EndReason reason) override {
    Recorder::on_close(reason);
    if (closed) closed();
  }
};

// Frames of four bytes, so that boundaries are easy to see.
class FourByteFeed final : public net::Feed {
 public:
  std::size_t peek(std::span<iovec> slices, Extent extent) const override {
    std::size_t size = bytes.size() - cursor;
    if (extent == Extent::Frame) size = std::min(size, 4 - cursor % 4);
    if (size == 0 || slices.empty()) return 0;
    slices[0] = {const_cast<char*>(bytes.data()) + cursor, size};
    return 1;
  }
  void advance(std::size_t count) override { cursor += count; }
  bool at_boundary() const override { return cursor % 4 == 0; }

  std::string bytes;
  std::size_t cursor = 0;
};

}  // namespace chatd::test
