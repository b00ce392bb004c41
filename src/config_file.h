#pragma once
// What a configuration file says. A free function; any thread.
//
//   # a comment
//   host = 127.0.0.1                # and another
//   cookie-secret = "a # \"b\""     # quoted: all but \" and \\ stands for itself
//   allowed-origin = ["https://a.example", "https://b.example"]

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace chatd {

struct Setting {
  std::string name;
  std::vector<std::string> values;  // one, but for a list
};

// All of them, in order; a name may come again. Or what is wrong, and in which line.
Result<std::vector<Setting>> parse_config_file(std::string_view text);

}  // namespace chatd
