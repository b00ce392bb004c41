#include "web/template_loader.h"

#include "web/temporary_folder.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace chatd::web {
namespace {

// What `text` is rendered to as the only template of a folder.
std::string rendered(const std::string& text, const TemplateData& data) {
  TemporaryFolder folder;
  folder.write("page.html", text);
  return TemplateLoader(folder.path()).render("page.html", data);
}

// The complaint of the loader about a folder with these two files.
std::string complaint(const std::string& page, const std::string& part = "") {
  TemporaryFolder folder;
  folder.write("page.html", page);
  folder.write("part.html", part);
  try {
    TemplateLoader loader(folder.path());
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

bool is_one_line_about(const std::string& file, const std::string& complaint) {
  return complaint.find(file) != std::string::npos && complaint.find('\n') == std::string::npos;
}

}  // namespace

TEST_SUITE("web") {
  TEST_CASE("a template shows texts, numbers and nothing for a name that is not given") {
    CHECK(rendered("{{x}}", {{"x", 1}}) == "1");
    CHECK(rendered("{{x}}|{{y}}|{{z}}", {{"x", "one"}, {"y", std::string("two")}}) == "one|two|");
    CHECK(rendered("{{x}}", {{"x", "a string literal"}}) == "a string literal");
    CHECK(rendered("{{x}}", {{"x", std::string_view("a view")}}) == "a view");
    CHECK(rendered("{{x}}", {{"x", std::uint64_t{18446744073709551615U}}}) ==
          "18446744073709551615");
    CHECK(rendered("{{x}}", {{"x", -5}}) == "-5");
    CHECK(rendered("plain", {}) == "plain");
  }

  TEST_CASE("what a template shows is escaped, and {{{x}}} is not") {
    const TemplateData data = {{"x", R"(<b title="it's">&</b>)"}};
    CHECK(rendered("{{x}}", data) == "&lt;b title=&quot;it&apos;s&quot;&gt;&amp;&lt;/b&gt;");
    CHECK(rendered("{{{x}}}", data) == R"(<b title="it's">&</b>)");
    CHECK(rendered("{{x}}", {{"x", "昵称 🦊"}}) == "昵称 🦊");
  }

  TEST_CASE("mustaches that come with the data are text") {
    const TemplateData data = {{"x", "{{y}}{{#y}}{{> y}}{{{y}}}"}, {"y", "secret"}};
    CHECK(rendered("{{x}}", data) == "{{y}}{{#y}}{{&gt; y}}{{{y}}}");
    CHECK(rendered("{{{x}}}", data) == "{{y}}{{#y}}{{> y}}{{{y}}}");
  }

  TEST_CASE("a section asks a yes or no, or is repeated for a list") {
    CHECK(rendered("{{#en}}yes{{/en}}{{^en}}no{{/en}}", {{"en", true}}) == "yes");
    CHECK(rendered("{{#en}}yes{{/en}}{{^en}}no{{/en}}", {{"en", false}}) == "no");
    CHECK(rendered("{{#en}}yes{{/en}}{{^en}}no{{/en}}", {}) == "no");
    const TemplateList rooms = {{{"name", "red"}}, {{"name", "blue"}}};
    CHECK(rendered("{{#rooms}}[{{name}}{{mark}}]{{/rooms}}", {{"rooms", rooms}, {"mark", "!"}}) ==
          "[red!][blue!]");
    CHECK(rendered("{{^rooms}}none{{/rooms}}", {{"rooms", TemplateList{}}}) == "none");
  }

  TEST_CASE("of a name that is set twice the last value counts") {
    TemplateData data = {{"x", 1}};
    data.set("x", 2);
    CHECK(rendered("{{x}}", data) == "2");
  }

  TEST_CASE("a page can be made of parts") {
    TemporaryFolder folder;
    folder.write("page.html", "{{> head.html}}|{{>head.html}}|{{x}}");
    folder.write("head.html", "<h1>{{x}}</h1>");
    const TemplateLoader loader(folder.path());
    CHECK(loader.render("page.html", {{"x", 1}}) == "<h1>1</h1>|<h1>1</h1>|1");
    CHECK(loader.render("head.html", {{"x", 2}}) == "<h1>2</h1>");
  }

  TEST_CASE("only the *.html of the folder itself are templates") {
    TemporaryFolder folder;
    folder.write("page.html", "x");
    folder.write("page.html~", "{{");
    folder.write("notes.txt", "{{");
    folder.make_folder("more.html");
    const TemplateLoader loader(folder.path());
    CHECK(loader.contains("page.html"));
    CHECK_FALSE(loader.contains("notes.txt"));
    CHECK_FALSE(loader.contains("more.html"));
    CHECK_THROWS_AS(loader.render("notes.txt", {}), std::out_of_range);
    CHECK_FALSE(TemplateLoader().contains("page.html"));
  }

  TEST_CASE("a template that cannot be parsed is refused in one line that names its file") {
    for (const std::string text : {"{{", "{{x", "{{#x}}", "{{/x}}", "{{#x}}{{/y}}",
                                   "{{#a}}{{#b}}{{/a}}{{/b}}", "{{=}}", "{{> none.html}}", "{{>"}) {
      CHECK_MESSAGE(is_one_line_about("page.html", complaint(text)), text);
    }
    CHECK(complaint("{{> part.html}}", "{{> page.html}}").find("without end") != std::string::npos);
  }

  TEST_CASE("a folder or a file that cannot be read is refused in one line that names it") {
    TemporaryFolder folder;
    CHECK_THROWS_AS(TemplateLoader(folder.path() / "nowhere"), std::runtime_error);
    folder.link("page.html", "nowhere.html");
    std::string what;
    try {
      TemplateLoader loader(folder.path());
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    CHECK(is_one_line_about("page.html", what));
    CHECK(what.find("No such file") != std::string::npos);
  }

  TEST_CASE("many threads render one template at once") {
    TemporaryFolder folder;
    folder.write("page.html", "{{#list}}{{x}}{{#en}},{{/en}}\n{{/list}}");
    const TemplateLoader loader(folder.path());
    std::vector<std::string> pages(4);
    {
      std::vector<std::jthread> threads;
      for (std::string& page : pages) {
        threads.emplace_back([&] {
          for (int i = 0; i < 50; ++i) {
            page = loader.render("page.html",
                                 {{"list", TemplateList{{{"x", 1}}, {{"x", 2}}}}, {"en", true}});
          }
        });
      }
    }
    for (const std::string& page : pages) CHECK(page == "1,\n2,\n");
  }
}

}  // namespace chatd::web
