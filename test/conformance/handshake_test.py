"""RFC 6455, 4.2: opening handshakes, good and bad; RFC 9110, 5: how fields may be written."""

from echo_server import case, main
from wire import BINARY, TEXT, check, equal, frame

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
FIELDS = {"Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade",
          "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY}


def request(line="GET / HTTP/1.1", more=(), **changes):
    """The example's request; a change to None leaves a field out. `more`: lines as they are."""
    fields = dict(FIELDS)
    fields.update({name.replace("_", "-"): value for name, value in changes.items()})
    lines = [line, *(f"{name}: {value}" for name, value in fields.items() if value is not None)]
    return "\r\n".join([*lines, *more, "", ""]).encode("latin-1")


class Answer:
    def __init__(self, head):
        line, *fields = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        self.head = head
        self.status = int(line.split(" ")[1])
        self.fields = [(name.lower(), value.strip()) for name, _, value in
                       (field.partition(":") for field in fields)]

    def get(self, name):
        values = [value for field, value in self.fields if field == name.lower()]
        check(len(values) < 2, f"{name} twice: {self.head}")
        return values[0] if values else None


def answer_of(server, data, chop=None):
    with server.connect() as client:
        client.send(data, chop)
        return Answer(client.take_until(b"\r\n\r\n"))


def accepted(name, data, chop=None):
    @case(name)
    def _(server):
        scheme = b"http" if server.tls is None else b"https"
        with server.connect() as client:
            client.send(data.replace(b"SCHEME", scheme), chop)
            answer = Answer(client.take_until(b"\r\n\r\n"))
            equal(answer.status, 101, answer.head)
            equal(answer.get("Upgrade").lower(), "websocket", "Upgrade")
            equal(answer.get("Connection").lower(), "upgrade", "Connection")
            equal(answer.get("Sec-WebSocket-Accept"), ACCEPT, "Sec-WebSocket-Accept")
            for absent in ("Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Content-Length",
                           "Transfer-Encoding", "Sec-WebSocket-Version"):
                equal(answer.get(absent), None, absent)
            client.send(frame(TEXT, b"hello"))
            equal(client.take(7), b"\x81\x05hello", "the echo")


def refused(name, status, data, **wanted):
    @case(f"{name}: {status}")
    def _(server):
        answer = answer_of(server, data)
        equal(answer.status, status, answer.head)
        for field, value in wanted.items():
            equal(answer.get(field.replace("_", "-")), value, field)
        equal(answer.get("Sec-WebSocket-Accept"), None, "Sec-WebSocket-Accept")


# --- Good ones ------------------------------------------------------------------------------------

accepted("1.3: the example of the RFC", request())
accepted("1.3: the example of the RFC, byte by byte", request(), chop=1)
accepted("4.2.1: websocket and Upgrade in any case", request(Upgrade="WebSocket", Connection="uPGRADE"))
accepted("9110 5.1: names in any case", request().replace(b"Sec-WebSocket-Key", b"sec-websocket-KEY")
         .replace(b"Upgrade:", b"UPGRADE:").replace(b"Host", b"hOST"))
accepted("9110 5.6.1: Connection is a list", request(Connection="keep-alive, Upgrade"))
accepted("9110 5.6.1: Connection is a list with empty members", request(Connection=" , Upgrade ,,x"))
accepted("9110 5.3: Connection on two lines",
         request(Connection="keep-alive", more=["Connection: Upgrade"]))
accepted("9110 7.8: Upgrade is a list", request(Upgrade="h2c, websocket"))
accepted("9110 7.8: Upgrade on two lines", request(Upgrade="h2c", more=["upgrade: websocket"]))
accepted("9110 5.5: space around values", request(Sec_WebSocket_Key=f" \t{KEY}\t ",
                                                  Sec_WebSocket_Version=" 13\t"))
accepted("9110 5.5: no space before values", request().replace(b": ", b":"))
accepted("4.1: fields that nobody knows", request(more=["X-Unknown: a", "Foo:", "Accept: */*"]))
accepted("4.1: an Origin of our own host", request(Host="127.0.0.1", Origin="SCHEME://127.0.0.1"))
accepted("4.2.1: a query", request("GET /?a=1&b=2 HTTP/1.1"))
accepted("9112 3.2.2: the absolute form", request("GET http://127.0.0.1/ HTTP/1.1"))
accepted("9110 7.2: a Host with a port", request(Host="127.0.0.1:8888"))
accepted("1.9: a subprotocol that is not spoken", request(Sec_WebSocket_Protocol="chat, superchat"))
accepted("1.9: subprotocols on two lines", request(more=["Sec-WebSocket-Protocol: a",
                                                         "Sec-WebSocket-Protocol: b, c"]))
accepted("9.1: an extension that is not spoken", request(Sec_WebSocket_Extensions="foo; x=1, bar"))


@case("4.1: frames right behind the handshake are heard, in one segment or byte by byte")
def _(server):
    for chop in (None, 1):
        with server.connect() as client:
            client.send(request() + frame(TEXT, b"early") + frame(BINARY, b"bird"), chop)
            equal(Answer(client.take_until(b"\r\n\r\n")).status, 101)
            equal(client.take(13), b"\x81\x05early\x82\x04bird", "the echoes")


# --- Bad ones -------------------------------------------------------------------------------------

for method in ("POST", "PUT", "DELETE"):
    refused(f"4.2.1: {method} is not GET", 405, request(f"{method} / HTTP/1.1"))
refused("4.2.1: HEAD asks for no upgrade", 400, request("HEAD / HTTP/1.1"))
refused("9110 9.3.7: OPTIONS asks for no upgrade", 204, request("OPTIONS / HTTP/1.1"))
refused("4.2.1: HTTP/1.0", 400, request("GET / HTTP/1.0"))
refused("9112 2.3: HTTP/2.0", 505, request("GET / HTTP/2.0"))
refused("9112 2.3: HTTP/1.2 is no version of ours", 505, request("GET / HTTP/1.2"))
refused("9112 2.3: http/1.1 in small letters", 400, request("GET / http/1.1"))
refused("9112 3.2: no Host", 400, request(Host=None))
refused("9112 3.2: two Hosts", 400, request(more=["Host: 127.0.0.1"]))
refused("9112 3.2: a Host with a space", 400, request(Host="a b"))
refused("4.2.1: no Connection", 400, request(Connection=None))
for value in ("close", "keep-alive", "Upgraded", "Up grade", '"Upgrade"'):
    refused(f"4.2.1: Connection: {value}", 400, request(Connection=value))
refused("4.2.1: no Sec-WebSocket-Key", 400, request(Sec_WebSocket_Key=None))
refused("11.3.1: two Sec-WebSocket-Keys", 400, request(more=[f"Sec-WebSocket-Key: {KEY}"]))
for key in ("", "x", KEY[:-1], KEY[:-2], KEY + "=", "A" * 24, "dGhlIHNhbXBsZSBub25jZ===",
            "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZSBub25jZSE=", "dGhlIHNhbXB!ZSBub25jZQ==",
            "dGhlIHNhbXB ZSBub25jZQ==", KEY + ", " + KEY):
    refused(f"4.2.1: the key {key!r} is not 16 bytes", 400, request(Sec_WebSocket_Key=key))
refused("4.2.1: no Sec-WebSocket-Version", 400, request(Sec_WebSocket_Version=None))
for version in ("", "0", "7", "8", "12", "14", "130", "013", "+13", "13.0", "x", "13, 8", "8, 13"):
    refused(f"4.4: version {version!r}", 426, request(Sec_WebSocket_Version=version),
            Sec_WebSocket_Version="13", Upgrade="websocket")
refused("4.4: versions on two lines", 426, request(more=["Sec-WebSocket-Version: 8"]),
        Sec_WebSocket_Version="13")
for name in ("a b", "a, a", "a@b", "a/b", "chat, (x)"):
    refused(f"4.1: the subprotocols {name!r} are no different tokens", 400,
            request(Sec_WebSocket_Protocol=name))
refused("4.2.2: a path where nothing is", 404, request("GET /nothing HTTP/1.1"))
refused("10.2: a page of another host", 403, request(Origin="http://evil.example"))
refused("4.2.1: no Upgrade is a page's GET, which is not served here", 400,
        request(Upgrade=None, Connection=None))
for value in ("h2c", "websockets", "web socket"):
    @case(f"4.2.1: Upgrade: {value} does not upgrade")
    def _(server, value=value):
        status = answer_of(server, request(Upgrade=value)).status
        check(status in (400, 426), status)

# --- RFC 9112, 5: what is no field ----------------------------------------------------------------

refused("9112 5.1: a space before the colon", 400, request(more=["X-A : b"]))
refused("9112 5.2: a folded line", 400, request(more=["X-A: b", " c"]))
refused("9112 5: a name that is no token", 400, request(more=["X(A: b"]))
refused("9112 5: no name", 400, request(more=[": b"]))
refused("9112 5: no colon", 400, request(more=["X-A"]))
refused("9110 5.5: a NUL in a value", 400, request(more=["X-A: b\0c"]))
refused("9112 2.2: a bare CR", 400, request(more=["X-A: b\rc"]))
refused("9112 2.2: a bare LF", 400, request().replace(b"Upgrade\r\n", b"Upgrade\n", 1))
refused("9112 6.1: two ways to tell the length", 400,
        request(Content_Length="0", Transfer_Encoding="chunked"))
refused("9112 6.3: two lengths", 400, request(Content_Length="1", more=["Content-Length: 2"]))
refused("9110 5.4: a head beyond its limit", 431, request(more=["X-A: " + "b" * 70000]))
refused("9110 15.5.15: a target beyond its limit", 414, request("GET /" + "a" * 9000 + " HTTP/1.1"))


@case("4.2.2: behind a refusal the connection goes on or ends, and never upgrades")
def _(server):
    with server.connect() as client:
        client.send(request(Sec_WebSocket_Version="8") + request())
        equal(Answer(client.take_until(b"\r\n\r\n")).status, 426)
        while not client.ended and b"\r\n\r\n" not in client.bytes:
            client.wait()
        if b"HTTP/1.1 101" in client.bytes:
            client.send(frame(TEXT, b"hello"))
            client.take_until(b"\x81\x05hello")


main(over_tls=True)
