#!/usr/bin/python3
"""What a peer may not send, and the close code that tells it; what it may, however odd."""

import asyncio
import struct

from chat_member import Member, RawMember, enter_all, entered, frame, left
from chatd_server import Server, case, check, equal, main

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
LARGEST = 65_536  # the default of --max-message-bytes

count = 0


def member(server, **options):
    global count
    count += 1
    return RawMember(server, server.login(f"raw {count}"), **options)


def closes_with(server, code, *sent, stop=False):
    """Whether that gets this close code, and then the end of the stream."""
    raw = member(server)
    for data in sent:
        raw.send_bytes(data)
    if stop:
        raw.stop()
    equal(raw.close_code(), code, f"after {[data[:40] for data in sent]}")
    raw.close()


def close_payload(code, reason=b""):
    return struct.pack(">H", code) + reason


@case("binary is 1003")
async def _():
    async with Server() as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        await ben.say(b"\x00\x01")
        equal((await ben.closed_with())[0], 1003)
        await ana.hears(left("Ben"))


@case("the largest message is a message, a byte more is 1009")
async def _():
    async with Server("--leave-delay", 0) as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        await ben.say("x" * LARGEST)
        await ana.hears("Ben说:" + "x" * LARGEST)
        await ben.say(["x" * (LARGEST // 2)] * 2)
        await ana.hears("Ben说:" + "x" * LARGEST)
        await ben.say("x" * (LARGEST + 1))
        equal((await ben.closed_with())[0], 1009)
        await ana.hears(left("Ben"))
        cy = await Member.join(server, "Cy")
        await ana.hears(entered("Cy"))
        await cy.say(["x" * LARGEST, "x"])
        equal((await cy.closed_with())[0], 1009)
        await ana.hears(left("Cy"))


@case("a length that is too large is refused before its bytes come")
def _(server):
    for length in (LARGEST + 1, 1 << 31, (1 << 63) - 1):
        closes_with(server, 1009, struct.pack(">BBQI", 0x81, 0x80 | 127, length, 0))
    with Server("--max-message-bytes", 100) as small:
        closes_with(small, 1009, frame(TEXT, b"x" * 101))
        closes_with(small, 1009, frame(TEXT, b"x" * 99, fin=False), frame(0, b"xx", fin=False))
        closes_with(small, 1000, frame(TEXT, b"x" * 100), frame(CLOSE, close_payload(1000)))


@case("text that is not UTF-8 is 1007")
def _(server):
    for bad in (b"\xff", b"a\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
                b"\xf8\x88\x80\x80\x80", b"\xe4\xbd"):
        closes_with(server, 1007, frame(TEXT, b"ok" + bad))
        closes_with(server, 1007, frame(TEXT, b"ok", fin=False), frame(0, bad))
    # At once, not at the end of the message.
    closes_with(server, 1007, frame(TEXT, b"ok\xff", fin=False))
    # The character is cut by the end of the message, not by that of the fragment.
    closes_with(server, 1007, frame(TEXT, b"\xe4\xbd", fin=False), frame(0, b""))


@case("frames that break the rules are 1002")
def _(server):
    broken = {
        "not masked": [frame(TEXT, b"x", masked=False)],
        "not masked, and empty": [frame(TEXT, b"", masked=False)],
        "RSV1": [frame(TEXT, b"x", rsv=4)], "RSV2": [frame(TEXT, b"x", rsv=2)],
        "RSV3": [frame(PING, b"x", rsv=1)],
        "opcode 3": [frame(0x3, b"x")], "opcode B": [frame(0xB, b"x")],
        "a fragmented ping": [frame(PING, b"x", fin=False)],
        "a long ping": [frame(PING, b"x" * 126)],
        "a continuation of nothing": [frame(0, b"x")],
        "a text within a text": [frame(TEXT, b"x", fin=False), frame(TEXT, b"y")],
        "a length not in its shortest form": [struct.pack(">BBHI", 0x81, 0x80 | 126, 5, 0) + b"xxxxx"],
        "a length of 64 bits and a sign": [struct.pack(">BBQI", 0x81, 0x80 | 127, 1 << 63, 0)],
        "a close of one byte": [frame(CLOSE, b"x")],
        "a close with 1005": [frame(CLOSE, close_payload(1005))],
        "a close with 1006": [frame(CLOSE, close_payload(1006))],
        "a close with 999": [frame(CLOSE, close_payload(999))],
        "a close with 5000": [frame(CLOSE, close_payload(5000))],
    }
    for what, frames in broken.items():
        raw = member(server)
        for data in frames:
            raw.send_bytes(data)
        equal(raw.close_code(), 1002, what)
        raw.close()
    closes_with(server, 1007, frame(CLOSE, close_payload(1000, b"\xff")))


@case("a close is answered with its own code, and the connection ends")
def _(server):
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999):
        closes_with(server, code, frame(CLOSE, close_payload(code, "bye 再见".encode())))
    closes_with(server, 1005, frame(CLOSE))
    # What is said behind a close is not heard.
    closes_with(server, 1000, frame(CLOSE, close_payload(1000)) + frame(TEXT, b"\xff") + b"rubbish")


@case("a ping is answered with its own words, also a hundred of them")
def _(server):
    raw = member(server)
    for payload in (b"", b"ping", bytes(range(125))):
        raw.send_frame(PING, payload)
        equal(raw.frame(), (PONG, payload))
    raw.send_bytes(b"".join(frame(PING, str(number).encode()) for number in range(100)))
    for number in range(100):
        equal(raw.frame(), (PONG, str(number).encode()))
    raw.send_frame(PONG, b"nobody asked")
    raw.send_frame(PING, b"still here")
    equal(raw.frame(), (PONG, b"still here"))
    raw.close()


@case("who is silent is pinged, and who does not answer is given up")
async def _():
    async with Server("--ping-interval", 0.2, "--ping-timeout", 0.3, "--leave-delay", 0) as server:
        ana = await Member.join(server, "Ana", ping_interval=None)
        cookie = await asyncio.to_thread(server.login, "Mute")
        mute = RawMember(server, cookie)
        await ana.hears(entered("Mute"))
        got = await asyncio.to_thread(mute.frame)
        equal(got[0], PING)
        mute.send_frame(PONG, got[1])
        got = await asyncio.to_thread(mute.frame)
        equal(got[0], PING, "pinged again, because it answered")
        # And now not a word.
        await ana.hears(left("Mute"))
        mute.close()


@case("frames that come byte by byte, or all at once, are the same frames")
async def _():
    async with Server() as server:
        ana, = await enter_all(server, "Ana")
        cookie = await asyncio.to_thread(server.login, "Drip")
        raw = RawMember(server, cookie)
        await ana.hears(entered("Drip"))
        said = [b"", b"a", "字".encode(), b"x" * 126, b"y" * 300]
        for payload in said:
            for byte in frame(TEXT, payload):
                raw.send_bytes(bytes([byte]))
        raw.send_bytes(b"".join(frame(TEXT, payload) for payload in said))
        await ana.hears(*["Drip说:" + payload.decode() for payload in said * 2])
        raw.close()


@case("what is sent right behind the handshake, in one piece with it, is heard")
async def _():
    async with Server() as server:
        ana, = await enter_all(server, "Ana")
        cookie = await asyncio.to_thread(server.login, "Hasty")
        with server.connect() as peer:
            peer.sendall((f"GET /chat HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                          "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          f"Cookie: {cookie}\r\n\r\n").encode() + frame(TEXT, b"first!"))
            await ana.hears(entered("Hasty"), "Hasty说:first!")


@case("the handshake is RFC 6455's, and a bad one is refused")
def _(server):
    raw = member(server)
    equal(raw.status, 101)
    equal(raw.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    equal(raw.headers["upgrade"].lower(), "websocket")
    equal(raw.headers["connection"].lower(), "upgrade")
    check("sec-websocket-extensions" not in raw.headers, "an extension that nobody offered")
    raw.close()
    cookie = server.login("Shaker")

    def status(*, method="GET", version="HTTP/1.1", **changed):
        fields = {"Host": f"127.0.0.1:{server.port}", "Upgrade": "websocket",
                  "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Cookie": cookie}
        fields.update((name.replace("_", "-"), value) for name, value in changed.items())
        text = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
        with server.connect() as peer:
            peer.sendall(f"{method} /chat {version}\r\n{text}\r\n".encode())
            return int(peer.recv(65536).split(b" ")[1])

    equal(status(), 101)
    equal(status(Upgrade="WebSocket", Connection="keep-alive, upgrade"), 101)
    equal(status(Sec_WebSocket_Version="8"), 426)
    equal(status(Sec_WebSocket_Version=None), 400)
    equal(status(Sec_WebSocket_Key=None), 400)
    equal(status(Sec_WebSocket_Key="c2hvcnQ="), 400)
    equal(status(Connection="keep-alive"), 400)
    equal(status(method="POST"), 405)
    equal(status(version="HTTP/1.0"), 400)
    equal(status(Upgrade="h2c"), 200, "another upgrade is the page")


main()
