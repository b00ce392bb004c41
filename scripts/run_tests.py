#!/usr/bin/python3
"""Runs the tests, one file after the other, and sums up; the last line is "N passed, N failed".

The doctest program counts by its own summary. A script (*_test.py, *_test.mjs below test/) prints
"ok - name" or "not ok - name" for each case, anything else on other lines, and exits non-zero if one
failed. One that prints no case, crashes or takes too long counts as a failed case more. The scripts
find the server under test in the environment variable CHATD.

Exits 1 if anything failed.
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
CASE = re.compile(r"^(ok|not ok)\b(?:\s+\d+)?\s+-\s", re.MULTILINE)
DOCTEST_SUMMARY = re.compile(r"^\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed",
                             re.MULTILINE)


class Run:
    """What became of one file: its exit status (None: out of time) and its output."""

    def __init__(self, command, environment, timeout):
        start = time.monotonic()
        with tempfile.TemporaryFile() as captured:
            # A file, not a pipe: a grandchild that outlives the test cannot keep us waiting.
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=captured, stderr=subprocess.STDOUT,
                                       start_new_session=True)
            try:
                self.status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.status = None
            finally:
                end_session(process)
            captured.seek(0)
            self.output = captured.read().decode("utf-8", "replace")
        self.seconds = time.monotonic() - start

    def verdict(self):
        """(passed, failed, what is wrong besides failed cases or None)"""
        summary = DOCTEST_SUMMARY.findall(self.output)
        if summary:
            passed, failed = (int(number) for number in summary[-1])
        else:
            cases = CASE.findall(self.output)
            passed, failed = cases.count("ok"), cases.count("not ok")
        if self.status is None:
            return passed, failed + 1, f"out of time after {self.seconds:.0f} s"
        if passed + failed == 0:
            return 0, 1, f"no case was run, exit status {self.status}"
        if self.status != 0 and failed == 0:
            return passed, 1, f"every case passed, but the exit status is {self.status}"
        return passed, failed, None


def end_session(process):
    """Ends what the test started and left behind, and itself if it still runs."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def commands(arguments):
    """(name, command) of each test file."""
    if arguments.program:
        yield arguments.program, [arguments.program, "--duration=true", "--no-colors=true"]
    if arguments.only_program:
        return
    for path in sorted((ROOT / "test").rglob("*_test.*")):
        name = path.relative_to(ROOT).as_posix()
        if "node_modules" in path.parts:
            continue
        if path.suffix == ".py":
            yield name, [sys.executable, name]
        elif path.suffix == ".mjs":
            yield name, ["node", name]


def run_one(name, command, arguments):
    environment = dict(os.environ, CHATD=os.path.abspath(arguments.chatd), PYTHONUNBUFFERED="1",
                       PYTHONDONTWRITEBYTECODE="1")
    try:
        run = Run(command, environment, arguments.timeout)
    except OSError as error:
        print(f"{name}: cannot be run: {error}", flush=True)
        return 0, 1
    passed, failed, trouble = run.verdict()
    print(f"{name}: {passed} passed, {failed} failed ({run.seconds:.1f} s)", flush=True)
    if failed:
        print("".join(f"    {line}\n" for line in run.output.splitlines()), end="")
        if trouble:
            print(f"    {name}: {trouble}")
        sys.stdout.flush()
    return passed, failed


def say_what_is_missing():
    """Where a script fails for want of a package, its traceback does not name the package."""
    lister = ROOT / "scripts" / "install_test_packages.sh"
    missing = subprocess.run([lister, "--missing"], cwd=ROOT, capture_output=True, text=True,
                             check=False).stdout.split("\n")
    for package in filter(None, missing):
        print(f"missing on this machine: {package}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", help="the doctest program")
    parser.add_argument("--only-program", action="store_true", help="no scripts")
    parser.add_argument("--chatd", default=os.environ.get("CHATD", "./chatd"),
                        help="the server under test (default: $CHATD, or ./chatd)")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each file")
    parser.add_argument("filter", nargs="*", help="run only files whose name contains one of these")
    arguments = parser.parse_args()

    wanted = [(name, command) for name, command in commands(arguments)
              if not arguments.filter or any(part in name for part in arguments.filter)]
    passed = failed = 0
    for name, command in wanted:
        more_passed, more_failed = run_one(name, command, arguments)
        passed += more_passed
        failed += more_failed
    if failed and not arguments.only_program:
        say_what_is_missing()
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
