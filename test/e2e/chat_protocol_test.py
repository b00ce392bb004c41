#!/usr/bin/python3
"""The plain dialect: who hears what, word for word, and when somebody has left."""

import asyncio
import time

import websockets

from chat_member import Member, RawMember, enter_all, entered, left
from chatd_server import Server, case, check, equal, main

# Longer than any test: who may come back is never given up meanwhile. And shorter than anybody
# notices, where the leaving itself is what is waited for.
NEVER = ("--leave-delay", 3600)
SOON = ("--leave-delay", 0.3)


@case("others hear who enters, what is said and who leaves; the author hears none of it")
async def _():
    async with Server() as server:
        ana, ben, cy = await enter_all(server, "Ana", "小明", "Cy")
        await ana.say("hello")
        await ben.hears("Ana说:hello")
        await cy.hears("Ana说:hello")
        await ben.say("你好")
        await ana.hears("小明说:你好")
        await cy.hears("小明说:你好")
        await cy.close()
        await ana.hears(left("Cy"))
        await ben.hears(left("Cy"))
        # Had anything come to its author, it would come before this.
        await ana.say("the end")
        await ben.hears("Ana说:the end")
        await ben.say("the end")
        await ana.hears("小明说:the end")


@case("texts go out as they came in")
async def _():
    texts = ["", " ", "<b>bold</b>", "<script>alert(1)</script>", "&amp;", "a\nb\r\nc\td", "😀👨‍👩‍👧🇨🇳",
             "\u202eright to left", "\u0001\u0007\u001b[31m", "说:", "~~~Ben进入了聊天室~~~", "{\"type\":1}",
             "\ufeff", "\ud7ff\ue000\uffff\U0010ffff", "x" * 125, "x" * 126, "字" * 20_000, "x" * 65_536]
    async with Server() as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        for text in texts:
            await ana.say(text)
            await ben.hears("Ana说:" + text)


@case("a message that comes in fragments goes out as one")
async def _():
    async with Server() as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        await ana.say(["one ", "", "two ", "三", ""])
        await ben.hears("Ana说:one two 三")
        raw = RawMember(server, server.login("Cy"))
        await ana.hears(entered("Cy"))
        # Cut within a character, with a ping between.
        raw.send_frame(0x1, "你".encode()[:2], fin=False)
        raw.send_frame(0x9, b"between")
        raw.send_frame(0x0, "你".encode()[2:] + "好".encode())
        equal(raw.frame(), (0xA, b"between"))
        await ana.hears("Cy说:你好")
        raw.close()


@case("who opens several tabs enters once and leaves with the last one")
async def _():
    async with Server() as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        tab = await ben.another_tab(server)
        third = await ben.another_tab(server)
        await ana.say("1")
        for each in (ben, tab, third):
            await each.hears("Ana说:1")
        # What one tab says, the others do not hear: they are its author as well.
        await tab.say("2")
        await ana.hears("Ben说:2")
        await ben.close()
        await tab.close()
        await third.say("3")
        await ana.hears("Ben说:3")
        await ana.say("4")
        await third.hears("Ana说:4")
        await third.close()
        await ana.hears(left("Ben"))


@case("a login has 32 tabs at most, and one that closes makes room")
async def _():
    async with Server() as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        tabs = [await ben.another_tab(server) for _ in range(31)]
        late = await ben.another_tab(server)
        equal(await late.closed_with(), (1008, []))
        await tabs.pop().close()
        tabs.append(await ben.another_tab(server))
        await ana.say("to all")
        for tab in [ben, *tabs]:
            await tab.hears("Ana说:to all")
        await tabs[-1].say("here")
        await ana.hears("Ben说:here")


@case("a reload neither leaves nor enters")
async def _():
    async with Server(*NEVER) as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        for number in range(3):
            await ben.close(1001)
            ben = await ben.another_tab(server)
            await ben.say(str(number))
            await ana.hears(f"Ben说:{number}")


@case("who goes away and does not come back has left, after the delay")
async def _():
    async with Server(*SOON) as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        start = time.monotonic()
        await ben.close(1001)
        await ana.hears(left("Ben"))
        took = time.monotonic() - start
        check(0.25 < took < 5, f"after {took:.2f} s")
        await ben.another_tab(server)
        await ana.hears(entered("Ben"))


@case("who says goodbye has left at once")
async def _():
    async with Server(*NEVER) as server:
        ana, = await enter_all(server, "Ana")
        for number, code in enumerate((1000, 1000, 3000, 4999)):
            name = f"Ben{number}"
            ben = await Member.join(server, name)
            await ana.hears(entered(name))
            await ben.close(code, "bye")
            await ana.hears(left(name))
        # A close without a code means it too.
        raw = RawMember(server, server.login("Cy"))
        await ana.hears(entered("Cy"))
        raw.send_frame(0x8)
        equal(raw.close_code(), 1005)
        await ana.hears(left("Cy"))


