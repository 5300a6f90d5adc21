"""`link`: a slow, long way to the server, with connections that break or crawl; `concurrency`: what more workers bring, near and far."""

from . import cost, tools, world
from .served import Link, Sink

KEY = "bench/far"
# What one connection may have on its way, in MiB: the usual limit of a Linux server's TCP.
WINDOW_MIB = 4
# A tool that is worse off than this has failed; without troubles they need a tenth of it.
LIMIT_S = 60
# What goes wrong on the way: of all MiB of a connection 1 % are its last; 5 % of the connections crawl.
TROUBLES = {"": {}, "cuts": {"cut": 1}, "slow": {"slow": 5}}
WORKERS = (1, 2, 4, 8, 16, 32)


def link():
    rows, mib = cost.Rows(), world.scaled(256)
    with Sink() as server:
        for turn in range(min(world.ROUNDS, 2)):
            for round_trip, trouble in ((30, ""), (30, "cuts"), (30, "slow"), (150, ""), (150, "cuts")):
                # Who waits for a crawling connection does so to the limit, in every round.
                if turn == 0 or trouble != "slow":
                    far = Far(server, mib, round_trip, trouble, turn + 1)
                    for name, argv, more in uploads(far.endpoint, mib):
                        far.upload(rows, name, argv, more)
                    cost.send(tools.pput(KEY), server.endpoint, mib, tools.z3(8, 16))
                    for name, argv, more in downloads(far.endpoint):
                        far.download(rows, name, argv, more)
    return {"mib": mib, "window_mib": WINDOW_MIB, "rows": rows.list()}


def uploads(endpoint, mib):
    yield "pput, 8 x 16 MiB", tools.pput(KEY), tools.z3(8, 16)
    yield "pput, as a backup (32 x 8 MiB)", tools.pput(KEY), tools.z3(32, 8)
    yield from tools.upload_peers(endpoint, KEY)


def downloads(endpoint):
    yield "z3_get, 8 x 16 MiB", tools.z3_get(KEY), tools.z3(8, 16)
    yield "z3_get, defaults", tools.z3_get(KEY), {}
    yield from tools.download_peers(endpoint, KEY)


class Far:
    """A server behind a link that is made anew for every run, so that all meet the same troubles."""

    def __init__(self, server, mib, round_trip, trouble="", seed=0):
        self.server, self.mib, self.round_trip, self.trouble, self.seed = server, mib, round_trip, TROUBLES[trouble], seed
        self.facts = {"round_trip": round_trip, "trouble": trouble}
        self.endpoint = f"http://127.0.0.1:{world.PORT - 1}"

    def upload(self, rows, name, argv, more, **facts):
        def run():
            self.server.counts()
            told = self.through(lambda to: cost.send(argv, to, self.mib, more, limit=LIMIT_S))
            stored = self.server.counts().get("object_bytes")
            if stored != self.mib << 20:
                raise cost.Failed(f"said that it was done (exit 0) and stored {stored} of {self.mib << 20} bytes")
            return told
        rows.attempt(name, run, way="upload", **self.facts, **facts)

    def download(self, rows, name, argv, more, **facts):
        run = lambda: self.through(lambda to: cost.fetch(argv, to, self.mib, more, limit=LIMIT_S))
        rows.attempt(name, run, way="download", **self.facts, **facts)

    def through(self, run):
        if not self.round_trip:
            return run(self.server.endpoint)
        with Link(self.server.endpoint, self.round_trip, WINDOW_MIB, seed=self.seed, **self.trouble) as way:
            told = run(way.endpoint)
            return {**told, "connections": way.seen("connection"), "cuts": way.seen("cut"), "slow": way.seen("slow")}


def concurrency():
    """Parts and ranges of 8 MiB; the tools that can be told how many at a time."""
    rows = cost.Rows()
    amounts = {0: world.scaled(512), 30: world.scaled(256)}
    with Sink() as server:
        for _ in range((world.ROUNDS + 1) // 3):
            for round_trip, mib in amounts.items():
                far = Far(server, mib, round_trip)
                for workers in WORKERS:
                    at(rows, far, workers)
    return {"mib": amounts, "window_mib": WINDOW_MIB, "rows": rows.list()}


def at(rows, far, workers):
    endpoint = far.endpoint if far.round_trip else far.server.endpoint
    able = ("aws s3 cp", "s5cmd pipe", "s5cmd cat") if far.round_trip else ("s5cmd pipe", "s5cmd cat")
    more = tools.z3(workers, 8)
    peers = [row for row in tools.upload_peers(endpoint, KEY, workers, 8) if row[0] in able]
    for name, argv, settings in [("pput", tools.pput(KEY), more), *peers]:
        far.upload(rows, name, argv, settings, workers=workers)
    peers = [row for row in tools.download_peers(endpoint, KEY, workers, 8) if row[0] in able]
    for name, argv, settings in [("z3_get", tools.z3_get(KEY), more), *peers]:
        far.download(rows, name, argv, settings, workers=workers)
