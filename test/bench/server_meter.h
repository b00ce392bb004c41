#pragma once
// ServerMeter: what a process on this machine has used, as /proc tells it. One thread.

#include <chrono>
#include <cstddef>

#include <sys/types.h>

namespace chatd::bench {

class ServerMeter {
 public:
  // 0: there is none to be measured, and all it says is 0.
  explicit ServerMeter(pid_t process) : process_(process) {}

  bool measures() const { return process_ > 0; }

  // CPU time of all its threads, in the program and in the kernel.
  std::chrono::nanoseconds cpu() const;
  // Its memory that is in RAM: VmRSS.
  std::size_t resident_bytes() const;

 private:
  const pid_t process_;
};

// What this machine's kernel holds for all TCP sockets on it: what was sent and not read, mostly.
std::size_t tcp_memory_bytes();

// CPU time of this process.
std::chrono::nanoseconds own_cpu();

}  // namespace chatd::bench
