#!/usr/bin/python3
"""check_layers.py lets a good tree pass and names the line of each fault in a bad one."""

import pathlib
import subprocess
import sys
import tempfile

CHECKER = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_layers.py"
failed = False

GOOD = {
    "src/base/text.h": "#pragma once\n\n#include <string>\n",
    "src/base/text.cc": '#include "base/text.h"\n\n#include <vector>\n\n#include <unistd.h>\n',
    "src/base/crypto.cc": "#include <openssl/evp.h>\n",
    "src/net/socket.h": '#pragma once\n\n#include "base/text.h"\n',
    "src/net/tls.cc": "#include <openssl/ssl.h>\n",
    "src/main.cc": '#include "net/socket.h"\n\nint main() {}\n',
    "test/net/socket_test.cc": '#include "net/socket.h"\n\n#include <doctest/doctest.h>\n',
}


def check(changes):
    """The checker's exit status and output on the good tree with these files changed."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (GOOD | changes).items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, CHECKER, folder], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout + done.stderr


def expect(name, changes, *said):
    """One case: the faults that must be found, or none at all."""
    global failed
    status, output = check(changes)
    good = status == (1 if said else 0) and all(what in output for what in said)
    print(f"{'ok' if good else 'not ok'} - {name}")
    if not good:
        failed = True
        print(f"  status {status}, wanted {said or 'no fault'}\n{output}")


def function_of(lines):
    return "void f() {\n" + "  g();\n" * (lines - 2) + "}\n"


expect("a good tree passes", {})
expect("an include upward is a fault",
       {"src/base/text.cc": '#include "base/text.h"\n#include "net/socket.h"\n'},
       "src/base/text.cc:2: base includes upward: net/socket.h")
expect("the files directly in src are the top layer",
       {"src/config.h": "#pragma once\n", "src/net/socket.cc": '#include "config.h"\n'},
       "src/net/socket.cc:1: net includes upward: config.h")
expect("a circle within a layer is a fault",
       {"src/net/a.h": '#pragma once\n#include "net/b.h"\n',
        "src/net/b.h": '#pragma once\n#include "net/a.h"\n'},
       "src/net/b.h:2: a circle: src/net/a.h -> src/net/b.h -> src/net/a.h")
expect("a header includes no third-party header",
       {"src/net/socket.h": "#pragma once\n#include <openssl/ssl.h>\n"},
       "src/net/socket.h:2: OpenSSL is included in src/base/crypto.cc or src/net/tls*.cc only")
expect("a library has one owner",
       {"src/base/json.cc": "#include <nlohmann/json.hpp>\n",
        "src/chat/message.cc": "#include <nlohmann/json.hpp>\n"},
       "src/chat/message.cc:1: nlohmann-json is included in src/base/json.cc already")
expect("a folder of src that is no layer is a fault",
       {"src/util/x.h": "#pragma once\n"}, "src/util/x.h:1: not in a layer")
expect("an include that names no file is a fault",
       {"src/net/socket.h": '#pragma once\n#include "outbox.h"\n'},
       'src/net/socket.h:2: "outbox.h" is no file of ours')
expect("a header opens with #pragma once",
       {"src/net/socket.h": "// Sockets.\n#pragma once\n"}, "src/net/socket.h:1: a header starts")
expect("includes go from the own header to POSIX",
       {"src/base/text.cc": '#include <vector>\n\n#include "base/text.h"\n'},
       "src/base/text.cc:3: own header before std")
expect("groups of includes are parted by a blank line",
       {"src/base/text.cc": '#include "base/text.h"\n\n#include <vector>\n#include <unistd.h>\n'},
       "src/base/text.cc:4: a blank line between std and POSIX")
expect("400 lines are a file", {"src/net/long.cc": "// x\n" * 400})
expect("401 lines are two files", {"src/net/long.cc": "// x\n" * 401},
       "src/net/long.cc:401: 401 lines")
expect("60 lines are a function", {"src/net/long.cc": function_of(60)})
expect("61 lines are two functions", {"src/net/long.cc": "// One.\n" + function_of(61)},
       "src/net/long.cc:2: a function of 61 lines")
expect("members, tests and constructors are functions too",
       {"src/net/a.h": "#pragma once\nnamespace a {\nclass B final : public C<int> {\n"
                       + function_of(61) + "};\n}\n",
        "src/net/a.cc": "A::A(int x) : b_{x}, c_(x) {\n" + "  g();\n" * 60 + "}\n",
        "test/net/a_test.cc": 'TEST_SUITE("net") {\nTEST_CASE("x {") {\n' + "  g();\n" * 60
                              + "}\n}\n"},
       "src/net/a.h:4: a function", "src/net/a.cc:1: a function", "test/net/a_test.cc:2: a function")
expect("braces in strings, characters and comments do not count",
       {"src/net/a.cc": 'void f() {\n  g("{", \'{\', R"({)", 1\'000);  // {\n}\n'
                        + "int x = 1;\n" * 61})
expect("a class or a table may be longer than a function",
       {"src/net/a.cc": "class A {\n" + "  int x = 1;\n" * 70 + "};\n"
                        + "constexpr int kTable[] = {\n" + "  1,\n" * 70 + "};\n"})
sys.exit(1 if failed else 0)
