"""A member of the chat, by python3-websockets; and a peer that speaks frames byte by byte."""

import asyncio
import os
import socket
import struct

import websockets

from chatd_server import DEADLINE, Failed, check, equal


def entered(name):
    return f"~~~{name}进入了聊天室~~~"


def left(name):
    return f"~~~{name}离开了聊天室~~~"


class Member:
    """One socket of a member. `cookie` makes it a further one of that login."""

    def __init__(self, name, cookie, socket_):
        self.name = name
        self.cookie = cookie
        self.socket = socket_

    @classmethod
    async def join(cls, server, name, cookie=None, **options):
        cookie = cookie or await asyncio.to_thread(server.login, name)
        headers = {"Cookie": cookie, **options.pop("headers", {})}
        options.setdefault("max_queue", None)
        options.setdefault("compression", None)
        opened = await websockets.connect(server.socket_url, extra_headers=headers, **options)
        return cls(name, cookie, opened)

    async def another_tab(self, server):
        return await Member.join(server, self.name, self.cookie)

    async def say(self, text):
        await self.socket.send(text)

    async def next(self):
        try:
            return await asyncio.wait_for(self.socket.recv(), DEADLINE)
        except asyncio.TimeoutError:
            raise Failed(f"{self.name} hears nothing") from None

    async def hears(self, *texts):
        """These, in this order, and nothing between."""
        for text in texts:
            equal(await self.next(), text, f"what {self.name} hears")

    async def close(self, code=1000, reason=""):
        await self.socket.close(code, reason)

    async def closed_with(self):
        """Waits for the end; the server's close code, and what was heard until then."""
        heard = []
        try:
            while True:
                heard.append(await self.next())
        except websockets.ConnectionClosed as closed:
            return (closed.rcvd.code if closed.rcvd else None), heard

    def cut(self):
        """Resets the TCP connection, as a machine that was switched off does at last."""
        raw = self.socket.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.transport.abort()


async def enter_all(server, *names):
    """Members who have come in one after the other, and have heard all of that."""
    members = []
    for name in names:
        newcomer = await Member.join(server, name)
        for member in members:
            await member.hears(entered(name))
        members.append(newcomer)
    return members


class RawMember:
    """A WebSocket whose every byte is ours; blocking."""

    def __init__(self, server, cookie, receive_buffer=None, headers=()):
        self.peer = socket.socket()
        if receive_buffer:
            self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.peer.settimeout(DEADLINE)
        self.peer.connect(("127.0.0.1", server.port))
        self.peer.sendall("\r\n".join([
            "GET /chat HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *([f"Cookie: {cookie}"] if cookie else []),
            *headers, "", ""]).encode())
        self.stream = self.peer.makefile("rb")
        self.status = int(self.stream.readline().split(b" ")[1])
        self.headers = {}
        while (line := self.stream.readline().strip()):
            name, _, value = line.partition(b": ")
            self.headers[name.lower().decode()] = value.decode()

    def send_bytes(self, data):
        self.peer.sendall(data)

    def send_frame(self, opcode, payload=b"", fin=True, rsv=0, masked=True):
        self.peer.sendall(frame(opcode, payload, fin, rsv, masked))

    def frame(self):
        """The next frame: (opcode, payload); None at the end."""
        head = self.stream.read(2)
        if len(head) < 2:
            return None
        check(head[0] & 0x70 == 0 and head[1] & 0x80 == 0, f"a server's frame: {head!r}")
        size = head[1]
        if size == 126:
            size, = struct.unpack(">H", self.stream.read(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.stream.read(8))
        check(head[0] & 0x80, "fragments are not expected")
        return head[0] & 0x0F, self.stream.read(size)

    def close_code(self):
        """Reads on to the close frame and the end behind it; the code, None if none came."""
        code = None
        while (got := self.frame()) is not None:
            if got[0] == 0x8:
                code = struct.unpack(">H", got[1][:2])[0] if got[1] else 1005
                self.stop()
        return code

    def stop(self):
        """Ends our direction."""
        try:
            self.peer.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.stream.close()
        self.peer.close()


def frame(opcode, payload=b"", fin=True, rsv=0, masked=True):
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    mark = 0x80 if masked else 0
    if len(payload) < 126:
        head = struct.pack(">BB", first, mark | len(payload))
    elif len(payload) < 65536:
        head = struct.pack(">BBH", first, mark | 126, len(payload))
    else:
        head = struct.pack(">BBQ", first, mark | 127, len(payload))
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
