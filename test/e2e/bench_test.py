#!/usr/bin/python3
"""What works is measured, what is faulty is found out, and scripts/bench.sh says which."""

import concurrent.futures
import contextlib
import functools
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import xml.etree.ElementTree

from chatd_server import DEADLINE, ROOT, Server, case, check, equal, main, until
from faulty_room import TEXT_FRAME, FaultyRoom, at, frame, swaps

PROGRAMS = ROOT / os.environ.get("BENCH_PROGRAMS", "build/release/bench")
FAULTS = ("lost", "doubled", "out_of_order", "malformed", "order_differs")
MEMBERS, SPEAKERS = 6, 2
BENCH_SECONDS = 120


def load(url, *flags):
    """Exit status, figures (None where there are none), and what it complained of."""
    command = [PROGRAMS / "load", "--url", url, *flags]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                          timeout=3 * DEADLINE, check=False)
    try:
        return done.returncode, json.loads(done.stdout), done.stderr
    except json.JSONDecodeError:
        return done.returncode, None, done.stderr


def small_load(url, *flags):
    return load(url, "--members", 50, "--speakers", 4, "--seconds", 0.3, "--warm-up", 0.1, *flags)


def is_sensible(status, figures, complaint, window=1):
    """A small load that went well."""
    equal((status, complaint), (0, ""), figures)
    equal({name: figures[name] for name in FAULTS}, dict.fromkeys(FAULTS, 0))
    check(0.3 <= figures["seconds"] < 3, figures)
    check(figures["messages"] > 0, figures)
    # What was under way as the time began and ended counts for one of the two.
    slack = 2 * 4 * window * 49
    check(abs(figures["deliveries"] - 49 * figures["messages"]) <= slack, figures)
    check(abs(figures["deliveries_per_second"] * figures["seconds"] / figures["deliveries"] - 1)
          < 0.05, figures)
    check(0 < figures["p50_ms"] <= figures["p99_ms"] <= figures["p999_ms"] <= figures["max_ms"],
          figures)
    check(figures["cpu_per_million"] > 0, figures)


