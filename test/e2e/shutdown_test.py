#!/usr/bin/python3
"""SIGTERM and SIGINT: everyone is told, and the server is gone in time, whoever does not listen."""

import asyncio
import signal
import time

from chat_member import Member, RawMember, enter_all, entered
from chatd_server import Server, case, check, equal, main, read_all


async def ends_with(server, number=signal.SIGTERM, status=0):
    """Sends the signal; returns how long it took."""
    start = time.monotonic()
    server.send_signal(number)
    equal(await asyncio.to_thread(server.wait), status, server.log)
    return time.monotonic() - start


@case("everyone hears 1001, and the server exits with 0")
async def _():
    for number in (signal.SIGTERM, signal.SIGINT):
        async with Server("--workers", 3) as server:
            members = await enter_all(server, *[f"m{index}" for index in range(9)])
            ending = asyncio.create_task(ends_with(server, number))
            # Nobody hears that the others left: they are all going.
            for result in await asyncio.gather(*[each.closed_with() for each in members]):
                equal(result, (1001, []))
            took = await ending
            check(took < 3, f"it took {took:.1f} s though all answered")


@case("with nobody there it exits at once")
async def _():
    async with Server() as server:
        took = await ends_with(server)
        check(took < 2, f"it took {took:.1f} s")


@case("what was said before the signal arrives before the goodbye")
async def _():
    async with Server() as server:
        ana, ben = await enter_all(server, "Ana", "Ben")
        texts = [f"{index} {'x' * 2_000}" for index in range(300)]
        for text in texts:
            await ana.say(text)
        await ben.hears("Ana说:" + texts[0])
        ending = asyncio.create_task(ends_with(server))
        code, heard = await ben.closed_with()
        equal(code, 1001)
        equal(heard, ["Ana说:" + text for text in texts[1:len(heard) + 1]])
        await ana.closed_with()
        await ending


@case("connections without a WebSocket do not hold it up")
async def _():
    async with Server("--drain-timeout", 60) as server:
        idle = server.connect()
        kept = server.connect()
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        kept.recv(65536)
        took = await ends_with(server)
        check(took < 10, f"it took {took:.1f} s")
        equal((read_all(idle), read_all(kept)), (b"", b""))


@case("a client that does not answer is given up when the time is over")
async def _():
    async with Server("--drain-timeout", 0.5) as server:
        cookie = await asyncio.to_thread(server.login, "Deaf")
        deaf = RawMember(server, cookie)
        ana = await Member.join(server, "Ana")
        equal(deaf.frame(), (1, entered("Ana").encode()))
        ending = asyncio.create_task(ends_with(server))
        equal((await ana.closed_with())[0], 1001)
        took = await ending
        check(0.4 < took < 5, f"it took {took:.1f} s")
        equal(deaf.frame(), (8, b"\x03\xe9"), "it was told")
        deaf.close()


@case("a client that reads nothing, with its buffers full, is given up too")
async def _():
    async with Server("--drain-timeout", 0.5, "--workers", 1) as server:
        cookie = await asyncio.to_thread(server.login, "Stuck")
        stuck = RawMember(server, cookie, receive_buffer=4096)
        ana, ben = await enter_all(server, "Ana", "Ben")
        for _ in range(50):
            await ana.say("x" * 60_000)
        await ben.hears(*["Ana说:" + "x" * 60_000] * 50)
        ending = asyncio.create_task(ends_with(server))
        for each in (ana, ben):
            equal((await each.closed_with())[0], 1001)
        took = await ending
        check(took < 5, f"it took {took:.1f} s")
        stuck.close()


@case("no newcomer is let in while it stops")
async def _():
    async with Server("--drain-timeout", 60) as server:
        cookie = await asyncio.to_thread(server.login, "Deaf")
        deaf = RawMember(server, cookie)
        ending = asyncio.create_task(ends_with(server))
        await asyncio.to_thread(server.wait_for_log, "stopping")
        equal(deaf.frame()[0], 8)
        try:
            server.connect().close()
            check(False, "it listens still")
        except ConnectionError:
            pass
        deaf.close()  # and with this it is through
        check(await ending < 10, "it waits for nobody")


@case("a second signal ends it at once")
async def _():
    for second, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        # At once means that no thread is waited for, which ThreadSanitizer would complain of.
        patience = {"TSAN_OPTIONS": "report_thread_leaks=0"}
        async with Server("--drain-timeout", 60, env=patience) as server:
            deaf = RawMember(server, await asyncio.to_thread(server.login, "Deaf"))
            server.send_signal(signal.SIGTERM)
            await asyncio.to_thread(server.wait_for_log, "stopping")
            took = await ends_with(server, second, status)
            check(took < 3, f"it took {took:.1f} s")
            deaf.close()


@case("SIGPIPE does not end it")
async def _():
    async with Server() as server:
        server.send_signal(signal.SIGPIPE)
        ana, ben = await enter_all(server, "Ana", "Ben")
        ben.cut()
        for number in range(20):
            await ana.say(str(number))
        equal((await asyncio.to_thread(server.get, "/healthz")).status, 200)


main()
