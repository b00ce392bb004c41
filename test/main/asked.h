#pragma once
// What becomes of a command line, an environment and a file, for tests of the configuration.

#include "config.h"
#include "web/temporary_folder.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <stdlib.h>

namespace chatd::test {

using Arguments = std::vector<std::string>;

inline std::variant<Config, Answer> parse(const Arguments& arguments) {
  std::vector<const char*> argv = {"chatd"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  argv.push_back(nullptr);
  return parse_command_line(static_cast<int>(argv.size()) - 1, argv.data());
}

inline Config config_of(const Arguments& arguments) { return std::get<Config>(parse(arguments)); }

// What is said to be wrong; empty if nothing.
inline std::string fault_of(const Arguments& arguments) {
  try {
    static_cast<void>(parse(arguments));
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

inline bool is_refused(const Arguments& arguments) {
  const std::string fault = fault_of(arguments);
  return !fault.empty() && fault.find('\n') == std::string::npos;
}

// An environment variable as long as it lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

// A configuration file as long as it lives; as an argument.
struct ConfigFile {
  explicit ConfigFile(std::string_view text) { folder.write("chatd.conf", text); }
  std::string argument() const { return "--config=" + (folder.path() / "chatd.conf").string(); }

  web::TemporaryFolder folder;
};

}  // namespace chatd::test
