#pragma once
// InflateCache: deflated messages and what they say. A thousand members get the same bytes, so they
// are inflated once: the load generator must stay lighter than the server. One thread.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct z_stream_s;

namespace chatd::bench {

class InflateCache {
 public:
  InflateCache();
  ~InflateCache();

  // A message of permessage-deflate without context takeover (RFC 7692, 7.2.2); empty if it is
  // none. Valid until the next call.
  std::string_view inflate(std::string_view deflated);

 private:
  struct Entry {
    std::string deflated;
    std::string text;
  };

  std::string_view inflate_anew(std::string_view deflated);

  std::unique_ptr<z_stream_s> stream_;
  std::vector<char> room_;  // for one text
  std::vector<Entry> entries_;
};

}  // namespace chatd::bench
