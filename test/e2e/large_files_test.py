#!/usr/bin/python3
"""Files that are larger than any buffer, plain (by sendfile) and over TLS, to slow readers too."""

import atexit
import pathlib
import random
import shutil
import socket
import ssl
import tempfile

from chatd_server import DEADLINE, Server, case, check, equal, main
from tls_tap import make_certificate

CERTIFICATE, KEY = make_certificate()
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="chatd-files-"))
atexit.register(shutil.rmtree, FOLDER)
CONTENT = random.Random(2616).randbytes(24_000_001)
(FOLDER / "large.bin").write_bytes(CONTENT)
# How many of them are on their way at a time.
READERS = 20

TLS_FLAGS = ("--tls-cert", CERTIFICATE, "--tls-key", KEY)


def connect(server, tls, receive_buffer=None):
    peer = socket.socket()
    peer.settimeout(DEADLINE)
    if receive_buffer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    peer.connect(("127.0.0.1", server.port))
    if not tls:
        return peer
    context = ssl.create_default_context(cafile=CERTIFICATE)
    return context.wrap_socket(peer, server_hostname="127.0.0.1")


def ask(peer, *headers):
    lines = ["GET /static/large.bin HTTP/1.1", "Host: 127.0.0.1", *headers]
    peer.sendall("\r\n".join([*lines, "", ""]).encode())


def answer(stream):
    """(status, body) of the next response."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, stream.read(length)


def in_both(name):
    """A case for a plain server, and one for a server with TLS."""
    def with_flags(function, flags):
        def run():
            with Server("--static-path", FOLDER, *flags) as server:
                function(server, bool(flags))
        return run

    def add(function):
        case(f"{name}, plain")(with_flags(function, ()))
        case(f"{name}, TLS")(with_flags(function, TLS_FLAGS))
    return add


@in_both("a large file comes whole, and in ranges, on one connection")
def _(server, tls):
    with connect(server, tls) as peer, peer.makefile("rb") as stream:
        ask(peer)
        ask(peer, "Range: bytes=12345-20000000")
        ask(peer, "Range: bytes=-1")
        equal(answer(stream) == (200, CONTENT), True, "the whole")
        equal(answer(stream) == (206, CONTENT[12345:20_000_001]), True, "the range")
        equal(answer(stream), (206, CONTENT[-1:]), "the last byte")


@in_both("many slow readers at once get every byte, and hold up nobody")
def _(server, tls):
    peers = [connect(server, tls, receive_buffer=8192) for _ in range(READERS)]
    for peer in peers:
        ask(peer, "Connection: close")
    with connect(server, tls) as quick, quick.makefile("rb") as stream:
        ask(quick, "Range: bytes=0-99")
        equal(answer(stream), (206, CONTENT[:100]), "who asks for little meanwhile")
    for peer in peers[:2]:
        with peer, peer.makefile("rb") as stream:
            equal(answer(stream) == (200, CONTENT), True, "a slow reader's file")
            equal(stream.read(), b"", "behind it")
    for peer in peers[2:]:  # these have seen enough: the server does not mind
        peer.close()
    with connect(server, tls) as peer, peer.makefile("rb") as stream:
        ask(peer, "Range: bytes=5-9")
        equal(answer(stream), (206, CONTENT[5:10]), "after they are gone")


@in_both("a file that is cut short meanwhile ends its connection within the body")
def _(server, tls):
    shrinking = FOLDER / "shrinking.bin"
    shrinking.write_bytes(CONTENT)
    with connect(server, tls, receive_buffer=8192) as peer:
        peer.sendall(b"GET /static/shrinking.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        equal(peer.recv(12), b"HTTP/1.1 200")
        with shrinking.open("r+b") as file:
            file.truncate(1000)
        read = 0
        try:
            while piece := peer.recv(1 << 20):
                read += len(piece)
        except (ConnectionResetError, ssl.SSLError):
            pass  # that is an end, too
        check(read < len(CONTENT), "more came than there is")
    with connect(server, tls) as peer, peer.makefile("rb") as stream:
        ask(peer, "Range: bytes=0-0")
        equal(answer(stream), (206, CONTENT[:1]), "the server goes on")


main()
