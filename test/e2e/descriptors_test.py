#!/usr/bin/python3
"""Out of descriptors: it serves those it has, takes others when one frees, and does not spin."""

import os
import resource
import time

from chat_member import RawMember
from chatd_server import BINARY, DEADLINE, Server, case, check, equal, main, until

LIMIT = 64


def with_few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def ask(peer):
    peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")


def is_answered(peer, seconds=DEADLINE):
    """Whether what was asked is answered so soon."""
    peer.settimeout(seconds)
    try:
        return peer.recv(65536).startswith(b"HTTP/1.1 200 ")
    except TimeoutError:
        return False
    finally:
        peer.settimeout(DEADLINE)


def is_served(peer):
    ask(peer)
    return is_answered(peer)


def lives_through_shortage(server):
    """Connections until no more are taken; returns how many were."""
    cookie = server.login("Ana")
    member = RawMember(server, cookie)
    taken, waiting = [], []
    while len(waiting) < 5:
        peer = server.connect()
        # The kernel takes the connection; whether the server does shows when it answers.
        ask(peer)
        (waiting if waiting or not is_answered(peer, 1) else taken).append(peer)
    check(10 <= len(taken) < LIMIT, f"{len(taken)} were served")
    server.wait_for_log("accept_paused")

    # While they wait: those inside are served, and no time is burnt. Pings are the clock.
    before, start = cpu_seconds(server.child.pid), time.monotonic()
    pings = 0
    while time.monotonic() - start < 1:
        member.send_frame(0x9, b"still there?")
        equal(member.frame(), (0xA, b"still there?"))
        check(is_served(taken[pings % len(taken)]), "one of those inside")
        pings += 1
        time.sleep(0.05)
    used = cpu_seconds(server.child.pid) - before
    check(used < 0.25, f"{used:.2f} s of processor time in a second of {pings} pings")
    paused = server.log.count("accept_paused")
    check(paused <= 2, f"{paused} complaints in the log:\n{server.log}")

    # One goes, one comes.
    for _ in range(3):
        taken.pop().close()
        first = waiting.pop(0)
        check(is_answered(first), "the next")
        taken.append(first)
    count = len(taken)
    for peer in taken + waiting:
        peer.close()
    # All gone: there is room for as many again.
    until(lambda: descriptors(server.child.pid) < LIMIT / 2, "the descriptors to be given back")
    equal(server.get("/healthz").status, 200)
    member.send_frame(0x9, b"to the end")
    equal(member.frame(), (0xA, b"to the end"))
    member.close()
    return count


@case("with few descriptors it keeps some to spare")
def _():
    with Server("--workers", 2, prepare=with_few_descriptors) as server:
        lives_through_shortage(server)


@case("when there is really none left it waits for one")
def _():
    if b"__ubsan_handle" in BINARY.read_bytes():
        return  # it looks at memory through a pipe, for which there is no descriptor then
    with Server("--workers", 2, "--max-connections", 1000, prepare=with_few_descriptors) as server:
        count = lives_through_shortage(server)
        check(count > LIMIT / 2, f"only {count} though more were allowed")


@case("--max-connections is how many are served at a time")
def _():
    with Server("--max-connections", 3) as server:
        peers = [server.connect() for _ in range(3)]
        for peer in peers:
            check(is_served(peer), "one of three")
        fourth = server.connect()
        ask(fourth)
        check(not is_answered(fourth, 0.3), "the fourth waits")
        peers.pop().close()
        check(is_answered(fourth), "the fourth")
        for peer in [fourth, *peers]:
            peer.close()


@case("connections that come and go leave no descriptor behind")
def _():
    with Server() as server:
        cookie = server.login("Ana")
        equal(server.get("/static/style.css").status, 200)

        def visit():
            for _ in range(30):
                equal(server.get("/chat", cookie).status, 200)
                raw = RawMember(server, cookie)
                raw.close()

        def quiet():
            return descriptors(server.child.pid)

        visit()
        before = until(lambda: stable(quiet), "a stable number")
        visit()
        after = until(lambda: stable(quiet), "a stable number")
        check(after <= before + 1, f"{before} descriptors, then {after}")


def stable(count):
    """The number, once it is the same for a while."""
    seen = count()
    for _ in range(10):
        time.sleep(0.03)
        if count() != seen:
            return None
    return seen


main()
