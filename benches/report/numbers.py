"""The results as the report reads them: rows by their names, medians and spreads, and how they are written."""

import statistics

GIB = 1024


class Row:
    """One row of a section: the runs that did what they should."""

    def __init__(self, row, mib):
        self.row, self.mib = row, mib
        self.good = [run for run in row["runs"] if "failed" not in run]
        self.failures = [run["failed"] for run in row["runs"] if "failed" in run]

    def __getitem__(self, fact):
        return self.row.get(fact)

    def values(self, what):
        """Of every run: `speed` in MB/s, `cpu` in s/GiB, else as measured (`s` seconds, `rss` MiB, `seconds` of CPU)."""
        gib = self.mib / GIB if self.mib else 1
        of = {
            "speed": lambda run: self.mib * 1.048576 / run["s"],
            "cpu": lambda run: run["cpu"] / gib,
            "seconds": lambda run: run["cpu"],
        }.get(what, lambda run: run[what])
        return [of(run) for run in self.good]

    def median(self, what):
        return statistics.median(self.values(what)) if self.good else None

    def spread(self, what, digits=0):
        """`191 (180-201)`; the median alone when there is no spread to show."""
        if not self.good:
            return "failed"
        values = self.values(what)
        low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
        text = middle if low == high else f"{middle} ({low}-{high})"
        return f"{text}, {len(self.failures)} of {len(self.row['runs'])} failed" if self.failures else text


class Section:
    """One section of the results, or its absence."""

    def __init__(self, results, name):
        self.found = results["sections"].get(name, {})
        self.mib = self.found.get("mib")
        self.mib = self.mib if isinstance(self.mib, (int, float)) else None
        self.missing = None
        if not self.found:
            self.missing = "This was not measured."
        elif "broken" in self.found or "missing" in self.found:
            self.missing = f"Not measured: {self.found.get('broken') or self.found['missing']}."

    def __getitem__(self, what):
        return self.found.get(what)

    def rows(self, mib=None, **facts):
        """The rows with those facts, in their order."""
        rows = [] if self.missing else self.found.get("rows", [])
        return [Row(row, mib or self.mib) for row in rows if all(row.get(name) == value for name, value in facts.items())]

    def row(self, **facts):
        """The only one; none if it is missing or never ended well."""
        found = [row for row in self.rows(**facts) if row.good]
        return found[0] if found else None


def table(heads, rows):
    """Markdown; columns after the first are numbers unless their head ends with a blank."""
    heads = [str(head) for head in heads]
    lines = ["| " + " | ".join(head.strip() for head in heads) + " |"]
    lines.append("|" + "|".join("---" if number == 0 or head.endswith(" ") else "--:" for number, head in enumerate(heads)) + "|")
    return "\n".join([*lines, *("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows)])


def ours(name):
    """Whether a row is z3's own, today's."""
    return name.startswith(("pput", "z3")) and "Python" not in name


def bold(name):
    return f"**{name}**" if ours(name) else name


def binary(size_bytes):
    """`53.8 MiB`, `2 GiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if size_bytes < 1024 or unit == "TiB":
            return f"{size_bytes:.4g} {unit}"
        size_bytes /= 1024
