#!/usr/bin/python3
"""The whole evening of two people, by Tornado's own clients: form, cookie, page, socket, logout."""

import asyncio
import urllib.parse

import tornado.httpclient
import tornado.websocket

from chat_member import entered, left
from chatd_server import DEADLINE, Server, case, check, equal, main


class Person:
    def __init__(self, server, name):
        self.server = server
        self.name = name
        self.cookie = None
        self.socket = None

    async def fetch(self, path, **options):
        headers = {"Cookie": self.cookie} if self.cookie else {}
        return await tornado.httpclient.AsyncHTTPClient().fetch(
            self.server.origin + path, headers=headers, follow_redirects=False,
            raise_error=False, **options)

    async def log_in(self):
        answer = await self.fetch("/login", method="POST",
                                  body=urllib.parse.urlencode({"nickname": self.name}))
        if answer.code == 303:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer

    async def connect(self, **options):
        request = tornado.httpclient.HTTPRequest(self.server.socket_url,
                                                 headers={"Cookie": self.cookie})
        self.socket = await tornado.websocket.websocket_connect(request, **options)

    async def come_in(self, **options):
        equal((await self.log_in()).code, 303)
        equal((await self.fetch("/chat")).code, 200)
        await self.connect(**options)
        return self

    async def say(self, text):
        await self.socket.write_message(text)

    async def hears(self, *texts):
        for text in texts:
            equal(await asyncio.wait_for(self.socket.read_message(), DEADLINE), text, self.name)


@case("two people talk, one quits, the other sees it")
async def _():
    async with Server() as server:
        ana = await Person(server, "Ana").come_in()
        ming = await Person(server, "小明").come_in()
        await ana.hears(entered("小明"))
        for text in ("hello", "你好", "😀", "<b>markup</b>", "", "x" * 60_000):
            await ana.say(text)
            await ming.hears("Ana说:" + text)
            await ming.say(text)
            await ana.hears("小明说:" + text)
        answer = await ming.fetch("/logout", method="POST", body="")
        equal((answer.code, answer.headers["Location"]), (303, "/login"))
        await ming.hears(None)  # closed
        equal(ming.socket.close_code, 1000)
        await ana.hears(left("小明"))
        equal((await ming.fetch("/chat")).headers["Location"], "/login")


@case("a taken name is refused, and who has no cookie is not let in")
async def _():
    async with Server() as server:
        ana = await Person(server, "Ana").come_in()
        second = Person(server, "ana")
        answer = await second.log_in()
        equal(answer.code, 200)
        check("昵称已被使用,请更换昵称" in answer.body.decode(), answer.body.decode())
        for cookie in ("nickname=ana", "x=y"):
            second.cookie = cookie
            try:
                await second.connect()
                check(False, "let in")
            except tornado.httpclient.HTTPClientError as error:
                equal(error.code, 403)
        ana.socket.close()


@case("compression may be offered by this client as well")
async def _():
    async with Server() as server:
        ana = await Person(server, "Ana").come_in(compression_options={})
        ben = await Person(server, "Ben").come_in(compression_options={})
        await ana.hears(entered("Ben"))
        for text in ("the same again " * 1_000, "你好" * 1_000, "", "short"):
            for _ in range(3):
                await ana.say(text)
                await ben.hears("Ana说:" + text)


@case("its pings are answered, its close codes arrive")
async def _():
    async with Server("--leave-delay", 3600) as server:
        ana = await Person(server, "Ana").come_in()
        # Tornado gives a peer up that does not answer within the interval.
        ben = await Person(server, "Ben").come_in(ping_interval=0.1, ping_timeout=1)
        await ana.hears(entered("Ben"))
        pongs = asyncio.Queue()
        ben.socket.on_pong = pongs.put_nowait
        for _ in range(5):
            await asyncio.wait_for(pongs.get(), DEADLINE)
        await ben.say("still here")
        await ana.hears("Ben说:still here")
        ben.socket.close(1000, "good night")
        await ana.hears(left("Ben"))
        cy = await Person(server, "Cy").come_in()
        await ana.hears(entered("Cy"))
        await cy.socket.write_message(b"\x00", binary=True)
        await cy.hears(None)
        equal(cy.socket.close_code, 1003)


main()
