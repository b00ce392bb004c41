#!/usr/bin/python3
"""How long a peer may take: deadlines that are absolute, so that trickling bytes wins no time."""

import select
import socket
import ssl
import time

from chatd_server import DEADLINE, Server, case, check, equal, main
from tls_tap import make_certificate

CERTIFICATE, KEY = make_certificate()
LIMIT = 0.3
# Apart, so that which of them ends a connection is seen by when it does.
LONG = 30
PAUSE = 0.02  # between two bytes of who trickles


def limits(**short):
    """All of them long but those named."""
    times = {"head": LONG, "body": LONG, "idle": LONG, **short}
    return [part for name, value in times.items() for part in (f"--{name}-timeout", value)]


def connect(server):
    peer = socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def trickle(peer, data, since=None):
    """Sends byte after byte until the server has said all that it has to say; returns that, and how
    long it took: from `since`, or from the first byte."""
    start = since or time.monotonic()
    said = b""
    for byte in data:
        peer.sendall(bytes([byte]))
        if select.select([peer], [], [], PAUSE)[0]:
            while piece := peer.recv(65536):
                said += piece
            return said, time.monotonic() - start
    check(False, f"{len(data)} bytes were waited for")


def is_in_time(took):
    # Not before it, but for the clock's grain; long before the other limits.
    check(LIMIT - 0.02 <= took < LONG / 3, f"{took:.2f} s")


def ends(peer, since):
    equal(peer.recv(65536), b"", "what is said in the end")
    is_in_time(time.monotonic() - since)


@case("a head that trickles is answered 408 at its deadline")
def _():
    with Server(*limits(head=LIMIT)) as server, connect(server) as peer:
        said, took = trickle(peer, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 2000)
        check(said.startswith(b"HTTP/1.1 408 "), said)
        is_in_time(took)


@case("a body that trickles is answered 408 at its deadline, however it is framed")
def _():
    with Server(*limits(body=LIMIT)) as server:
        for framing, body in ((b"Content-Length: 9000", b"nickname=" + b"a" * 3000),
                              (b"Transfer-Encoding: chunked", b"1\r\na\r\n" * 500)):
            with connect(server) as peer:
                since = time.monotonic()
                peer.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n")
                said, took = trickle(peer, body, since)
                check(said.startswith(b"HTTP/1.1 408 "), said)
                is_in_time(took)


@case("who says nothing is let go without a word, before the first request and after the last")
def _():
    with Server(*limits(idle=LIMIT)) as server:
        since = time.monotonic()
        with connect(server) as peer:
            ends(peer, since)
        with connect(server) as peer:
            since = time.monotonic()
            peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"\r\n\r\nok\n"):
                answer += peer.recv(65536)
            ends(peer, since)


@case("a TLS handshake that trickles ends at its deadline, and one that never begins does too")
def _():
    with Server("--tls-cert", CERTIFICATE, "--tls-key", KEY, *limits(idle=LIMIT)) as server:
        hello = client_hello()
        since = time.monotonic()
        with connect(server) as peer:
            said, took = trickle(peer, hello, since)
            equal(said, b"")
            is_in_time(took)
        since = time.monotonic()
        with connect(server) as peer:
            ends(peer, since)


@case("over TLS, a head that trickles is answered 408 at its deadline")
def _():
    with Server("--tls-cert", CERTIFICATE, "--tls-key", KEY, *limits(head=LIMIT)) as server:
        context = ssl.create_default_context(cafile=CERTIFICATE)
        with connect(server) as plain, context.wrap_socket(plain, server_hostname="localhost") as peer:
            # What comes behind the handshake by itself is no answer.
            peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            while not peer.recv(65536).endswith(b"ok\n"):
                pass
            said, took = trickle(peer, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 2000)
            check(said.startswith(b"HTTP/1.1 408 "), said)
            is_in_time(took)


def client_hello():
    """The first record of a client that offers much, so that it is long."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    # Whole, it would be answered; so the last bytes of this one never come.
    context.set_alpn_protocols(["x" * 200] * 5)
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()[:-1]


main()
