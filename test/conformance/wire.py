"""A WebSocket client that says exactly the bytes it is told to, and takes nothing on trust."""

import base64
import hashlib
import os
import select
import socket
import ssl
import struct
import time
import zlib

# Far more than anything here takes; who waits this long has failed.
DEADLINE = 30
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
END_OF_MESSAGE = b"\x00\x00\xff\xff"


class Failed(Exception):
    """A case found what should not be."""


def check(good, what):
    if not good:
        raise Failed(what)


def shown(payload):
    """Enough of a payload to know it by."""
    return repr(bytes(payload[:80])) + (f" … {len(payload)} bytes" if len(payload) > 80 else "")


def equal(got, wanted, what=""):
    check(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


def masked(payload, mask):
    size = len(payload)
    pattern = (mask * (size // 4 + 1))[:size]
    xored = int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")
    return xored.to_bytes(size, "big")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=b"\x37\xfa\x21\x3d", wide=None, announced=None):
    """A client's frame, broken in whatever way is asked for. `rsv`: RSV1 is 4, RSV2 2, RSV3 1;
    `wide`: how many bytes the extended length takes; `mask` None: not masked."""
    length = len(payload) if announced is None else announced
    if wide is None:
        wide = 0 if length < 126 else 2 if length < 65536 else 8
    short = {0: length, 2: 126, 8: 127}[wide]
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode, (0x80 if mask else 0) | short])
    head += length.to_bytes(wide, "big") if wide else b""
    return head + (mask + masked(payload, mask) if mask else payload)


def fragments(opcode, pieces):
    """One message in as many frames as there are pieces."""
    last = len(pieces) - 1
    return [frame(opcode if i == 0 else CONTINUATION, piece, fin=i == last)
            for i, piece in enumerate(pieces)]


def pieces_of(payload, size):
    return [payload[at:at + size] for at in range(0, len(payload), size)] or [b""]


