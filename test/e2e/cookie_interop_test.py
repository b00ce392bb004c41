#!/usr/bin/python3
"""The cookie is Tornado's, in both directions: asked of Debian's python3-tornado itself."""

import asyncio
import base64
import concurrent.futures
import hashlib
import hmac
import re
import stat
import time

import tornado.httpclient
import tornado.httpserver
import tornado.httputil
import tornado.netutil
import tornado.web

from chatd_server import DEADLINE, Server, case, check, equal, main

SECRET = "a secret of the tests, with \"quotes\" and | bars"
DAY = 24 * 60 * 60


def signed(value, secret=SECRET, name="nickname", age=0, version=2):
    """What Tornado makes of it, `age` seconds ago."""
    text = tornado.web.create_signed_value(secret, name, value, version=version,
                                           clock=lambda: time.time() - age)
    return text.decode()


def forged(fields, secret=SECRET):
    """Format 2 with fields of our own, rightly signed."""
    text = "2|" + "".join(f"{len(field)}:{field}|" for field in fields)
    return text + hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_known(server, value):
    """Whether the cookie is one: by the page, and by the socket too."""
    answer = server.get("/chat", f"nickname={value}")
    check(answer.status == 200 or answer.header("Location") == "/login", answer.status)
    equal(socket_status(server, f"nickname={value}"), 101 if answer.status == 200 else 403, value)
    return answer.status == 200


