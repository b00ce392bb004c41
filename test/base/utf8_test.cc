#include "base/utf8.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace chatd {
namespace {

std::string encode(std::uint32_t code) {
  const auto octet = [](std::uint32_t bits) { return static_cast<char>(bits); };
  const auto more = [&](unsigned shift) { return octet(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return {octet(code)};
  if (code < 0x800) return {octet(0xC0 | code >> 6), more(0)};
  if (code < 0x10000) return {octet(0xE0 | code >> 12), more(6), more(0)};
  return {octet(0xF0 | code >> 18), more(12), more(6), more(0)};
}

bool is_character(std::uint32_t code) {
  return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

// Slow and by the book: decodes, and asks whether encoding gives the same bytes.
bool naively_valid(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (at + size > text.size()) return false;
    std::uint32_t code = size == 1 ? first : first & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
      code = code << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    }
    if (!is_character(code) || encode(code) != text.substr(at, size)) return false;
    at += size;
  }
  return true;
}

bool valid_byte_by_byte(const std::string& text) {
  Utf8Validator validator;
  for (const char c : text) {
    if (!validator.feed({&c, 1})) return false;
  }
  return validator.complete();
}

// The same answer whole, byte by byte, and behind and before other text, where other loops run.
void check_agreement(const std::string& text) {
  const bool expected = naively_valid(text);
  const std::string behind = std::string(70, 'a') + "ä" + text;
  if (is_valid_utf8(text) == expected && valid_byte_by_byte(text) == expected &&
      is_valid_utf8(behind) == expected && is_valid_utf8(text + std::string(9, 'z')) == expected) {
    return;
  }
  CAPTURE(text);
  FAIL_CHECK("disagrees with the naive decoder");
}

const std::vector<std::uint32_t> kBoundaries = {0x00,   0x7F,   0x80,   0x7FF,   0x800,   0xD7FF,
                                                0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF};

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("the first and the last character of each length are valid") {
    for (const std::uint32_t code : kBoundaries) {
      CAPTURE(code);
      CHECK(is_valid_utf8(encode(code)));
    }
  }

  TEST_CASE("overlong forms, surrogates and what lies above U+10FFFF are not valid") {
    for (const char* text :
         {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80",
          "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80", "\xFF", "\xFE", "\x80", "\xBF", "a\xC3", "\xC3\xC3", "\xE4\xBD"}) {
      CAPTURE(text);
      CHECK_FALSE(is_valid_utf8(text));
    }
  }

  TEST_CASE("a text split anywhere is as valid as whole") {
    std::string text;
    for (const std::uint32_t code : kBoundaries) text += encode(code) + "plain ascii between them";
    for (std::size_t at = 0; at <= text.size(); ++at) {
      Utf8Validator validator;
      const bool good = validator.feed(text.substr(0, at)) && validator.feed(text.substr(at));
      CHECK(good);
      CHECK(validator.complete());
    }
  }

  TEST_CASE("a text is refused at its first wrong byte and not before") {
    struct Wrong {
      std::string text;
      std::size_t at;
    };
    for (const Wrong& wrong :
         {Wrong{"ab\xC0\x80", 2}, Wrong{"\xE0\x9F\xBF", 1}, Wrong{"\xED\xA0\x80", 1},
          Wrong{"\xF4\x90\x80\x80", 1}, Wrong{"\xF0\x90\x41\x80", 2}, Wrong{"\xE4\xBD\x41", 2},
          Wrong{"ä\xFFä", 2}, Wrong{"\xF0\x9F\x98z", 3}}) {
      CAPTURE(wrong.text);
      Utf8Validator validator;
      CHECK(validator.feed(wrong.text.substr(0, wrong.at)));
      CHECK_FALSE(validator.feed(wrong.text.substr(wrong.at, 1)));
      CHECK_FALSE(validator.feed("and never again"));
      CHECK_FALSE(validator.complete());
      validator.reset();
      CHECK(validator.feed("ä"));
    }
  }

  TEST_CASE("a text that ends within a character is good so far and not complete") {
    for (const std::string text : {"\xC3", "\xE4\xBD", "\xF0\x9F\x98"}) {
      for (std::size_t size = 1; size <= text.size(); ++size) {
        Utf8Validator validator;
        CHECK(validator.feed("some text before " + text.substr(0, size)));
        CHECK_FALSE(validator.complete());
      }
    }
  }

  TEST_CASE("every sequence of two bytes is judged as a naive decoder does") {
    for (unsigned first = 0; first < 256; ++first) {
      for (unsigned second = 0; second < 256; ++second) {
        check_agreement({static_cast<char>(first), static_cast<char>(second)});
      }
    }
  }

  TEST_CASE("sequences of three and four bytes are judged as a naive decoder does") {
    std::minstd_rand random(11);
    const auto near_edge = [&random]() {
      constexpr unsigned char kEdges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                          0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xED, 0xEF,
                                          0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
      return static_cast<char>(kEdges[random() % std::size(kEdges)]);
    };
    for (int round = 0; round < 60'000; ++round) {
      std::string text = {near_edge(), near_edge(), near_edge()};
      if (round % 2 == 0) text += near_edge();
      check_agreement(text);
    }
  }

  TEST_CASE("a wrong byte is found wherever it stands in a long text") {
    for (std::size_t at = 0; at < 200; ++at) {
      std::string text(200, 'a');
      CHECK(is_valid_utf8(text));
      text[at] = '\x80';
      CHECK_FALSE(is_valid_utf8(text));
    }
  }
}

}  // namespace chatd
