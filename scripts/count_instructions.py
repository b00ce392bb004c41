#!/usr/bin/python3
"""Counts the instructions that the codec's benchmarks take, and compares them with stored figures.

A count is the same on a machine that is busy with other things, where times are not. Each case of
test/bench/codec runs under valgrind with N iterations and with 2 N; half of what the second takes
more is the loop's alone, without start-up. A case fails when it takes 10 % more than
test/bench/instructions.json says; the last line is "N passed, N failed".

Exits 1 if anything failed.
"""

import argparse
import json
import pathlib
import platform
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FIGURES = ROOT / "test/bench/instructions.json"
PROGRAM = ROOT / "build/release/bench/codec"
ITERATIONS = 2000
TOLERANCE = 10  # per cent
RUN_SECONDS = 120
CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


class Failed(Exception):
    """A case cannot be counted, and why."""


def said_by(program, question):
    done = subprocess.run([program, question], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def count(program, name, iterations):
    """All the instructions of one run."""
    try:
        done = subprocess.run([*CALLGRIND, program, name, str(iterations)], capture_output=True,
                              text=True, timeout=RUN_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"it took more than {RUN_SECONDS} s") from None
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not collected:
        raise Failed(f"exit status {done.returncode}: {done.stderr.strip()[-500:]}")
    return int(collected[1])


def each(program, name):
    """The instructions of one iteration."""
    more = count(program, name, 2 * ITERATIONS) - count(program, name, ITERATIONS)
    return round(more / ITERATIONS)


def verdict(counted, stored):
    """(whether that is good, what there is to say)"""
    if stored is None:
        return False, f"{counted} instructions; none are stored: --update stores them"
    more = 100 * (counted - stored) / stored
    story = f"{counted} instructions, stored are {stored} ({more:+.1f} %)"
    if more < -TOLERANCE:
        story += "; so few that --update should store them"
    return more <= TOLERANCE, story


def tell(good, name, story):
    print(f"{'ok' if good else 'not ok'} - {name}: {story}", flush=True)


def compare(program, names, stored):
    """Whether each case is good."""
    good = []
    for name in names:
        try:
            fine, story = verdict(each(program, name), stored.get(name))
        except Failed as failed:
            fine, story = False, str(failed)
        tell(fine, name, story)
        good.append(fine)
    for name in sorted(stored.keys() - set(names)):
        tell(False, name, "is stored, but is no case any more: --update forgets it")
        good.append(False)
    return good


def update(path, program, names, built_by):
    counted = {name: each(program, name) for name in names}
    for name, figure in counted.items():
        tell(True, name, f"{figure} instructions")
    path.write_text(json.dumps({"built_by": built_by, "instructions": counted}, indent=2) + "\n")
    return [True] * len(counted)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="store what is counted now")
    parser.add_argument("--figures", type=pathlib.Path, default=FIGURES, help="the stored figures")
    parser.add_argument("program", nargs="?", default=PROGRAM, help="build/release/bench/codec")
    wishes = parser.parse_args()

    if not shutil.which("valgrind"):
        raise Failed("please:  apt-get install valgrind")
    names = said_by(wishes.program, "--list").split()
    built_by = f"{said_by(wishes.program, '--compiler')}, {platform.machine()}"
    if wishes.update:
        good = update(wishes.figures, wishes.program, names, built_by)
    else:
        stored = json.loads(wishes.figures.read_text())
        if stored["built_by"] != built_by:
            print(f"# stored are figures of {stored['built_by']}; this is {built_by}")
        good = compare(wishes.program, names, stored["instructions"])
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed", flush=True)
    return 0 if all(good) and good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, OSError, subprocess.CalledProcessError) as error:
        print(f"count_instructions: {error}\n0 passed, 1 failed")
        sys.exit(1)
