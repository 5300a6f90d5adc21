#!/usr/bin/env python3
"""What z3 costs beside other S3 clients, on this machine: measures within tests/env/with, then writes doc/performance.md.

    benches/run.py [SECTION...]         measures these sections, or all, and renders
    benches/run.py --render             renders again what was measured before: here, else what doc/performance holds
    benches/run.py --list               names the sections

    BENCH_ROUNDS=3  BENCH_MIB=1024      how often, and how much is sent and fetched; other amounts go with it

Every tool takes its turn in every round, so that what else goes on here meets them all. A row is the median of the rounds.
The numbers of every section are kept in target/bench/results.json when it ends; a section that is measured anew replaces its own.
"""

import json
import sys
import time
import traceback

sys.dont_write_bytecode = True

from measure import compress, links, memory, profile, scale, start, transfers, trust, world
from report import render

RESULTS = world.TARGET / "bench/results.json"
SECTIONS = {
    "rgw": transfers.rgw, "sink": transfers.sink, "tls": transfers.tls, "check": transfers.check,
    "memory": memory.memory, "concurrency": links.concurrency, "link": links.link,
    "backup": compress.backup, "codec": compress.codec,
    "status": scale.status, "scale": scale.scale, "schedule": scale.schedule,
    "start": start.start, "trust": trust.trust, "profile": profile.profile,
}


def measured():
    """What is known of this machine."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {"sections": {}}


def measure(name):
    """Runs a section; what breaks it is no end of the others."""
    noise, begun = world.Noise(), time.time()
    print(f"{name} ...", file=sys.stderr, end=" ", flush=True)
    try:
        section = SECTIONS[name]()
    except Exception:  # Whatever it is, hours of other sections are not to be lost.
        traceback.print_exc()
        section = {"broken": traceback.format_exc().splitlines()[-1]}
    print(f"{time.time() - begun:.0f} s", file=sys.stderr, flush=True)
    return {**section, "rounds": world.ROUNDS, "noise": noise.report()}


def main():
    names = sys.argv[1:]
    if names == ["--list"]:
        return print(*SECTIONS)
    if names != ["--render"]:
        unknown = set(names) - set(SECTIONS)
        if unknown:
            sys.exit(f"no section {', '.join(unknown)}; there are: {' '.join(SECTIONS)}")
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        if not names:
            RESULTS.unlink(missing_ok=True)
        machine = world.machine()
        for name in names or SECTIONS:
            section = measure(name)
            found = {**measured(), "machine": machine}
            found["sections"][name] = section
            RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    render.write(measured() if RESULTS.exists() else json.loads(render.NUMBERS.read_text()))


main()
