// load: a crowd of members that talk, or only sit there, on one server; what it costs and how long
// it takes, as one line of JSON. Exits 1 when anything was lost, doubled, changed or out of order.

#include "bench/crowd.h"
#include "bench/server_meter.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>

#include <sys/resource.h>

namespace {

using namespace chatd::bench;
using std::chrono::nanoseconds;

struct Wishes {
  CrowdOptions crowd;
  std::string url;
  std::size_t window = 1;
  double rate = 0;  // messages a second, all speakers together; 0: as fast as the window lets
  double seconds = 3;
  double warm_up = 0.5;
  std::size_t before_measuring = 0;  // members that are let in before entering is measured
  int patience = 60;
  pid_t process = 0;
};

double in_seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }
double in_milliseconds(nanoseconds time) { return in_seconds(time) * 1e3; }
nanoseconds from_seconds(double seconds) {
  return std::chrono::round<nanoseconds>(std::chrono::duration<double>(seconds));
}

// What had been used and done at a moment.
struct Mark {
  explicit Mark(const ServerMeter& server, const Ledger& ledger)
      : time(Clock::now()),
        server_cpu(server.cpu()),
        own(own_cpu()),
        resident(server.resident_bytes()),
        tcp_memory(tcp_memory_bytes()),
        said(ledger.said()),
        heard(ledger.heard()) {}

  Clock::time_point time;
  nanoseconds server_cpu;
  nanoseconds own;
  std::size_t resident;
  std::size_t tcp_memory;
  std::uint64_t said;
  std::uint64_t heard;
};

// Each speaker has `window` messages under way: the next is said when one has reached everybody.
void talk_until(Crowd& crowd, std::size_t window, Clock::time_point end) {
  while (true) {
    const auto now = Clock::now();
    if (now >= end) return;
    for (std::size_t speaker = 0; speaker < crowd.speakers(); ++speaker) {
      while (crowd.ledger().in_flight(speaker) < window) crowd.say(speaker, now);
    }
    crowd.flush();
    crowd.poll(std::chrono::milliseconds{50});
  }
}

// At a fixed rate, whatever the server does: who is late is measured from when it should have
// spoken, not from when it could. Goes on from `next`; returns where to go on.
Clock::time_point keep_rate_until(Crowd& crowd, double rate, Clock::time_point next,
                                  Clock::time_point end) {
  const nanoseconds interval = from_seconds(1 / rate);
  std::size_t speaker = crowd.ledger().said() % crowd.speakers();
  while (true) {
    const auto now = Clock::now();
    if (now >= end) return next;
    for (; next <= now; next += interval) {
      crowd.say(speaker, next);
      speaker = (speaker + 1) % crowd.speakers();
    }
    crowd.flush();
    crowd.poll(std::clamp<nanoseconds>(next - Clock::now(), nanoseconds{0}, end - now));
  }
}

template <typename Done>
void wait_until(Crowd& crowd, int patience, Done done) {
  const auto deadline = Clock::now() + std::chrono::seconds{patience};
  while (!done() && Clock::now() < deadline) crowd.poll(std::chrono::milliseconds{20});
}

void print_share(const char* name, nanoseconds used, nanoseconds of) {
  std::printf("\"%s\":%.3f,", name, in_seconds(used) / std::max(1e-9, in_seconds(of)));
}

void print_growth(const char* name, std::size_t before, std::size_t after) {
  std::printf("\"%s\":%lld,", name, static_cast<long long>(after) - static_cast<long long>(before));
}

void print_entering(const Wishes& wishes, const Mark& before, const Mark& after) {
  const auto entered = static_cast<double>(wishes.crowd.members - wishes.before_measuring);
  const double grown = static_cast<double>(after.resident) - static_cast<double>(before.resident);
  std::printf("\"enter_seconds\":%.3f,", in_seconds(after.time - before.time));
  std::printf("\"enter_cpu_us\":%.2f,",
              in_seconds(after.server_cpu - before.server_cpu) * 1e6 / entered);
  std::printf("\"bytes_per_member\":%.0f,", grown / entered);
}

void print_talk(const Mark& begin, const Mark& end, const Histogram& latency) {
  const double seconds = in_seconds(end.time - begin.time);
  const auto heard = static_cast<double>(end.heard - begin.heard);
  std::printf("\"seconds\":%.3f,\"messages\":%llu,\"deliveries\":%.0f,", seconds,
              static_cast<unsigned long long>(end.said - begin.said), heard);
  std::printf("\"deliveries_per_second\":%.0f,", heard / seconds);
  std::printf("\"cpu_per_million\":%.4f,",
              heard > 0 ? in_seconds(end.server_cpu - begin.server_cpu) / heard * 1e6 : 0.0);
  print_share("server_cpu_share", end.server_cpu - begin.server_cpu, end.time - begin.time);
  print_share("load_cpu_share", end.own - begin.own, end.time - begin.time);
  std::printf("\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f,",
              in_milliseconds(latency.quantile(0.5)), in_milliseconds(latency.quantile(0.99)),
              in_milliseconds(latency.quantile(0.999)), in_milliseconds(latency.largest()));
}

