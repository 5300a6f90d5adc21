"""`start`: what it takes to do nothing, and how large the programs are."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from . import pool, world
from .served import Sink

RUNS = 40


def start():
    dataset = pool.dataset("noise", world.scaled(512))
    with Sink() as server:
        env = world.environment(server.endpoint, {"FILESYSTEM": dataset, "COMPRESSOR": "none"})
        z3 = world.RELEASE / "z3"
        subprocess.run([z3, "backup"], env=env, check=True, stdout=subprocess.DEVNULL)
        rows = [
            ("true", ["true"]), ("zfs list", ["zfs", "list", dataset]), ("z3 --help", [z3, "--help"]),
            ("z3 --version", [z3, "--version"]), ("z3 status", [z3, "status"]), ("z3 backup, nothing to do", [z3, "backup"]),
        ]
        measured = [{"name": name, "runs": [run(argv, env) for _ in range(RUNS)]} for name, argv in rows]
    return {"rows": measured, "bytes": {"z3": stripped("z3")}}


def run(argv, env):
    """By wait4, which counts microseconds."""
    program = shutil.which(str(argv[0]))
    with open(os.devnull, "w") as null:
        begun = time.perf_counter()
        pid = os.posix_spawn(program, list(map(str, argv)), env, file_actions=[
            (os.POSIX_SPAWN_DUP2, null.fileno(), 1), (os.POSIX_SPAWN_DUP2, null.fileno(), 2)])
        _, status, used = os.wait4(pid, 0)
    if status != 0:
        return {"failed": f"{Path(argv[0]).name}: status {status}"}
    return {"s": time.perf_counter() - begun, "cpu": used.ru_utime + used.ru_stime}


def stripped(name):
    """A release build is stripped already; nothing changes then."""
    copy = world.DIR / name
    shutil.copyfile(world.RELEASE / name, copy)
    subprocess.run(["strip", copy], check=True)
    return copy.stat().st_size
