"""What python-websockets says to echod comes back: random messages, deflated and not."""

import asyncio
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))

# pylint: disable=wrong-import-position
import websockets  # noqa: E402
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory  # noqa: E402

from echo_server import case, main  # noqa: E402
from wire import Failed, check, equal  # noqa: E402

SEED = int(os.environ.get("SEED", "20260722"))
DEADLINE = 60
LETTERS = "abc déf\0\n聊天室🎉\uFFFD\U0010FFFF"
MESSAGES = 60
MAX_BYTES = 4 << 20


def random_message(dice):
    """A text or bytes, of a size of any magnitude; some of it repeats and some does not."""
    size = dice.choice((0, 1, 5, 125, 126, 127, 4096, 65535, 65536, dice.randrange(1 << dice.randrange(1, 19))))
    if dice.random() < 0.5:
        return dice.randbytes(size) if dice.random() < 0.5 else dice.randbytes(16) * (size // 16)
    return "".join(dice.choices(LETTERS, k=min(size, 2000))) * max(1, size // 4000)


def random_fragments(dice, message):
    """The message as websockets sends it: whole, or an iterable that becomes fragments."""
    if dice.random() < 0.5 or not message:
        return message
    cuts = sorted(dice.randrange(len(message)) for _ in range(dice.randrange(1, 8)))
    return [message[start:end] for start, end in zip([0, *cuts], [*cuts, len(message)])]


def run(server, dialogue, **options):
    async def session():
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/", max_size=MAX_BYTES,
                                      **options) as client:
            await dialogue(client)
    try:
        asyncio.run(asyncio.wait_for(session(), DEADLINE))
    except Failed as error:
        raise Failed(f"{error}\n    with SEED={SEED}") from error
    except (asyncio.TimeoutError, websockets.WebSocketException) as error:
        raise Failed(f"{type(error).__name__} {error}\n    with SEED={SEED}") from error


COMPRESSIONS = {
    "no compression": {"compression": None},
    "compression": {"compression": "deflate"},
    "no takeover": {"extensions": [ClientPerMessageDeflateFactory(
        server_no_context_takeover=True, client_no_context_takeover=True)]},
    "windows of 9 and 10 bits": {"extensions": [ClientPerMessageDeflateFactory(
        server_max_window_bits=10, client_max_window_bits=9)]},
}

for what, options in COMPRESSIONS.items():
    @case(f"python-websockets with {what}: messages and fragments come back one by one")
    def _(server, options=options):
        async def dialogue(client):
            dice = random.Random(SEED)
            equal(bool(client.extensions), options != {"compression": None}, "agreed on")
            for number in range(MESSAGES):
                message = random_message(dice)
                await client.send(random_fragments(dice, message))
                check(await client.recv() == message, f"message {number} came back another")
        run(server, dialogue, **options)

    @case(f"python-websockets with {what}: a hundred messages come back in their order")
    def _(server, options=options):
        async def dialogue(client):
            dice = random.Random(SEED + 1)
            messages = [random_message(dice) for _ in range(100)]

            async def speak():
                for message in messages:
                    await client.send(message)

            speaker = asyncio.ensure_future(speak())
            for number, message in enumerate(messages):
                check(await client.recv() == message, f"message {number} came back another")
            await speaker
        run(server, dialogue, **options)


@case("python-websockets: pings are answered, and its close is")
def _(server):
    async def dialogue(client):
        for payload in (b"", b"x", b"*" * 125):
            await asyncio.wait_for(await client.ping(payload), DEADLINE)
        await client.close(4321, "enough")
        equal((client.close_code, client.close_reason), (4321, ""), "what echod answered")
    run(server, dialogue)


main()
