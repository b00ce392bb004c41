"""A chatd of its own for a test: started on a free port, ended by its own handle; and the cases.

    @case("the form is shown")
    def _(server):
        equal(server.get("/login").status, 200)

    main()
"""

import asyncio
import atexit
import http.client
import inspect
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = (ROOT / os.environ.get("CHATD", "chatd")).resolve()
# Far more than anything here takes; who waits this long has failed.
DEADLINE = 20
COMPLAINTS = re.compile(r"Sanitizer|runtime error:|Assertion|terminate called|pure virtual")


class Failed(Exception):
    """A case found what should not be."""


def equal(got, wanted, what=""):
    if got != wanted:
        raise Failed(f"{what}\n     got {got!r}\n  wanted {wanted!r}")


def check(good, what):
    if not good:
        raise Failed(what)


class Answer:
    """What a request got: status, headers (http.client's, case-blind), body as text and bytes."""

    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.raw = body
        self.text = body.decode("utf-8", "replace")

    def header(self, name):
        return self.headers.get(name)

    @property
    def cookie(self):
        """The cookie that was set, as a browser sends it back; None where none was."""
        lines = self.headers.get_all("Set-Cookie") or []
        check(len(lines) < 2, f"several cookies were set: {lines}")
        return lines[0].split(";")[0] if lines else None


def environment(extra):
    """Ours, without what would configure the server; its pages are beside it or in the tree."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CHATD")}
    own.pop("STATE_DIRECTORY", None)
    if not (BINARY.parent / "templates").is_dir():
        own.update(CHATD_TEMPLATE_PATH=str(ROOT / "templates"), CHATD_STATIC_PATH=str(ROOT / "public"))
    own.update(extra or {})
    return own


def run_chatd(*flags, env=None, cwd=ROOT):
    """Runs chatd to its end: for starts that fail, and for --help."""
    return subprocess.run([BINARY, *map(str, flags)], env=environment(env), cwd=cwd, text=True,
                          capture_output=True, timeout=DEADLINE, check=False)


class Server:
    """with Server("--leave-delay", 0.2) as server: …; leaving the block ends it and looks whether
    it ended well."""

    def __init__(self, *flags, env=None, cwd=ROOT, state=None, prepare=None):
        self.own_state = None if state else tempfile.mkdtemp(prefix="chatd-e2e-")
        self.state = pathlib.Path(state or self.own_state)
        self.lines = []
        self.news = threading.Condition()
        self.port = None
        self.judged = False  # a case has waited for the end and judged it
        command = [BINARY, *flags]
        for flag, value in (("--host", "127.0.0.1"), ("--port", 0), ("--state-dir", self.state)):
            if flag not in flags:
                command += [flag, value]
        self.child = subprocess.Popen(list(map(str, command)), env=environment(env), cwd=cwd,
                                      preexec_fn=prepare, stdin=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE)
        atexit.register(self.kill)
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()

    def read_log(self):
        for line in self.child.stderr:
            with self.news:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.lines.append(None)  # the end
            self.news.notify_all()

    def wait_for_log(self, pattern):
        """Waits until a line matches, and returns the match."""
        start = time.monotonic()
        with self.news:
            seen = 0
            while True:
                for line in self.lines[seen:]:
                    found = line is not None and re.search(pattern, line)
                    if found:
                        return found
                seen = len(self.lines)
                if None in self.lines or time.monotonic() - start > DEADLINE:
                    raise Failed(f"chatd's log never said {pattern}:\n{self.log}")
                self.news.wait(1)

    @property
    def log(self):
        return "\n".join(line for line in self.lines if line is not None)

    def start(self):
        self.port = int(self.wait_for_log(r'listening.*127\.0\.0\.1:(\d+)').group(1))
        return self

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    def send_signal(self, number=signal.SIGTERM):
        self.child.send_signal(number)

    def wait(self):
        """Waits for its end; returns the exit status."""
        try:
            status = self.child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise Failed(f"chatd did not end:\n{self.log}") from None
        self.reader.join(DEADLINE)
        self.judged = True
        complaint = COMPLAINTS.search(self.log)
        check(complaint is None, f"chatd complained:\n{self.log}")
        return status

    def stop(self, number=signal.SIGTERM):
        if self.child.poll() is None:
            self.send_signal(number)
        equal(self.wait(), 0, f"the exit status; the log:\n{self.log}")

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, kind, error, trace):
        try:
            if kind is None and not self.judged:
                self.stop()
            elif kind is not None:
                error.add_note(self.last_words())
        finally:
            self.remove()

    def last_words(self):
        """For a case that failed: whether the server still runs, and the end of its log."""
        state = "runs" if self.child.poll() is None else f"ended with {self.child.returncode}"
        return f"chatd {state}; its log ends with\n" + "\n".join(self.log.splitlines()[-60:])

    # For cases whose members are to hear that the server goes away, and to answer.
    async def __aenter__(self):
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *error):
        await asyncio.to_thread(self.__exit__, *error)

    def remove(self):
        self.kill()
        atexit.unregister(self.kill)
        if self.own_state:
            shutil.rmtree(self.own_state, ignore_errors=True)

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self):
        return f"ws://127.0.0.1:{self.port}/chat"

    def request(self, method, target, body=None, headers=None, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            fields = dict(headers or {})
            if cookie:
                fields["Cookie"] = cookie
            connection.request(method, target, body, fields)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, target, cookie=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("GET", target, None, fields, cookie)

    def post_login(self, nickname, cookie=None, headers=None):
        """`nickname` may be bytes."""
        body = "nickname=" + urllib.parse.quote_plus(nickname)
        fields = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.request("POST", "/login", body, fields, cookie)

    def post_logout(self, cookie=None):
        return self.request("POST", "/logout", "", None, cookie)

    def login(self, nickname):
        """Logs in and returns the cookie."""
        answer = self.post_login(nickname)
        equal((answer.status, answer.header("Location")), (303, "/chat"), f"login as {nickname!r}")
        return answer.cookie

    def connect(self):
        """A bare socket."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)

    def exchange(self, data):
        """Sends bytes as they are and returns all that comes back until the server closes."""
        with self.connect() as peer:
            peer.sendall(data)
            return read_all(peer)


