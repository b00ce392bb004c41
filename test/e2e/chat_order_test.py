#!/usr/bin/python3
"""Fifty members, four of whom talk as fast as they can: nothing is lost, nothing doubled, and all
hear it in one order."""

import asyncio

from chat_member import Member
from chatd_server import Server, case, equal, main

MEMBERS = 50
SENDERS = 4
EACH = 500


async def hear(member, wanted):
    """What others said, without who enters and leaves."""
    heard = []
    while len(heard) < wanted:
        text = await member.next()
        if "说:" in text:
            heard.append(text)
    return heard


async def talk(member):
    for number in range(EACH):
        await member.say(f"{number} {'.' * (number % 97)}")


def without(heard, name):
    return [text for text in heard if not text.startswith(name + "说:")]


async def crowd(server):
    members = [await Member.join(server, f"m{index}", ping_interval=None)
               for index in range(MEMBERS)]
    senders = members[:SENDERS]
    wanted = [EACH * (SENDERS - 1 if member in senders else SENDERS) for member in members]
    heard, *_ = await asyncio.gather(
        asyncio.gather(*[hear(member, count) for member, count in zip(members, wanted)]),
        *[talk(sender) for sender in senders])
    # A last word shows that nothing came behind.
    await members[-1].say("last")
    for member in members[:-1]:
        await member.hears(f"{members[-1].name}说:last")

    order = heard[-1]
    for sender in senders:
        said = [f"{sender.name}说:{number} {'.' * (number % 97)}" for number in range(EACH)]
        equal([text for text in order if text.startswith(sender.name + "说:")], said, sender.name)
    for member, text in zip(members, heard):
        if text != (without(order, member.name) if member in senders else order):
            equal(text, order, f"{member.name} heard another order")


@case("one order on one worker")
async def _():
    async with Server("--workers", 1) as server:
        await crowd(server)


@case("one order on two workers")
async def _():
    async with Server("--workers", 2) as server:
        await crowd(server)


@case("one order where the log is small and speakers must wait")
async def _():
    flags = ("--workers", 3, "--room-log-bytes", 65536, "--max-message-bytes", 1024)
    async with Server(*flags) as server:
        await crowd(server)


main()