def close_frame(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


class Socket:
    """Bytes with a deadline. While it sends it also reads, so that neither end waits for ever."""

    def __init__(self, port, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            # An end without TLS's own word for it is an error.
            self.socket = tls.wrap_socket(self.socket, suppress_ragged_eofs=False)
        self.socket.setblocking(False)
        self.bytes = bytearray()
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def wait(self, to_write=False):
        if isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            self.read()
            if not to_write:
                return
        wanted = (0 if self.ended else select.POLLIN) | (select.POLLOUT if to_write else 0)
        ready = self.poll(wanted, DEADLINE)
        check(ready, f"nothing for {DEADLINE} s; so far {shown(self.bytes)}")
        if ready & ~select.POLLOUT and not self.ended:
            self.read()

    def poll(self, wanted, seconds):
        """Which of these there are by then, or 0. Not select(), which knows 1024 sockets only."""
        poller = select.poll()
        poller.register(self.socket, wanted)
        return next((events for _, events in poller.poll(max(0, seconds) * 1000)), 0)

    def read(self):
        try:
            received = self.socket.recv(1 << 20)
        except NOT_NOW:
            return
        except ConnectionResetError:
            raise Failed(f"reset, not closed; before that {shown(self.bytes)}") from None
        self.bytes += received
        self.ended = not received

    def send(self, data, chop=None):
        """`chop`: in pieces of that many bytes, each a segment of its own."""
        for piece in pieces_of(data, chop) if chop else [data]:
            rest = memoryview(piece)
            while rest:
                self.wait(to_write=True)
                try:
                    rest = rest[self.socket.send(rest):]
                except NOT_NOW:
                    pass
                except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError,
                        ssl.SSLZeroReturnError):
                    return  # the reader will say what came before that

    def take(self, count):
        """`count` bytes, or None where the server has closed before the first of them."""
        while len(self.bytes) < count and not self.ended:
            self.wait()
        if len(self.bytes) < count:
            check(not self.bytes, f"closed within a frame: {shown(self.bytes)}")
            return None
        taken = bytes(self.bytes[:count])
        del self.bytes[:count]
        return taken

    def take_until(self, mark):
        while mark not in self.bytes:
            check(not self.ended, f"closed before {mark!r}: {shown(self.bytes)}")
            self.wait()
        return self.take(self.bytes.index(mark) + len(mark))

    def end(self):
        """Ends our direction of TCP; not for TLS."""
        self.socket.shutdown(socket.SHUT_WR)

    def expect_nothing(self, seconds=0.1):
        """That the server says nothing now. It may still be about to: for what it must not say."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.poll(select.POLLIN, left):
                self.read()
            check(not self.bytes and not self.ended, f"said {shown(self.bytes)}, or closed")

    def expect_end(self):
        """The server closes, and says nothing before."""
        while not self.ended and not self.bytes:
            self.wait()
        check(not self.bytes, f"bytes behind the last frame: {shown(self.bytes)}")


class Client(Socket):
    """A connection that was upgraded. `offer`: for Sec-WebSocket-Extensions."""

    def __init__(self, port, offer=None, headers=(), tls=None):
        super().__init__(port, tls)
        key = base64.b64encode(os.urandom(16))
        lines = [b"GET / HTTP/1.1", b"Host: 127.0.0.1", b"Upgrade: websocket",
                 b"Connection: Upgrade", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + key]
        if offer is not None:
            lines.append(b"Sec-WebSocket-Extensions: " + offer.encode())
        self.send(b"\r\n".join([*lines, *headers, b"", b""]))
        self.head = self.take_until(b"\r\n\r\n").decode()
        check(self.head.startswith("HTTP/1.1 101 "), self.head)
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        equal(self.header("sec-websocket-accept"), accept, "Sec-WebSocket-Accept")
        self.params = self.read_params()
        self.make_codecs()

    def header(self, name):
        """The one field of that name, or None."""
        values = [value.strip() for line in self.head.split("\r\n")[1:] if ":" in line
                  for field, value in [line.split(":", 1)] if field.lower() == name]
        check(len(values) < 2, f"{name} twice: {self.head}")
        return values[0] if values else None

    def read_params(self):
        """None, or what the server agreed on: {"server_no_context_takeover": None, …}."""
        answer = self.header("sec-websocket-extensions")
        if answer is None:
            return None
        name, *parameters = [part.strip() for part in answer.split(";")]
        equal(name, "permessage-deflate", "the extension")
        return {key: value for key, _, value in (one.partition("=") for one in parameters)}

    def make_codecs(self):
        params = self.params or {}
        bits = int(params.get("client_max_window_bits", 15))
        self.deflater = lambda: zlib.compressobj(6, zlib.DEFLATED, -bits)
        server_bits = int(params.get("server_max_window_bits", 15))
        self.inflater = lambda: zlib.decompressobj(-server_bits)
        self.deflating, self.inflating = self.deflater(), self.inflater()

    def deflated(self, payload):
        """A message's payload as permessage-deflate has it, by what was agreed on."""
        if "client_no_context_takeover" in self.params:
            self.deflating = self.deflater()
        out = self.deflating.compress(payload) + self.deflating.flush(zlib.Z_SYNC_FLUSH)
        return out[:-4] if out.endswith(END_OF_MESSAGE) else out

    def inflated(self, payload):
        if "server_no_context_takeover" in self.params:
            self.inflating = self.inflater()
        return self.inflating.decompress(payload + END_OF_MESSAGE)

    def take_frame(self):
        """(fin, rsv, opcode, payload), or None where the server has closed; strict about it."""
        head = self.take(2)
        if head is None:
            return None
        fin, rsv, opcode = bool(head[0] & 0x80), head[0] >> 4 & 7, head[0] & 15
        check(not head[1] & 0x80, "a server's frame with a mask")
        check(opcode in (0, 1, 2, 8, 9, 10), f"opcode {opcode} from the server")
        size = head[1]
        if size >= 126:
            wide = 2 if size == 126 else 8
            size = int.from_bytes(self.take(wide), "big")
            check(size > (125 if wide == 2 else 65535), "a length not in its shortest form")
        check(opcode < 8 or (fin and rsv == 0 and size <= 125), f"a bad control frame {head!r}")
        return fin, rsv, opcode, self.take(size) if size else b""

    def expect_frame(self, opcode, payload=b""):
        got = self.take_frame()
        check(got is not None, f"closed; wanted opcode {opcode} {shown(payload)}")
        check(got[2] == opcode and got[3] == payload,
              f"got opcode {got[2]} {shown(got[3])}, wanted {opcode} {shown(payload)}")

    def expect_message(self, opcode, payload):
        """A message, in however many frames, inflated if it was deflated."""
        got, kind, deflated, fin = b"", None, False, False
        while not fin:
            one = self.take_frame()
            check(one is not None, f"closed; wanted a message {shown(payload)}")
            fin, rsv, what, piece = one
            check(what < 8, f"opcode {what} {shown(piece)}; wanted a message {shown(payload)}")
            check((what == CONTINUATION) == (kind is not None), "fragments out of order")
            if kind is None:
                kind, deflated = what, rsv == 4
            check(rsv == (4 if what and deflated else 0), f"reserved bits {rsv}")
            check(not deflated or self.params is not None, "deflated, but nobody agreed to that")
            got += piece
        got = self.inflated(got) if deflated else got
        equal(kind, opcode, "the kind of message")
        check(got == payload, f"got {shown(got)}, wanted {shown(payload)}")

    def expect_close(self, code, reason=None):
        """A Close with that code (None: without one), nothing behind it, and the end of TCP."""
        got = self.take_frame()
        check(got is not None, f"closed without a Close frame; wanted code {code}")
        _, _, opcode, payload = got
        check(opcode == CLOSE, f"got opcode {opcode} {shown(payload)}, wanted a Close {code}")
        check(len(payload) != 1, "a Close of one byte")
        equal(struct.unpack("!H", payload[:2])[0] if payload else None, code, "the close code")
        payload[2:].decode()  # UTF-8
        if reason is not None:
            equal(payload[2:], reason, "the reason")
        self.expect_end()

    def expect_refusal(self, data, code):
        """What these bytes bring about, with nothing else behind them."""
        self.send(data)
        self.expect_close(code)

    def expect_alive(self):
        self.send(frame(TEXT, b"are you there?"))
        self.expect_message(TEXT, b"are you there?")
