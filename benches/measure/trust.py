"""`trust`: what it costs to verify what is stored, and to go on with what was cut off."""

import re
import subprocess
import time

from . import cost, pool, tools, world

Z3 = world.RELEASE / "z3"


def trust():
    mib = world.scaled(512)
    dataset = pool.dataset("noise", mib)
    rows = cost.Rows()
    for turn in range(world.ROUNDS):
        more = {**tools.z3(8, 16), "COMPRESSOR": "none", "FILESYSTEM": dataset, "S3_PREFIX": f"trust-{turn}"}
        key = f"trust-{turn}/{dataset}@{pool.SNAPSHOT}"
        rows.attempt("z3 backup", lambda: cost.timed([Z3, "backup", "--full"], world.RGW, more))
        rows.attempt("z3_get", lambda: fetched(key, more))
        rows.attempt("z3 verify", lambda: cost.timed([Z3, "verify"], world.RGW, more))
        usual = rows.of("z3 backup")[-1].get("s", 2)
        more["S3_PREFIX"] = f"trust-{turn}-again"
        rows.attempt("z3 backup, gone on with", lambda: gone_on_with(usual, more))
    return {"mib": mib, "rows": rows.list()}


def fetched(key, more):
    """z3_get writes nothing into /dev/null, which is what a closed standard output looks like."""
    with subprocess.Popen(["wc", "-c"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as counter:
        try:
            return cost.timed(tools.z3_get(key), world.RGW, more, stdout=counter.stdin)
        finally:
            counter.stdin.close()


def gone_on_with(usual, more):
    """A run is killed after three fifths of its time; what the next one costs, and how many parts it was spared."""
    backup = [str(Z3), "-v", "backup", "--full"]
    doomed = subprocess.Popen(backup, env=world.environment(world.RGW, more), stderr=subprocess.DEVNULL)
    time.sleep(0.6 * usual)
    doomed.kill()
    doomed.wait()
    words = world.DIR / "said"
    with words.open("w") as said:
        told = cost.timed(["sh", "-c", '"$@" 2>&1', "-", *backup], world.RGW, more, stdout=said)
    found = re.search(r": (\d+) parts .* were stored by an earlier run", words.read_text())
    return {**told, "spared_parts": int(found.group(1)) if found else 0}
