#!/usr/bin/python3
"""The token against forged forms is Tornado's, in both directions: asked of Debian's python3-tornado
itself, and of a small site on our library."""

import asyncio
import atexit
import binascii
import http.client
import os
import re
import subprocess
import urllib.parse

import tornado.httpclient
import tornado.httpserver
import tornado.netutil
import tornado.web

from chatd_server import DEADLINE, ROOT, case, check, equal, main

SITE = (ROOT / os.environ.get("XSRF_SITE", "build/release/xsrf_site")).resolve()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Ours:
    """with Ours() as ours: … our site, on a port of the system's choosing."""

    def __enter__(self):
        self.child = subprocess.Popen([SITE, "0"], stderr=subprocess.PIPE, text=True)
        atexit.register(self.child.kill)
        for line in self.child.stderr:
            if found := re.search(r"listening address=127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                return self
        raise RuntimeError("it ended before it listened")

    def __exit__(self, *error):
        self.child.terminate()
        equal(self.child.wait(DEADLINE), 0, "the exit status")
        self.child.stderr.close()

    def ask(self, method, body, fields):
        """Status, the cookie that was set if any, and the body."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        client.request(method, "/", body, fields)
        answer = client.getresponse()
        text = answer.read().decode()
        client.close()
        return answer.status, cookie_in(answer.headers), text

    async def fetch(self, method="GET", body=None, fields=None):
        return await asyncio.to_thread(self.ask, method, body, fields or {})


class Theirs:
    """async with Theirs() as theirs: … the same site by Tornado."""

    class Form(tornado.web.RequestHandler):
        def get(self):
            self.write(self.xsrf_token)

        def post(self):
            self.write("done")

    def __init__(self, version=2):
        self.application = tornado.web.Application([("/", self.Form)], xsrf_cookies=True,
                                                   xsrf_cookie_version=version)

    async def __aenter__(self):
        sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
        self.server = tornado.httpserver.HTTPServer(self.application)
        self.server.add_sockets(sockets)
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *error):
        self.server.stop()
        await self.server.close_all_connections()

    async def fetch(self, method="GET", body=None, fields=None):
        answer = await tornado.httpclient.AsyncHTTPClient().fetch(
            self.url, method=method, body=body, headers=fields, raise_error=False)
        return answer.code, cookie_in(answer.headers), answer.body.decode()


def cookie_in(headers):
    """The value of _xsrf, as a browser keeps it."""
    found = re.match(r'_xsrf="?([^";]*)', headers.get("Set-Cookie") or "")
    return found and found[1]


async def status_of_form(site, cookie, token):
    body = "_xsrf=" + urllib.parse.quote_plus(token)
    return (await site.fetch("POST", body, {**FORM, "Cookie": f"_xsrf={cookie}"}))[0]


async def status_of_script(site, cookie, token, name="X-XSRFToken"):
    fields = {"Cookie": f"_xsrf={cookie}", name: token}
    return (await site.fetch("POST", "{}", fields))[0]


@case("a cookie of Tornado's is accepted here, with the tokens that Tornado and we make of it")
async def _():
    for version in (1, 2):
        with Ours() as ours:
            async with Theirs(version) as theirs:
                status, cookie, token = await theirs.fetch()
                equal((status, token), (200, cookie))
                equal(await status_of_form(ours, cookie, token), 200, cookie)
                for site in (ours, theirs):
                    _, again, other = await site.fetch("GET", None, {"Cookie": f"_xsrf={cookie}"})
                    equal(again, None, "a new cookie")
                    for judge in (ours, theirs):
                        equal(await status_of_form(judge, cookie, other), 200, f"{cookie} {other}")
                        equal(await status_of_script(judge, cookie, other), 200)
                        equal(await status_of_script(judge, cookie, other, "X-CSRFToken"), 200)


@case("a cookie of ours is accepted by Tornado, with the tokens that Tornado and we make of it")
async def _():
    with Ours() as ours:
        async with Theirs() as theirs:
            status, cookie, token = await ours.fetch()
            equal((status, token), (200, cookie))
            check(re.fullmatch(r"2\|[0-9a-f]{8}\|[0-9a-f]{32}\|[0-9]{10}", cookie), cookie)
            equal(await status_of_form(theirs, cookie, token), 200, cookie)
            for site in (ours, theirs):
                _, again, other = await site.fetch("GET", None, {"Cookie": f"_xsrf={cookie}"})
                equal(again, None, "a new cookie")
                check(other != token, "another mask")
                for judge in (ours, theirs):
                    equal(await status_of_form(judge, cookie, other), 200, f"{cookie} {other}")


@case("what Tornado refuses is refused here, and what it accepts is accepted")
async def _():
    with Ours() as ours:
        async with Theirs() as theirs:
            _, cookie, token = await theirs.fetch()
            _, stranger, _ = await theirs.fetch()
            version, mask, masked, time = token.split("|")
            secret = bytes(a ^ b for a, b in zip(binascii.a2b_hex(masked),
                                                 binascii.a2b_hex(mask) * 4))
            texts = [token, secret.hex(), secret.hex().upper(), stranger, "", "x", "0", "2", "2|", "|",
                     token.upper(), token[:-1], token + "0", token + "|", "1" + token[1:],
                     "3" + token[1:], "0" + token, f"2|{mask}|{masked}", f"2|{mask}|{masked[2:]}|{time}",
                     f"2|{mask}||{time}", f"2|{mask}|{masked}|", f"2|{mask}|{masked}|x",
                     f"2|{masked[:8]}|{mask * 4}|{time}", f"2|{mask}|{masked}|1", secret.hex()[1:]]
            accepted = 0
            for text in texts:
                wanted = await status_of_form(theirs, cookie, text)
                equal(await status_of_form(ours, cookie, text), wanted, f"{text!r} for {cookie}")
                accepted += wanted == 200
            check(4 <= accepted < len(texts) // 2, f"{accepted} accepted")
            for body, fields in ((None, {}), ("", {}), (f"_xsrf={token}", FORM)):
                for site in (ours, theirs):
                    status, _, _ = await site.fetch("POST", body or "", fields)
                    equal(status, 403, f"without a cookie: {body}")


main()
