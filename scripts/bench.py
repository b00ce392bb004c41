#!/usr/bin/env python3
"""Measures servers with test/bench/load; scripts/bench.sh builds what is needed and calls this."""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import bench_report
from bench_scenarios import SCENARIOS
from bench_servers import BUILD, ROOT, Absent, Running, pinned

ROUNDS = 3
SECONDS = 3
QUICK_SECONDS = 1
# A load that has not ended by then hangs.
LOAD_SECONDS = 180


def flags_of(load):
    flags = []
    for name, value in load.items():
        flags += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return flags


def measure_url(url, login, load, pid=0, one_thread=False):
    """One run of the load; raises Absent when it fails, and tells why."""
    command = [str(BUILD / "load"), "--url", url, "--login", login, "--pid", str(pid),
               *flags_of(load)]
    try:
        done = subprocess.run(pinned(command, one_thread, core=1), capture_output=True, text=True,
                              timeout=LOAD_SECONDS)
    except subprocess.TimeoutExpired:
        raise Absent(f"it took more than {LOAD_SECONDS} s") from None
    if not done.stdout:
        raise Absent(done.stderr.strip() or f"the load ended with {done.returncode}")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise Absent(done.stderr.strip()) from None


def faults(figures):
    names = ("lost", "doubled", "out_of_order", "malformed", "order_differs")
    return ", ".join(f"{figures[name]} {name.replace('_', ' ')}" for name in names if figures[name])


class Row:
    """What one run of a scenario gave, round after round."""

    def __init__(self, run):
        self.run = run
        self.samples = []
        self.why = ""

    def measure(self, seconds):
        load = {"seconds": seconds, **self.run.load}
        login = load.pop("login", self.run.server.login)
        try:
            with Running(self.run.server) as server:
                figures = measure_url(server.url, login, load, server.pid,
                                      self.run.server.one_thread)
        except Absent as absent:
            self.why = str(absent)
            return
        if faults(figures):
            self.why = f"faulty: {faults(figures)}"
        self.samples.append(figures)

    def result(self):
        good = self.samples if not self.why else []
        return {"label": self.run.label, "load": self.run.load, "why": self.why,
                "samples": self.samples,
                "median": {name: statistics.median(sample[name] for sample in good)
                           for name in (good[0] if good else {})}}


def machine():
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "load_average": os.getloadavg()[0]}


def tls_of_openssl():
    """What the cipher alone costs for a burst's 64 deliveries in a record, per million of them."""
    done = subprocess.run(["openssl", "speed", "-mr", "-seconds", "1", "-bytes", str(64 * 66),
                           "-evp", "aes-256-gcm"], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith("+F:"):
            return 66e6 / float(line.split(":")[-1])
    return None


def progress(text):
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"\033[K{text}" if end == "\r" else text, end=end, file=sys.stderr, flush=True)


def run_all(scenarios, rounds, seconds, quick):
    rows = {scenario.name: [Row(run) for run in scenario.runs if run.is_quick or not quick]
            for scenario in scenarios}
    todo = [(number, scenario, row) for number in range(rounds) for scenario in scenarios
            for row in rows[scenario.name]]
    began = time.monotonic()
    for at, (number, scenario, row) in enumerate(todo):
        spent = time.monotonic() - began
        left = f", {spent / at * (len(todo) - at):.0f} s left" if at else ""
        progress(f"[{at + 1}/{len(todo)}{left}] round {number + 1}: {scenario.name}, "
                 f"{row.run.label}")
        if not row.why:
            row.measure(seconds)
    progress("")
    return [{"name": scenario.name, "title": scenario.title, "columns": scenario.columns,
             "rows": [row.result() for row in rows[scenario.name]]} for scenario in scenarios]


def report(result, folder):
    folder.mkdir(parents=True, exist_ok=True)
    bench_report.write_json(folder / "result.json", result)
    bench_report.write_svg(folder / "result.svg", result)
    about = result["machine"]
    print(f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}; medians of "
          f"{result['rounds']}, {result['seconds']} s each; load average at the start "
          f"{about['load_average']:.1f}\n")
    for scenario in result["scenarios"]:
        print(bench_report.table(scenario))
    if result.get("openssl_cpu_per_million"):
        print(f"AES-256-GCM alone, by `openssl speed`: {result['openssl_cpu_per_million']:.3g} CPU s "
              "per million of a burst's deliveries\n")
    print(f"written: {folder / 'result.json'}, {folder / 'result.svg'}")


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="the main scenarios once, for less than a minute")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these scenarios; see --list")
    parser.add_argument("--rounds", type=int, help=f"of which the median is taken ({ROUNDS})")
    parser.add_argument("--seconds", type=float, help=f"of a run ({SECONDS})")
    parser.add_argument("--no-install", action="store_true",
                        help="measure against who is here already, and install nobody")
    parser.add_argument("--list", action="store_true", help="name the scenarios and exit")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench",
                        help="folder of the JSON and the chart (build/bench)")
    parser.add_argument("--url", help="measure this server, which runs already; nothing else")
    parser.add_argument("--login", default="none", choices=("none", "form"),
                        help="with --url: form for chatd and the tutorial, which want a nickname")
    parser.add_argument("--members", type=int, default=1000, help="with --url (1000)")
    parser.add_argument("--speakers", type=int, default=4, help="with --url (4)")
    parser.add_argument("--bytes", type=int, default=64, help="with --url (64)")
    return parser.parse_args()


def measure_one(wishes):
    load = {"members": wishes.members, "speakers": wishes.speakers, "bytes": wishes.bytes,
            "seconds": wishes.seconds or SECONDS}
    bad = False
    for name, more in (("steady", {"window": 1}), ("burst", {"window": 16}),
                       ("rate", {"rate": 100})):
        figures = measure_url(wishes.url, wishes.login, {**load, **more})
        bad = bad or bool(faults(figures))
        print(f"{name:7} {figures['deliveries_per_second']:12.0f} deliveries/s  "
              f"p50 {figures['p50_ms']:.3g} ms  p99 {figures['p99_ms']:.3g} ms  "
              f"{faults(figures) or 'nothing lost, doubled or out of order'}", flush=True)
    return 1 if bad else 0


def main():
    wishes = arguments()
    if wishes.list:
        for scenario in SCENARIOS:
            print(f"{scenario.name:14} {scenario.title}")
        return 0
    if wishes.url:
        return measure_one(wishes)
    chosen = [s for s in SCENARIOS if s.name in wishes.only] if wishes.only else [
        s for s in SCENARIOS if s.quick or not wishes.quick]
    unknown = set(wishes.only or ()) - {s.name for s in SCENARIOS}
    if unknown:
        sys.exit(f"no such scenario: {', '.join(sorted(unknown))}; see --list")
    rounds = wishes.rounds or (1 if wishes.quick else ROUNDS)
    seconds = wishes.seconds or (QUICK_SECONDS if wishes.quick else SECONDS)
    result = {"machine": machine(), "rounds": rounds, "seconds": seconds}
    result["scenarios"] = run_all(chosen, rounds, seconds, wishes.quick)
    if any(s.name == "tls" for s in chosen):
        result["openssl_cpu_per_million"] = tls_of_openssl()
    report(result, wishes.out)
    ours_is_faulty = any(row["why"] for scenario in result["scenarios"] for row in scenario["rows"]
                         if row["label"].startswith(("chatd", "echod")))
    return 1 if ours_is_faulty else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Absent as absent:
        sys.exit(f"bench: {absent}")
    except KeyboardInterrupt:
        sys.exit(130)
