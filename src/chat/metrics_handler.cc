#include "chat/metrics_handler.h"

#include "net/network.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include <time.h>
#include <unistd.h>

namespace chatd::chat {

namespace {

// A proxy on this machine connects from it too, but says for whom.
constexpr std::array kSignsOfProxies = {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host",
                                        "X-Forwarded-Proto", "Via"};

bool is_of_this_machine(const http::Request& request) {
  const bool is_passed_on = std::ranges::any_of(
      kSignsOfProxies, [&](const char* sign) { return request.headers.contains(sign); });
  const auto address = net::IpAddress::parse(request.remote_address);
  return !is_passed_on && address && address->is_loopback();
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double resident_bytes() {
  std::size_t all = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// What Prometheus calls an exposition: each figure with its kind and what it is.
class Exposition {
 public:
  void gauge(std::string_view name, std::string_view help, double value) {
    add(name, "gauge", help, value);
  }
  void counter(std::string_view name, std::string_view help, double value) {
    add(name, "counter", help, value);
  }
  const std::string& text() const { return text_; }

 private:
  void add(std::string_view name, std::string_view kind, std::string_view help, double value) {
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%.15g", value);
    ((text_ += "# HELP ") += name) += ' ';
    (text_ += help) += '\n';
    ((text_ += "# TYPE ") += name) += ' ';
    (text_ += kind) += '\n';
    ((text_ += name) += ' ') += number.data();
    text_ += '\n';
  }

  std::string text_;
};

}  // namespace

MetricsHandler::MetricsHandler(web::HandlerContext&& context, const Hub& hub, const Roster& roster,
                               const net::WorkerPool& workers)
    : RequestHandler(std::move(context)), hub_(hub), roster_(roster), workers_(workers) {}

void MetricsHandler::get() {
  if (!is_of_this_machine(request())) throw web::HttpError(403, "metrics are for this machine");
  Exposition metrics;
  metrics.gauge("chatd_workers", "Threads that serve.", static_cast<double>(workers_.size()));
  metrics.gauge("chatd_connections", "Open connections, of any protocol.",
                static_cast<double>(workers_.connection_count()));
  metrics.gauge("chatd_nicknames", "Nicknames that are taken.",
                static_cast<double>(roster_.size()));
  metrics.gauge("chatd_members", "Members in the lobby.",
                static_cast<double>(hub_.lobby().member_count()));
  metrics.counter("chatd_room_events_total", "What happened in the lobby: said, entered, left.",
                  static_cast<double>(hub_.lobby().last_seq()));
  metrics.counter("process_cpu_seconds_total", "CPU time used, in seconds.", cpu_seconds());
  metrics.gauge("process_resident_memory_bytes", "Memory in RAM, in bytes.", resident_bytes());
  set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  set_header("Cache-Control", "no-store");
  write(metrics.text());
}

}  // namespace chatd::chat
