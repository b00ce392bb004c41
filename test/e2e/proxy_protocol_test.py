#!/usr/bin/python3
"""Behind a proxy that speaks the PROXY protocol, version 2: whom chatd sees, and whom it does not hear."""

import atexit
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile

from chatd_server import DEADLINE, ROOT, Server, case, check, equal, main, read_all

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="chatd-proxy-"))
atexit.register(shutil.rmtree, FOLDER, True)
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def header(command, family, rest):
    return SIGNATURE + bytes([command, family]) + len(rest).to_bytes(2, "big") + rest


def header_from(source, tlvs=b""):
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    address = socket.inet_pton(family, source)
    return header(0x21, 0x21 if ":" in source else 0x11,
                  address + address + b"\x12\x34\x01\xbb" + tlvs)


def opens(cookie, port):
    """An upgrade on a bare socket."""
    return "\r\n".join(["GET /chat HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket",
                        "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"Cookie: {cookie}",
                        "", ""]).encode()


def log_in(server, wrap=lambda peer: peer):
    """Through the proxy; returns the cookie."""
    with server.connect() as bare:
        bare.sendall(header_from("203.0.113.1"))
        with wrap(bare) as peer:
            peer.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                         b"Content-Type: application/x-www-form-urlencoded\r\n"
                         b"Content-Length: 12\r\n\r\nnickname=Ana")
            head = read_all(peer).decode()
    check(head.startswith("HTTP/1.1 303 "), head)
    return head.split("Set-Cookie: ")[1].split(";")[0]


def is_not_heard(server, data, why):
    with server.connect() as peer:
        try:
            peer.sendall(data)
            equal(read_all(peer), b"", f"an answer to {data!r}")
        except (BrokenPipeError, ConnectionResetError):
            pass
    server.wait_for_log(f'warning refuse why="[^"]*{why}[^"]*" peer=127.0.0.1')


@case("a header is taken off, in pieces of any size, with whatever it carries besides")
def _(server):
    for head in (header_from("203.0.113.9"), header_from("2001:db8::7", b"\x04\0\x03pad"),
                 header(0x20, 0, b""), header(0x21, 0, b"anything"), header(0x21, 0x31, b"u" * 216),
                 header_from("203.0.113.9", b"t" * 3000)):
        data = server.exchange(head + GET)
        check(data.startswith(b"HTTP/1.1 200 "), data[:100])
    with server.connect() as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in header_from("203.0.113.9") + GET:
            peer.sendall(bytes([byte]))
        check(read_all(peer).startswith(b"HTTP/1.1 200 "), "byte by byte")


@case("the log tells the source that the header names")
def _(server):
    cookie = log_in(server)
    for source in ("203.0.113.9", "2001:db8::7"):
        with server.connect() as peer:
            peer.sendall(header_from(source) + opens(cookie, server.port))
            check(peer.recv(4096).startswith(b"HTTP/1.1 101 "), source)
            server.wait_for_log(f"open .*peer={source}$")
    with server.connect() as peer:
        peer.sendall(header(0x20, 0x11, b"\1" * 12) + opens(cookie, server.port))
        check(peer.recv(4096).startswith(b"HTTP/1.1 101 "), "LOCAL")
        server.wait_for_log("open .*peer=127.0.0.1$")


@case("who sends no header, version 1 or a broken one is closed without an answer")
def _():
    for data, why in ((GET, "no PROXY header"), (b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n" + GET, "no PROXY header"),
                      (b"\x16\x03\x01", "no PROXY header"), (header(0x11, 0x11, b"\1" * 12), "version"),
                      (header(0x22, 0x11, b"\1" * 12), "command"), (header(0x21, 0x41, b"\1" * 12), "family"),
                      (header(0x21, 0x21, b"\1" * 35), "too short"), (header(0x20, 0, b"\1" * 5000), "too long")):
        with Server("--proxy-protocol", "on") as server:
            is_not_heard(server, data + GET, why)
            equal(server.log.count("refuse"), 1, server.log)
    with Server("--proxy-protocol", "on") as server:
        with server.connect() as peer:
            peer.sendall(header_from("203.0.113.9")[:20])
            peer.shutdown(socket.SHUT_WR)
            equal(read_all(peer), b"")
        server.wait_for_log('refuse why="PROXY header cut short" peer=127.0.0.1')


@case("the header comes before TLS")
def _():
    subprocess.run([ROOT / "scripts/make_dev_cert.sh", FOLDER], check=True, stdout=subprocess.DEVNULL)
    context = ssl.create_default_context(cafile=FOLDER / "cert.pem")

    def wrap(peer):
        return context.wrap_socket(peer, server_hostname="localhost", suppress_ragged_eofs=False)

    with Server("--proxy-protocol", "on", "--tls-cert", FOLDER / "cert.pem", "--tls-key",
                FOLDER / "key.pem") as server:
        cookie = log_in(server, wrap)
        with server.connect() as bare:
            bare.sendall(header_from("2001:db8::7", b"t" * 500))
            with wrap(bare) as peer:
                peer.sendall(opens(cookie, server.port))
                check(peer.recv(4096).startswith(b"HTTP/1.1 101 "), "wss")
                server.wait_for_log("open .*peer=2001:db8::7$")
        with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as bare:
            try:
                wrap(bare)
                check(False, "TLS without a header")
            except (ssl.SSLError, OSError):
                pass
        is_not_heard(server, GET, "no PROXY header")


@case("with trusted proxies named, others are not heard")
def _():
    with Server("--trusted-proxy", "10.0.0.0/8", env={"CHATD_PROXY_PROTOCOL": "on"}) as server:
        is_not_heard(server, header_from("203.0.113.9") + GET, "no trusted proxy")
    with Server("--trusted-proxy", "127.0.0.0/8", "--proxy-protocol", "on") as server:
        check(server.exchange(header_from("203.0.113.9") + GET).startswith(b"HTTP/1.1 200 "), "trusted")


@case("off, as it is by default, a header is a bad request")
def _():
    with Server() as server:
        check(server.exchange(header_from("203.0.113.9") + GET).startswith(b"HTTP/1.1 400 "), "off")


main("--proxy-protocol", "on")