def read_all(peer):
    data = b""
    while True:
        try:
            piece = peer.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


def until(question, what):
    """Asks again and again until the answer is true, and returns it."""
    start = time.monotonic()
    while True:
        answer = question()
        if answer:
            return answer
        check(time.monotonic() - start < DEADLINE, f"waited in vain for: {what}")
        time.sleep(0.02)


CASES = []


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


def call(function, server):
    arguments = [server] if inspect.signature(function).parameters else []
    if not inspect.iscoroutinefunction(function):
        return function(*arguments)
    return asyncio.run(asyncio.wait_for(function(*arguments), 3 * DEADLINE))


def story_of(error):
    """What happened, and where in the tests; the insides of libraries tell nothing."""
    here = str(ROOT / "test")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename.startswith(here) and frame.name not in ("call", "passes")]
    return "".join(traceback.format_list(frames) + traceback.format_exception_only(error))


def passes(name, function, server=None):
    try:
        call(function, server)
    except Exception as error:  # whatever it is, it is one case that failed
        if server and not getattr(error, "__notes__", None):
            error.add_note(server.last_words())
        print(f"not ok - {name}")
        print("".join(f"    {line}\n" for line in story_of(error).splitlines()), end="", flush=True)
        return False
    print(f"ok - {name}", flush=True)
    return True


def main(*flags, env=None):
    """Runs the cases that the command line names, or all. Those that take a server share one, which
    must live through them all and end well."""
    wanted = [(name, function) for name, function in CASES
              if all(word in name for word in sys.argv[1:])]
    shares = any(inspect.signature(function).parameters for _, function in wanted)
    server = Server(*flags, env=env) if shares else None
    try:
        if server:
            server.start()
        good = [passes(name, function, server) for name, function in wanted]
        if server:
            good.append(passes("the server ends with status 0 and without a complaint",
                               lambda: server.stop()))
    finally:
        if server:
            server.remove()
    sys.exit(0 if all(good) and good else 1)
