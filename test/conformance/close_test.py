"""RFC 6455, 5.5.1 and 7: the close handshake, its codes and reasons, and limits on messages."""

import struct

from echo_server import PLAIN_AND_DEFLATED, case, main
from wire import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame)

VALID = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999,
         4000, 4999)
INVALID = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 5001, 65535)
LIMIT = 64 << 20


@case("5.5.1: a close without a payload is answered by one without a payload")
def _(server):
    with server.open() as client:
        client.expect_refusal(close_frame(), None)


@case("5.5.1: a close of one byte is refused")
def _(server):
    with server.open() as client:
        client.expect_refusal(frame(CLOSE, b"\x03"), 1002)


for code in VALID:
    @case(f"7.4: a close with {code} is answered with {code}")
    def _(server, code=code):
        for reason in (b"", b"because", b"*" * 122, b"*" * 123):
            with server.open() as client:
                client.expect_refusal(close_frame(code, reason), code)
        with server.open() as client:
            client.send(close_frame(code, b"because"), chop=1)
            client.expect_close(code)

for code in INVALID:
    @case(f"7.4: a close with {code} is refused")
    def _(server, code=code):
        for reason in (b"", b"because", b"*" * 123):
            with server.open() as client:
                client.expect_refusal(close_frame(code, reason), 1002)

for reason in (b"\xff", b"\xc3", "κόσμε".encode() + b"\xed\xa0\x80edited", b"*" * 122 + b"\xc3"):
    @case(f"5.5.1: the reason {reason!r} is no text")
    def _(server, reason=reason):
        with server.open() as client:
            client.expect_refusal(close_frame(1000, reason), 1007)


@case("5.5.1: a reason of UTF-8 is taken")
def _(server):
    with server.open() as client:
        client.expect_refusal(close_frame(1000, ("聊" * 41).encode()), 1000)


@case("5.5: a close of 126 bytes is refused")
def _(server):
    with server.open() as client:
        client.expect_refusal(close_frame(1000, b"*" * 124), 1002)


for what, behind in (("a ping", frame(PING, b"?")), ("a text", frame(TEXT, b"hello")),
                     ("a second close", close_frame(1001)), ("nonsense", b"\xff" * 1000),
                     ("a megabyte", frame(BINARY, bytes(1 << 20))),
                     ("half a frame", frame(TEXT, b"hello")[:4])):
    @case(f"5.5.1: {what} behind a close is not answered")
    def _(server, behind=behind):
        with server.open() as client:
            client.expect_refusal(close_frame(1000) + behind, 1000)
        with server.open() as client:
            client.send(close_frame(1000))
            client.send(behind, chop=1 if len(behind) < 2000 else None)
            client.expect_close(1000)

    @case(f"7.1.7: {what} behind a violation is not answered")
    def _(server, behind=behind):
        with server.open() as client:
            client.expect_refusal(frame(3) + behind, 1002)


@case("5.5.1: what was said before a close is echoed before it")
def _(server):
    with server.open() as client:
        client.send(frame(TEXT, b"one") + frame(TEXT, b"two") + frame(PING, b"3") + close_frame(1000))
        client.expect_message(TEXT, b"one")
        client.expect_message(TEXT, b"two")
        client.expect_frame(PONG, b"3")
        client.expect_close(1000)


@case("5.5.1: a message of 256 KiB before a close is echoed whole")
def _(server):
    with server.open() as client:
        payload = bytes(range(256)) * 1024
        client.send(frame(BINARY, payload) + close_frame(1000))
        client.expect_message(BINARY, payload)
        client.expect_close(1000)


@case("5.5.1: a close between fragments, then their rest")
def _(server):
    with server.open() as client:
        client.send(frame(TEXT, b"one", fin=False) + close_frame(4999, b"enough") +
                    frame(CONTINUATION, b"two"))
        client.expect_close(4999)


@case("7.1.1: who ends without a close is let go")
def _(server):
    if server.tls is not None:
        return  # Python's ssl cannot end one direction alone.
    for data in (b"", frame(TEXT, b"one")[:3], frame(TEXT, b"one", fin=False)):
        with server.open() as client:
            client.send(data)
            client.end()
            while (got := client.take_frame()) is not None:
                assert got[2] == CLOSE, got


@case("7.1.1: the server closes TCP though the client keeps it open")
def _(server):
    with server.open() as client:
        client.expect_refusal(close_frame(1000), 1000)
        client.expect_end()


# --- 7.4.1: too big -------------------------------------------------------------------------------


@case("7.4.1: a frame above the limit is refused by its header alone")
def _(server):
    for announced in (LIMIT + 1, 1 << 32, (1 << 63) - 1):
        for opcode in (TEXT, BINARY):
            with server.open() as client:
                header = frame(opcode, wide=8, announced=announced)
                client.send(header[:-1], chop=1)
                client.expect_nothing(0.02)
                client.expect_refusal(header[-1:], 1009)


@case("7.4.1: a frame of the limit is not refused by its header")
def _(server):
    with server.open() as client:
        client.send(struct.pack("!BBQI", 0x82, 0xFF, LIMIT, 0) + b"and so on")
        client.expect_nothing()


@case("7.4.1: fragments that come to more than the limit are refused by the header that says so")
def _(server):
    with server.open() as client:
        client.send(frame(BINARY, b"*" * 100, fin=False))
        client.expect_refusal(frame(CONTINUATION, wide=8, announced=LIMIT - 99), 1009)


@case("7.4.1: a reserved opcode is a violation, however much it announces")
def _(server):
    with server.open() as client:
        client.expect_refusal(frame(3, wide=8, announced=LIMIT + 1), 1002)


main(PLAIN_AND_DEFLATED, over_tls=True)
