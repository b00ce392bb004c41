"""What scripts/bench.py measures: the scenarios, each with its load and who takes part in it."""

from bench_servers import (CHATD, CHATD_2, CHATD_LOOSE, CHATD_SILENT, CHATD_TLS, ECHOD, FLOOR,
                           FLOOR_EACH, FLOOR_WAIT, NODE_WS, NODE_WS_DEFLATE, TORNADO, UWS,
                           UWS_DEFLATE)


class Run:
    """A server under a load; the first run of a scenario is what the others are compared to."""

    def __init__(self, server, label=None, **load):
        self.server = server
        self.label = label or server.name
        self.load = load

    @property
    def is_quick(self):
        # That a thousand enter, and each is told of each other, takes Tornado ten seconds.
        return self.server is not TORNADO or self.load["members"] < 1000


class Scenario:
    def __init__(self, name, title, columns, runs, quick=False):
        self.name = name
        self.title = title
        self.columns = columns  # the figures that matter here, the one to compare first
        self.runs = runs
        self.quick = quick  # part of --quick


TALK = ("cpu_per_million", "deliveries_per_second", "p99_ms")
RATE = ("cpu_per_million", "p50_ms", "p99_ms")


def each(servers, **load):
    return [Run(server, **load) for server in servers]


SCENARIOS = [
    Scenario("steady", "1000 members, 4 speakers, 64 bytes, 1 message of each under way", TALK,
             each([FLOOR, CHATD, UWS, FLOOR_EACH, NODE_WS, TORNADO],
                  members=1000, speakers=4, bytes=64, window=1), quick=True),
    Scenario("burst", "the same, 16 messages of each under way", TALK,
             each([FLOOR, CHATD, UWS, NODE_WS, TORNADO],
                  members=1000, speakers=4, bytes=64, window=16), quick=True),
    Scenario("everyone-200", "200 members, all speaking", TALK,
             each([FLOOR, CHATD, UWS, NODE_WS, TORNADO],
                  members=200, speakers=200, bytes=64, window=1)),
    Scenario("everyone-1000", "1000 members, all speaking", TALK,
             each([FLOOR, CHATD, UWS, NODE_WS],
                  members=1000, speakers=1000, bytes=64, window=1)),
    Scenario("large", "200 members, 4 speakers, 16 kB messages", TALK,
             each([FLOOR, CHATD, UWS, NODE_WS, TORNADO],
                  members=200, speakers=4, bytes=16000, window=1), quick=True),
    Scenario("ping-pong", "2 members, 1 message under way", ("p50_ms", "p99_ms", "cpu_per_million"),
             each([FLOOR, CHATD, UWS, NODE_WS, TORNADO], members=2, speakers=1, bytes=64, window=1),
             quick=True),
    *[Scenario(f"rate-{rate}", f"1000 members, {rate} messages a second, open loop", RATE,
               each(servers, members=1000, speakers=4, bytes=64, rate=rate), quick=rate == 300)
      for rate, servers in ((100, [FLOOR, CHATD, UWS, FLOOR_WAIT, NODE_WS]),
                            (300, [FLOOR, CHATD, UWS, FLOOR_WAIT]),
                            (1000, [FLOOR, CHATD, UWS, FLOOR_WAIT]))],
    Scenario("deflate", "1000 members, 4 speakers, 1 KiB messages, permessage-deflate or not", TALK,
             [Run(CHATD, "chatd, plain", members=1000, speakers=4, bytes=1024, window=1),
              Run(CHATD, "chatd, deflated", members=1000, speakers=4, bytes=1024, window=1,
                  deflate=True),
              Run(UWS, "uWebSockets, plain", members=1000, speakers=4, bytes=1024, window=1),
              Run(UWS_DEFLATE, "uWebSockets, deflated", members=1000, speakers=4, bytes=1024,
                  window=1, deflate=True),
              Run(NODE_WS, "npm ws, plain", members=1000, speakers=4, bytes=1024, window=1),
              Run(NODE_WS_DEFLATE, "npm ws, deflated", members=1000, speakers=4, bytes=1024,
                  window=1, deflate=True)]),
    Scenario("tls", "1000 members, 4 speakers, 64 bytes, 16 under way, over TLS", TALK,
             each([CHATD, CHATD_TLS], members=1000, speakers=4, bytes=64, window=16)),
    Scenario("workers", "1000 members, 4 speakers, 64 bytes, 16 under way, one worker or two", TALK,
             each([CHATD_LOOSE, CHATD_2], members=1000, speakers=4, bytes=64, window=16)),
    Scenario("workers-300", "1000 members, 300 messages a second, one worker or two", RATE,
             each([CHATD_LOOSE, CHATD_2], members=1000, speakers=4, bytes=64, rate=300)),
    # What is said meanwhile is less than a worker keeps of a room: the stalled lose nothing.
    Scenario("stall",
             "300 messages of 1 KiB a second to 2000 members, of whom 1000 stop reading or none",
             ("p99_ms", "resident_growth", "tcp_memory_growth"),
             [Run(CHATD, "chatd, all read", members=2000, speakers=4, bytes=1024, rate=300,
                  seconds=3),
              Run(CHATD, "chatd, 1000 stall", members=2000, speakers=4, bytes=1024, rate=300,
                  seconds=3, stalled=1000)]),
    Scenario("idle", "15000 connections that say nothing",
             ("bytes_per_member", "enter_cpu_us", "idle_cpu_share"),
             [Run(ECHOD, "echod, WebSockets", members=15000, speakers=0, before=500),
              Run(UWS, "uWebSockets", members=15000, speakers=0, before=500),
              Run(CHATD_SILENT, "chatd, members with a cookie", login="first", members=15000,
                  speakers=0, before=500)]),
    Scenario("enter", "10000 members log in and enter",
             ("enter_seconds", "enter_cpu_us", "bytes_per_member"),
             each([CHATD, CHATD_2], members=10000, speakers=0, seconds=0.1)),
]