@case("a connection that is cut leaves after the delay; one that comes back does not")
async def _():
    async with Server(*SOON) as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        start = time.monotonic()
        ben.cut()
        await ana.hears(left("Ben"))
        check(time.monotonic() - start > 0.25, "at once")
    async with Server(*NEVER) as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        ben.cut()
        ben = await ben.another_tab(server)
        await ben.say("back")
        await ana.hears("Ben说:back")


@case("an end of the stream without a close frame counts as cut")
async def _():
    async with Server(*NEVER) as server:
        ana, = await enter_all(server, "Ana")
        cookie = server.login("Ben")
        raw = RawMember(server, cookie)
        await ana.hears(entered("Ben"))
        raw.stop()
        equal(raw.frame(), None)
        raw.close()
        ben = await Member.join(server, "Ben", cookie)
        await ben.say("back")
        await ana.hears("Ben说:back")


@case("logout closes every tab, and others hear once that the member has left")
async def _():
    async with Server(*NEVER) as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        tab = await ben.another_tab(server)
        answer = await asyncio.to_thread(server.post_logout, ben.cookie)
        equal(answer.status, 303)
        for each in (ben, tab):
            equal(await each.closed_with(), (1000, []))
        await ana.hears(left("Ben"))
        # The name is somebody else's now.
        other = await Member.join(server, "Ben")
        await ana.hears(entered("Ben"))
        await other.say("new")
        await ana.hears("Ben说:new")


@case("logout of who has gone already is heard once too")
async def _():
    async with Server(*NEVER) as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        ben.cut()
        await asyncio.to_thread(server.post_logout, ben.cookie)
        await ana.hears(left("Ben"))
        await Member.join(server, "Cy")
        await ana.hears(entered("Cy"))


@case("who takes another name in the browser leaves under the first one")
async def _():
    async with Server(*NEVER) as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        answer = await asyncio.to_thread(server.post_login, "Bea", ben.cookie)
        equal(await ben.closed_with(), (1000, []))
        await ana.hears(left("Ben"))
        bea = await Member.join(server, "Bea", answer.cookie)
        await ana.hears(entered("Bea"))
        await bea.close()


@case("nobody comes in without a cookie of ours, or from a foreign page")
async def _(server):
    cookie = await asyncio.to_thread(server.login, "Guarded")
    own = server.origin
    tampered = cookie[:-2] + ("1" if cookie[-2] == "0" else "0") + cookie[-1:]
    refused = [
        ({}, None), ({"Cookie": "nickname=x"}, None), ({"Cookie": tampered}, None),
        ({"Cookie": cookie[:-9]}, own), ({"Cookie": cookie}, "https://evil.example"),
        ({"Cookie": cookie}, "null"), ({"Cookie": cookie}, own + "1"),
        ({"Cookie": cookie}, own.replace("127.0.0.1", "localhost")),
        ({"Cookie": cookie}, f"http://127.0.0.1.evil.example:{server.port}"),
        ({}, "https://evil.example"),
    ]
    for headers, origin in refused:
        try:
            await websockets.connect(server.socket_url, extra_headers=headers, origin=origin)
            check(False, f"let in with {headers}, {origin}")
        except websockets.InvalidStatusCode as error:
            equal(error.status_code, 403, f"{headers}, {origin}")
    for origin in (None, own):
        member = await Member.join(server, "Guarded", cookie, origin=origin)
        await member.close()


@case("an allowed origin may come in")
async def _():
    flags = ("--allowed-origin", "https://one.example", "--allowed-origin", "https://two.example:444")
    async with Server(*flags) as server:
        cookie = await asyncio.to_thread(server.login, "Ana")
        for origin in ("https://one.example", "https://two.example:444", server.origin):
            member = await Member.join(server, "Ana", cookie, origin=origin)
            await member.close()
        for origin in ("http://one.example", "https://two.example", "https://three.example"):
            raw = await asyncio.to_thread(RawMember, server, cookie, None, [f"Origin: {origin}"])
            equal(raw.status, 403, origin)
            raw.close()


@case("a subprotocol that is offered is not one that we speak")
async def _(server):
    member = await Member.join(server, "Sub", subprotocols=["soap", "wamp"])
    equal(member.socket.subprotocol, None)
    await member.close()


@case("compression may be offered, and need not be taken")
async def _():
    async with Server() as server:
        ana = await Member.join(server, "Ana", compression="deflate")
        ben = await Member.join(server, "Ben", compression="deflate")
        await ana.hears(entered("Ben"))
        for text in ("x" * 10_000, "你好" * 3_000, ""):
            await ana.say(text)
            await ben.hears("Ana说:" + text)


@case("two people with one name: who comes second is not let in")
async def _():
    async with Server() as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        answer = await asyncio.to_thread(server.post_login, "BEN")
        equal((answer.status, answer.cookie), (200, None))
        await ana.say("still the same")
        await ben.hears("Ana说:still the same")


main()
