"""An echod of its own for a conformance test: on a free port, ended by its own handle; and the cases.

    @case("RFC 6455, 5.2: an empty text comes back")
    def _(server):
        with server.open() as client:
            client.send(frame(TEXT))
            client.expect_message(TEXT, b"")

    main()

ECHOD names the program; without it, it is the one beside CHATD, or ./echod.
"""

import atexit
import os
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from wire import DEADLINE, Client, Failed, Socket

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHATD = ROOT / os.environ.get("CHATD", "chatd")
BINARY = (ROOT / os.environ.get("ECHOD", CHATD.parent / "echod")).resolve()
LISTENING = re.compile(r"listening.* address=127\.0\.0\.1:(\d+)")
COMPLAINTS = re.compile(r"Sanitizer|runtime error:|Assertion|terminate called|pure virtual")

PLAIN = None
DEFLATED = "permessage-deflate; client_max_window_bits"

cases = []


def case(name):
    """Registers a function of the server as a case."""
    def register(function):
        cases.append((name, function))
        return function
    return register


class EchoServer:
    """with EchoServer() as server: … server.open() gives a client, as the mode has it."""

    def __init__(self, arguments=(), tls=None):
        self.tls = tls  # an ssl.SSLContext
        self.lines = []
        self.offer = PLAIN
        self.listening = threading.Event()
        self.port = None
        self.child = subprocess.Popen([BINARY, "0", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True, errors="replace")
        atexit.register(self.child.kill)
        threading.Thread(target=self.read_log, daemon=True).start()

    def read_log(self):
        for line in self.child.stderr:
            self.lines.append(line.rstrip("\n"))
            found = LISTENING.search(line)
            if found:
                self.port = int(found.group(1))
                self.listening.set()

    def __enter__(self):
        if not self.listening.wait(DEADLINE):
            raise Failed("echod never listened:\n" + "\n".join(self.lines))
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def open(self, offer="as the mode has it", headers=()):
        offer = self.offer if offer == "as the mode has it" else offer
        return Client(self.port, offer, headers, self.tls)

    def connect(self):
        """A connection on which nothing has been said yet, but what TLS needs."""
        return Socket(self.port, self.tls)

    def end(self):
        """Ends as SIGTERM asks, without a word of complaint before."""
        self.child.send_signal(signal.SIGTERM)
        status = self.child.wait(DEADLINE)
        if status != 0:
            raise Failed(f"exit status {status}\n" + "\n".join(self.lines[-20:]))
        complaints = [line for line in self.lines if COMPLAINTS.search(line)]
        if complaints:
            raise Failed("\n".join(complaints))


def run(name, function):
    """Whether the case passed."""
    start = time.monotonic()
    try:
        function()
    except (Failed, OSError, AssertionError) as error:
        print(f"not ok - {name}")
        where = traceback.extract_tb(error.__traceback__)[1:2]
        print(f"    {error}\n    at {where}", flush=True)
        return False
    took = time.monotonic() - start
    print(f"ok - {name}" + (f" ({took:.1f} s)" if took > 1 else ""), flush=True)
    return True


def run_all(server, modes):
    """How many cases failed."""
    failed = 0
    for offer, suffix in modes:
        server.offer = offer
        for name, function in cases:
            failed += not run(name + suffix, lambda function=function: function(server))
    return failed + (not run("echod ends well after all that", server.end))


def tls_server(folder):
    """echod with a certificate of its own in that folder, and a client that trusts no other."""
    subprocess.run([ROOT / "scripts/make_dev_cert.sh", folder], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    certificate, key = f"{folder}/cert.pem", f"{folder}/key.pem"
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    return EchoServer((certificate, key), context)


def main(modes=((PLAIN, ""),), over_tls=False):
    """Runs all cases; those of frames once plain and once where permessage-deflate was agreed on,
    and all of that over TLS too."""
    with EchoServer() as server:
        failed = run_all(server, modes)
    if over_tls:
        with tempfile.TemporaryDirectory() as folder, tls_server(folder) as server:
            failed += run_all(server, [(offer, suffix + " (TLS)") for offer, suffix in modes])
    sys.exit(1 if failed else 0)


PLAIN_AND_DEFLATED = ((PLAIN, ""), (DEFLATED, " (deflate agreed on)"))
