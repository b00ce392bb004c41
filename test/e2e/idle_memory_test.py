#!/usr/bin/python3
"""What an idle WebSocket costs echod in memory: by how much VmRSS grows for each that is open.

idle_memory_test.py 5000 measures with so many instead of the few that a test has time for.
"""

import pathlib
import resource
import ssl
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))

# pylint: disable=wrong-import-position
from echo_server import EchoServer, run, tls_server  # noqa: E402
from wire import TEXT, check, frame  # noqa: E402

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 600
WARM = 100  # before the first look: what the server has once, however many come
# KiB; README.md says what was measured. Buffers that were kept would make it 10 more.
BOUNDS = {None: 4, ssl.TLSVersion.TLSv1_2: 20, ssl.TLSVersion.TLSv1_3: 20}


def resident_kib(server):
    with open(f"/proc/{server.child.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def open_some(server, count):
    clients = []
    for _ in range(count):
        client = server.open()
        clients.append(client)
        # Buffers that are not given back after use would be there from now on.
        client.send(frame(TEXT, b"x" * 1000))
        client.expect_message(TEXT, b"x" * 1000)
    return clients


def kib_of_one(server):
    clients = open_some(server, WARM)
    before = resident_kib(server)
    clients += open_some(server, COUNT)
    grown = resident_kib(server) - before
    for client in clients:
        client.socket.close()
    return grown / COUNT


def costs_at_most(server, version):
    kib = kib_of_one(server)
    name = version.name if version else "plain"
    print(f"{name}: {kib:.1f} KiB for each of {COUNT}", flush=True)
    check(kib <= BOUNDS[version], f"{kib:.1f} KiB for one")


def over_tls(version):
    with tempfile.TemporaryDirectory() as folder, tls_server(folder) as server:
        server.tls.minimum_version = server.tls.maximum_version = version
        costs_at_most(server, version)


def over_plain():
    with EchoServer() as server:
        costs_at_most(server, None)


def main():
    # This process has the other ends; the server raises its own limit by itself.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    good = [run(f"an idle WebSocket costs at most {BOUNDS[None]} KiB", over_plain)]
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        good.append(run(f"one over {version.name} costs at most {BOUNDS[version]} KiB",
                        lambda version=version: over_tls(version)))
    sys.exit(0 if all(good) else 1)


main()
