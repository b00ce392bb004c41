#!/usr/bin/python3
"""What the log says, and what it must never say."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import tempfile

from chat_member import RawMember, enter_all, left
from chatd_server import BINARY, DEADLINE, Server, case, check, environment, equal, main, until

SECRET = "the-secret-of-this-server"
SPOKEN = "what-was-said-in-confidence"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d"
TEXT = re.compile(TIME + r" (debug|info|warning|error) \w+( .*)?")


async def a_day(server):
    """A bit of all that a server sees; returns the cookies."""
    ana, ben = await enter_all(server, "Ana", "Ben")
    await ana.say(SPOKEN)
    await ben.hears("Ana说:" + SPOKEN)
    raw = RawMember(server, ana.cookie)
    raw.send_frame(0x1, SPOKEN.encode() + b"\xff")
    equal(raw.close_code(), 1007)
    raw.close()
    await ben.close(1000, SPOKEN)
    await ana.hears(left("Ben"))
    server.get(f"/login?nickname={SPOKEN}")
    server.get(f"/nope?secret={SPOKEN}", ana.cookie)
    server.post_login(SPOKEN * 3)
    server.get("/chat", ana.cookie[:-3], Authorization=f"Bearer {SPOKEN}",
               Referer=f"http://x/?{SPOKEN}")
    server.exchange(f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {ana.cookie}\r\nBad Field: {SPOKEN}\r\n\r\n"
                    .encode())
    server.get("/static/a\"b%0d%0ac%1b%5b31m%c3%28")
    server.post_logout(ana.cookie)
    return [ana.cookie, ben.cookie]


def tells_nothing(server, cookies):
    for secret in (SECRET, SPOKEN, *[cookie.split("|")[-1].strip('"') for cookie in cookies]):
        check(secret not in server.log, f"{secret} is in the log:\n{server.log}")
    check("2|1:0" not in server.log, f"a cookie is in the log:\n{server.log}")


@case("at its most talkative it tells no secret, no cookie and nothing that was said")
async def _():
    async with Server("--log-level", "debug", "--cookie-secret", SECRET) as server:
        cookies = await a_day(server)
    tells_nothing(server, cookies)
    for line in server.lines[:-1]:
        check(TEXT.fullmatch(line), f"a line of another kind: {line!r}")
        check(line.isprintable(), f"a control character: {line!r}")
    for event in ("listening", "request method=POST path=\"/login\" status=303", "stopping", "stopped"):
        check(event in server.log, f"{event} is not in the log:\n{server.log}")


@case("with --log-format json each line is an object with a time, a level and an event")
async def _():
    flags = ("--log-level", "debug", "--log-format", "json", "--cookie-secret", SECRET)
    async with Server(*flags) as server:
        cookies = await a_day(server)
    tells_nothing(server, cookies)
    events = [json.loads(line) for line in server.lines[:-1]]
    for event in events:
        check({"time", "level", "event"} <= event.keys(), event)
        check(re.fullmatch(TIME, event["time"]), event)
        check(event["level"] in ("debug", "info", "warning", "error"), event)
    names = [event["event"] for event in events]
    equal((names[0], names[-1]), ("listening", "stopped"))
    paths = [event["path"] for event in events if event["event"] == "request"]
    check("/login" in paths and any('a"b\r\nc\x1b[31m' in path for path in paths), paths)


@case("the level says how much is told")
def _():
    for level in ("warn", "error"):
        server = Server("--log-level", level)
        try:
            # It does not say where it listens: asked of the system.
            port = listening_port(server.child.pid)
            server.port = port
            equal(server.get("/healthz").status, 200)
            server.stop()
            equal(server.log, "", level)
        finally:
            server.remove()


class StalledReader:
    """A chatd whose log nobody reads for the time being, through a pipe that is soon full."""

    def __enter__(self):
        self.state = tempfile.TemporaryDirectory()
        out, into = os.pipe()
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 4096)
        self.log = os.fdopen(out, "rb")
        self.child = subprocess.Popen(
            [BINARY, "--host", "127.0.0.1", "--port", "0", "--state-dir", self.state.name],
            env=environment(None), stdin=subprocess.DEVNULL, stderr=into)
        os.close(into)
        self.port = int(self.lines_until(b"listening")[-1].split(b"127.0.0.1:")[1].split()[0])
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.log.close()
        self.state.cleanup()

    def lines_until(self, mark):
        lines = []
        while not lines or mark not in lines[-1]:
            lines.append(self.log.readline())
            check(lines[-1], f"the log ended before {mark}")
        return lines

    def ask(self, count):
        """So many requests, each with its line in the log; all must be answered."""
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        answered = 0
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as peer:
            for _ in range(0, count, 100):
                peer.sendall(request * 100)
                got = b""
                while got.count(b"\r\n\r\nok\n") < 100:
                    piece = peer.recv(1 << 16)
                    check(piece, "the server has closed")
                    got += piece
                answered += 100
        equal(answered, count)


@case("while nobody reads the log it goes on serving, and tells later how many lines were lost")
def _():
    # Of about 110 bytes each, while 2 MiB may wait.
    count = 30_000
    with StalledReader() as server:
        server.ask(count)
        lines = server.lines_until(b"log_lost")
        lost = int(re.search(rb"lines=(\d+)", lines[-1]).group(1))
        seen = sum(b" request " in line for line in lines)
        check(lost > 0, lines[-1])
        equal(seen + lost, count, "lines that were written and lines that were lost")
        server.ask(100)
        equal(sum(b" request " in server.log.readline() for _ in range(100)), 100)


@case("it ends when told to, though nobody reads its log")
def _():
    with StalledReader() as server:
        server.ask(1000)
        server.child.send_signal(signal.SIGTERM)
        equal(server.child.wait(DEADLINE), 0)


def listening_port(pid):
    """The port on which that process listens, by /proc."""
    def look():
        inodes = set()
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            try:
                inodes.add(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
            except OSError:
                pass
        with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
            for line in table.readlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                    return int(fields[1].split(":")[1], 16)
        return None
    return until(look, "a listening socket")


main()
