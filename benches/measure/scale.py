"""`status`: thousands of objects far away; `scale`: thousands of parts through the real engine; `schedule`: how streams are cut."""

import json
import re
import subprocess

from . import cost, tools, world
from .served import Link, Sink

ROUND_TRIP_MS = 30
GIB, TIB = 2**30, 2**40


def status():
    """z3 status at a real server, behind a link."""
    rows = cost.Rows()
    for count in (100, 1000, 10000):
        store_many(count)
    for _ in range(world.ROUNDS):
        for count, workers in ((100, 32), (1000, 32), (10000, 32), (1000, 8)):
            rows.attempt("z3 status", lambda: list_many(count, workers), objects=count, workers=workers)
    return {"round_trip": ROUND_TRIP_MS, "rows": rows.list()}


def store_many(count):
    """Full backups by their metadata."""
    many = world.DIR / f"many-{count}"
    many.mkdir()
    for number in range(count):
        (many / f"{world.POOL}@zfs-auto-snap:daily-{number:05}").write_text("x")
    argv = [world.S5CMD, "--log", "error", "--endpoint-url", world.RGW, "--numworkers", "16", "cp",
            "--metadata", "isfull=true", "--metadata", "size=1000000", f"{many}/", f"s3://{world.BUCKET}/many-{count}/"]
    subprocess.run(list(map(str, argv)), env=world.environment(world.RGW), stdout=subprocess.DEVNULL, check=True)


def list_many(count, workers):
    listing = world.DIR / "status"
    more = {"CONCURRENCY": str(workers), "S3_PREFIX": f"many-{count}"}
    with Link(world.RGW, ROUND_TRIP_MS) as way, listing.open("w") as stdout:
        told = cost.timed([world.RELEASE / "z3", "status"], way.endpoint, more, stdout=stdout)
        connections = way.seen("connection")
    shown = len(re.findall(" full ", listing.read_text()))
    if shown != count:
        raise cost.Failed(f"shows {shown} objects of {count}")
    return {**told, "connections": connections}


# A KiB stands for a MiB: name, KiB of the stream, flags and settings of pput.
SCALED = (
    ("500 GiB, as estimated", 500 * 1024, ["--estimated", "500M"], {"MAX_MEMORY": "2M"}),
    ("1,500 GiB, estimated as 500 GiB", 1500 * 1024, ["--estimated", "500M"], {"MAX_MEMORY": "2M"}),
    ("2 TiB of unknown length", 2048 * 1024, [], {"MAX_MEMORY": "2M"}),
    ("3 TiB in parts of 256 MiB (CHUNK_SIZE)", 3072 * 1024, [], {"MAX_MEMORY": "2M", "CHUNK_SIZE": "256K"}),
    ("977 GiB, 10,000 equal parts (PART_GROWTH=off)", 1000 * 1000, [],
     {"MAX_MEMORY": "2M", "CHUNK_SIZE": "100K", "PART_GROWTH": "off"}),
    ("10 TiB, as estimated", 10240 * 1024, ["--estimated", "10G"], {"MAX_MEMORY": "16M"}),
)


def scale():
    rows = cost.Rows()
    with Sink() as server:
        for name, kib, flags, more in SCALED:
            more = {"MAX_PARTS": "10000", "MIN_PART_SIZE": "5K", **more}
            rows.attempt(name, lambda: many_parts(server, kib, flags, more), kib=kib, memory=more["MAX_MEMORY"])
    return {"rows": rows.list()}


def many_parts(server, kib, flags, more):
    server.counts()
    with subprocess.Popen(["head", "-c", f"{kib}K", "/dev/zero"], stdout=subprocess.PIPE) as source:
        told = cost.timed(tools.pput("bench/scale", *flags), server.endpoint, more, stdin=source.stdout)
        source.stdout.close()
    counts = server.counts()
    if counts.get("object_bytes") != kib << 10:
        raise cost.Failed(f"stored {counts.get('object_bytes')} bytes of {kib << 10}")
    return {**told, **counts}


def schedule():
    """What `Schedule` says for the default limits of a machine with 8 GiB or more."""
    streams = (50 * GIB, 500 * GIB, TIB, 2 * TIB, 5 * TIB, 10 * TIB, 20 * TIB, 50 * 10**12, 48 * TIB)
    argv = [world.EXAMPLES / "schedule", 2 * GIB, 32, *streams]
    run = subprocess.run(list(map(str, argv)), capture_output=True, text=True, check=True)
    return {"max_memory": 2 * GIB, "concurrency": 32, "rows": [json.loads(line) for line in run.stdout.splitlines()]}
