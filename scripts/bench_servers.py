"""The servers that scripts/bench.py measures, and how each is started."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build/release/bench"
PEERS = ROOT / "test/bench/peers"
START_SECONDS = 10


class Absent(Exception):
    """This server cannot be run here, and why."""


class Server:
    """A way to start one: `command` gets the port, and a folder of its own."""

    def __init__(self, name, command, path="/chat", login="none", tls=False, one_thread=True):
        self.name = name
        self.command = command
        self.path = path
        self.login = login
        self.tls = tls
        self.one_thread = one_thread


class Running:
    """A server that is up; `with` ends it."""

    def __init__(self, server):
        self.server = server
        self.folder = tempfile.TemporaryDirectory(prefix="chatd-bench-")
        self.log = tempfile.TemporaryFile()  # a pipe that nobody reads would fill up
        self.port = free_port()
        command = pinned(server.command(self.port, self.folder.name), server.one_thread, core=0)
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.log)

    def __enter__(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.end()
                    self.log.seek(0)
                    said = self.log.read().decode(errors="replace").strip()
                    raise Absent(said.splitlines()[-1] if said else "it does not start") from None
                time.sleep(0.02)

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"{'wss' if self.server.tls else 'ws'}://127.0.0.1:{self.port}{self.server.path}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(command, one_thread, core):
    """On a core of its own, so that the load does not push the server about."""
    if not one_thread or len(os.sched_getaffinity(0)) < 2 or not shutil.which("taskset"):
        return command
    return ["taskset", "-c", str(sorted(os.sched_getaffinity(0))[core]), *command]


def chatd(name="chatd", workers=1, flags=(), tls=False, one_thread=True):
    def command(port, folder):
        made = ["./chatd", "--host", "127.0.0.1", "--port", str(port), "--state-dir", folder,
                "--workers", str(workers), *flags]
        if tls:
            subprocess.run(["scripts/make_dev_cert.sh", folder + "/tls"], cwd=ROOT, check=True,
                           stdout=subprocess.DEVNULL)
            made += ["--tls-cert", folder + "/tls/cert.pem", "--tls-key", folder + "/tls/key.pem"]
        return made
    return Server(name, command, login="form", tls=tls, one_thread=one_thread)


def floor(name, *how):
    return Server(name, lambda port, _: [str(BUILD / "floor"), str(port), *how])


def tornado(port, _):
    probe = subprocess.run(["/usr/bin/python3", "-c", "import tornado"], capture_output=True)
    if probe.returncode != 0:
        raise Absent("please:  apt-get install python3-tornado")
    return ["/usr/bin/python3", str(PEERS / "tutorial.py"), str(port)]


def node(name, room, needs, deflates=False):
    """A room in Node.js; `needs` is the folder of the package that it is made with."""
    def command(port, _):
        if not shutil.which("node") or not (ROOT / needs).is_dir():
            raise Absent("please:  scripts/install_test_packages.sh --bench")
        return ["node", str(PEERS / room), str(port), *(["deflate"] if deflates else [])]
    return Server(name, command)


def node_ws(**how):
    return node("npm ws", "ws_room.mjs", "test/node_modules/ws", **how)


def uws(**how):
    return node("uWebSockets", "uws/room.mjs", "test/bench/peers/uws/node_modules/@trufflesuite",
                **how)


CHATD = chatd()
# Two workers need both cores; one that is compared with them is not kept on one either.
CHATD_2 = chatd("chatd, 2 workers", workers=2, one_thread=False)
CHATD_LOOSE = chatd(one_thread=False)
# Who enters is told to nobody, so that entering is all that is measured.
CHATD_SILENT = chatd("chatd, silent", flags=("--announce-limit", "0"))
CHATD_TLS = chatd("chatd, TLS", tls=True)
ECHOD = Server("echod", lambda port, _: ["./echod", str(port)], path="/", one_thread=False)
FLOOR = floor("floor")
FLOOR_EACH = floor("floor, a send each", "each")
FLOOR_WAIT = floor("floor, 5 ms wait", "5")
TORNADO = Server("Tornado, tutorial", tornado, login="form")
NODE_WS = node_ws()
NODE_WS_DEFLATE = node_ws(deflates=True)
UWS = uws()
UWS_DEFLATE = uws(deflates=True)
