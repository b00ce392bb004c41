"""The program in the README, built against an installed tree as a stranger would build it, and run."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEADLINE = 120
failed = 0


def case(name, function, *arguments):
    global failed
    try:
        result = function(*arguments)
        print(f"ok - {name}", flush=True)
        return result
    except Exception as error:  # a case says what went wrong and the next one goes on
        failed += 1
        print(f"not ok - {name}\n# {type(error).__name__}: {error}", flush=True)
        return None


def run(*command, **options):
    done = subprocess.run(command, cwd=ROOT, timeout=DEADLINE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-2000:]}")
    return done.stdout


def install(tree):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    # Staged: with another PREFIX the program would be built anew for it.
    run("make", "install", "PREFIX=/usr/local", f"DESTDIR={tree}", env=environment)
    tree += "/usr/local"
    for path in ("bin/chatd", "share/chatd/templates/chat.html", "share/chatd/public/chat.js",
                 "lib/libchatd.a", "include/chatd/web/application.h", "lib/pkgconfig/chatd.pc"):
        if not os.path.exists(os.path.join(tree, path)):
            raise RuntimeError(f"{path} was not installed")


def flags(tree):
    """What pkg-config would say of a tree that was moved; it need not be on the machine."""
    fields = {}
    with open(os.path.join(tree, "usr/local/lib/pkgconfig/chatd.pc"), encoding="utf-8") as file:
        for line in file:
            if found := re.match(r"(\w+)\s*[=:]\s*(.*)", line):
                value = found[2].replace("/usr/local", f"{tree}/usr/local") if found[1] == "prefix" else found[2]
                fields[found[1]] = re.sub(r"\$\{(\w+)\}", lambda name: fields[name[1]], value)
    return fields["Cflags"].split(), fields["Libs"].split()


def compile_example(tree):
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        source = re.search(r"```cpp\n(.*?)```", file.read(), re.S)[1]
    path = os.path.join(tree, "hello.cc")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    compile_flags, link_flags = flags(tree)
    program = os.path.join(tree, "hello")
    run("g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", *compile_flags, path, *link_flags, "-o", program)
    return program


class Program:
    """The example, on a port of the system's choosing."""

    def __init__(self, path):
        self.process = subprocess.Popen([path, "0"], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"listening address=127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                return
        raise RuntimeError("it ended before it listened")

    def ask(self, request, enough):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(request)
            answer = b""
            while enough not in answer:
                piece = client.recv(4096)
                if not piece:
                    break
                answer += piece
            return answer

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=20) != 0:
            raise RuntimeError(f"exit status {self.process.returncode}")


def greets(program):
    answer = program.ask(b"GET /?name=Ana HTTP/1.1\r\nHost: x\r\n\r\n", b"Hello, Ana\n")
    if b"200 OK" not in answer or not answer.endswith(b"Hello, Ana\n"):
        raise RuntimeError(answer)


def echoes(program):
    answer = program.ask(
        b"GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        b"\x81\x82\0\0\0\0hi", b"\x81\x02hi")
    if not answer.endswith(b"\x81\x07welcome\x81\x02hi"):
        raise RuntimeError(answer)


def serves_pages_from_there(tree):
    """The installed chatd finds its pages where they were installed, from any directory."""
    process = subprocess.Popen([os.path.join(tree, "usr/local/bin/chatd"), "--host", "127.0.0.1", "--port", "0",
                                "--state-dir", os.path.join(tree, "state")],
                               stderr=subprocess.PIPE, text=True, cwd="/")
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "listening" in line:
            break
    process.send_signal(signal.SIGTERM)
    if process.wait(timeout=20) != 0:
        raise RuntimeError("".join(lines))


def main():
    with tempfile.TemporaryDirectory() as tree:
        case("make install puts everything in place", install, tree)
        path = case("the README's program builds against the installed tree", compile_example, tree)
        if path:
            program = Program(path)
            case("its page greets", greets, program)
            case("its socket echoes", echoes, program)
            case("it stops when told to", program.stop)
        case("the installed chatd finds its pages", serves_pages_from_there, tree)
    sys.exit(1 if failed else 0)


main()
