"""A room that is not to be trusted, for the load generator to find out: one of its members hears
what `spoil` makes of it.

    room = FaultyRoom(6, spoil=at(3, lambda text: []))  # the sixth does not hear its third message
    room.url
"""

import asyncio
import base64
import hashlib
import itertools
import threading
import urllib.parse

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT_FRAME = 0x81


def frame(text, first_byte=TEXT_FRAME):
    payload = text.encode()
    size = len(payload)
    head = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    return bytes([first_byte]) + head + payload


def honest(text):
    return [text]


def at(number, change):
    """What change(text) gives instead of the text of that number, counted from 1."""
    count = itertools.count(1)
    return lambda text: change(text) if next(count) == number else [text]


def swaps(which):
    """The first two neighbours for which which(first, second) is true change places."""
    held, done = [], []

    def spoil(text):
        if done:
            return [text]
        held.append(text)
        if len(held) < 2:
            return []
        if which(*held):
            done.append(True)
            return held[::-1]
        return [held.pop(0)]
    return spoil


def field(head, name):
    for line in head.split("\r\n"):
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip()
    return None


class FaultyRoom:
    """Whoever connects as the last of `members` gets spoil(text) for each text: a list of texts, or
    of bytes to be sent as they are. `echoes`: speakers hear themselves. `says_goodbye`: it closes
    the connection on the first who speaks."""

    loop = None

    def __init__(self, members, spoil=honest, echoes=False, says_goodbye=False):
        self.members = members
        self.spoil = spoil
        self.echoes = echoes
        self.says_goodbye = says_goodbye
        self.listeners = []  # (writer, spoil) of each
        self.accepted = 0
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=100), self.running_loop())
        self.port = server.result().sockets[0].getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/"

    @classmethod
    def running_loop(cls):
        """One thread for all rooms."""
        if not cls.loop:
            cls.loop = asyncio.new_event_loop()
            threading.Thread(target=cls.loop.run_forever, daemon=True).start()
        return cls.loop

    async def serve(self, reader, writer):
        self.accepted += 1
        spoil = self.spoil if self.accepted == self.members else honest
        try:
            nickname = await self.let_in(reader, writer)
            self.listeners.append((writer, spoil))
            while True:
                self.tell(writer, nickname + await self.take_text(reader))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.listeners = [each for each in self.listeners if each[0] is not writer]
        finally:
            writer.close()

    async def let_in(self, reader, writer):
        """Through the form, if that is wanted, and the upgrade; what each text begins with."""
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if not head.startswith("POST "):
                break
            body = (await reader.readexactly(int(field(head, "content-length")))).decode()
            nickname = urllib.parse.parse_qs(body)["nickname"][0]
            writer.write(f"HTTP/1.1 303 See Other\r\nLocation: /\r\nContent-Length: 0\r\n"
                         f"Set-Cookie: nickname={nickname}; HttpOnly\r\n\r\n".encode())
        key = field(head, "sec-websocket-key").encode()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        writer.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        cookie = field(head, "cookie")
        return cookie.removeprefix("nickname=") + "说:" if cookie else ""

    async def take_text(self, reader):
        """Of a masked frame, unfragmented."""
        size = (await reader.readexactly(2))[1] & 0x7F
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2), "big")
        mask = await reader.readexactly(4)
        payload = await reader.readexactly(size)
        return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)).decode()

    def tell(self, author, text):
        if self.says_goodbye:
            author.write(b"\x88\x09\x03\xe9go away")
            raise ConnectionResetError
        for writer, spoil in self.listeners:
            if writer is author and not self.echoes:
                continue
            for each in spoil(text):
                writer.write(each if isinstance(each, bytes) else frame(each))