void print_faults(const Ledger::Faults& faults) {
  std::printf(
      "\"lost\":%llu,\"doubled\":%llu,\"out_of_order\":%llu,\"malformed\":%llu,"
      "\"order_differs\":%llu}\n",
      static_cast<unsigned long long>(faults.lost), static_cast<unsigned long long>(faults.doubled),
      static_cast<unsigned long long>(faults.out_of_order),
      static_cast<unsigned long long>(faults.malformed),
      static_cast<unsigned long long>(faults.order_differs));
}

void talk(Crowd& crowd, const Wishes& wishes, const ServerMeter& server) {
  const auto warm = Clock::now() + from_seconds(wishes.warm_up);
  auto next = Clock::now();
  if (wishes.rate > 0) {
    next = keep_rate_until(crowd, wishes.rate, next, warm);
  } else {
    talk_until(crowd, wishes.window, warm);
  }
  crowd.stall();
  crowd.ledger().clear_latency();
  const Mark begin(server, crowd.ledger());
  const auto until = begin.time + from_seconds(wishes.seconds);
  if (wishes.rate > 0) {
    keep_rate_until(crowd, wishes.rate, next, until);
  } else {
    talk_until(crowd, wishes.window, until);
  }
  const Mark end(server, crowd.ledger());
  wait_until(crowd, wishes.patience, [&] { return crowd.ledger().all_through(); });
  const Mark stalled(server, crowd.ledger());
  crowd.resume();
  wait_until(crowd, wishes.patience, [&] { return crowd.ledger().all_heard(); });

  print_talk(begin, end, crowd.ledger().latency());
  print_growth("resident_growth", begin.resident, stalled.resident);
  print_growth("tcp_memory_growth", begin.tcp_memory, stalled.tcp_memory);
}

// Nobody says anything: what does it cost to be there?
void sit(Crowd& crowd, const Wishes& wishes, const ServerMeter& server) {
  const Mark begin(server, crowd.ledger());
  const auto until = begin.time + from_seconds(wishes.seconds);
  while (Clock::now() < until) crowd.poll(until - Clock::now());
  const Mark end(server, crowd.ledger());
  print_share("idle_cpu_share", end.server_cpu - begin.server_cpu, end.time - begin.time);
}

bool run(const Wishes& wishes) {
  const ServerMeter server(wishes.process);
  Crowd crowd(wishes.crowd);
  const std::chrono::seconds patience{wishes.patience};
  if (wishes.crowd.login == Login::First) crowd.log_in(patience);
  if (wishes.before_measuring > 0) crowd.enter(wishes.before_measuring, patience);
  const Mark before(server, crowd.ledger());
  crowd.enter(wishes.crowd.members, patience);
  const Mark after(server, crowd.ledger());
  if (wishes.crowd.deflate && !crowd.all_deflate()) {
    throw std::runtime_error("the server does not agree to permessage-deflate");
  }
  std::printf("{");
  print_entering(wishes, before, after);
  if (wishes.crowd.speakers > 0) {
    talk(crowd, wishes, server);
  } else {
    sit(crowd, wishes, server);
  }
  const Ledger::Faults faults = crowd.ledger().faults();
  print_faults(faults);
  return faults.total() == 0;
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void add_flags(CLI::App& app, Wishes& wishes) {
  const std::map<std::string, Login> logins{
      {"none", Login::None}, {"form", Login::Form}, {"first", Login::First}};
  app.add_option("--url", wishes.url, "ws://HOST:PORT/PATH, or wss://")->required();
  app.add_option(
         "--login", wishes.crowd.login,
         "none; form: POST /login, and then the upgrade; first: all log in before anybody enters")
      ->transform(CLI::Transformer(logins));
  app.add_option("--members", wishes.crowd.members, "Members")->check(CLI::Range(1, 1'000'000));
  app.add_option("--speakers", wishes.crowd.speakers, "Those who speak; 0: all sit and listen")
      ->check(CLI::Range(0, 10'000));
  app.add_option("--stalled", wishes.crowd.stalled, "Those who stop reading for that time");
  app.add_option("--bytes", wishes.crowd.bytes, "Of a message, as it is delivered");
  app.add_flag("--deflate", wishes.crowd.deflate, "Negotiate permessage-deflate");
  app.add_option("--window", wishes.window, "Messages that each speaker has under way");
  app.add_option("--rate", wishes.rate, "Messages a second in all, instead of a window");
  app.add_option("--seconds", wishes.seconds, "How long to measure");
  app.add_option("--warm-up", wishes.warm_up, "Seconds of talk before that");
  app.add_option("--before", wishes.before_measuring, "Members let in before entering is measured");
  app.add_option("--patience", wishes.patience, "Seconds for all to enter, and to hear the rest");
  app.add_option("--pid", wishes.process, "The server's process, if it is on this machine");
}

}  // namespace

int main(int argc, char** argv) {
  Wishes wishes;
  CLI::App app{"Lets a crowd talk on a WebSocket server, and checks and times every delivery."};
  add_flags(app, wishes);
  CLI11_PARSE(app, argc, argv);
  try {
    wishes.crowd.target = Target::parse(wishes.url);
    if (wishes.crowd.speakers > wishes.crowd.members ||
        wishes.crowd.stalled + wishes.crowd.speakers > wishes.crowd.members ||
        wishes.before_measuring >= wishes.crowd.members) {
      throw std::runtime_error("there are not so many members");
    }
    raise_descriptor_limit();
    return run(wishes) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load: %s\n", error.what());
    return 1;
  }
}
