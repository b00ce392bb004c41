"""RFC 7692: what is agreed on, messages with and without context takeover, what is corrupt."""

import itertools
import os
import random
import zlib

from echo_server import DEFLATED, case, main
from wire import (BINARY, CONTINUATION, END_OF_MESSAGE, PING, PONG, TEXT, check, equal, fragments,
                  frame, pieces_of)

NAME = "permessage-deflate"
WORDS = "the quick brown fox 敏捷的棕色狐狸 jumps over the lazy dog ".split(" ")
RANDOM = random.Random(7692)


def prose(size):
    words = " ".join(RANDOM.choices(WORDS, k=size // 3 + 1)).encode()
    return words[:size].decode(errors="ignore").encode()


def rsv1(payload, opcode=TEXT, fin=True):
    return frame(opcode, payload, fin=fin, rsv=4)


# --- 5.1 and 7.1: offers --------------------------------------------------------------------------

ACCEPTED = {
    NAME: {},
    f" {NAME} ": {},
    f"{NAME}; client_max_window_bits": {},
    f"{NAME};client_max_window_bits=15": {},
    f"{NAME}; server_no_context_takeover": {"server_no_context_takeover": ""},
    f"{NAME}; client_no_context_takeover": {"client_no_context_takeover": ""},
    f"{NAME}; server_no_context_takeover; client_no_context_takeover":
        {"server_no_context_takeover": "", "client_no_context_takeover": ""},
    f"{NAME}; server_max_window_bits=15": {"server_max_window_bits": "15"},
    f"{NAME}; server_max_window_bits=9": {"server_max_window_bits": "9"},
    f'{NAME}; server_max_window_bits="10"': {"server_max_window_bits": "10"},
    f"{NAME} ; server_max_window_bits = 12 ;client_max_window_bits": {"server_max_window_bits": "12"},
    # What is not understood is passed over, also before it.
    f"x-webkit-deflate-frame, {NAME}": {},
    f"foo; bar=1, {NAME}; server_no_context_takeover, {NAME}": {"server_no_context_takeover": ""},
    f"{NAME}; server_max_window_bits=99, {NAME}; client_no_context_takeover":
        {"client_no_context_takeover": ""},
    f'foo; bar="a, b", {NAME}': {},
    f", ,{NAME},": {},
}
for offer, wanted in ACCEPTED.items():
    @case(f"7692 7.1: accepted: {offer}")
    def _(server, offer=offer, wanted=wanted):
        with server.open(offer) as client:
            got = client.params
            check(got is not None, f"declined: {client.head}")
            # More than was asked for the server may always promise, and a hinted window always tell.
            extra = {key: value for key, value in got.items() if key not in wanted}
            check(all(key in ("server_no_context_takeover", "client_no_context_takeover") or
                      (key == "client_max_window_bits" and key in offer) for key in extra),
                  f"not asked for: {extra}")
            equal({key: got.get(key) for key in wanted}, wanted, "the answer")
            message = prose(1000)
            client.send(rsv1(client.deflated(message)))
            client.expect_message(TEXT, message)

DECLINED = [
    "", "permessage-deflat", "deflate-frame", "permessage-bzip2", f"{NAME}; unknown",
    f"{NAME}; unknown=1", f"{NAME}; server_no_context_takeover=1",
    f"{NAME}; client_no_context_takeover=true",
    f"{NAME}; server_no_context_takeover; server_no_context_takeover",
    f"{NAME}; client_no_context_takeover; client_no_context_takeover",
    f"{NAME}; client_max_window_bits; client_max_window_bits=10",
    f"{NAME}; server_max_window_bits=10; server_max_window_bits=10",
    f"{NAME}; server_max_window_bits", f"{NAME}; server_max_window_bits=",
    *(f"{NAME}; {side}_max_window_bits={bits}" for side in ("server", "client")
      for bits in ("7", "16", "08", "+9", "-9", "1e1", "0", "010", "99999999999999999999", '""', "x")),
]
for offer in DECLINED:
    @case(f"7692 7.1: declined without failing the handshake: {offer!r}")
    def _(server, offer=offer):
        with server.open(offer) as client:
            check(client.params is None, f"accepted: {client.params}")
            client.expect_alive()
            client.expect_refusal(rsv1(b"hello"), 1002)


@case("7692 5.1: offers on two lines")
def _(server):
    line = b"Sec-WebSocket-Extensions: " + NAME.encode() + b"; client_max_window_bits"
    with server.open("x-unknown", headers=[line]) as client:
        check(client.params is not None, "declined")


@case("7692 7.1.2.1: a server window of 8 is declined or kept")
def _(server):
    with server.open(f"{NAME}; server_max_window_bits=8") as client:
        check(client.params in (None, {"server_max_window_bits": "8"}), f"{client.params}")
        client.expect_alive()


# --- 7.2: messages --------------------------------------------------------------------------------

TAKEOVERS = ["", "; server_no_context_takeover", "; client_no_context_takeover",
             "; server_no_context_takeover; client_no_context_takeover"]
OFFERS = [NAME + takeover for takeover in TAKEOVERS]
OFFERS += [f"{NAME}; client_max_window_bits={own}; server_max_window_bits={peers}{takeover}"
           for own, peers in ((9, 9), (10, 12), (12, 10), (14, 11), (15, 15), (9, 15), (15, 9), (11, 13))
           for takeover in (TAKEOVERS[0], TAKEOVERS[3])]
for offer in OFFERS:
    @case(f"7692 7.2: messages of all sizes with {offer}")
    def _(server, offer=offer):
        with server.open(offer) as client:
            for size in (0, 1, 5, 16, 63, 64, 65, 127, 1000, 4096, 32768, 65536, 131072, 1 << 20, 64):
                text, noise = prose(size), RANDOM.randbytes(size)
                client.send(rsv1(client.deflated(text)) + rsv1(client.deflated(noise), BINARY))
                client.expect_message(TEXT, text)
                client.expect_message(BINARY, noise)

    @case(f"7692 6.1: fragments and chops with {offer}")
    def _(server, offer=offer):
        with server.open(offer) as client:
            for size, chop in itertools.product((1, 2, 7, 100, 4096), (None, 1, 13)):
                text = prose(3000)
                first, *rest = fragments(TEXT, pieces_of(client.deflated(text), size))
                first = bytes([first[0] | 0x40]) + first[1:]
                client.send(first + frame(PING, b"p") + b"".join(rest), chop)
                if rest:
                    client.expect_frame(PONG, b"p")
                    client.expect_message(TEXT, text)
                else:
                    client.expect_message(TEXT, text)
                    client.expect_frame(PONG, b"p")


@case("7692 7.2: 300 alike messages with takeover, deflated and not by turns")
def _(server):
    with server.open(DEFLATED) as client:
        for i in range(300):
            text = b"the same words over and over again %d" % (i % 7) * 3
            client.send(rsv1(client.deflated(text)) if i % 3 else frame(TEXT, text))
            client.expect_message(TEXT, text)


EMPTY = {"one stored block": b"\0", "one fixed block": b"\x02\0"}
for what, payload in EMPTY.items():
    @case(f"7692 7.2.3.6: an empty message as {what}")
    def _(server, payload=payload):
        with server.open(DEFLATED) as client:
            client.send(rsv1(payload))
            client.expect_message(TEXT, b"")
            client.expect_alive()


EXAMPLES = {  # of RFC 7692, 7.2.3
    "7.2.3.1, one block": bytes.fromhex("f248cdc9c90700"),
    "7.2.3.3, a block without compression": bytes.fromhex("000500faff48656c6c6f00"),
    "7.2.3.4, a final block": bytes.fromhex("f348cdc9c9070000"),
    "7.2.3.5, two blocks": bytes.fromhex("f248050000 00ffffcac9c90700"),
}
for what, payload in EXAMPLES.items():
    @case(f"7692 {what}: Hello")
    def _(server, payload=payload):
        with server.open(DEFLATED) as client:
            client.send(rsv1(payload))
            client.expect_message(TEXT, b"Hello")
            client.send(rsv1(payload[:3], fin=False) + frame(CONTINUATION, payload[3:]), chop=1)
            client.expect_message(TEXT, b"Hello")
            client.expect_alive()


@case("7692 7.2.3.2: the second Hello refers to the first")
def _(server):
    with server.open(DEFLATED) as client:
        for payload in ("f248cdc9c90700", "f200110000"):
            client.send(rsv1(bytes.fromhex(payload)))
            client.expect_message(TEXT, b"Hello")


# --- What is wrong --------------------------------------------------------------------------------

for what, data in {
        "a ping": frame(PING, b"", rsv=4), "a close": frame(8, b"", rsv=4),
        "a continuation": rsv1(b"\xf2\x48", fin=False) + frame(CONTINUATION, b"\0", rsv=4),
        "a plain message's continuation": frame(TEXT, b"a", fin=False) + frame(CONTINUATION, rsv=4),
        "RSV1 and RSV2 in a text": frame(TEXT, b"\0", rsv=6)}.items():
    @case(f"7692 6: RSV1 is refused: {what}")
    def _(server, data=data):
        with server.open(DEFLATED) as client:
            client.expect_refusal(data, 1002)

CORRUPT = [b"", b"\xff\xff\xff\xff", b"\x07\x00", b"\x00\x05\x00\x00\x00Hello", b"\x06\x01\x02", b"\xed\xfd",
           # Refers to what never was.
           bytes.fromhex("f200110000"),
           # Ends within a block.
           bytes.fromhex("f248cd"), b"\x00\xff\xff\x00\x00Hello"]
for payload in CORRUPT:
    @case(f"7692 7.2.2: {payload.hex()} cannot be inflated: 1007")
    def _(server, payload=payload):
        for data in (rsv1(payload, BINARY), rsv1(payload, BINARY, fin=False) + frame(CONTINUATION)):
            for chop in (None, 1):
                with server.open(DEFLATED) as client:
                    client.send(data, chop)
                    client.expect_close(1007)


@case("7692 7.1.1.2: who agreed to no takeover and refers back cannot be inflated")
def _(server):
    with server.open(f"{NAME}; client_no_context_takeover") as client:
        client.send(rsv1(bytes.fromhex("f248cdc9c90700")))
        client.expect_message(TEXT, b"Hello")
        client.expect_refusal(rsv1(bytes.fromhex("f200110000")), 1007)


@case("7692 and 6455 8.1: a deflated text that is no UTF-8 fails before it is complete")
def _(server):
    with server.open(DEFLATED) as client:
        client.expect_refusal(rsv1(client.deflated(b"good \xff bad" * 10)), 1007)
    with server.open(DEFLATED) as client:
        deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
        flushed = deflater.compress(b"good \xed\xa0\x80 bad") + deflater.flush(zlib.Z_SYNC_FLUSH)
        client.expect_refusal(rsv1(flushed, fin=False), 1007)


@case("7692 7.2.2: random bytes are a message or 1007, and never anything else")
def _(server):
    for _ in range(100):
        with server.open(DEFLATED) as client:
            client.send(rsv1(RANDOM.randbytes(RANDOM.randrange(1, 60)), BINARY))
            one = client.take_frame()
            check(one is not None and (one[2] == BINARY or one[3][:2] == b"\x03\xef"), f"{one}")


# --- Bombs ----------------------------------------------------------------------------------------

LIMIT = 64 << 20


def bomb(size, end=True):
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    out = deflater.compress(bytes(size)) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return out[:-4] if end and out.endswith(END_OF_MESSAGE) else out


@case("7692 8: a small frame that inflates beyond the limit is told 1009")
def _(server):
    with server.open(DEFLATED) as client:
        client.expect_refusal(rsv1(bomb(LIMIT + 1), BINARY), 1009)


@case("7692 8: a bomb in fragments is told 1009 before its end")
def _(server):
    with server.open(DEFLATED) as client:
        first, *rest = [frame(CONTINUATION, one, fin=False)
                        for one in pieces_of(bomb(LIMIT + (1 << 20), end=False), 100)]
        first = bytes([0x42]) + first[1:]
        client.send(first + b"".join(rest))
        client.expect_close(1009)


@case("7692: noise does not fit the window, and comes back")
def _(server):
    with server.open(f"{NAME}; client_max_window_bits=9; server_max_window_bits=9") as client:
        noise = os.urandom(500) * 400
        client.send(rsv1(client.deflated(noise), BINARY))
        client.expect_message(BINARY, noise)


main(over_tls=True)
