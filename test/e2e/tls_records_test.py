#!/usr/bin/python3
"""What a tick has to send leaves in as few TLS records as it fits into, seen on the wire."""

import http.client
import os
import ssl
import sys

from chatd_server import DEADLINE, ROOT, Server, case, check, equal, main
from tls_tap import Tap, make_certificate

sys.path.insert(0, str(ROOT / "test/conformance"))
from wire import TEXT, frame  # noqa: E402  pylint: disable=wrong-import-position

CERTIFICATE, KEY = make_certificate()
RECORD = 1 << 14  # RFC 8446, 5.1: no record holds more


def context_of(version):
    context = ssl.create_default_context(cafile=CERTIFICATE)
    context.minimum_version = context.maximum_version = version
    return context


def log_in(server, nickname, context):
    client = http.client.HTTPSConnection("localhost", server.port, timeout=DEADLINE, context=context)
    client.request("POST", "/login", f"nickname={nickname}",
                   {"Content-Type": "application/x-www-form-urlencoded"})
    answer = client.getresponse()
    equal(answer.status, 303)
    client.close()
    return answer.headers["Set-Cookie"].split(";")[0]


def enter(server, nickname, context):
    cookie = log_in(server, nickname, context)
    member = Tap(server.port, context)
    member.send("\r\n".join([
        "GET /chat HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Cookie: {cookie}", "", ""]).encode())
    check(member.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 "), "no upgrade")
    return member


for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    @case(f"50 messages of one tick are one record for each who hears them ({version.name})")
    def _(server, version=version):
        context = context_of(version)
        name = version.name[-1]
        with enter(server, "Ana" + name, context) as ana, \
                enter(server, "Ben" + name, context) as ben, \
                enter(server, "Cem" + name, context) as cem:
            for member in (ana, ben):
                member.read_until(f"~~~Cem{name}进入了聊天室~~~".encode())
            ben.forget()
            cem.forget()
            # In one segment, so that the server reads them all in one tick.
            ana.send(b"".join(frame(TEXT, b"message %d." % i) for i in range(50)))
            for member in (ben, cem):
                heard = member.read_until(b"message 49.")
                equal(heard.count(b"message "), 50)
                equal(len(member.records), 1, f"records for 50 messages: {member.records}")

    @case(f"what does not fit into a record fills those before the last ({version.name})")
    def _(server, version=version):
        context = context_of(version)
        name = version.name[-1]
        with enter(server, "Dan" + name, context) as dan, \
                enter(server, "Eva" + name, context) as eva:
            dan.read_until(f"~~~Eva{name}进入了聊天室~~~".encode())
            eva.forget()
            # Random, so that it is known by its sizes alone; one message, and so of one tick.
            text = os.urandom(20_000).hex().encode()
            dan.send(frame(TEXT, text[:3 * RECORD // 2]))
            eva.read_until(text[3 * RECORD // 2 - 32:3 * RECORD // 2])
            equal(len(eva.records), 2, f"{eva.records}")
            check(eva.records[0] >= RECORD > eva.records[1], f"{eva.records}")


main("--workers", "1", "--tls-cert", CERTIFICATE, "--tls-key", KEY)
