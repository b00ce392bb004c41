#!/usr/bin/python3
"""The pages, the methods, the static files and the limits, row by row, asked by other programs."""

import http.client
import pathlib
import re
import socket

from chatd_server import DEADLINE, ROOT, Server, case, check, equal, main, read_all


def statuses(data):
    """Of all responses in what a connection said."""
    return [int(code) for code in re.findall(rb"^HTTP/1\.1 (\d{3}) ", data, re.MULTILINE)]


def lines(*text, body=""):
    return ("\r\n".join(text) + "\r\n\r\n" + body).encode()


def receive(peer, wanted):
    """Reads until `wanted` has been said."""
    data = b""
    while wanted not in data:
        piece = peer.recv(65536)
        check(piece, f"closed before {wanted!r}: {data!r}")
        data += piece
    return data


@case("/ leads to the login, or to the chat with a cookie")
def _(server):
    answer = server.get("/")
    equal((answer.status, answer.header("Location")), (303, "/login"))
    answer = server.get("/", server.login("Root"))
    equal((answer.status, answer.header("Location")), (303, "/chat"))
    for cookie in ("nickname=x", 'nickname="2|1:0|10:1700000000|8:nickname|4:QW5h|00"', "a=b"):
        equal(server.get("/", cookie).header("Location"), "/login", cookie)


@case("/chat is the page for who is logged in, else it leads to the login")
def _(server):
    answer = server.get("/chat")
    equal((answer.status, answer.header("Location"), answer.cookie), (303, "/login", None))
    page = server.get("/chat", server.login("Pia"))
    equal(page.status, 200)
    equal(page.header("Content-Type").lower(), "text/html; charset=utf-8")
    check('data-nickname="Pia"' in page.text, page.text)
    equal(page.header("Cache-Control"), "no-store")


@case("no page asks a third party for anything, nor knows its own address")
def _(server):
    cookie = server.login("Privy")
    pages = [server.get("/login").text, server.get("/chat", cookie).text, server.get("/nope").text]
    for name in (ROOT / "public").iterdir():
        pages.append(server.get(f"/static/{name.name}").text)
    for page in pages:
        check(page, "an empty page")
        for url in re.findall(r"(?:https?:|wss?:)?//[\w.-]+\.\w+[^\s\"')]*", page):
            check("www.w3.org/" in url, f"a foreign address: {url}")
        check("127.0.0.1" not in page and "localhost" not in page and "8888" not in page, page)


@case("pages come in the visitor's language")
def _(server):
    check('lang="zh-CN"' in server.get("/login").text, "Chinese by default")
    check('lang="en"' in server.get("/login", Accept_Language="en-GB,en;q=0.8").text, "English")
    check('lang="zh-CN"' in server.get("/login", Accept_Language="zh,en;q=0.5").text, "Chinese")


@case("HEAD answers as GET does, without the body")
def _(server):
    cookie = server.login("Header")
    for target in ("/", "/login", "/chat", "/healthz", "/static/style.css", "/nope"):
        got, head = (server.request(method, target, cookie=cookie) for method in ("GET", "HEAD"))
        equal(head.status, got.status, target)
        equal(head.raw, b"", target)
        for name in ("Content-Length", "Content-Type", "Location", "ETag"):
            equal(head.header(name), got.header(name), f"{target} {name}")


@case("an Upgrade is passed over with another method than GET")
def _(server):
    cookie = server.login("Upgrader")
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    for method in ("HEAD", "OPTIONS", "POST"):
        for who in (cookie, None):
            plain = server.request(method, "/chat", cookie=who)
            asking = server.request(method, "/chat", headers=upgrade, cookie=who)
            equal(asking.status, plain.status, f"{method} {who}")


@case("what is not there is 404, on a page that can be read")
def _(server):
    for target in ("/nope", "/chat/", "/login/x", "/Chat", "/chat%2F", "//", "/static", "/index.html"):
        answer = server.get(target)
        equal(answer.status, 404, target)
    check("text/html" in answer.header("Content-Type") and "404" in answer.text, answer.text)
    equal(server.request("POST", "/nope", "x").status, 404)


