#!/usr/bin/python3
"""count_instructions.py fails where a case got slower, and where it could not count at all."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/count_instructions.py"
failed = False

CODEC = """#!/bin/sh
case $1 in
  --list) printf 'one\\ntwo\\n' ;;
  --compiler) echo 'g++ 1.2.3' ;;
esac
"""
# Start-up costs 5000; an iteration of either case what COST says.
VALGRIND = """#!/bin/sh
for iterations; do :; done
echo "==1== Collected : $((5000 + COST * iterations))" >&2
exit "$STATUS"
"""


def run(stored, cost, status, *arguments, program):
    """The script with a codec and a valgrind of ours: exit status, lines, stored figures."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in (("codec", CODEC), ("valgrind", VALGRIND)):
            (root / name).write_text(text)
            (root / name).chmod(0o755)
        figures = root / "figures.json"
        figures.write_text(json.dumps({"built_by": "g++ 1.2.3, pdp11", "instructions": stored}))
        environment = dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", COST=str(cost),
                           STATUS=str(status))
        done = subprocess.run([sys.executable, SCRIPT, "--figures", figures, *arguments,
                               root / program], capture_output=True, text=True, env=environment,
                              check=False)
        after = json.loads(figures.read_text())["instructions"]
        return done.returncode, done.stdout.splitlines(), after


def expect(name, stored, status, last_line, *said, cost=100, valgrind_status=0, arguments=(),
           after=None, program="codec"):
    global failed
    got_status, lines, stored_now = run(stored, cost, valgrind_status, *arguments, program=program)
    good = (got_status == status and lines[-1:] == [last_line]
            and stored_now == (after or stored)
            and all(any(what in line for line in lines) for what in said))
    print(f"{'ok' if good else 'not ok'} - {name}")
    if not good:
        failed = True
        print(f"  status {got_status}, wanted {status}, {last_line!r}, {said}; {stored_now}:")
        print("".join(f"  | {line}\n" for line in lines), end="")


SAME = {"one": 100, "two": 100}

expect("the same counts pass, whatever start-up takes", SAME, 0, "2 passed, 0 failed",
       "ok - one: 100 instructions, stored are 100 (+0.0 %)")
expect("10 % more passes", SAME, 0, "2 passed, 0 failed", cost=110)
expect("more than that fails", {"one": 100, "two": 200}, 1, "1 passed, 1 failed",
       "not ok - one: 111 instructions, stored are 100 (+11.0 %)", cost=111)
expect("10 % less passes without a word", SAME, 0, "2 passed, 0 failed", "(-10.0 %)", cost=90)
expect("less than that passes and asks for an update", SAME, 0, "2 passed, 0 failed",
       "--update should store them", cost=89)
expect("a case without a figure fails", {"one": 100}, 1, "1 passed, 1 failed", "not ok - two: ")
expect("a figure without a case fails", {**SAME, "three": 1}, 1, "2 passed, 1 failed",
       "not ok - three: ")
expect("a run that crashes fails", SAME, 1, "0 passed, 2 failed", "exit status 3",
       valgrind_status=3)
expect("figures of another machine are told as such", SAME, 0, "2 passed, 0 failed",
       "stored are figures of g++ 1.2.3, pdp11")
expect("--update stores what is counted", {"three": 1}, 0, "2 passed, 0 failed",
       arguments=["--update"], cost=123, after={"one": 123, "two": 123})
expect("--update stores nothing when a run crashes", SAME, 1, "0 passed, 1 failed",
       arguments=["--update"], valgrind_status=3)
expect("a program that is not there fails", SAME, 1, "0 passed, 1 failed", "no_such_codec",
       program="no_such_codec")
sys.exit(1 if failed else 0)
