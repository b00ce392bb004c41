"""TLS with the records in sight: a client that sees what goes over the wire, and a certificate."""

import atexit
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile

from chatd_server import DEADLINE, ROOT, check

HEADER = 5  # RFC 8446, 5.1: type, version, length
APPLICATION_DATA = 23


def make_certificate():
    """The paths of a certificate and its key, in a folder that goes away with the process."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="chatd-tls-"))
    atexit.register(shutil.rmtree, folder, True)
    subprocess.run([ROOT / "scripts/make_dev_cert.sh", folder], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "cert.pem", folder / "key.pem"


class Tap:
    """A TLS connection whose records are counted before they are opened."""

    def __init__(self, port, context):
        self.peer = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.raw = b""
        self.records = []  # the size of each of application data, since forget()
        self.text = b""
        self.run(self.tls.do_handshake)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.close()

    def forget(self):
        self.records.clear()

    def send(self, data):
        """In one record, if it is short enough, and in one segment."""
        self.tls.write(data)
        self.peer.sendall(self.outgoing.read())

    def read_until(self, mark):
        """All that came up to and with that mark."""
        while mark not in self.text:
            self.text += self.run(lambda: self.tls.read(1 << 16))
        end = self.text.index(mark) + len(mark)
        taken, self.text = self.text[:end], self.text[end:]
        return taken

    def run(self, step):
        """Repeats the step with more from the wire until it is through."""
        while True:
            try:
                outcome = step()
                self.peer.sendall(self.outgoing.read())
                return outcome
            except ssl.SSLWantReadError:
                self.peer.sendall(self.outgoing.read())
                self.feed(self.peer.recv(1 << 16))

    def feed(self, data):
        check(data, "the server has closed")
        self.incoming.write(data)
        self.raw += data
        while len(self.raw) >= HEADER:
            size = int.from_bytes(self.raw[3:HEADER], "big")
            if len(self.raw) < HEADER + size:
                break
            if self.raw[0] == APPLICATION_DATA:
                self.records.append(size)
            self.raw = self.raw[HEADER + size:]
