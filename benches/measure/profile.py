"""`profile`: where the client's CPU goes, by perf, in programs that have kept their symbols (see the Makefile)."""

import re
import shutil
import subprocess

from . import pool, tools, world
from .served import Sink

KEY = "bench/profile"
TOP = 12


def profile():
    if not shutil.which("perf"):
        return {"missing": "there is no perf here"}
    mib = world.scaled(1024)
    dataset = pool.dataset("files", world.scaled(512))
    same = tools.z3(8, 16)
    with Sink() as server:
        runs = [
            ("Plain upload (pput, 8 x 16 MiB)", [world.RELEASE / "pput", "--quiet", KEY], same, mib),
            ("Download (z3_get, 8 x 16 MiB)", [world.RELEASE / "z3_get", KEY], same, 0),
            ("Compressed upload (z3 backup, pigz1)", [world.RELEASE / "z3", "backup", "--full"],
             {"COMPRESSOR": "pigz1", "FILESYSTEM": dataset, "S3_PREFIX": "profile"}, 0),
        ]
        try:
            return {"mib": mib, "runs": [{"name": name, "top": record(server, argv, more, mib)} for name, argv, more, mib in runs]}
        except subprocess.CalledProcessError as error:
            return {"missing": f"perf failed: {(error.stderr or b'').decode(errors='replace').strip()[-300:]}"}


def record(server, argv, more, mib):
    """The symbols with the largest shares of the samples, of the program alone."""
    samples = world.DIR / "perf.data"
    command = ["perf", "record", "-q", "-F", "1999", "-o", samples, "--", *argv]
    with subprocess.Popen(["head", "-c", f"{mib}M", world.data(mib)], stdout=subprocess.PIPE) as source, \
            subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as reader:
        subprocess.run(list(map(str, command)), env=world.environment(server.endpoint, more), stdin=source.stdout,
                       stdout=reader.stdin, stderr=subprocess.PIPE, check=True)
        source.stdout.close()
        reader.stdin.close()
    report = subprocess.run(["perf", "report", "-i", samples, "--stdio", "--no-children", "-F", "overhead,comm,sym", "-g", "none"],
                            capture_output=True, text=True, check=True)
    return rows(report.stdout)


def rows(text):
    """Summed over the threads, whose names are their work's."""
    shares = {}
    for line in text.splitlines():
        found = re.match(r"\s*([\d.]+)%\s+(.{1,16}?)\s+\[([k.])\]\s+(.*)", line)
        if found:
            symbol = re.sub(r"::h[0-9a-f]{16}$", "", found.group(4).strip())
            key = (symbol, "kernel" if found.group(3) == "k" else "z3")
            shares[key] = shares.get(key, 0) + float(found.group(1))
    best = sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return [{"symbol": symbol, "where": where, "percent": share} for (symbol, where), share in best]