@case("a method that is not answered gets 405 and the ones that are")
def _(server):
    wanted = {
        ("POST", "/"): {"GET", "HEAD", "OPTIONS"},
        ("PUT", "/login"): {"GET", "HEAD", "POST", "OPTIONS"},
        ("GET", "/logout"): {"POST", "OPTIONS"},
        ("HEAD", "/logout"): {"POST", "OPTIONS"},
        ("POST", "/chat"): {"GET", "HEAD", "OPTIONS"},
        ("DELETE", "/chat"): {"GET", "HEAD", "OPTIONS"},
        ("PATCH", "/healthz"): {"GET", "HEAD", "OPTIONS"},
        ("POST", "/static/style.css"): {"GET", "HEAD", "OPTIONS"},
    }
    for (method, target), allowed in wanted.items():
        answer = server.request(method, target)
        equal(answer.status, 405, f"{method} {target}")
        equal(set(answer.header("Allow").split(", ")), allowed, f"{method} {target}")
    # GET must not log anybody out, whoever embeds it as an image.
    cookie = server.login("Stays In")
    server.get("/logout", cookie)
    equal(server.get("/chat", cookie).status, 200)


@case("OPTIONS tells the methods; an unknown method is 501")
def _(server):
    for target, allowed in (("/login", {"GET", "HEAD", "POST", "OPTIONS"}),
                            ("/chat", {"GET", "HEAD", "OPTIONS"})):
        answer = server.request("OPTIONS", target)
        equal((answer.status, answer.raw), (204, b""))
        equal(set(answer.header("Allow").split(", ")), allowed, target)
    whole = server.request("OPTIONS", "*")
    equal((whole.status, whole.header("Allow")), (204, "GET, HEAD, POST, OPTIONS"))
    equal(server.request("GET", "*").status, 400)
    for method in ("BREW", "PROPFIND", "get"):
        equal(statuses(server.exchange(lines(f"{method} / HTTP/1.1", "Host: x", "Connection: close"))),
              [501], method)


@case("/healthz says ok")
def _(server):
    answer = server.get("/healthz")
    equal((answer.status, answer.text), (200, "ok\n"))
    check(answer.header("Content-Type").startswith("text/plain"), answer.headers)
    equal(answer.header("Cache-Control"), "no-store")


