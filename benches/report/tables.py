"""The tables of the report, one function for each placeholder of the template."""

from .numbers import Section, binary, bold, table

FAILED = "**failed**"


def machine(results):
    it = results["machine"]
    versions = {name: version for name, version in it["versions"].items() if version}
    lines = [
        f"Measured on {it['date']} at commit `{it['commit']}`: {it['cores']} cores of {it['cpu']}, {it['memory_gib']} GiB, "
        f"{it['system']}, Linux {it['kernel']}. Client and server share the cores.",
        "",
        "Versions: " + "; ".join(f"{name} `{version}`" for name, version in versions.items()) + ".",
    ]
    return "\n".join(lines)


def noise(results):
    rows = []
    for name, section in results["sections"].items():
        it = section["noise"]
        rows.append([f"`{name}`", section["rounds"], f"{it['seconds']:.0f}", f"{it['load_before']:.1f}", f"{it['load_after']:.1f}",
                     f"{it['steal_percent']:.1f}", f"{it['idle_percent']:.0f}"])
    heads = ["section", "rounds", "seconds", "load before", "load after", "stolen %", "idle %"]
    return table(heads, rows)


def transfers(results, way):
    """One way, at the three servers."""
    servers = [(Section(results, name), label) for name, label in (("sink", "sink"), ("tls", "sink, https"), ("rgw", "Ceph RGW"))]
    servers = [(section, label) for section, label in servers if not section.missing]
    if not servers:
        return "This was not measured."
    names = list(dict.fromkeys(row["name"] for section, _ in servers for row in section.rows(way=way)))
    heads = ["", *(f"{label}: {what}" for _, label in servers for what in ("MB/s", "CPU s/GiB", "RSS MiB"))]
    rows = []
    for name in names:
        cells = [bold(name)]
        for section, _ in servers:
            found = section.rows(way=way, name=name)
            cells += cost(found[0]) if found else ["", "", ""]
        rows.append(cells)
    return table(heads, rows)


def cost(row):
    return [row.spread("speed"), row.spread("cpu", 2), row.spread("rss")] if row.good else [FAILED, "", ""]


def upload(results):
    return transfers(results, "upload")


def download(results):
    return transfers(results, "download")


def check(results):
    section = Section(results, "check")
    if section.missing:
        return section.missing
    rows = [[f"{row['payload']}, {row['name']}", *cost(row)] for row in section.rows()]
    alone = ", ".join(f"{speed:.1f} GB/s (`{name}`)" for name, speed in (section["alone"] or {}).items())
    return table(["", "MB/s", "CPU s/GiB", "RSS MiB"], rows) + f"\n\nBy itself, on one core and from the cache, it reads {alone}."


def bound(row):
    """What part size and workers allow, in MiB."""
    return row["part"] * row["workers"] + 32 + 0.5 * row["workers"]


def memory(results):
    section = Section(results, "memory")
    rows = []
    for row in section.rows():
        name = f"{row['name']}{', https' if row['tls'] else ''}"
        most = max(row.values("rss"), default=0)
        rows.append([name, row["part"], row["workers"], f"{most:.0f}", f"{bound(row):.0f}", f"{100 * most / bound(row):.0f} %"])
    return section.missing or table(["", "part MiB", "workers", "peak RSS MiB", "bound MiB", "of it"], rows)


def concurrency(results):
    section = Section(results, "concurrency")
    if section.missing:
        return section.missing
    workers = sorted({row["workers"] for row in section.rows()})
    kinds = list(dict.fromkeys((row["round_trip"], row["way"], row["name"]) for row in section.rows()))
    rows = []
    for round_trip, way, name in kinds:
        mib = section["mib"][str(round_trip)]
        found = {row["workers"]: row for row in section.rows(mib, round_trip=round_trip, way=way, name=name)}
        speeds = [f"{found[count].median('speed'):.0f}" if count in found and found[count].good else FAILED for count in workers]
        rows.append([f"{way}, {far(round_trip)}: {bold(name)}", *speeds])
    return table(["MB/s with CONCURRENCY =", *workers], rows)


def far(round_trip):
    return f"{round_trip} ms" if round_trip else "loopback"


def link(results):
    section = Section(results, "link")
    if section.missing:
        return section.missing
    kinds = list(dict.fromkeys((row["round_trip"], row["trouble"]) for row in section.rows()))
    names = list(dict.fromkeys((row["way"], row["name"]) for row in section.rows()))
    heads = ["MB/s", *(f"{round_trip} ms{trouble and ', ' + trouble}" for round_trip, trouble in kinds)]
    rows = []
    for way, name in names:
        found = [section.rows(way=way, name=name, round_trip=round_trip, trouble=trouble) for round_trip, trouble in kinds]
        rows.append([f"{way}: {bold(name)}", *(row[0].spread("speed") if row and row[0].good else FAILED for row in found)])
    return table(heads, rows) + "\n\n" + failures(section)


def failures(section):
    """What those who failed said, and how much they had to survive."""
    lines = []
    for row in section.rows():
        if row.failures:
            where = f"{row['way']} at {row['round_trip']} ms{row['trouble'] and ', ' + row['trouble']}"
            lines.append(f"* {bold(row['name'])}, {where}, {len(row.failures)} of {len(row.row['runs'])} runs: {plain(row.failures[0])}")
    told = " ".join(met(section, *kind) for kind in (("cuts", "cuts", "cuts"), ("slow", "slow", "slow connections")))
    return "\n".join([told, "", *(["What failed:", "", *lines] if lines else ["Nothing failed."])])


