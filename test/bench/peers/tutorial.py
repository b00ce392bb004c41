"""The tutorial's chat room on Tornado, as a peer to measure chatd against.

usage: tutorial.py PORT
"""

import asyncio
import resource
import sys

import tornado.web
import tornado.websocket


class LoginHandler(tornado.web.RequestHandler):
    def post(self):
        self.set_secure_cookie("nickname", self.get_argument("nickname"))
        self.redirect("/chat", status=303)


class ChatHandler(tornado.websocket.WebSocketHandler):
    members = set()

    def open(self):
        self.nickname = self.get_secure_cookie("nickname").decode()
        self.tell_others(f"~~~{self.nickname}进入了聊天室~~~")
        self.members.add(self)

    def on_message(self, message):
        self.tell_others(f"{self.nickname}说:{message}")

    def on_close(self):
        self.members.discard(self)
        self.tell_others(f"~~~{self.nickname}离开了聊天室~~~")

    def tell_others(self, text):
        for member in self.members:
            if member is not self:
                member.write_message(text)


async def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    application = tornado.web.Application(
        [("/login", LoginHandler), ("/chat", ChatHandler)], cookie_secret="for measuring only"
    )
    application.listen(int(sys.argv[1]), address="127.0.0.1", backlog=1024)
    await asyncio.Event().wait()


asyncio.run(main())
