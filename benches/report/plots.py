"""The plots of the report: file names under doc/performance, and what is drawn."""

from . import svg
from .numbers import Section, ours
from .tables import bound, far


def all_of_them(results):
    """Name and text of every plot for which there are numbers."""
    made = {"cpu.svg": cpu(results), "memory.svg": memory(results), "compression.svg": compression(results), "status.svg": status(results)}
    for round_trip in (0, 30):
        for way in ("upload", "download"):
            made[f"concurrency-{way}-{far(round_trip).replace(' ', '')}.svg"] = concurrency(results, round_trip, way)
    return {name: text for name, text in made.items() if text}


def cpu(results):
    groups = []
    for way in ("upload", "download"):
        for section, label in ((Section(results, "sink"), ""), (Section(results, "tls"), ", https")):
            rows = [row for row in section.rows(way=way) if row.good]
            if rows:
                groups.append((f"{way}{label}", [bar(row) for row in rows]))
    return groups and svg.bars("CPU of the client for each GiB", groups, "user and system seconds per GiB; the line is the spread of the rounds")


def bar(row):
    values = row.values("cpu")
    return row["name"], row.median("cpu"), min(values), max(values), ours(row["name"])


def memory(results):
    rows = [row for row in Section(results, "memory").rows() if row.good]
    if not rows:
        return None
    # The workers' own share of the bound differs from row to row: the line is that of 8.
    size = lambda row: row["part"] * row["workers"]
    series = [{"name": name, "style": "dots", "points": [(size(row), max(row.values("rss"))) for row in rows if row["name"] == name]}
              for name in ("pput", "z3_get")]
    for workers, colour in ((8, 6), (64, 4)):
        line = [(at, at + 32 + 0.5 * workers) for at in (5, 16, 64, 256, 1024)]
        series.append({"name": f"bound, {workers} workers", "style": "bound", "colour": colour, "points": line})
    assert all(max(row.values("rss")) > 0 and bound(row) > 0 for row in rows)
    return svg.plot("Peak memory while the other side is slow", "part size x CONCURRENCY, MiB", "peak RSS, MiB", series,
                    log_x=True, log_y=True, x_ticks=[4, 16, 64, 256, 1024], y_ticks=[8, 32, 128, 512, 2048])


def concurrency(results, round_trip, way):
    section = Section(results, "concurrency")
    series = []
    for name in dict.fromkeys(row["name"] for row in section.rows(round_trip=round_trip, way=way)):
        rows = section.rows(section["mib"][str(round_trip)], round_trip=round_trip, way=way, name=name)
        series.append({"name": name, "points": [(row["workers"], row.median("speed")) for row in rows if row.good]})
    series = [one for one in series if one["points"]]
    title = f"Speed of the {way} against CONCURRENCY, {far(round_trip)}"
    return series and svg.plot(title, "CONCURRENCY", "MB/s", series, log_x=True, x_ticks=[1, 2, 4, 8, 16, 32])


def compression(results):
    section = Section(results, "codec")
    rows = [row for row in section.rows(way="compress") if row.good and row["tool"] != "base"]
    kinds = {"z3, native gzip": lambda row: row["tool"] == "z3" and row["name"] != "zstd",
             "pigz --blocksize 4096": lambda row: row["tool"] == "pigz",
             "z3, zstd": lambda row: row["tool"] == "z3" and row["name"] == "zstd",
             "zstd -T2": lambda row: row["tool"] == "zstd"}
    series = []
    for number, (name, belongs) in enumerate(kinds.items()):
        points = sorted((row.median("cpu"), row.mib * 2**20 / row.median("bytes"), label(row)) for row in rows if belongs(row))
        if points:
            style = "line" if len(points) > 1 else "dots"
            series.append({"name": name, "points": points, "colour": number, "style": style, "below": number % 2 == 1})
    return series and svg.plot("What a smaller object costs", "CPU s/GiB", "compression ratio", series)


def label(row):
    return row["name"] if row["tool"] == "z3" else row["name"].split()[1]


def status(results):
    section = Section(results, "status")
    rows = [row for row in section.rows(workers=32) if row.good]
    points = [(row["objects"], row.median("s"), f"{row.median('s'):.2f} s") for row in rows]
    return points and svg.plot(f"z3 status, {section['round_trip']} ms round trip, CONCURRENCY=32", "objects", "seconds",
                               [{"name": "z3 status", "points": points}], log_x=True, log_y=True)