def met(section, trouble, what, words):
    """How much of it those who ended well had to survive."""
    counts = [run.get(what, 0) for row in section.rows(trouble=trouble) for run in row.good]
    return f"The runs with {words} that ended well had {min(counts)} to {max(counts)} of them." if counts else ""


def plain(words):
    """The last words of a program as one short line."""
    words = " ".join(words.split()).replace("`", "'")
    return f"`{words[-220:]}`"


def backup(results):
    section = Section(results, "backup")
    rows = []
    for row in section.rows():
        if row.good:
            rows.append([bold(row["name"]), f"{row.median('bytes') / 2**20:.1f}", *cost(row), int(row.median("requests"))])
        else:
            rows.append([bold(row["name"]), FAILED, "", "", "", ""])
    return section.missing or table(["", "stored MiB", "MB/s", "CPU s/GiB", "RSS MiB", "requests"], rows)


def codec(results):
    section = Section(results, "codec")
    rows = []
    for row in section.rows():
        if row["tool"] != "base" and row.good:
            name = f"**{row['name']}, native**" if row["tool"] == "z3" and row["way"] == "compress" else row["name"]
            name = "**native**" if row["way"] == "decompress" and row["tool"] == "z3" else name
            ratio = f"{row.mib * 2**20 / row.median('bytes'):.3f}" if row["way"] == "compress" else ""
            rows.append([row["way"], name, ratio, *cost(row)])
    return section.missing or table(["", " ", "ratio", "MB/s", "CPU s/GiB", "RSS MiB"], rows)


def status(results):
    section = Section(results, "status")
    rows = [[f"{row['objects']:,}", row["workers"], row.spread("s", 2), row.spread("seconds", 2), row.spread("rss"), row.spread("connections")]
            for row in section.rows()]
    return section.missing or table(["objects", "CONCURRENCY", "seconds", "CPU s", "RSS MiB", "connections"], rows)


def scale(results):
    section = Section(results, "scale")
    rows = []
    for row in section.rows():
        if not row.good:
            rows.append([row["name"], FAILED, *[""] * 7])
            continue
        it = row.good[0]
        rows.append([row["name"], binary(row["kib"] << 10), row["memory"], f"{it['parts_of_objects']:,}", f"{it['requests']:,}",
                     binary(it["least_part_bytes"]), binary(it["most_part_bytes"]), f"{row.median('s'):.1f}", f"{row.median('rss'):.0f}"])
    heads = ["stands for", "sent", "MAX_MEMORY", "parts", "requests", "first part", "largest part", "seconds", "RSS MiB"]
    return section.missing or table(heads, rows)


def schedule(results):
    section, requests = Section(results, "schedule"), beside_parts(results)
    rows = []
    for it in section["rows"] or []:
        stream = "50 TB" if it["estimate"] == 50 * 10**12 else binary(it["estimate"])
        if "parts" not in it:
            rows.append([stream, *[""] * 7, it["refused"]])
            continue
        part, workers = it["part_bytes"], it["workers"]
        needed = -(-part // 2**20)
        rows.append([stream, f"{it['parts']:,}", binary(part), "refused" if it["refused"] else workers,
                     "" if it["refused"] else binary(part * workers), f"{needed}M", f"{needed * 8}M", f"{it['parts'] + requests:,}",
                     f"up to {binary(it['room_bytes'])} fit{', with MAX_MEMORY=5G' if it['refused'] else ''}"])
    heads = ["stream", "parts", "part size", "workers", "memory", "MAX_MEMORY for one worker", "for 8", "requests", "if it outruns its estimate "]
    return section.missing or table(heads, rows)


def beside_parts(results):
    """The requests of an upload that are no parts, as the scaled runs had them."""
    runs = [run for row in Section(results, "scale").rows() for run in row.good]
    return min((run["requests"] - run["puts"] for run in runs), default=2)


def start(results):
    section = Section(results, "start")
    if section.missing:
        return section.missing
    rows = [[f"`{row['name']}`", *(f"{1000 * seconds:.1f}" for seconds in (row.median("s"), max(row.values("s")), row.median("seconds")))]
            for row in section.rows() if row.good]
    sizes = ", ".join(f"`{name}` {size / 1e6:.2f} MB" for name, size in section["bytes"].items())
    return table(["", "ms, median", "ms, at most", "CPU ms"], rows) + f"\n\nStripped programs: {sizes}."


def trust(results):
    section = Section(results, "trust")
    if section.missing:
        return section.missing
    rows = [[bold(row["name"]), *cost(row)] for row in section.rows()]
    again = section.row(name="z3 backup, gone on with")
    spared = f"\n\nThe last one was spared {again.median('spared_parts'):.0f} parts of 5 MiB, which the killed run had stored." if again else ""
    return table(["", "MB/s", "CPU s/GiB", "RSS MiB"], rows) + spared


def profile(results):
    section = Section(results, "profile")
    if section.missing:
        return section.missing
    blocks = []
    for run in section["runs"]:
        rows = [[f"{it['percent']:.1f} %", it["where"], f"`{it['symbol'][:90]}`"] for it in run["top"]]
        blocks.append(f"{run['name']}:\n\n" + table(["share", "in ", "symbol "], rows))
    return "\n\n".join(blocks)
