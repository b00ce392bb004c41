"""RFC 6455, 5.4: large messages, in fragments and chops of every size; many small ones."""

import os

from echo_server import DEFLATED, PLAIN, case, main
from wire import BINARY, TEXT, fragments, frame, pieces_of

KIB, MIB = 1 << 10, 1 << 20
RANDOM = os.urandom(16 * MIB)
WORDS = ("The quick brown fox jumps over the lazy dog, 敏捷的棕色狐狸. ".encode() * 300_000)


def text_of(size):
    return WORDS[:size].decode(errors="ignore").encode()


for offer, suffix in ((PLAIN, ""), (DEFLATED, " (deflate agreed on)")):
    for size in (64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB):
        @case(f"5.4: {size // KIB} KiB come back as one frame{suffix}")
        def _(server, size=size, offer=offer):
            with server.open(offer) as client:
                client.send(frame(TEXT, text_of(size)))
                client.expect_message(TEXT, text_of(size))
                client.send(frame(BINARY, RANDOM[:size]))
                client.expect_message(BINARY, RANDOM[:size])

    for size in (64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB):
        @case(f"5.4: 4 MiB in fragments of {size} bytes come back{suffix}")
        def _(server, size=size, offer=offer):
            with server.open(offer) as client:
                for opcode, payload in ((TEXT, text_of(4 * MIB)), (BINARY, RANDOM[:4 * MIB])):
                    client.send(b"".join(fragments(opcode, pieces_of(payload, size))))
                    client.expect_message(opcode, payload)

    for chop in (64, 128, 256, 512, KIB, 2 * KIB):
        @case(f"5.2: a text of 1 MiB comes back, sent in chops of {chop} bytes{suffix}")
        def _(server, chop=chop, offer=offer):
            with server.open(offer) as client:
                client.send(frame(TEXT, text_of(MIB)), chop)
                client.expect_message(TEXT, text_of(MIB))

    for size in (0, 16, 64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB):
        @case(f"5.6: 500 messages of {size} bytes come back in their order{suffix}")
        def _(server, size=size, offer=offer):
            with server.open(offer) as client:
                messages = [text_of(size) + b" %d" % i for i in range(500)]
                client.send(b"".join(frame(TEXT, one) for one in messages))
                for one in messages:
                    client.expect_message(TEXT, one)


main(over_tls=True)
