"""The targets, and whether the numbers meet them."""

from .numbers import Section, ours, table
from .tables import bound

SAME = "pput, 8 x 16 MiB"
BACKUP = "pput, as a backup"
# What each way does by itself, far away; and the peer that cannot be told its number of connections.
FAR = {"upload": "pput, as a backup (32 x 8 MiB)", "download": "z3_get, defaults"}
UNTOLD = ("AWS CRT",)


def targets(results):
    verdicts = [*cpu(results), *speed(results), *checked(results), *compressed(results), *memory(results), *small(results)]
    return table(["target ", "limit", "measured", "verdict "], verdicts)


def at_most(what, limit, value, unit="", digits=2):
    """A row of the table; `None` was not measured."""
    return judged(what, f"<= {limit:g}{unit}", value, unit, digits, value is not None and value - limit)


def at_least(what, limit, value, unit="", digits=2):
    return judged(what, f">= {limit:g}{unit}", value, unit, digits, value is not None and limit - value)


def judged(what, limit, value, unit, digits, excess):
    if value is None:
        return [what, limit, "", "not measured"]
    # What would be rounded to nothing has one digit more.
    digits += 0 < excess < 0.5 * 10**-digits
    verdict = "met" if excess <= 0 else f"**missed by {excess:.{digits}f}{unit}**"
    return [what, limit, f"{value:.{digits}f}{unit}", verdict]


def median(section, what, **facts):
    row = section.row(**facts)
    return row.median(what) if row else None


def ratio(one, other):
    return one / other if one is not None and other else None


def cpu(results):
    sink, tls = Section(results, "sink"), Section(results, "tls")
    yield at_most("upload, sha256: CPU s/GiB", 1.3, median(sink, "cpu", way="upload", name=SAME))
    yield at_most("upload as a backup does (known length), sha256: CPU s/GiB", 1.3, median(sink, "cpu", way="upload", name=BACKUP))
    yield at_most("upload, crc32c: CPU s/GiB", 0.5, median(sink, "cpu", way="upload", name=f"{SAME}, crc32c"))
    yield at_most("upload, unsigned (https): CPU s/GiB", 0.4, median(tls, "cpu", way="upload", name=f"{SAME}, unsigned"))
    # One processor takes twice the seconds of another for the same work.
    for name, label in (("sink", "sink"), ("tls", "sink by https"), ("rgw", "Ceph RGW")):
        for row in ("z3_get, 8 x 16 MiB", "z3_get, defaults"):
            yield cost_beside(Section(results, name), label, row)


def speed(results):
    for way, name, factor in (("upload", SAME, 1.3), ("download", "z3_get, 8 x 16 MiB", 1.0)):
        for server, label in (("sink", "sink"), ("tls", "sink by https"), ("rgw", "Ceph RGW")):
            yield beside(Section(results, server), label, name, factor, way=way)
        # Far away the line sets the pace, for everybody: as many connections against each other, then as many as each one finds good.
        for round_trip, own, but in ((30, name, UNTOLD), (150, name, UNTOLD), (30, FAR[way], ()), (150, FAR[way], ())):
            section = Section(results, "link")
            label = f"{round_trip} ms away, {own.partition(', ')[2]}"
            yield beside(section, label, own, 1.0, but, way=way, round_trip=round_trip, trouble="")


def beside(section, label, name, factor, but=(), **facts):
    """The speed of a row and that of the fastest peer with the same facts."""
    others = (row for row in section.rows(**facts) if row.good and not ours(row["name"]) and row["name"] not in but)
    peers = {row["name"]: row.median("speed") for row in others}
    fastest = max(peers, key=peers.get, default="none")
    value = ratio(median(section, "speed", name=name, **facts), peers.get(fastest))
    return at_least(f"{facts['way']}: speed beside the fastest peer, {label} ({fastest})", factor, value, " x")


def cost_beside(section, label, name):
    """The CPU of a download and that of the peer that takes least."""
    peers = {row["name"]: row.median("cpu") for row in section.rows(way="download") if row.good and not ours(row["name"])}
    thriftiest = min(peers, key=peers.get, default="none")
    value = ratio(median(section, "cpu", way="download", name=name), peers.get(thriftiest))
    return at_most(f"download, {name}: CPU beside the thriftiest peer, {label} ({thriftiest})", 1.0, value, " x")


def checked(results):
    section = Section(results, "check")
    with_it, without = (median(section, "cpu", payload="sha256", name=name) for name in ("checked", "--no-check"))
    yield at_most("stream check: CPU s/GiB more", 0.2, with_it - without if with_it is not None and without is not None else None)


def compressed(results):
    backup, codec = Section(results, "backup"), Section(results, "codec")
    for level, name in ((1, "pigz1"), (4, "pigz4")):
        pair = [{"name": f"z3 backup, {name}"}, {"name": f"zfs send | pigz -{level} | s5cmd pipe"}]
        cpus, sizes = ([median(backup, what, **facts) for facts in pair] for what in ("cpu", "bytes"))
        if level == 1:
            yield at_most("`z3 backup`, pigz1: CPU beside `pigz -1 | s5cmd pipe`", 0.75, ratio(*cpus), " x")
        else:
            yield at_most("`z3 backup`, pigz4: CPU beside `pigz -4 | s5cmd pipe`", 1, ratio(*cpus), " x")
        yield at_most(f"{name}: object beside that of `pigz -{level}`", 1, ratio(*sizes), " x", 3)
    ours_, theirs = (median(codec, "cpu", way="decompress", name=name) for name in ("z3", "pigz -dc"))
    yield at_most("decompression: CPU beside `pigz -d`", 0.5, ratio(ours_, theirs), " x")
    base = median(codec, "rss", tool="base")
    most = [max(row.values("rss")) for row in codec.rows(way="compress", tool="z3") if row.good and row["name"] != "zstd"]
    yield at_most("native gzip: memory", 20, max(most) - base if most and base is not None else None, " MiB", 1)


def memory(results):
    rows = [row for row in Section(results, "memory").rows() if row.good]
    share = max((100 * max(row.values("rss")) / bound(row) for row in rows), default=None)
    yield at_most("peak RSS: the worst share of the bound", 100, share, " %", 0)


def small(results):
    status, start = Section(results, "status"), Section(results, "start")
    yield at_most("`z3 status`, 1,000 objects, 30 ms round trip", 1.5, median(status, "s", objects=1000, workers=32), " s")
    for name in ("z3 --help", "z3 backup, nothing to do"):
        seconds = median(start, "s", name=name)
        yield at_most(f"`{name}`", 10, seconds * 1000 if seconds is not None else None, " ms", 1)
    largest = max((start["bytes"] or {}).values(), default=None)
    yield at_most("the program, stripped", 6, largest / 2**20 if largest else None, " MiB")
