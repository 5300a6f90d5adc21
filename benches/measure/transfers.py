"""Both ways beside the peers, every tool in every round: `rgw`, `sink`, `tls`; and `check`, what the stream check adds."""

import subprocess
from pathlib import Path

from . import cost, pool, tools, world
from .served import Sink

KEY = "bench/object"


def uploads(endpoint):
    """Rows of the upload: name, command, settings. The same parts and workers for all, then what z3 does by itself."""
    tls = endpoint.startswith("https")
    same = tools.z3(8, 16)
    yield "pput, 8 x 16 MiB", tools.pput(KEY), same
    for payload in ("crc32c", "unsigned") if tls else ("crc32c",):
        if world.knows(PAYLOAD=payload):
            yield f"pput, 8 x 16 MiB, {payload}", tools.pput(KEY), {**same, "PAYLOAD": payload}
    yield "pput, as a backup", tools.pput(KEY, "--estimated", f"{world.MIB}M"), {}
    yield "pput, defaults", tools.pput(KEY), {}
    yield from tools.upload_peers(endpoint, KEY)
    if not tls:
        yield from tools.python_z3(endpoint, KEY)


def downloads(endpoint):
    yield "z3_get, 8 x 16 MiB", tools.z3_get(KEY), tools.z3(8, 16)
    yield "z3_get, 1 x 16 MiB", tools.z3_get(KEY), tools.z3(1, 16)
    yield "z3_get, defaults", tools.z3_get(KEY), {}
    yield from tools.download_peers(endpoint, KEY)


def transfers(endpoint, mib):
    rows = cost.Rows()
    # The first upload of all finds a server whose memory nobody has touched yet.
    cost.send(tools.pput(KEY), endpoint, mib, tools.z3(8, 16))
    for turn in range(world.ROUNDS):
        for name, argv, more in cost.rotated(uploads(endpoint), turn):
            rows.attempt(name, lambda: cost.send(argv, endpoint, mib, more), way="upload")
        # What the download reads; a peer that failed is not to leave nothing.
        cost.send(tools.pput(KEY), endpoint, mib, tools.z3(8, 16))
        for name, argv, more in cost.rotated(downloads(endpoint), turn):
            rows.attempt(name, lambda: cost.fetch(argv, endpoint, mib, more), way="download")
    return {"mib": mib, "rows": rows.list()}


def check_alone():
    """The check without anything around it, on streams that fit into the cache: GB per second of one core."""
    streams = [world.ROOT / "tests/data/zfs-streams" / name for name in ("plain-full-s1.zfs", "lz4-full-ce-s1.zfs", "enc-full-w-s1.zfs")]
    argv = [world.EXAMPLES / "check_speed", *filter(Path.exists, streams)]
    run = subprocess.run(list(map(str, argv)), capture_output=True, text=True, check=True)
    speeds = (line.split() for line in run.stdout.splitlines())
    return {Path(words[-1]).name: float(words[0]) for words in speeds}


def rgw():
    """Ceph's gateway: a real server, which wants more CPU than any client."""
    return transfers(world.RGW, world.scaled(512))


def sink():
    """The server that does next to nothing."""
    with Sink() as server:
        return transfers(server.endpoint, world.MIB)


def tls():
    """The same by https, where `unsigned` is allowed."""
    with Sink(tls=True) as server:
        return transfers(server.endpoint, world.MIB)


def check():
    """A send stream with and without the check of it."""
    stream = pool.stream("noise", world.scaled(512))
    mib = stream.stat().st_size / 2**20
    rows = cost.Rows()
    payloads = [payload for payload in ("crc32c",) if world.knows(PAYLOAD=payload)]
    with Sink() as server:
        for _ in range(world.ROUNDS):
            for payload in ["sha256", *payloads]:
                more = {**tools.z3(8, 16), **({"PAYLOAD": payload} if payloads else {})}
                for name, flags in (("checked", []), ("--no-check", ["--no-check"])):
                    argv = tools.pput(KEY, *flags)
                    with stream.open() as stdin:
                        rows.attempt(name, lambda: cost.timed(argv, server.endpoint, more, stdin=stdin), payload=payload)
    return {"mib": mib, "rows": rows.list(), "alone": check_alone()}
