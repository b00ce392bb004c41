"""RFC 6455, 5.1 to 5.6: lengths, masks, reserved bits, opcodes, pings, fragments."""

import os

from echo_server import PLAIN, PLAIN_AND_DEFLATED, case, main
from wire import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, fragments, frame, pieces_of)

LENGTHS = (0, 1, 2, 63, 64, 124, 125, 126, 127, 128, 255, 256, 65533, 65534, 65535, 65536, 65537,
           131072)


def echoes(name, opcode, payload, chop=None):
    @case(name)
    def _(server):
        with server.open() as client:
            client.send(frame(opcode, payload), chop)
            client.expect_message(opcode, payload)
            client.expect_alive()


for size in LENGTHS:
    echoes(f"5.2: a text of {size} bytes comes back", TEXT, b"*" * size)
    echoes(f"5.2: {size} random bytes come back", BINARY, os.urandom(size))
    echoes(f"5.2: {size} bytes come back, sent in chops of 997", BINARY, b"\xfe" * size, 997)
for size in (0, 1, 125, 126, 1000):
    echoes(f"5.2: a text of {size} bytes comes back, sent byte by byte", TEXT, b"*" * size, 1)


def refused(name, data, code=1002):
    """Whole, byte by byte, and behind a message that is answered as ever."""
    def whole(server):
        with server.open() as client:
            client.expect_refusal(data, code)

    def in_bytes(server):
        with server.open() as client:
            client.send(data, chop=1)
            client.expect_close(code)

    def behind(server):
        with server.open() as client:
            client.send(frame(TEXT, b"before") + data + frame(TEXT, b"after") + frame(PING, b"?"))
            client.expect_message(TEXT, b"before")
            client.expect_close(code)

    case(name)(whole)
    case(name + ", byte by byte")(in_bytes)
    case(name + ", between two messages")(behind)


# --- 5.2: what a header must not say --------------------------------------------------------------

for wide, size in ((2, 0), (2, 125), (8, 0), (8, 125), (8, 126), (8, 65535)):
    refused(f"5.2: a length of {size} in {wide} bytes is refused",
            frame(TEXT, b"x" * size, wide=wide))
refused("5.2: a length with the top bit set is refused",
        frame(BINARY, b"", wide=8, announced=1 << 63))
refused("5.1: a text without a mask is refused", frame(TEXT, b"hello", mask=None))
refused("5.1: an empty text without a mask is refused", frame(TEXT, b"", mask=None))
refused("5.1: a ping without a mask is refused", frame(PING, b"hello", mask=None))
refused("5.1: a close without a mask is refused", frame(CLOSE, b"\x03\xe8", mask=None))
for rsv in (1, 2, 3, 5, 6, 7):
    for opcode in (TEXT, BINARY, CLOSE, PING, PONG):
        refused(f"5.2: reserved bits {rsv:03b} in opcode {opcode:X} are refused",
                frame(opcode, b"", rsv=rsv))
for opcode in (CLOSE, PING, PONG, CONTINUATION):
    refused(f"5.2: RSV1 in opcode {opcode:X} is refused", frame(opcode, b"", rsv=4))
for opcode in (3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF):
    refused(f"5.2: the reserved opcode {opcode:X} is refused", frame(opcode, b""))
    refused(f"5.2: the reserved opcode {opcode:X} with a payload is refused", frame(opcode, b"*" * 9))


@case("5.2: RSV1 in a text is refused where nobody agreed on an extension")
def _(server):
    with server.open(offer=PLAIN) as client:
        client.expect_refusal(frame(TEXT, b"hello", rsv=4), 1002)


# --- 5.3: masks -----------------------------------------------------------------------------------

for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04", b"\0\0\0\x80"):
    @case(f"5.3: the mask {mask.hex()} comes off")
    def _(server, mask=mask):
        with server.open() as client:
            for size in (1, 2, 3, 4, 5, 31, 32, 33, 1000):
                payload = os.urandom(size)
                client.send(frame(BINARY, payload, mask=mask), chop=7)
                client.expect_message(BINARY, payload)

# --- 5.5: control frames --------------------------------------------------------------------------