@contextlib.contextmanager
def floor(*how):
    """The URL and the process of a floor that listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([PROGRAMS / "floor", str(port), *how])
    try:
        def answers():
            equal(process.poll(), None, "the floor's exit status")
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
                return True
        until(answers, "the floor to listen")
        yield f"ws://127.0.0.1:{port}/", process.pid
    finally:
        process.kill()
        process.wait()


@case("the floor under a small load")
def _():
    with floor() as (url, pid):
        is_sensible(*small_load(url, "--pid", pid, "--window", 4), window=4)
    with floor("each") as (url, pid):
        is_sensible(*small_load(url, "--pid", pid))


@case("chatd under a small load, with a window, at a rate, and deflated")
def _():
    with Server() as server:
        form = ("--login", "form", "--pid", server.child.pid)
        is_sensible(*small_load(server.socket_url, *form, "--window", 4), window=4)
        result = small_load(server.socket_url, *form, "--rate", 100)
        is_sensible(*result, window=4)
        check(20 <= result[1]["messages"] <= 40, f"0.3 s of 100 a second: {result[1]}")
        is_sensible(*small_load(server.socket_url, *form, "--deflate", "--bytes", 1024))


@case("members of chatd who only sit there")
def _():
    with Server() as server:
        status, figures, _ = load(server.socket_url, "--login", "form", "--members", 20,
                                  "--speakers", 0, "--seconds", 0.1, "--pid", server.child.pid)
        equal(status, 0, figures)
        check(figures["enter_seconds"] > 0 and figures["enter_cpu_us"] > 0, figures)
        check("deliveries" not in figures and 0 <= figures["idle_cpu_share"] < 1, figures)


def author(text):
    return text[:4]


# What the room does: how it is made, the faults that must be told (all others: 0), flags.
LOST_ONE = {"lost": 1, "order_differs": 1}
FAULTY = {
    "does nothing wrong": (lambda: FaultyRoom(MEMBERS), {}, ()),
    "loses a message":
        (lambda: FaultyRoom(MEMBERS, at(3, lambda text: [])), LOST_ONE, ()),
    "doubles a message":
        (lambda: FaultyRoom(MEMBERS, at(3, lambda text: [text, text])), {"doubled": 1}, ()),
    "lets two messages of a speaker change places":
        (lambda: FaultyRoom(MEMBERS, swaps(lambda a, b: author(a) == author(b))),
         {"out_of_order": 1, "order_differs": 1}, ("--window", 4)),
    "lets two speakers change places, for one listener":
        (lambda: FaultyRoom(MEMBERS, swaps(lambda a, b: author(a) != author(b))),
         {"order_differs": 1}, ("--window", 4)),
    "alters a message":
        (lambda: FaultyRoom(MEMBERS, at(3, lambda text: [text[:-1] + "?"])),
         {"malformed": 1, **LOST_ONE}, ()),
    "cuts a message short":
        (lambda: FaultyRoom(MEMBERS, at(3, lambda text: [text[:-1]])),
         {"malformed": 1, **LOST_ONE}, ()),
    "says something of its own":
        (lambda: FaultyRoom(MEMBERS, at(3, lambda text: [text, "hello"])), {"malformed": 1}, ()),
    "takes one speaker for another":
        (lambda: FaultyRoom(MEMBERS, at(3, lambda text: [text[:3] + "00004" + text[8:]])),
         {"malformed": 1, **LOST_ONE}, ("--login", "form")),
    "sets a reserved bit":
        (lambda: FaultyRoom(MEMBERS, at(3, lambda text: [frame(text, TEXT_FRAME | 0x20)])),
         {"malformed": 1, **LOST_ONE}, ()),
    "sends binary":
        (lambda: FaultyRoom(MEMBERS, at(3, lambda text: [frame(text, TEXT_FRAME + 1)])),
         {"malformed": 1, **LOST_ONE}, ()),
}


@functools.cache
def faulty_runs():
    """All at once: where something was lost, the load waits for it as long as it has patience."""
    pool = concurrent.futures.ThreadPoolExecutor(len(FAULTY) + 1)
    runs = {what: pool.submit(load, make().url, "--members", MEMBERS, "--speakers", SPEAKERS,
                              "--seconds", 0.2, "--warm-up", 0, "--patience", 3, *flags)
            for what, (make, _, flags) in FAULTY.items()}
    doubling = FaultyRoom(MEMBERS, at(3, lambda text: [text, text]))
    runs[bench] = pool.submit(bench, "--url", doubling.url, "--members", MEMBERS, "--speakers",
                              SPEAKERS, "--seconds", 0.1)
    return runs


def check_faulty(what, wanted):
    status, figures, complaint = faulty_runs()[what].result()
    check(figures, complaint)
    equal({name: figures[name] for name in FAULTS}, dict.fromkeys(FAULTS, 0) | wanted, what)
    equal(status, 1 if wanted else 0, figures)


for name, (_, faults, _) in FAULTY.items():
    found = " and ".join(faults).replace("_", " ") or "no fault"
    case(f"a room that {name}: {found}")(functools.partial(check_faulty, name, faults))


@case("a room where speakers hear themselves: malformed")
def _():
    room = FaultyRoom(MEMBERS, echoes=True)
    status, figures, _ = load(room.url, "--members", MEMBERS, "--seconds", 0.1, "--warm-up", 0)
    equal(status, 1)
    check(figures["malformed"] > 0 and figures["lost"] == 0, figures)


@case("a server that closes, refuses, or is not there: no figures, but the reason")
def _():
    room = FaultyRoom(MEMBERS, says_goodbye=True)
    status, figures, complaint = load(room.url, "--members", MEMBERS)
    equal((status, figures), (1, None))
    check("go away" in complaint, complaint)
    with Server() as server:
        status, figures, complaint = load(server.socket_url, "--members", 2)  # without a login
        equal((status, figures), (1, None))
        check("HTTP/1.1 403" in complaint or "HTTP/1.1 401" in complaint, complaint)
        url = server.socket_url
    status, figures, complaint = load(url, "--members", 2)
    equal((status, figures), (1, None))
    check(complaint.startswith("load: "), complaint)


def bench(*flags, first_on_path=None):
    """scripts/bench.sh, which makes what it needs: in the mode that it measures."""
    environment = dict(os.environ, MAKE="make MODE=release")
    if first_on_path:
        environment["PATH"] = f"{first_on_path}:{environment['PATH']}"
    return subprocess.run(list(map(str, ["scripts/bench.sh", *flags])), cwd=ROOT, text=True,
                          capture_output=True, env=environment, timeout=BENCH_SECONDS, check=False)


@case("scripts/bench.sh measures a scenario, and names who was not measured")
def _():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        (out / "node").write_text("#!/bin/sh\necho 'out of order' >&2\nexit 1\n")
        (out / "node").chmod(0o755)
        done = bench("--only", "ping-pong", "--rounds", 1, "--seconds", 0.2, "--no-install",
                     "--out", out / "new", first_on_path=folder)
        equal(done.returncode, 0, done.stderr)
        result = json.loads((out / "new/result.json").read_text())
        chart = xml.etree.ElementTree.parse(out / "new/result.svg").getroot()

    equal([scenario["name"] for scenario in result["scenarios"]], ["ping-pong"])
    rows = {row["label"]: row for row in result["scenarios"][0]["rows"]}
    for label in ("floor", "chatd"):
        equal(rows[label]["why"], "", label)
        equal(len(rows[label]["samples"]), 1, label)
        check(0 < rows[label]["median"]["p50_ms"] < 100, rows[label])
        check(f"| {label} |" in done.stdout, done.stdout)
        check(label in [text.text for text in chart.iter() if text.tag.endswith("text")], label)
    for label in ("npm ws", "uWebSockets"):
        why = rows[label]["why"]
        check(why == "out of order" or why.startswith("please:"), why)
        equal(rows[label]["median"], {}, label)
        check(f"| {label} | not measured: {why} |" in done.stdout, done.stdout)


@case("scripts/bench.sh --url measures a server that runs already")
def _():
    with Server() as server:
        done = bench("--url", server.socket_url, "--login", "form", "--members", 50,
                     "--seconds", 0.1)
    equal(done.returncode, 0, done.stderr)
    lines = done.stdout.splitlines()
    equal([line.split()[0] for line in lines], ["steady", "burst", "rate"], done.stdout)
    for line in lines:
        check(re.search(r" [1-9]\d* deliveries/s .* p99 [\d.]+ ms +nothing lost,", line), line)


@case("scripts/bench.sh --url fails where messages are doubled, and says so")
def _():
    done = faulty_runs()[bench].result()
    equal(done.returncode, 1, done.stderr)
    check("1 doubled" in done.stdout.splitlines()[0], done.stdout)


@case("scripts/bench.sh says what it does not know")
def _():
    done = bench("--only", "no-such-thing", "--no-install")
    equal((done.returncode, done.stdout), (1, ""))
    check("no such scenario: no-such-thing" in done.stderr, done.stderr)
    done = bench("--list")
    equal(done.returncode, 0)
    check(re.search(r"^ping-pong +\S", done.stdout, re.M), done.stdout)


if __name__ == "__main__":
    faulty_runs()  # they mostly wait, meanwhile the others are measured
    main()
