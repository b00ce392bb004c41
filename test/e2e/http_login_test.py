#!/usr/bin/python3
"""Who gets a nickname, who does not and is told why, and when it is free again."""

import contextlib
import re
import threading

from chat_member import RawMember
from chatd_server import Server, case, check, equal, main, until

TAKEN = "昵称已被使用,请更换昵称"
EMPTY = "昵称不能为空"
TOO_LONG = "昵称太长,请更换昵称"
MISLEADING = "昵称不能含有“说:”或“~~~”,请更换昵称"
UNPRINTABLE = "昵称含有无法显示的字符,请更换昵称"


def hint_of(answer):
    """What the page says beside the text field."""
    found = re.search(r'<p class="hint" id="hint" role="alert">(.*?)</p>', answer.text, re.DOTALL)
    check(found, f"no hint on the page:\n{answer.text}")
    return re.sub(r"<[^>]*>", "", found.group(1)).strip()


def is_refused(answer, hint, what=""):
    """The form again, with that hint and with nothing else."""
    equal(answer.status, 200, what)
    equal(hint_of(answer), hint, what)
    equal(answer.cookie, None, what)
    equal(answer.header("Location"), None, what)
    check('name="nickname"' in answer.text, f"{what}: no form:\n{answer.text}")


def enters(answer, what=""):
    equal((answer.status, answer.header("Location")), (303, "/chat"), what)
    check(answer.cookie, f"{what}: no cookie")
    return answer.cookie


@case("the form has one text field, one button and no hint")
def _(server):
    answer = server.get("/login")
    equal(answer.status, 200)
    equal(answer.header("Content-Type").lower(), "text/html; charset=utf-8")
    equal(len(re.findall(r"<form\b", answer.text)), 1)
    equal(re.findall(r'<form[^>]* (?:method|action)="([^"]*)"[^>]* action="([^"]*)"', answer.text),
          [("post", "/login")])
    inputs = re.findall(r"<input\b[^>]*>", answer.text)
    equal(len(inputs), 1)
    check('type="text"' in inputs[0] and 'name="nickname"' in inputs[0], inputs[0])
    equal(re.findall(r'<button\b[^>]*type="(\w+)"', answer.text), ["submit"])
    equal(hint_of(answer), "")
    equal(answer.cookie, None)


@case("a nickname gets a signed cookie and the way to the chat")
def _(server):
    answer = server.post_login("Ana")
    enters(answer)
    line = answer.header("Set-Cookie")
    equal([part.strip().split("=")[0] for part in line.split(";")],
          ["nickname", "Path", "Expires", "Max-Age", "HttpOnly", "SameSite"])
    check("; SameSite=Lax" in line and "; Path=/;" in line, line)
    check(re.match(r'nickname="?2\|1:0\|10:\d{10}\|8:nickname\|4:QW5h\|[0-9a-f]{64}"?;', line), line)


@case("a taken nickname shows the form again with the hint, and sets nothing")
def _(server):
    server.login("taken")
    answer = server.post_login("taken")
    is_refused(answer, TAKEN)
    check(TAKEN in answer.text, "the exact words are on the page")
    check('value="taken"' in answer.text, "what was typed is in the field again")
    english = server.post_login("taken", headers={"Accept-Language": "en"})
    check(TAKEN in english.text and "taken" in hint_of(english), "in English both are said")
    equal(english.cookie, None)


@case("case, width and composition do not make a taken name another one")
def _(server):
    server.login("Amélie")
    for other in ("amélie", "AMÉLIE", "Ame\u0301lie", "Ａｍéｌｉｅ", "  Amélie  ", "Am\u200délie"):
        is_refused(server.post_login(other), TAKEN, repr(other))
    enters(server.post_login("Amelie"))


@case("an empty or blank name has its own hint")
def _(server):
    for name in ("", " ", "\t\t", "\u3000\u00a0 ", "\r\n"):
        is_refused(server.post_login(name), EMPTY, repr(name))
    for body in ("", "nickname", "nickname=", "other=x", "nickname=&nickname=x", "&&=&"):
        answer = server.request("POST", "/login", body,
                                {"Content-Type": "application/x-www-form-urlencoded"})
        is_refused(answer, EMPTY, repr(body))
    is_refused(server.request("POST", "/login"), EMPTY, "no body, no type")


@case("32 characters are a name, 33 are too long")
def _(server):
    for character in ("x", "字", "😀"):
        enters(server.post_login(character * 32), character)
        is_refused(server.post_login(character * 33), TOO_LONG, character)
    is_refused(server.post_login("y" * 100_000), TOO_LONG)


