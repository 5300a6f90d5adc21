"""`memory`: the most that z3 has in memory while a slow other side keeps every buffer full."""

from . import cost, tools
from .served import Sink

KEY = "bench/slow"
# Part size in MiB, workers.
UPLOADS = ((5, 1), (5, 8), (5, 64), (16, 8), (16, 32), (64, 4), (64, 16), (256, 4))
DOWNLOADS = ((5, 64), (16, 1), (16, 8), (16, 32), (16, 64))
# How long a part takes: longer than it takes to fill all buffers.
SECONDS = 2


def memory():
    rows = cost.Rows()
    for tls in (False, True):
        for part, workers in UPLOADS if not tls else ((5, 64), (64, 4)):
            with Sink(tls, rate=part * 2**20 // SECONDS) as server:
                argv, mib = tools.pput(KEY), part * workers * 3 // 2 + 1
                rows.attempt("pput", lambda: cost.send(argv, server.endpoint, mib, tools.z3(workers, part)),
                             part=part, workers=workers, tls=tls)
        with Sink(tls) as server:
            for part, workers in DOWNLOADS if not tls else ((5, 64), (16, 32)):
                download(rows, server, part, workers, tls)
    return {"rows": rows.list()}


def download(rows, server, part, workers, tls):
    """The reader waits until all ranges have been fetched ahead."""
    mib = part * workers * 3 // 2 + 1
    cost.send(tools.pput(KEY), server.endpoint, mib, tools.z3(8, 16))
    reader = ("sh", "-c", f"sleep {SECONDS}; exec wc -c")
    rows.attempt("z3_get", lambda: cost.fetch(tools.z3_get(KEY), server.endpoint, mib, tools.z3(workers, part), reader),
                 part=part, workers=workers, tls=tls)
