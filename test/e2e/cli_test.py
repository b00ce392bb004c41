#!/usr/bin/python3
"""The command line: what it tells, what it refuses, and how it says why it does not start."""

import os
import pathlib
import re
import shutil
import socket
import tempfile

from chatd_server import ROOT, Server, case, check, equal, main, run_chatd

FLAGS = """host port listen unix-socket unix-socket-mode tls-cert tls-key trusted-proxy compression
workers max-connections outbox-bytes drain-timeout cookie-secret template-path
static-path state-dir allowed-origin head-timeout body-timeout idle-timeout max-head-bytes max-body-bytes max-message-bytes nickname-grace names-per-address
leave-delay room-log-bytes ping-interval ping-timeout log-level log-format config""".split()


class Folder:
    """with Folder() as path: … a folder of its own, gone with the block."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="chatd-cli-")
        return pathlib.Path(self.path)

    def __exit__(self, *error):
        shutil.rmtree(self.path, ignore_errors=True)


def fails(status, *flags, naming="", env=None):
    """One line on stderr, nothing else, and that exit status."""
    done = run_chatd(*flags, env=env)
    what = f"chatd {' '.join(map(str, flags))}"
    equal(done.returncode, status, f"{what}: {done.stderr}")
    equal(done.stdout, "", what)
    check(re.fullmatch(r"chatd: [^\n]{10,300}\n", done.stderr), f"{what}: {done.stderr!r}")
    check(str(naming) in done.stderr, f"{what}: {naming} is not in {done.stderr!r}")
    for noise in ("terminate", "what()", "exception", "basic_", "std::"):
        check(noise not in done.stderr, f"{what}: {done.stderr!r}")


@case("--help tells every flag, its variable, and what it is for")
def _():
    done = run_chatd("--help")
    equal((done.returncode, done.stderr), (0, ""))
    told = set(re.findall(r"^ +(?:-\w,)?--([\w-]+)", done.stdout, re.MULTILINE))
    check(set(FLAGS) | {"help", "version"} <= told, f"missing: {set(FLAGS) - told}")
    for flag in told - {"help", "version"}:
        variable = "CHATD_" + flag.upper().replace("-", "_")
        entry = rf"^ +--{flag} .*\(Env:{variable}\)\s+(\S.{{10,}})$"
        found = re.search(entry, done.stdout, re.MULTILINE)
        check(found, f"--{flag} with {variable} and a word about it:\n{done.stdout}")
    equal(run_chatd("-h").stdout, done.stdout)


@case("--version tells the version")
def _():
    done = run_chatd("--version")
    equal((done.returncode, done.stderr), (0, ""))
    check(re.fullmatch(r"chatd \d+\.\d+\.\d+\n", done.stdout), done.stdout)


@case("wrong usage is one line and status 2")
def _():
    fails(2, "--nope", naming="--nope")
    fails(2, "-p", "1", naming="-p")
    fails(2, "8888", naming="8888")
    fails(2, "--port", "many", naming="--port")
    fails(2, "--port", 65536, naming="--port")
    fails(2, "--port", naming="--port")
    fails(2, "--host", "--port", 1, naming="--host")
    fails(2, "--workers", -1, naming="--workers")
    fails(2, "--drain-timeout", "soon", naming="--drain-timeout")
    fails(2, "--drain-timeout", "nan")
    fails(2, "--log-level", "LOUD", naming="--log-level")
    fails(2, "--log-format", "xml", naming="--log-format")
    fails(2, "--allowed-origin", "https://a.example/", naming="https://a.example/")
    fails(2, "--max-message-bytes", 0, naming="--max-message-bytes")
    fails(2, "--port", 1, "--port", 2, naming="--port")
    fails(2, env={"CHATD_PORT": "many"}, naming="many")


@case("what does not start says why in one line, with status 1")
def _(server):
    state = ("--state-dir", server.state)
    here = ("--host", "127.0.0.1", "--port")
    fails(1, *here, server.port, *state, naming=f"127.0.0.1:{server.port}")
    fails(1, "--host", "no.such.host.invalid", "--port", 0, *state, naming="no.such.host.invalid")
    fails(1, "--host", "192.0.2.1", "--port", 0, *state, naming="192.0.2.1")
    fails(1, *here, 0, *state, "--static-path", "/no/such", naming="/no/such")
    fails(1, *here, 0, *state, "--template-path", "/no/such", naming="/no/such")


@case("a taken port leaves no state behind")
def _(server):
    with Folder() as folder:
        fails(1, "--host", "127.0.0.1", "--port", server.port, "--state-dir", folder / "new")
        check(not (folder / "new").exists(), "a state directory was made")


@case("a template that is missing or broken is named")
def _(server):
    flags = ("--host", "127.0.0.1", "--port", 0, "--state-dir", server.state, "--template-path")
    with Folder() as folder:
        fails(1, *flags, folder, naming=folder / "login.html")
        pages = folder / "pages"
        for missing in ("login.html", "chat.html"):
            shutil.copytree(ROOT / "templates", pages)
            (pages / missing).unlink()
            fails(1, *flags, pages, naming=pages / missing)
            shutil.rmtree(pages)
        for name, text in (("login.html", "{{#open}}"), ("chat.html", "{{name"),
                           ("error.html", "{{/x}}"), ("more.html", "{{> nobody}}")):
            shutil.copytree(ROOT / "templates", pages)
            (pages / name).write_text(text)
            fails(1, *flags, pages, naming=pages / name)
            shutil.rmtree(pages)


@case("what is wrong with the folders is said before a secret is made")
def _():
    with Folder() as folder:
        shutil.copytree(ROOT / "templates", folder / "pages")
        (folder / "pages/chat.html").write_text("{{#open}}")
        for flags in (("--template-path", folder / "pages"), ("--static-path", folder / "none")):
            fails(1, "--host", "127.0.0.1", "--port", 0, "--state-dir", folder / "state", *flags)
            check(not (folder / "state").exists(), "a state directory was made")


@case("a state directory that cannot be written is named, and needed only for the secret")
def _():
    with Folder() as folder:
        (folder / "file").write_text("")
        flags = ("--host", "127.0.0.1", "--port", 0, "--state-dir")
        fails(1, *flags, folder / "file", naming=folder / "file")
        fails(1, *flags, folder / "file" / "below", naming=folder / "file" / "below")
        fails(1, *flags, "/proc/chatd", naming="/proc/chatd")
        if os.getuid() != 0:  # root may write anywhere
            folder.chmod(0o500)
            fails(1, *flags, folder / "new", naming=folder / "new")
            folder.chmod(0o700)
        with Server("--state-dir", "/proc/chatd", "--cookie-secret", "a secret") as server:
            equal(server.post_login("Ana").status, 303)


@case("the file gives what neither flag nor variable has given")
def _():
    with Folder() as folder:
        path = folder / "chatd.conf"
        path.write_text('# ours\nmax-body-bytes = 30\nnickname-grace = 7 # seconds\nport = 1\n'
                        'cookie-secret = "secret # with a hash"\nlog-format = json\n')
        with Server("--config", path) as server:
            equal(server.post_login("x" * 21).status, 303, "30 bytes")
            equal(server.post_login("x" * 22).status, 413, "31 bytes")
            check(server.lines[0].startswith("{"), server.log)
            equal(list(server.state.iterdir()), [], "the secret came from the file")
        variables = {"CHATD_MAX_BODY_BYTES": "20", "CHATD_LOG_FORMAT": "text"}
        with Server("--config", path, env=variables) as server:
            equal(server.post_login("x" * 12).status, 413, "the variable goes before the file")
            check(not server.lines[0].startswith("{"), server.log)
        with Server("--max-body-bytes", 10, env={"CHATD_CONFIG": str(path),
                                                 "CHATD_MAX_BODY_BYTES": "20"}) as server:
            equal(server.post_login("xx").status, 413, "the flag goes before both")


@case("a file with what is no setting is refused")
def _():
    with Folder() as folder:
        path = folder / "chatd.conf"
        for text, naming in (("nope = 1\n", "nope"), ("[server]\nport = 1\n", "line 1"),
                             ("port = 1\nrubbish\n", "line 2"), ("port = many\n", "port"),
                             ("max_body_bytes = 1\n", "max_body_bytes"),
                             ("version = true\n", "version")):
            path.write_text(text)
            fails(2, "--config", path, naming=naming)
        fails(2, "--config", folder / "none", naming=folder / "none")
        fails(2, "--config", folder, naming=folder)


@case("port 0 is a free one, and the line tells it")
def _():
    with Server() as one, Server() as other:
        check(one.port != other.port and one.port > 0, f"{one.port}, {other.port}")


@case("without a host it listens on IPv6 and IPv4")
def _():
    server = Server("--host", "")
    try:
        port = int(server.wait_for_log(r"listening address=(?:\[::\]|0\.0\.0\.0):(\d+)").group(1))
        for address in ("127.0.0.1", "::1") if has_loopback6() else ("127.0.0.1",):
            with socket.create_connection((address, port), timeout=5) as peer:
                peer.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                check(peer.recv(1000).startswith(b"HTTP/1.1 200"), address)
        server.stop()
    finally:
        server.remove()


def has_loopback6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


main()
