"""`profile`: where the client's CPU goes, by perf, in builds that have kept their symbols."""

import os
import re
import shutil
import subprocess

from . import pool, tools, world
from .served import Sink

KEY = "bench/profile"
TOP = 12
PROGRAMS = ("z3", "pput", "z3_get")
# The machine code of a release build; the debug tables are for the names of what was inlined.
SYMBOLS = {"CARGO_PROFILE_RELEASE_STRIP": "false", "CARGO_PROFILE_RELEASE_LTO": "thin", "CARGO_PROFILE_RELEASE_DEBUG": "1",
           "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}


def profile():
    if not shutil.which("perf"):
        return {"missing": "there is no perf here"}
    programs = build()
    mib = world.scaled(1024)
    dataset = pool.dataset("files", world.scaled(512))
    same = tools.z3(8, 16)
    with Sink() as server:
        runs = [
            ("Plain upload (pput, 8 x 16 MiB)", [programs / "pput", "--quiet", KEY], same, mib),
            ("Download (z3_get, 8 x 16 MiB)", [programs / "z3_get", KEY], same, 0),
            ("Compressed upload (z3 backup, pigz1)", [programs / "z3", "backup", "--full"],
             {"COMPRESSOR": "pigz1", "FILESYSTEM": dataset, "S3_PREFIX": "profile"}, 0),
        ]
        try:
            return {"mib": mib, "runs": [{"name": name, "top": record(server, argv, more, mib)} for name, argv, more, mib in runs]}
        except subprocess.CalledProcessError as error:
            return {"missing": f"perf failed: {(error.stderr or b'').decode(errors='replace').strip()[-300:]}"}


def build():
    """In a target directory of their own; the first time it takes minutes."""
    target = world.TARGET / "symbols"
    command = ["cargo", "build", "--release", "--locked", "--quiet", *(f"--bin={name}" for name in PROGRAMS)]
    subprocess.run(command, cwd=world.ROOT, env={**os.environ, **SYMBOLS, "CARGO_TARGET_DIR": str(target)}, check=True)
    return target / "release"


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
    names = ",".join(name[:15] for name in [argv[0].name, "download", "upload", "gzip", "reader"])
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