def socket_status(server, cookie):
    with server.connect() as peer:
        peer.sendall("\r\n".join([
            "GET /chat HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"Cookie: {cookie}", "", ""]).encode())
        first = peer.recv(65536)
        return int(first.split(b" ")[1]) if first else None


def value_of(answer):
    """The value of the cookie that was set, as Python's http.cookies reads it."""
    cookies = tornado.httputil.parse_cookie(answer.cookie)
    return cookies["nickname"]


@case("what Tornado signs is accepted, bare and quoted")
def _(server):
    for name in ("Ana", "小明", "a b", "Zoë", "👨‍👩‍👧", "<b>"):
        value = signed(name)
        check(is_known(server, value), f"bare: {name}")
        check(is_known(server, f'"{value}"'), f"quoted: {name}")
    check(is_known(server, signed("Bytes".encode())), "bytes")
    page = server.get("/chat", "nickname=" + signed("小红"))
    check('data-nickname="小红"' in page.text, page.text)


@case("a Tornado cookie among others, or in a second line, is found")
def _(server):
    value = signed("Crowd")
    for cookie in (f"a=b; nickname={value}; c=d", f'x="y;z"; nickname="{value}"', f"nickname={value};",
                   f"nickname=rubbish; nickname={value}", f"nickname={value}; nickname=rubbish"):
        equal(server.get("/chat", cookie).status, 200, cookie)
    data = server.exchange((f"GET /chat HTTP/1.1\r\nHost: x\r\nCookie: a=b\r\nCookie: nickname={value}"
                            "\r\nConnection: close\r\n\r\n").encode())
    check(data.startswith(b"HTTP/1.1 200 "), data[:100])


@case("Tornado reads what is set here")
def _(server):
    for name in ("Reader", "读者", "q\"uo|te;d", "k=v, w", "👍🏽"):
        text = value_of(server.post_login(name))
        got = tornado.web.decode_signed_value(SECRET, "nickname", text)
        equal(got and got.decode(), name)
        equal(tornado.web.decode_signed_value(SECRET, "other", text), None)
        equal(tornado.web.decode_signed_value(SECRET + "x", "nickname", text), None)


@case("byte for byte what Tornado would have made in that second")
def _(server):
    text = value_of(server.post_login("Same"))
    second = int(re.search(r"\|10:(\d{10})\|", text).group(1))
    check(abs(second - time.time()) < DEADLINE, f"signed at {second}")
    theirs = tornado.web.create_signed_value(SECRET, "nickname", "Same", version=2,
                                             clock=lambda: second)
    equal(text, theirs.decode())


@case("a real Tornado handler reads the cookie, and we read that handler's")
async def _(server):
    class Handler(tornado.web.RequestHandler):
        def get(self):
            self.write(self.get_secure_cookie("nickname") or b"nobody")

        def post(self):
            self.set_secure_cookie("nickname", self.request.body)

    application = tornado.web.Application([("/", Handler)], cookie_secret=SECRET)
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    http = tornado.httpserver.HTTPServer(application)
    http.add_sockets(sockets)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/"
    client = tornado.httpclient.AsyncHTTPClient()
    try:
        for name in ("Ours", "我们的", "a;b\"c"):
            cookie = server.post_login(name).cookie
            answer = await client.fetch(url, headers={"Cookie": cookie})
            equal(answer.body.decode(), name)
        for name in ("Theirs", "他们的", "d;e\"f"):
            answer = await client.fetch(url, method="POST", body=name)
            cookie = answer.headers["Set-Cookie"].split(";")[0]
            page = await asyncio.to_thread(server.get, "/chat", cookie)
            equal(page.status, 200, name)
    finally:
        http.stop()
        await http.close_all_connections()


@case("a cookie with any one byte changed is no cookie")
def _(server):
    value = signed("Target")
    with server.connect() as peer:
        for index in range(len(value)):
            byte = ord(value[index])
            for flipped in {chr(byte ^ 1), chr(byte ^ 4), "0"} - {chr(byte)}:
                if flipped in '";,\\ ' or not flipped.isprintable():
                    continue
                other = value[:index] + flipped + value[index + 1:]
                peer.sendall(f"HEAD / HTTP/1.1\r\nHost: x\r\nCookie: nickname={other}\r\n\r\n".encode())
                head = peer.recv(65536)
                check(b"Location: /login\r\n" in head, f"{other}: {head!r}")
    for other in (value.swapcase(), value[:20] + "X" + value[21:], value[:-1] + "g", value.upper()):
        check(not is_known(server, other), other)


@case("a cookie cut short, or with more behind it, is no cookie")
def _(server):
    value = signed("Cut")
    with server.connect() as peer:
        shorter = [value[:size] for size in range(len(value))]
        for other in [*shorter, value + "0", value + "|", "|" + value]:
            peer.sendall(f"HEAD / HTTP/1.1\r\nHost: x\r\nCookie: nickname={other}\r\n\r\n".encode())
            head = peer.recv(65536)
            check(b"Location: /login\r\n" in head, f"{other}: {head!r}")
    check(is_known(server, value), "the whole one is")


@case("what another secret, name or format has signed is no cookie")
def _(server):
    check(not is_known(server, signed("A", secret="another secret")), "another secret")
    check(not is_known(server, signed("A", secret="")), "no secret")
    check(not is_known(server, signed("A", secret=SECRET.upper())), "another case")
    check(not is_known(server, signed("A", name="user")), "another cookie's")
    check(not is_known(server, signed("A", name="Nickname")), "another case of the name")
    check(not is_known(server, signed("A", version=1)), "format 1")
    check(not is_known(server, base64.b64encode(b"A").decode()), "not signed")
    check(not is_known(server, "A"), "plain")
    check(not is_known(server, ""), "empty")
    now = str(int(time.time()))
    good = ["0", now, "nickname", base64.b64encode(b"Forger").decode()]
    check(is_known(server, forged(good)), "the forger knows how")
    check(not is_known(server, forged(good).replace("2|", "3|", 1)), "format 3")
    check(not is_known(server, forged(["1"] + good[1:])), "another key version")
    check(not is_known(server, forged(good[:3] + ["?no?"])), "no base64")
    check(not is_known(server, forged(["0", "soon"] + good[2:])), "no time")


@case("a rightly signed cookie with what could be nobody's nickname is as none")
def _(server):
    for value in ("", "  ", "x" * 33, "a\nb", "a\u202eb", b"\xff", "a\0b"):
        check(not is_known(server, signed(value)), repr(value))
    check(is_known(server, signed("x" * 32)), "32 characters")


@case("a cookie is good for 31 days")
def _(server):
    check(is_known(server, signed("Fresh", age=0)), "new")
    check(is_known(server, signed("Month", age=30 * DAY)), "30 days")
    check(is_known(server, signed("Month Plus", age=31 * DAY - 60)), "a minute before")
    check(not is_known(server, signed("Old", age=31 * DAY + 5)), "31 days")
    check(not is_known(server, signed("Ancient", age=400 * DAY)), "400 days")
    equal(tornado.web.decode_signed_value(SECRET, "nickname", signed("Old", age=31 * DAY + 5)), None,
          "so does Tornado")


@case("the secret may come by the environment, and need not be ASCII")
def _():
    for secret in (SECRET, "密钥 – ключ 🔑", "x"):
        with Server(env={"CHATD_COOKIE_SECRET": secret}) as server:
            check(is_known(server, signed("By Environment", secret)), secret)
            text = value_of(server.post_login("Out"))
            equal(tornado.web.decode_signed_value(secret, "nickname", text), b"Out", secret)
            equal(list(server.state.iterdir()), [], "nothing is kept")
        with Server("--cookie-secret", secret, env={"CHATD_COOKIE_SECRET": "other"}) as server:
            check(is_known(server, signed("By Flag", secret)), secret)
            check(not is_known(server, signed("By Flag", "other")), "the flag goes first")


@case("without a secret one is made: for its owner's eyes only, and kept over a restart")
def _():
    with Server() as first:
        path = first.state / "cookie_secret"
        equal([each.name for each in first.state.iterdir()], ["cookie_secret"], "no draft is left")
        equal(stat.S_IMODE(path.stat().st_mode), 0o600)
        secret = path.read_text().strip()
        check(len(secret) >= 43, "at least 256 bits")
        cookie = first.login("Kept")
        check(is_known(first, signed("Known", secret)), "it is the key, as it is written")
        first.stop()
        with Server(state=first.state) as second:
            equal(second.get("/chat", cookie).status, 200, "the cookie survives")
            equal(path.read_text().strip(), secret)
        path.chmod(0o644)
        with Server(state=first.state) as third:
            equal(stat.S_IMODE(path.stat().st_mode), 0o600, "made private again")
            equal(third.get("/chat", cookie).status, 200)
    with Server() as other:
        check((other.state / "cookie_secret").read_text().strip() != secret, "another one elsewhere")
        equal(other.get("/chat", cookie).header("Location"), "/login")


@case("servers that start at once on one state directory share the secret")
def _():
    with Server() as keeper:
        folder = keeper.state / "new" / "folder"
        servers = []
        try:
            servers = [Server(state=folder) for _ in range(4)]
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                list(pool.map(Server.start, servers))
            cookie = servers[0].login("Shared")
            for server in servers:
                equal(server.get("/chat", cookie).status, 200)
                server.stop()
            equal([each.name for each in folder.iterdir()], ["cookie_secret"])
        finally:
            for server in servers:
                server.remove()


main("--cookie-secret", SECRET)
