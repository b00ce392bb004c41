#!/usr/bin/python3
"""The chat over TLS: https and wss on one port, certificates read anew, and what is refused."""

import atexit
import http.client
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import websockets
from chatd_server import DEADLINE, ROOT, Server, case, check, equal, main, run_chatd

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="chatd-tls-"))
atexit.register(shutil.rmtree, FOLDER, True)


def make_certificate(name):
    subprocess.run([ROOT / "scripts/make_dev_cert.sh", FOLDER / name], check=True,
                   stdout=subprocess.DEVNULL)
    return FOLDER / name / "cert.pem", FOLDER / name / "key.pem"


CERTIFICATE, KEY = make_certificate("one")
OTHER_CERTIFICATE, OTHER_KEY = make_certificate("two")
FLAGS = ("--tls-cert", CERTIFICATE, "--tls-key", KEY)


def trusting(certificate=CERTIFICATE):
    return ssl.create_default_context(cafile=certificate)


def request(server, method, target, body=None, headers=None, context=None):
    client = http.client.HTTPSConnection("localhost", server.port, timeout=DEADLINE,
                                         context=context or trusting())
    client.request(method, target, body, headers or {})
    answer = client.getresponse()
    answer.read()
    client.close()
    return answer


def log_in(server, nickname, context=None):
    answer = request(server, "POST", "/login", f"nickname={nickname}",
                     {"Content-Type": "application/x-www-form-urlencoded"}, context)
    equal(answer.status, 303)
    return answer.headers["Set-Cookie"]


def connect(server, cookie, context=None):
    return websockets.connect(f"wss://localhost:{server.port}/chat", ssl=context or trusting(),
                              origin=f"https://localhost:{server.port}",
                              extra_headers={"Cookie": cookie.split(";")[0]})


@case("two people talk over wss, and the cookie is for TLS only")
async def _(server):
    ana, ben = log_in(server, "Ana"), log_in(server, "Ben")
    check("; Secure" in ana, ana)
    async with connect(server, ana) as first, connect(server, ben) as second:
        equal(await first.recv(), "~~~Ben进入了聊天室~~~")
        await second.send("你好" * 2000)
        equal(await first.recv(), "Ben说:" + "你好" * 2000)


@case("TLS 1.2 and 1.3 are spoken, older ones are not")
def _(server):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = trusting()
        context.minimum_version = context.maximum_version = version
        equal(request(server, "GET", "/healthz", context=context).status, 200)
    context = trusting()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        request(server, "GET", "/healthz", context=context)
    except (ssl.SSLError, ConnectionError):
        return
    check(False, "TLS 1.1 was spoken")


@case("plain HTTP on the TLS port gets a clear answer")
def _(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = client.makefile("rb").read()
    check(answer.startswith(b"HTTP/1.1 400 "), answer)
    check(b"https" in answer, answer)


@case("SIGHUP reads the certificate anew, and drops nobody")
async def _():
    for source, target in ((CERTIFICATE, "cert.pem"), (KEY, "key.pem")):
        shutil.copy(source, FOLDER / target)
    async with Server("--tls-cert", FOLDER / "cert.pem", "--tls-key", FOLDER / "key.pem") as server:
        async with connect(server, log_in(server, "Ana")) as first:
            shutil.copy(OTHER_CERTIFICATE, FOLDER / "cert.pem")
            server.send_signal(signal.SIGHUP)
            server.wait_for_log("certificates_kept")  # its key is still the old one
            equal(request(server, "GET", "/healthz").status, 200)
            shutil.copy(OTHER_KEY, FOLDER / "key.pem")
            server.send_signal(signal.SIGHUP)
            server.wait_for_log("certificates_reloaded")
            renewed = trusting(OTHER_CERTIFICATE)
            async with connect(server, log_in(server, "Ben", renewed), renewed):
                equal(await first.recv(), "~~~Ben进入了聊天室~~~")


@case("a key that does not belong to the certificate is refused at the start")
def _():
    done = run_chatd("--port", 0, "--host", "127.0.0.1", "--state-dir", FOLDER / "state",
                     "--tls-cert", CERTIFICATE, "--tls-key", OTHER_KEY)
    equal(done.returncode, 1)
    equal(len([line for line in done.stderr.splitlines() if line.startswith("chatd:")]), 1, done.stderr)
    check(str(OTHER_KEY) in done.stderr, done.stderr)


@case("a certificate without a key is wrong usage")
def _():
    done = run_chatd("--tls-cert", CERTIFICATE)
    equal(done.returncode, 2)
    check("--tls-key" in done.stderr, done.stderr)


main(*FLAGS)