@case("/metrics tells this machine how it goes, in Prometheus's format")
def _(server):
    def figures():
        answer = server.get("/metrics")
        equal(answer.status, 200)
        equal(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
        lines = answer.text.splitlines()
        values = dict(line.split(" ") for line in lines if not line.startswith("#"))
        for name in values:
            check(any(line.startswith(f"# HELP {name} ") for line in lines), name)
            check(any(line.startswith(f"# TYPE {name} ") for line in lines), name)
        return {name: float(value) for name, value in values.items()}

    before = figures()
    check(before["chatd_workers"] >= 1 and before["chatd_connections"] >= 1, before)
    check(before["process_resident_memory_bytes"] > 1e6, before)
    server.login("Counted")
    equal(figures()["chatd_nicknames"], before["chatd_nicknames"] + 1)


@case("/metrics is not for those for whom a proxy asks")
def _(server):
    for sign in ("X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "Via: 1.1 x"):
        request = lines("GET /metrics HTTP/1.1", "Host: x", sign, "Connection: close")
        equal(statuses(server.exchange(request)), [403], sign)


@case("every page forbids what it does not need")
def _(server):
    cookie = server.login("Safe")
    for target in ("/login", "/chat", "/nope"):
        answer = server.get(target, cookie)
        policy = answer.header("Content-Security-Policy")
        for part in ("default-src 'none'", "script-src 'self'", "connect-src 'self'",
                     "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
            check(part in policy, f"{target}: {part} is not in {policy}")
        check("unsafe" not in policy, policy)
        equal(answer.header("X-Content-Type-Options"), "nosniff", target)
        equal(answer.header("Referrer-Policy"), "same-origin", target)
        check(answer.header("Server") is None, "no need to tell what we are")
        # The policy would forbid both.
        check(not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|<style|\sstyle=", answer.text), target)
    equal(server.get("/static/chat.js").header("X-Content-Type-Options"), "nosniff")


@case("another site cannot post for a visitor")
def _(server):
    cookie = server.login("Victim")
    foreign = [{"Origin": "https://evil.example"}, {"Origin": "null"},
               {"Origin": f"https://127.0.0.1.evil.example:{server.port}"},
               {"Origin": f"http://127.0.0.1:{server.port + 1}"},
               {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
    for headers in foreign:
        equal(server.request("POST", "/logout", "", headers, cookie).status, 403, headers)
        answer = server.post_login("Forged", headers=headers)
        equal((answer.status, answer.cookie), (403, None), headers)
    equal(server.get("/chat", cookie).status, 200, "still there")
    own = {"Origin": server.origin, "Sec-Fetch-Site": "same-origin"}
    equal(server.post_login("Own", headers=own).status, 303)
    equal(server.request("POST", "/logout", "", own, cookie).status, 303)


@case("static files are what lies in public/, with their types")
def _(server):
    types = {"chat.js": "text/javascript", "style.css": "text/css", "favicon.svg": "image/svg+xml"}
    for name, wanted in types.items():
        answer = server.get(f"/static/{name}")
        equal(answer.status, 200, name)
        equal(answer.raw, (ROOT / "public" / name).read_bytes(), name)
        check(answer.header("Content-Type").startswith(wanted), answer.header("Content-Type"))
        equal(server.get(f"/static/{name}", If_None_Match=answer.header("ETag")).status, 304, name)
        equal(server.get(f"/static/{name}", If_None_Match='"other"').status, 200, name)
        equal(server.get(f"/static/{name}",
                         If_Modified_Since=answer.header("Last-Modified")).status, 304, name)


@case("nothing outside public/ can be had")
def _(server):
    secret = pathlib.Path(server.state, "cookie_secret").read_text().strip()
    targets = [
        "/static/../Makefile", "/static/../../../../../../etc/passwd", "/static/%2e%2e/Makefile",
        "/static/..%2fMakefile", "/static/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e%2f%2e%2e%2fetc/passwd", "/static/..\\Makefile", "/static/..%5cMakefile",
        "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/./../Makefile",
        "/static/style.css/../../Makefile", "/static/....//Makefile", "/static/style.css%00.png",
        "/static/.", "/static/..", "/static/", "/static/%c0%ae%c0%ae/Makefile",
        "/static/.hidden", "/static/style.css/", "/static/" + "a/" * 600, "/../Makefile",
        f"/static/..{server.state}/cookie_secret", f"/static/{'../' * 12}{server.state}/cookie_secret",
    ]
    for target in targets:
        answer = server.exchange(lines(f"GET {target} HTTP/1.1", "Host: x", "Connection: close"))
        check(statuses(answer)[0] in (400, 404, 414), f"{target}: {answer[:200]!r}")
        for told in (b"root:", b"CXXFLAGS", secret.encode()):
            check(told not in answer, f"{target}: {answer!r}")


@case("a connection serves many requests, and many at once")
def _(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE)
    connection.connect()
    peer = connection.sock
    for target in ("/login", "/healthz", "/nope", "/static/style.css", "/login"):
        connection.request("GET", target)
        response = connection.getresponse()
        response.read()
        check(connection.sock is peer, f"closed after {target}")
    connection.close()
    # Pipelined: all in one piece, answered in their order.
    form = "nickname=Pipeline"
    data = server.exchange(
        lines("GET /healthz HTTP/1.1", "Host: x")
        + lines("POST /login HTTP/1.1", "Host: x", f"Content-Length: {len(form)}", body=form)
        + lines("HEAD /login HTTP/1.1", "Host: x")
        + lines("GET /nope HTTP/1.1", "Host: x")
        + lines("GET / HTTP/1.1", "Host: x", "Connection: close"))
    equal(statuses(data), [200, 303, 200, 404, 303])


@case("HTTP/1.0 is served, and closed")
def _(server):
    answer = server.exchange(b"GET /healthz HTTP/1.0\r\n\r\n")
    check(answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\nok\n"), answer)
    check(b"chunked" not in answer.lower(), answer)


@case("100-continue is said before the body is sent")
def _(server):
    form = b"nickname=Continue"
    with server.connect() as peer:
        peer.sendall(lines("POST /login HTTP/1.1", "Host: x", f"Content-Length: {len(form)}",
                           "Expect: 100-continue", "Connection: close"))
        equal(receive(peer, b"\r\n\r\n"), b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.sendall(form)
        equal(statuses(read_all(peer)), [303])
    # Who will not get it, is told so before the body.
    answer = server.exchange(lines("POST /nope HTTP/1.1", "Host: x", "Content-Length: 9",
                                   "Expect: 100-continue", "Connection: close"))
    equal(statuses(answer), [404])


@case("a chunked form logs in")
def _(server):
    answer = server.exchange(
        lines("POST /login HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", "Connection: close",
              body="5\r\nnickn\r\nb;x=y\r\name=Chunked\r\n0\r\nTrailer: t\r\n\r\n"))
    equal(statuses(answer), [303])
    check(b"|12:Q2h1bmtlZA==|" in answer, answer)


@case("a request that comes byte by byte is a request")
def _(server):
    with server.connect() as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in lines("POST /login HTTP/1.1", "Host: x", "Content-Length: 14",
                          "Connection: close", body="nickname=Slowy"):
            peer.sendall(bytes([byte]))
        equal(statuses(read_all(peer)), [303])


@case("a head, a target or a body that is too large is refused with its own status")
def _(server):
    def refusal(data):
        return statuses(server.exchange(data))
    host = ("Host: x", "Connection: close")
    equal(refusal(lines("GET / HTTP/1.1", *host, "X: " + "x" * 17_000)), [431])
    equal(refusal(lines("GET / HTTP/1.1", *host, *[f"X-{i}: y" for i in range(101)])), [431])
    equal(refusal(lines(f"GET /{'x' * 8192} HTTP/1.1", *host)), [414])
    equal(refusal(lines(f"GET /{'x' * 8191} HTTP/1.1", *host)), [404])
    large = "Content-Length: 1048577"
    equal(refusal(lines("POST /login HTTP/1.1", *host, large)), [413])
    equal(refusal(lines("POST /login HTTP/1.1", *host, large, "Expect: 100-continue")), [413])
    equal(refusal(lines("POST /login HTTP/1.1", *host, "Transfer-Encoding: chunked",
                        body="fffff1\r\n")), [413])
    largest = lines("POST /login HTTP/1.1", *host, "Content-Length: 1048576", body="x" * 1048576)
    equal(refusal(largest), [200])


@case("what is no HTTP gets 400, and the connection ends")
def _(server):
    for data in (b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                 lines("GET / HTTP/1.1"), lines("GET / HTTP/1.1", "Host: a", "Host: b"),
                 lines("GET / HTTP/1.1", "Host: x", "Bad Name: y"),
                 lines("POST /login HTTP/1.1", "Host: x", "Content-Length: 1",
                       "Transfer-Encoding: chunked", body="0\r\n\r\n"),
                 lines("POST /login HTTP/1.1", "Host: x", "Content-Length: 1, 2", body="x"),
                 lines("GET /%zz HTTP/1.1", "Host: x"), lines("GET /%00 HTTP/1.1", "Host: x")):
        equal(statuses(server.exchange(data)), [400], data)
    equal(statuses(server.exchange(lines("GET / HTTP/2.0", "Host: x"))), [505])
    equal(server.get("/healthz").status, 200, "it lives on")


@case("the limits of the command line are kept")
def _():
    with Server("--max-body-bytes", 40, "--max-head-bytes", 1024) as server:
        equal(server.post_login("x" * 31).status, 303)
        equal(server.post_login("x" * 32).status, 413)
        equal(server.get("/healthz", X="y" * 700).status, 200)
        equal(server.get("/healthz", X="y" * 1024).status, 431)


@case("started from another folder it finds its pages")
def _():
    with Server(cwd="/") as server:
        equal(server.get("/login").status, 200)
        equal(server.get("/static/style.css").status, 200)


main()
