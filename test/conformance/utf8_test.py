"""RFC 6455, 5.6 and 8.1: texts are UTF-8, and what is not fails at its first bad byte."""

import itertools

from echo_server import PLAIN_AND_DEFLATED, case, main
from wire import BINARY, CONTINUATION, PING, PONG, TEXT, fragments, frame, pieces_of

GREETING = "Hello-µ@ßöäüàá-UTF-8!!".encode()
GREEK = "κόσμε".encode()

VALID = [
    GREETING, GREEK, "小明进入了聊天室 🎉".encode(), b"\0", b"\x7f",
    *(chr(point).encode() for point in (
        0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF, 0xD7FF, 0xE000, 0xFFFD, 0xFEFF,
        # Noncharacters are characters here.
        0xFDD0, 0xFDEF, 0xFFFE, 0x1FFFE, 0x1FFFF, 0x2FFFE, 0x8FFFF, 0xFFFFE, 0xFFFFF, 0x10FFFE)),
]

INVALID = [
    GREEK + b"\xed\xa0\x80" + b"edited",  # a surrogate, in Autobahn's favourite words
    GREEK + b"\xf4\x90\x80\x80" + b"edited",
    # Bytes that never occur.
    b"\xc0", b"\xc1\xbf", b"\xf5", b"\xfe", b"\xff", b"\xfe\xfe\xff\xff",
    # Continuation bytes from nowhere.
    b"\x80", b"\xbf", b"\x80\xbf\x80", bytes(range(0x80, 0xC0)),
    # First bytes without what must follow.
    b"\xc3 ", b"\xe0 ", b"\xe0\xa0 ", b"\xf0 ", b"\xf0\x90 ", b"\xf0\x90\x80 ",
    *(bytes([first]) + b" " for first in range(0xC2, 0xF5, 5)),
    # Longer than it need be.
    b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf",
    b"\xfc\x80\x80\x80\x80\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf",
    b"\xf8\x87\xbf\xbf\xbf", b"\xfc\x83\xbf\xbf\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80",
    # Beyond Unicode.
    b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xf8\x88\x80\x80\x80", b"\xfb\xbf\xbf\xbf\xbf",
    b"\xfc\x84\x80\x80\x80\x80", b"\xfd\xbf\xbf\xbf\xbf\xbf",
    # Surrogates, alone and in pairs.
    b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xaf\xbf", b"\xed\xb0\x80",
    b"\xed\xbe\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80", b"\xed\xaf\xbf\xed\xbf\xbf",
]
# Good as far as they go, and not at the end of a message.
CUT_OFF = [b"\xc3", b"\xe0\xa0", b"\xe1\x80", b"\xf0\x90\x80", b"\xf1\x80", b"\xf4", b"\xf4\x8f\xbf",
           GREEK[:-1]]


def begins_a_text(start):
    """Whether something could follow that makes it UTF-8."""
    for count in range(4):
        for rest in itertools.product(b"\x80\x8f\x90\x9f\xa0\xbf", repeat=count):
            try:
                (start + bytes(rest)).decode()
                return True
            except UnicodeDecodeError:
                pass
    return False


def first_bad_byte(text):
    return next(at for at in range(len(text)) if not begins_a_text(text[:at + 1]))


assert first_bad_byte(b"\xed\xa0\x80") == 1 and first_bad_byte(b"\xf4\x90\x80\x80") == 1
assert first_bad_byte(b"\xf0\x8f\xbf\xbf") == 1 and first_bad_byte(b"\xc1\xbf") == 0


for text in VALID:
    @case(f"8.1: {text!r} is a text, however it is cut")
    def _(server, text=text):
        with server.open() as client:
            client.send(frame(TEXT, text))
            client.expect_message(TEXT, text)
            client.send(frame(TEXT, text), chop=1)
            client.expect_message(TEXT, text)
            client.send(b"".join(fragments(TEXT, pieces_of(text, 1))))
            client.expect_message(TEXT, text)
            client.send(b"".join(fragments(TEXT, pieces_of(text, 1))), chop=1)
            client.expect_message(TEXT, text)

for text in INVALID + CUT_OFF:
    @case(f"8.1: {text!r} is no text")
    def _(server, text=text):
        with server.open() as client:
            client.expect_refusal(frame(TEXT, text), 1007)
        with server.open() as client:
            client.send(frame(TEXT, text) + frame(TEXT, b"after") + frame(PING, b"?"), chop=1)
            client.expect_close(1007)

    @case(f"8.1: {text!r} is no text in fragments of a byte")
    def _(server, text=text):
        with server.open() as client:
            client.expect_refusal(b"".join(fragments(TEXT, pieces_of(text, 1))), 1007)

    @case(f"5.6: {text!r} are bytes as good as any")
    def _(server, text=text):
        with server.open() as client:
            client.send(b"".join(fragments(BINARY, pieces_of(text, 1))))
            client.expect_message(BINARY, text)

# The Close comes while the message is still to be continued, so it was the bad byte that brought it.
for text in INVALID:
    bad = first_bad_byte(text) + 1

    @case(f"8.1: {text!r} fails within its fragment, behind a good one")
    def _(server, text=text, bad=bad):
        with server.open() as client:
            client.send(frame(TEXT, GREETING, fin=False))
            client.send(frame(PING, b"still here"))
            client.expect_frame(PONG, b"still here")
            client.expect_refusal(frame(CONTINUATION, text[:bad], fin=False), 1007)

    @case(f"8.1: {text!r} fails at its bad byte, in a frame that is not complete")
    def _(server, text=text, bad=bad):
        whole = frame(TEXT, GREETING + text + b"*" * 1000)
        upto = len(whole) - 1000 - len(text) + bad
        with server.open() as client:
            client.send(whole[:upto - 1], chop=1)
            client.expect_nothing(0.02)
            client.expect_refusal(whole[upto - 1:upto], 1007)

    @case(f"8.1: {text!r} fails at its bad byte, in the second frame, not complete")
    def _(server, text=text, bad=bad):
        whole = frame(CONTINUATION, text + b"*" * 1000)
        upto = len(whole) - 1000 - len(text) + bad
        with server.open() as client:
            client.send(frame(TEXT, GREETING, fin=False) + whole[:upto - 1])
            client.expect_nothing(0.02)
            client.expect_refusal(whole[upto - 1:upto], 1007)


for at in range(1, 4):
    @case(f"8.1: a character may be cut after byte {at} by a fragment, with a ping in between")
    def _(server, at=at):
        with server.open() as client:
            first, second = fragments(TEXT, ["🎉".encode()[:at], "🎉".encode()[at:]])
            client.send(first + frame(PING, b"\xff") + second)
            client.expect_frame(PONG, b"\xff")
            client.expect_message(TEXT, "🎉".encode())


main(PLAIN_AND_DEFLATED, over_tls=True)
