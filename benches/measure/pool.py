"""Datasets to back up, each made when it is first asked for, and their streams."""

import os
import shutil
import subprocess
from pathlib import Path

from . import world

SNAPSHOT = "bench"


def dataset(kind, mib):
    """`noise`: nothing can be saved on it. `files`: programs, texts and logs of this machine, a tenth of noise."""
    name = f"{world.POOL}/{kind}"
    if subprocess.run(["zfs", "list", f"{name}@{SNAPSHOT}"], capture_output=True).returncode == 0:
        return name
    subprocess.run(["zfs", "create", name], check=True)
    target = world.DIR / world.POOL / kind
    {"noise": noise, "files": files}[kind](target, mib << 20)
    subprocess.run(["zfs", "snapshot", f"{name}@{SNAPSHOT}"], check=True)
    return name


def stream(kind, mib):
    """The file with that dataset's send stream."""
    path = world.DIR / f"{kind}.zfs"
    if not path.exists():
        with path.open("wb") as output:
            subprocess.run(["zfs", "send", f"{dataset(kind, mib)}@{SNAPSHOT}"], stdout=output, check=True)
    return path


def noise(target, room):
    subprocess.run(f"head -c {room} {world.data(room >> 20)} >{target}/noise", shell=True, check=True)


def files(target, room):
    """In the order of their names, the same on every run: two thirds programs, the rest texts and logs."""
    shares = (("/usr/lib", 0.55), ("/usr/bin", 0.1), ("/usr/share", 0.2), ("/var/log", 0.05))
    left = room
    for source, share in shares:
        left -= copied(Path(source), target / source.replace("/", "_"), int(room * share))
    # A tenth is noise, and what there were no files for.
    with (target / "noise").open("wb") as output:
        for start in range(0, left, 1 << 20):
            output.write(os.urandom(min(1 << 20, left - start)))


def copied(source, target, room):
    """Copies files as long as they fit; how many bytes."""
    target.mkdir()
    done = 0
    for number, file in enumerate(sorted(source.rglob("*"))):
        if file.is_symlink() or not file.is_file():
            continue
        size = file.stat().st_size
        # No file is more than a tenth of its share: one library is no sample.
        if done + size <= room and size <= room // 10:
            shutil.copyfile(file, target / f"{number:06}")
            done += size
    return done
