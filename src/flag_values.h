#pragma once
// What flags take that is more than a number or a word. Free functions; any thread.

#include "web/server.h"

#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace chatd {

// "[::1]:8888", "127.0.0.1:8888", "localhost:0", ":8888".
std::optional<web::ListenAddress> parse_listen(std::string_view text);

// "660", "0660": a file's permissions in octal.
std::optional<mode_t> parse_mode(std::string_view text);

// What is wrong with where to listen, permissions, a network, an origin that no browser would send;
// empty if nothing.
std::string fault_of_listen(const std::string& text);
std::string fault_of_mode(const std::string& text);
std::string fault_of_network(const std::string& network);
std::string fault_of_origin(const std::string& origin);

}  // namespace chatd
