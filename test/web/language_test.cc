#include "web/language.h"

#include <doctest/doctest.h>

#include <array>

namespace chatd::web {
namespace {

std::string_view best(std::string_view accept_language) {
  static constexpr std::array<std::string_view, 2> kOffered = {"zh", "en"};
  return best_language(accept_language, kOffered);
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("the first language offered is for those who say nothing that we understand") {
    for (const std::string_view field :
         {"", "*", "fr", "fr-FR,de;q=0.5", ",", ";q=1", "en;q=0", "en;q=2", "en;q=x",
          "en;q=", "en;level=1", "en;q=0.1234", "en;q=-1", "english", "e", "-", "q=1"}) {
      CHECK_MESSAGE(best(field) == "zh", field);
    }
  }

  TEST_CASE("the language with the greater weight is taken") {
    CHECK(best("en") == "en");
    CHECK(best("EN-us") == "en");
    CHECK(best("en-US,en;q=0.9") == "en");
    CHECK(best("zh-CN,zh;q=0.9,en;q=0.8") == "zh");
    CHECK(best("en;q=0.5, zh;q=0.8") == "zh");
    CHECK(best("zh ; q=0.2 ,\ten ; q=0.201") == "en");
    CHECK(best("fr, en;q=0.001") == "en");
    CHECK(best("zh;q=0, en;q=0.1") == "en");
    CHECK(best("zh;q=1.000, en;q=1.") == "zh");
  }

  TEST_CASE("of equal weights the one named first is taken") {
    CHECK(best("en, zh") == "en");
    CHECK(best("zh, en") == "zh");
  }

  TEST_CASE("a star stands for what is not named") {
    CHECK(best("en;q=0.5, *;q=0.8") == "zh");
    CHECK(best("zh;q=0.5, *;q=0.8") == "en");
    CHECK(best("zh;q=0, *") == "en");
    CHECK(best("en, *;q=0.5") == "en");
  }

  TEST_CASE("the best range of a language counts, wherever it stands") {
    CHECK(best("en-GB;q=0.1, zh;q=0.5, en-US;q=0.9") == "en");
    CHECK(best("zh-TW;q=0.1, en;q=0.5, zh-CN;q=0.9") == "zh");
  }
}

}  // namespace chatd::web
