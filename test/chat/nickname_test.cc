#include "chat/nickname.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace chatd::chat {
namespace {

// The name as shown, or what is wrong with it.
std::string shown(std::string_view typed) {
  const auto nickname = parse_nickname(typed);
  if (nickname) return nickname->text;
  switch (nickname.error()) {
    case NicknameFault::Empty: return "(empty)";
    case NicknameFault::TooLong: return "(too long)";
    case NicknameFault::Misleading: return "(misleading)";
    case NicknameFault::Unprintable: break;
  }
  return "(unprintable)";
}

std::string key(std::string_view typed) {
  const auto nickname = parse_nickname(typed);
  return nickname ? nickname->key : shown(typed);
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

constexpr std::string_view kFamily = "👨\u200D👩\u200D👧";

}  // namespace

TEST_SUITE("chat") {
  TEST_CASE("a nickname of any script is taken as it was typed") {
    for (const char* name :
         {"Ana", "小明",   "Ana Maria", "أحمد",    "Зоя",        "नमस्ते",        "한글",
          "ไทย", "o'Neil", "<b>x</b>",  "&amp;",   "\"quoted\"", "~~",          "说",
          "a",   "1",      "😀",         "❤\uFE0F", "🇨🇳",         "e-mail@host", "\\"}) {
      CHECK(shown(name) == name);
    }
  }

  TEST_CASE("a name with which somebody else's lines could be forged is misleading") {
    for (const char* name :
         {"Ana说:hi", "说:", "Ana说：hi", "~~~", "~~~Ana离开了聊天室~~~", "～～～"}) {
      REQUIRE_FALSE(parse_nickname(name));
      CHECK(parse_nickname(name).error() == NicknameFault::Misleading);
    }
  }

  TEST_CASE("several spaces are one") {
    CHECK(shown("A \t  B") == "A B");
    CHECK(key("A  B") == key("A B"));
  }

  TEST_CASE("space at both ends does not belong to a nickname") {
    CHECK(shown("  Ana ") == "Ana");
    CHECK(shown("\tAna\r\n") == "Ana");
    CHECK(shown("\u3000小明\u00A0") == "小明");
    CHECK(shown("Ana\u2003Maria") == "Ana\u2003Maria");
  }

  TEST_CASE("a nickname of nothing, or of nothing but space, is empty") {
    for (const char* name : {"", " ", "   ", "\t", "\r\n", "\v\f", "\u00A0", "\u3000\u2003 "}) {
      CHECK(shown(name) == "(empty)");
    }
  }

  TEST_CASE("32 characters are a nickname, 33 are not") {
    for (const std::string_view character : {"x", "é", "字", "😀"}) {
      CHECK(shown(repeated(character, 32)) == repeated(character, 32));
      CHECK(shown(repeated(character, 33)) == "(too long)");
    }
    CHECK(shown("  " + repeated("x", 32) + "  ") == repeated("x", 32));
  }

  TEST_CASE("characters are counted as they are shown: composed") {
    CHECK(shown(repeated("e\u0301", 32)) == repeated("é", 32));
    CHECK(shown(repeated("e\u0301", 33)) == "(too long)");
  }

  TEST_CASE("what is far too long is refused without a look at it") {
    CHECK(shown(std::string(1'000'000, ' ')) == "(too long)");
    CHECK(shown(std::string(1025, '\xFF')) == "(too long)");
    CHECK(shown(std::string(1024, ' ')) == "(empty)");
  }

  TEST_CASE("what cannot be seen, or turns text around, is no part of a nickname") {
    const std::vector<std::string> faults = {
        std::string("a\0b", 3),
        "a\x01",
        "\x1B[31mred",
        "a\x7F",
        "a\nb",
        "a\tb",     // controls
        "a\u0085",  // C1 control
        "a\u202Eb",
        "\u202Aa",
        "a\u2066b\u2069",
        "a\u200Eb",
        "a\u200Fb",
        "a\u061Cb",  // bidi
        "a\u200Bb",
        "\u200B",
        "a\uFEFFb",
        "a\u2060b",
        "a\u00ADb",
        "a\u200Cb",  // zero width
        "a\uE000",
        "\U000F0000",
        "\U0010FFFD",  // private use
        "a\u2028b",
        "a\u2029b",  // line separators
        "a\u0378",
        "\uFFFF",
        "\U0001FFFF",  // no characters
        "\u3164",
        "a\u115F",
        "\u2800\u2800",
        "\uFFA0",
        "\u1160",  // blank letters
        "\U000E0041",
        "a\U000E0001",  // tags
    };
    for (const std::string& name : faults) {
      CAPTURE(name);
      CHECK(shown(name) == "(unprintable)");
    }
  }

  TEST_CASE("what is not UTF-8 is unprintable") {
    for (const char* name : {"\xFF", "a\x80", "\xC3", "\xE5\xB0", "\xC0\xAF", "\xED\xA0\x80",
                             "\xED\xB0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80"}) {
      CHECK(shown(name) == "(unprintable)");
    }
  }

  TEST_CASE("the joiner is taken within an emoji, not at an end") {
    CHECK(shown(kFamily) == kFamily);
    CHECK(shown("🏳\uFE0F\u200D🌈") == "🏳\uFE0F\u200D🌈");
    CHECK(shown("👍🏽") == "👍🏽");
    CHECK(shown("\u200DAna") == "(unprintable)");
    CHECK(shown("Ana\u200D") == "(unprintable)");
    CHECK(shown("\u200D") == "(unprintable)");
  }

  TEST_CASE("a nickname does not begin with a mark that would sit on the text before it") {
    CHECK(shown("\u0301a") == "(unprintable)");
    CHECK(shown("\uFE0F") == "(unprintable)");
    CHECK(shown("\u20DDa") == "(unprintable)");
    CHECK(shown("a\u0301\u0323") == "\u1EA1\u0301");
  }

  TEST_CASE("one name typed in two ways is shown in one: NFC") {
    CHECK(shown("Ame\u0301lie") == "Amélie");
    CHECK(shown("\u1112\u1161\u11AB") == "한");
    CHECK(shown("\u212B") == "\u00C5");
    // Not NFKC: what is shown keeps its form.
    CHECK(shown("Ａｎａ") == "Ａｎａ");
    CHECK(shown("x²") == "x²");
  }

  TEST_CASE("names that people would take for the same have one key") {
    for (const char* other :
         {"ana", "ANA", "Ａｎａ", "ＡＮＡ", "  Ana", "A\u200Dna", "ᴬna", "Ana\uFE0F"}) {
      CHECK(key(other) == key("Ana"));
    }
    CHECK(key("Ame\u0301lie") == key("AMÉLIE"));
    CHECK(key("Straße") == key("STRASSE"));
    CHECK(key("ΣΊΣΥΦΟΣ") == key("σίσυφος"));
    CHECK(key("ﬁsh") == key("fish"));
    CHECK(key("①") == key("1"));
    CHECK(key("Ａ\u3000Ｂ") == key("a b"));
    CHECK(key("アナ") == key("ｱﾅ"));
  }

  TEST_CASE("names that people can tell apart have their own keys") {
    const std::vector<std::string> names = {
        "Ana", "Anna", "Aná", "小明", "小眀", "A na", "An", "😀", "😃", "👨", std::string(kFamily)};
    for (const std::string& one : names) {
      for (const std::string& other : names) CHECK((key(one) == key(other)) == (one == other));
    }
  }

  TEST_CASE("a nickname is itself again when it is parsed once more") {
    for (const char* name :
         {"  Ame\u0301lie ", "Ａｎａ", "한글", "Straße", "ﬁsh", "a\u0301\u0323", "İ"}) {
      const auto once = parse_nickname(name);
      REQUIRE(once);
      const auto twice = parse_nickname(once->text);
      REQUIRE(twice);
      CHECK(twice->text == once->text);
      CHECK(twice->key == once->key);
    }
  }
}

}  // namespace chatd::chat