for size in (0, 1, 124, 125):
    for chop in (None, 1):
        @case(f"5.5.2: a ping of {size} bytes is answered" + (", byte by byte" if chop else ""))
        def _(server, size=size, chop=chop):
            with server.open() as client:
                payload = os.urandom(size)
                client.send(frame(PING, payload), chop)
                client.expect_frame(PONG, payload)
                client.expect_alive()

for opcode in (CLOSE, PING, PONG):
    for size in (126, 65536):
        refused(f"5.5: opcode {opcode:X} with {size} bytes is refused",
                frame(opcode, b"\x03\xe8" + b"*" * (size - 2)))
    refused(f"5.5: opcode {opcode:X} in fragments is refused", frame(opcode, b"", fin=False))


@case("5.5: a control frame that announces 126 bytes is refused by its second byte")
def _(server):
    with server.open() as client:
        client.expect_refusal(frame(PING, b"*" * 126)[:2], 1002)


@case("5.5.2: ten pings are answered in their order")
def _(server):
    with server.open() as client:
        client.send(b"".join(frame(PING, b"payload %d" % i) for i in range(10)), chop=3)
        for i in range(10):
            client.expect_frame(PONG, b"payload %d" % i)


@case("5.5.3: pongs that nobody asked for are not answered")
def _(server):
    with server.open() as client:
        client.send(frame(PONG) + frame(PONG, b"unsolicited") + frame(PING, b"ping"))
        client.expect_frame(PONG, b"ping")
        client.expect_alive()


# --- 5.4: fragments -------------------------------------------------------------------------------

for opcode in (TEXT, BINARY):
    for count in (2, 3, 10, 100):
        for chop in (None, 1):
            @case(f"5.4: opcode {opcode} in {count} fragments" + (", byte by byte" if chop else ""))
            def _(server, opcode=opcode, count=count, chop=chop):
                with server.open() as client:
                    pieces = [b"fragment %d" % i for i in range(count)]
                    client.send(b"".join(fragments(opcode, pieces)), chop)
                    client.expect_message(opcode, b"".join(pieces))
                    client.expect_alive()


@case("5.4: fragments may be empty")
def _(server):
    with server.open() as client:
        for pieces in ([b"", b""], [b"", b"", b""], [b"", b"middle", b""], [b"a", b"", b"b"]):
            client.send(b"".join(fragments(TEXT, pieces)))
            client.expect_message(TEXT, b"".join(pieces))


@case("5.4: a ping between two fragments is answered at once")
def _(server):
    with server.open() as client:
        first, second = fragments(TEXT, [b"one", b"two"])
        client.send(first + frame(PING, b"between"))
        client.expect_frame(PONG, b"between")
        client.send(second)
        client.expect_message(TEXT, b"onetwo")


@case("5.4: pings between any two fragments do not disturb the message")
def _(server):
    with server.open() as client:
        frames = fragments(BINARY, pieces_of(bytes(range(100)), 10))
        client.send(b"".join(one + frame(PING, b"p") + frame(PONG, b"q") for one in frames), chop=1)
        for _ in range(9):
            client.expect_frame(PONG, b"p")
        client.expect_message(BINARY, bytes(range(100)))
        client.expect_frame(PONG, b"p")


@case("5.5: a close between two fragments is answered, and the message forgotten")
def _(server):
    with server.open() as client:
        client.send(frame(TEXT, b"one", fin=False) + frame(CLOSE, b"\x03\xe8"))
        client.expect_close(1000, b"")


for fin in (True, False):
    for payload in (b"", b"nothing to continue"):
        what = ("final" if fin else "further") + (" empty" if not payload else "")
        refused(f"5.4: a {what} continuation of nothing is refused",
                frame(CONTINUATION, payload, fin=fin))
    for kind in (TEXT, BINARY):
        refused(f"5.4: opcode {kind}, fin {int(fin)}, within a fragmented message is refused",
                frame(TEXT, b"one", fin=False) + frame(kind, b"two", fin=fin))


@case("5.4: a continuation behind a whole message is refused")
def _(server):
    with server.open() as client:
        client.send(b"".join(fragments(TEXT, [b"a", b"b"])))
        client.expect_message(TEXT, b"ab")
        client.expect_refusal(frame(CONTINUATION, b"c"), 1002)


main(PLAIN_AND_DEFLATED, over_tls=True)