@case("a name that cannot be shown has its own hint")
def _(server):
    names = {
        "control": "a\x07b", "NUL": "a\0b", "escape": "\x1b[2Jx", "delete": "x\x7f",
        "line break": "a\nb", "C1": "a\u0085b", "right-to-left override": "abc\u202etxt.exe",
        "isolate": "\u2066a\u2069", "zero-width space": "An\u200ba", "only zero-width": "\u200b",
        "byte order mark": "\ufeffAna", "private use": "a\ue000", "plane 16": "\U0010fffd",
        "line separator": "a\u2028b", "noncharacter": "a\uffff", "hangul filler": "\u3164",
        "tag": "a\U000e0041", "lone joiner": "\u200d", "lone mark": "\u0301",
        "high surrogate": b"a\xed\xa0\x80", "low surrogate": b"\xed\xb0\x80", "latin 1": b"J\xf6rg",
        "overlong": b"\xc0\xaf", "cut short": b"\xe5\xb0",
    }
    for what, name in names.items():
        answer = server.post_login(name)
        is_refused(answer, UNPRINTABLE, what)
        try:
            answer.raw.decode()
        except UnicodeDecodeError:
            check(False, f"{what}: the page is not UTF-8")


@case("a name with which others' words could be forged has its own hint")
def _(server):
    for name in ("Ana说:hello", "说:", "说：", "~~~Ben", "～～～", "Ben离开了聊天室~~~"):
        is_refused(server.post_login(name), MISLEADING, name)


@case("names in many scripts and emoji families are fine")
def _(server):
    for name in ("小明", "Zoë", "أحمد", "한글", "👨‍👩‍👧", "a b c", "~~", "O'Neil", "100%", "a+b&c=d"):
        cookie = enters(server.post_login(name), name)
        page = server.get("/chat", cookie).text
        shown = name.replace("&", "&amp;").replace("'", "&#39;")
        check(f'>{name}<' in page or f'>{shown}<' in page or "&apos;" in page, f"{name}: {page}")


@case("markup in a name stays text on every page")
def _(server):
    evil = "\"><script>alert('1')</script>"
    cookie = enters(server.post_login(evil[:32]))
    for what, text in (("chat", server.get("/chat", cookie).text),
                       ("taken", server.post_login(evil[:32]).text),
                       ("too long", server.post_login(evil * 3).text)):
        check("<script>alert" not in text, f"{what}: {text}")
        check("&lt;script&gt;alert" in text, f"{what}: {text}")
        check('""><' not in text and 'value=""' not in text, f"{what}: {text}")
    page = server.get("/chat", cookie).text
    check('data-nickname="&quot;&gt;&lt;script' in page, page)
    # Neither does the template engine look into it.
    mustache = server.get("/chat", enters(server.post_login("{{nickname}}{{{hint}}}"))).text
    check("{{nickname}}{{{hint}}}" in mustache, mustache)


