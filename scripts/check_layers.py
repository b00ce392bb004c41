#!/usr/bin/python3
"""Checks the shape of the source tree; prints file:line for each fault and exits 1 if there is one.

  - includes go down only: base <- net <- http <- ws <- web <- chat <- main, and in no circle
  - a third-party library is included from the few .cc files that own it, never from a header
  - own header, chatd, third party, std, POSIX: in this order, a blank line between
  - a header starts with #pragma once; a file has at most 400 lines, a function at most 60

Usage: check_layers.py [ROOT]
"""

import fnmatch
import pathlib
import re
import sys

LAYERS = ["base", "net", "http", "ws", "web", "chat", "main"]
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

# Library: what its headers are called, which files of src/ may include it, how many of them at most.
THIRD_PARTY = {
    "CLI11": (r"CLI/", ["src/config.cc"], 1),
    "doctest": (r"doctest/", [], 0),
    "llhttp": (r"(llhttp/)?llhttp\.h", ["src/http/parser.cc"], 1),
    "mustache": (r"kainjow/", ["src/web/template_loader.cc"], 1),
    "nlohmann-json": (r"nlohmann/", ["src/*.cc"], 1),
    "OpenSSL": (r"openssl/", ["src/base/crypto.cc", "src/net/tls*.cc"], 3),
    "spdlog": (r"(spdlog|fmt)/", ["src/base/log.cc"], 1),
    "utf8proc": (r"utf8proc\.h", ["src/*.cc"], 1),
    "zlib": (r"(zlib|zconf)\.h", ["src/ws/deflate.cc", "src/web/gzip.cc"], 2),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
OWN, CHATD, THIRD, STD, POSIX = range(5)
GROUP_NAMES = ["own header", "chatd", "third party", "std", "POSIX"]


class Include:
    def __init__(self, line, path, quoted):
        self.line = line
        self.path = path
        self.quoted = quoted

    @property
    def library(self):
        for name, (pattern, _, _) in THIRD_PARTY.items():
            if not self.quoted and re.match(pattern, self.path):
                return name
        return None


class Source:
    """A file: its path from the root, its text, its includes."""

    def __init__(self, root, path):
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        self.includes = []
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                self.includes.append(
                    Include(number, match[1] or match[2], match[1] is not None))

    @property
    def is_cpp(self):
        return self.name.endswith((".h", ".cc"))

    @property
    def is_header(self):
        return self.name.endswith(".h")

    @property
    def layer(self):
        """The layer of a file of src/; None for other files and for folders that are no layer."""
        parts = self.name.split("/")
        if parts[0] != "src":
            return None
        layer = "main" if len(parts) == 2 else parts[1]
        return layer if layer in LAYERS else None

    def names_own_header(self, include):
        """src/ws/frame.cc owns ws/frame.h; test/ws/frame_test.cc is about the same one."""
        stem = self.name.split("/", 1)[1].rsplit(".", 1)[0]
        return not self.is_header and include.path in (stem + ".h", stem.removesuffix("_test") + ".h")


class Checker:
    def __init__(self, root):
        self.faults = []
        self.sources = {}
        for folder in ("src", "test", "scripts"):
            for path in sorted((root / folder).rglob("*")):
                if "node_modules" in path.parts or not path.is_file():
                    continue
                if path.suffix in (".h", ".cc", ".py", ".mjs", ".sh"):
                    source = Source(root, path)
                    self.sources[source.name] = source

    def fault(self, source, line, what):
        self.faults.append((source.name, line, what))

    def resolve(self, include):
        """The file of ours that it names, if any."""
        for folder in ("src/", "test/"):
            if include.quoted and folder + include.path in self.sources:
                return self.sources[folder + include.path]
        return None

    def run(self):
        for source in self.sources.values():
            self.check_length(source)
            if source.is_cpp:
                self.check_header(source)
                self.check_directions(source)
                self.check_order(source)
                self.check_functions(source)
        self.check_circles()
        self.check_third_party()
        return sorted(self.faults)

    def check_length(self, source):
        if len(source.lines) > MAX_FILE_LINES:
            self.fault(source, MAX_FILE_LINES + 1,
                       f"{len(source.lines)} lines, at most {MAX_FILE_LINES}: move a noun out")

    def check_header(self, source):
        if source.is_header and (not source.lines or source.lines[0] != "#pragma once"):
            self.fault(source, 1, "a header starts with #pragma once")

    def check_directions(self, source):
        if source.name.startswith("src/") and source.layer is None:
            self.fault(source, 1, f"not in a layer ({', '.join(LAYERS[:-1])})")
        for include in source.includes:
            target = self.resolve(include)
            if include.quoted and target is None:
                self.fault(source, include.line,
                           f'"{include.path}" is no file of ours; paths go from src/ or test/')
            if target is None or source.layer is None:
                continue
            if target.layer is None:
                self.fault(source, include.line, f"src/ includes {target.name}")
            elif LAYERS.index(target.layer) > LAYERS.index(source.layer):
                self.fault(source, include.line,
                           f"{source.layer} includes upward: {include.path}")

    def check_order(self, source):
        previous = None
        for include in source.includes:
            if include.quoted:
                group = OWN if source.names_own_header(include) else CHATD
            elif include.library:
                group = THIRD
            else:
                group = POSIX if include.path.endswith(".h") else STD
            if previous:
                last, last_group = previous
                between = source.lines[last.line:include.line - 1]
                if group < last_group:
                    self.fault(source, include.line,
                               f"{GROUP_NAMES[group]} before {GROUP_NAMES[last_group]}")
                elif group > last_group and "" not in between:
                    self.fault(source, include.line,
                               f"a blank line between {GROUP_NAMES[last_group]}"
                               f" and {GROUP_NAMES[group]}")
            previous = (include, group)

    def check_functions(self, source):
        for first, last in function_bodies(source.text):
            if last - first + 1 > MAX_FUNCTION_LINES:
                self.fault(source, first, f"a function of {last - first + 1} lines,"
                           f" at most {MAX_FUNCTION_LINES}")

    def check_circles(self):
        """Depth first; an include of a file that is still open closes a circle."""
        done = set()
        open_files = []

        def visit(source):
            open_files.append(source.name)
            for include in source.includes:
                target = self.resolve(include)
                if target is None or target.name in done:
                    continue
                if target.name in open_files:
                    circle = open_files[open_files.index(target.name):] + [target.name]
                    self.fault(source, include.line, "a circle: " + " -> ".join(circle))
                else:
                    visit(target)
            open_files.pop()
            done.add(source.name)

        for source in self.sources.values():
            if source.name not in done:
                visit(source)

    def check_third_party(self):
        users = {name: [] for name in THIRD_PARTY}
        for source in self.sources.values():
            if not source.name.startswith("src/"):
                continue
            for include in source.includes:
                library = include.library
                if library is None:
                    continue
                _, allowed, _ = THIRD_PARTY[library]
                if not any(fnmatch.fnmatch(source.name, pattern) for pattern in allowed):
                    where = " or ".join(allowed) or "the tests"
                    self.fault(source, include.line, f"{library} is included in {where} only")
                elif source.name not in [user.name for user, _ in users[library]]:
                    users[library].append((source, include.line))
        for library, (_, _, most) in THIRD_PARTY.items():
            for source, line in users[library][most:]:
                others = ", ".join(user.name for user, _ in users[library][:most])
                self.fault(source, line, f"{library} is included in {others} already")


TOKEN = re.compile(
    r'''//[^\n]*|/\*.*?\*/                        # comments
      | R"([^()\\\s]{0,16})\(.*?\)\1"             # raw strings
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'       # characters; 1'000 has none
      | ^[ \t]*\#(?:\\\n|[^\n])*                  # directives
      | [{};]''', re.VERBOSE | re.DOTALL | re.MULTILINE)

# Comments, template arguments and attributes say nothing about what a brace opens.
NOISE = re.compile(r"//[^\n]*|/\*.*?\*/|<[^<>;]*>|\[\[.*?\]\]", re.DOTALL)
CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
ENDS_AS_FUNCTION = re.compile(r"\)(\s|const\b|noexcept\b|override\b|final\b)*$")


def kind_of_brace(head, after_function):
    """What a brace opens, by the text since the last brace or semicolon of its scope."""
    head = NOISE.sub(" ", head).strip()
    if "TEST_SUITE" in head:
        return "container"
    if CONTAINER.search(head) and not ENDS_AS_FUNCTION.search(head):
        return "container"
    # A constructor's body, after a member that was initialised in braces: `: a_{1}, b_(2) {`.
    if after_function and (not head or head.startswith(",")):
        return "function"
    return "function" if "(" in head else "other"


def function_bodies(text):
    """Yields (first line, last line) of each function, from its brace to its brace.

    Only braces at namespace or class scope open a function; what is within one belongs to it.
    """
    scopes = []  # (kind, line) of each open brace
    head_start = 0
    after_function = False
    for token in TOKEN.finditer(text):
        symbol = token[0]
        if symbol not in ("{", "}", ";"):
            continue
        line = text.count("\n", 0, token.start()) + 1
        in_container = all(kind == "container" for kind, _ in scopes)
        if symbol == "{" and in_container:
            scopes.append((kind_of_brace(text[head_start:token.start()], after_function), line))
        elif symbol == "{":
            scopes.append(("other", line))
        elif symbol == "}" and scopes:
            kind, first = scopes.pop()
            if kind == "function":
                yield first, line
            in_container = all(kind == "container" for kind, _ in scopes)
        if in_container:
            head_start = token.end()
            after_function = symbol == "}" and kind == "function"


def main():
    if len(sys.argv) > 2 or (len(sys.argv) == 2 and sys.argv[1].startswith("-")):
        print(__doc__)
        return 2
    root = pathlib.Path(sys.argv[1] if len(sys.argv) == 2 else ".")
    checker = Checker(root)
    faults = checker.run()
    for name, line, what in faults:
        print(f"{name}:{line}: {what}")
    print(f"check_layers: {len(checker.sources)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
