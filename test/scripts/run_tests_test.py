#!/usr/bin/python3
"""run_tests.py counts what passed and failed, and never takes a broken test for a passed one."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
failed = False

DOCTEST = """#!/bin/sh
echo '[doctest] test cases: 12 | {passed} passed | {failed} failed | 0 skipped'
exit {status}
"""


def run(files, *arguments):
    """run_tests.py in a tree of its own with these files: exit status and output lines."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "scripts").mkdir()
        (root / "test").mkdir()
        for script in ("run_tests.py", "install_test_packages.sh"):
            shutil.copy(SCRIPTS / script, root / "scripts")
        for name, text in files.items():
            (root / name).write_text(text, encoding="utf-8")
            (root / name).chmod(0o755)
        done = subprocess.run([sys.executable, root / "scripts" / "run_tests.py", *arguments],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()


def expect(name, files, status, last_line, *said, arguments=()):
    global failed
    got_status, lines = run(files, *arguments)
    good = (got_status == status and lines[-1:] == [last_line]
            and all(any(what in line for line in lines) for what in said))
    print(f"{'ok' if good else 'not ok'} - {name}")
    if not good:
        failed = True
        print(f"  status {got_status}, wanted {status}, {last_line!r}, {said}:")
        print("".join(f"  | {line}\n" for line in lines), end="")


TWO_PASS = "print('ok - one')\nprint('# a remark')\nprint('ok 2 - two')\n"

expect("cases of all files are summed up",
       {"test/a_test.py": TWO_PASS, "test/b_test.mjs": "console.log('ok - three')\n"},
       0, "3 passed, 0 failed", "test/a_test.py: 2 passed, 0 failed")
expect("a failed case shows the output",
       {"test/a_test.py": "print('not ok - one')\nprint('why')\nraise SystemExit(1)\n"},
       1, "0 passed, 1 failed", "    why")
expect("a failed case fails whatever the exit status", {"test/a_test.py": "print('not ok - one')\n"},
       1, "0 passed, 1 failed")
expect("a script that crashes after its cases is a failure",
       {"test/a_test.py": TWO_PASS + "raise SystemExit(3)\n"},
       1, "2 passed, 1 failed", "exit status is 3")
expect("a script without a case is a failure", {"test/a_test.py": "pass\n"},
       1, "0 passed, 1 failed", "no case was run")
expect("a script that hangs is ended, with what it started",
       {"test/a_test.py": "import subprocess\nprint('ok - one', flush=True)\n"
                          "subprocess.run(['sleep', '600'])\n"},
       1, "1 passed, 1 failed", "out of time", arguments=["--timeout", "1"])
expect("a process left behind does not keep the runner waiting",
       {"test/a_test.py": "import subprocess\nsubprocess.Popen(['sleep', '600'])\nprint('ok - one')\n"},
       0, "1 passed, 0 failed")
expect("doctest's own counts are taken",
       {"program": DOCTEST.format(passed=10, failed=2, status=1)},
       1, "10 passed, 2 failed", arguments=["--program", "./program"])
expect("a sanitizer's report after doctest's success is a failure",
       {"program": DOCTEST.format(passed=12, failed=0, status=66)},
       1, "12 passed, 1 failed", arguments=["--program", "./program"])
expect("a program that is not there is a failure", {},
       1, "0 passed, 1 failed", "cannot be run", arguments=["--program", "./program"])
expect("scripts are told where the server is",
       {"test/a_test.py": "import os\nprint('ok -', os.environ['CHATD'])\nprint('not ok - x')\n"},
       1, "1 passed, 1 failed", "ok - /somewhere/chatd", arguments=["--chatd", "/somewhere/chatd"])
expect("only what is asked for is run",
       {"test/a_test.py": TWO_PASS, "test/b_test.py": "print('ok - three')\n"},
       0, "1 passed, 0 failed", arguments=["b_test"])
sys.exit(1 if failed else 0)
