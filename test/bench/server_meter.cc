#include "bench/server_meter.h"

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace chatd::bench {

// schedstat counts nanoseconds, where stat counts hundredths of a second. A thread that has ended
// is not in it: no server here ends threads while it is measured.
std::chrono::nanoseconds ServerMeter::cpu() const {
  std::uint64_t sum = 0;
  if (!measures()) return {};
  std::error_code error;
  const auto tasks = "/proc/" + std::to_string(process_) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
    std::uint64_t nanoseconds = 0;
    if (std::ifstream(task.path() / "schedstat") >> nanoseconds) sum += nanoseconds;
  }
  return std::chrono::nanoseconds{sum};
}

std::size_t ServerMeter::resident_bytes() const {
  if (!measures()) return 0;
  std::ifstream status("/proc/" + std::to_string(process_) + "/status");
  for (std::string word; status >> word;) {
    std::size_t kilobytes = 0;
    if (word == "VmRSS:" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

// Counted in pages: "TCP: inuse 27 orphan 0 tw 12 alloc 30 mem 17" (proc(5)).
std::size_t tcp_memory_bytes() {
  std::ifstream sockets("/proc/net/sockstat");
  bool is_tcp = false;
  for (std::string word; sockets >> word;) {
    std::size_t pages = 0;
    if (word.ends_with(':')) is_tcp = word == "TCP:";
    if (is_tcp && word == "mem" && sockets >> pages) {
      return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    }
  }
  return 0;
}

std::chrono::nanoseconds own_cpu() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace chatd::bench