@case("of fifty who race for one name exactly one wins")
def _(server):
    for name in ("race-1", "race-2", "race-3"):
        barrier = threading.Barrier(50)
        answers = []

        def racer():
            barrier.wait()
            answers.append(server.post_login(name))

        threads = [threading.Thread(target=racer) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(sorted(answer.status for answer in answers), [200] * 49 + [303])
        for answer in answers:
            if answer.status == 303:
                cookie = enters(answer)
            else:
                is_refused(answer, TAKEN)
        equal(server.get("/chat", cookie).status, 200)


@case("a reload and a second tab keep the name")
def _(server):
    cookie = server.login("stays")
    for _ in range(3):
        equal(server.get("/chat", cookie).status, 200)
    # The form sent twice: the same login, and no new cookie.
    again = server.post_login("stays", cookie)
    equal((again.status, again.header("Location"), again.cookie), (303, "/chat", None))
    is_refused(server.post_login("stays"), TAKEN)


@case("logout clears the cookie, frees the name and spoils the old cookie")
def _(server):
    cookie = server.login("leaves")
    answer = server.post_logout(cookie)
    equal((answer.status, answer.header("Location")), (303, "/login"))
    line = answer.header("Set-Cookie")
    check(re.match(r'nickname="?"?; Path=/; Expires=\w{3}, \d\d \w{3} \d{4} ', line), line)
    check("HttpOnly" in line, line)
    year = int(re.search(r"Expires=\w{3}, \d\d \w{3} (\d{4})", line).group(1))
    check(year < 2026, f"expires in the past: {line}")
    equal(server.get("/chat", cookie).header("Location"), "/login", "the old cookie")
    equal(server.get("/", cookie).header("Location"), "/login", "the old cookie")
    enters(server.post_login("leaves"), "the name is free")


@case("a cookie that was logged out stays worthless when another takes the name at once")
def _(server):
    cookies = []
    for _ in range(5):
        cookies.append(server.login("baton"))
        for old in cookies[:-1]:
            equal(server.get("/chat", old).header("Location"), "/login")
            server.post_logout(old)
        equal(server.get("/chat", cookies[-1]).status, 200, "nobody else can end it")
        server.post_logout(cookies[-1])
    equal(len(set(cookies)), 5)


@case("logout without a login is harmless")
def _(server):
    cookie = server.login("bystander")
    for other in (None, "nickname=rubbish", 'nickname="2|1:0|"'):
        answer = server.post_logout(other)
        equal((answer.status, answer.header("Location")), (303, "/login"))
    equal(server.get("/chat", cookie).status, 200)


@case("who logs in under another name gives the first one up")
def _(server):
    first = server.login("first name")
    second = enters(server.post_login("second name", first))
    equal(server.get("/chat", second).status, 200)
    equal(server.get("/chat", first).header("Location"), "/login")
    enters(server.post_login("first name"), "it is free")


@case("who asks for a taken name keeps the own one")
def _(server):
    server.login("the other")
    mine = server.login("my own")
    is_refused(server.post_login("the other", mine), TAKEN)
    equal(server.get("/chat", mine).status, 200)


@case("a name is free when its owner has stayed away for the grace")
def _():
    with Server("--nickname-grace", 0.3, "--leave-delay", 0) as server:
        old = server.login("away")
        is_refused(server.post_login("away"), TAKEN, "at once")
        new = until(lambda: server.post_login("away").cookie, "the name to be free")
        equal(server.get("/chat", old).header("Location"), "/login", "the first login")
        equal(server.get("/chat", new).status, 200, "the second login")


@case("a login that comes back after the grace, before anyone else, has its name")
def _():
    with Server("--nickname-grace", 0, "--leave-delay", 0) as server:
        cookie = server.login("back")
        # Another's name expires meanwhile, which shows that this one's has too.
        server.login("clock")
        until(lambda: server.post_login("clock").cookie, "a name to be free")
        equal(server.get("/chat", cookie).status, 200)
        is_refused(server.post_login("back"), TAKEN)


@case("after a restart with the same state the cookie still has its name")
def _():
    with Server() as first:
        cookie = first.login("survivor")
        first.stop()
        with Server(state=first.state) as second:
            equal(second.get("/chat", cookie).status, 200)
            is_refused(second.post_login("survivor"), TAKEN)


@case("one address cannot take names without end that nobody opens the chat with")
def _():
    crowded = "您的网络有太多人刚刚登录,请稍后再试"
    with Server("--names-per-address", 3, "--trusted-proxy", "127.0.0.1") as server:
        def log_in(name, address, **headers):
            return server.post_login(name, headers={"X-Forwarded-For": address, **headers})

        cookies = [enters(log_in(f"a{i}", "192.0.2.1")) for i in range(3)]
        refused = log_in("a3", "192.0.2.1")
        equal((refused.status, hint_of(refused), refused.cookie), (429, crowded, None))
        check('value="a3"' in refused.text, "what was typed is in the field again")
        english = hint_of(log_in("a3", "192.0.2.1", **{"Accept-Language": "en"}))
        check("your network" in english and crowded in english, english)
        enters(log_in("a3", "192.0.2.2"), "another address")
        for i in range(3):
            enters(log_in(f"b{i}", f"2001:db8::{i}"))
        equal(log_in("b3", "2001:db8::ffff").status, 429, "the same /64")
        enters(log_in("b3", "2001:db8:0:1::"), "the next /64")
        # The proxy's own machine is not counted.
        for i in range(100):
            server.login(f"c{i}")

        member = RawMember(server, cookies[0])
        with contextlib.closing(member):
            equal(member.status, 101)
            enters(log_in("d0", "192.0.2.1"), "one of them has opened the chat")
        equal(log_in("d1", "192.0.2.1").status, 429)
        server.post_logout(cookies[1])
        enters(log_in("d1", "192.0.2.1"), "one of them has logged out")


main()
