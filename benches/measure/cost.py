"""What one run of a command costs: its time, the CPU of it and its children, and the largest of them in memory."""

import os
import signal
import subprocess
import sys
import time

from . import world


class Failed(Exception):
    """The command did not do what it should; the text is the last it said."""


class Rows:
    """The runs of every row of a section, in the order in which the rows first came."""

    def __init__(self):
        self.rows = {}

    def of(self, name, **facts):
        """The runs of that row."""
        return self.rows.setdefault((name, *facts.values()), {"name": name, **facts, "runs": []})["runs"]

    def attempt(self, name, run, **facts):
        """Adds what `run` tells it cost; a failure is a result, too."""
        runs = self.of(name, **facts)
        try:
            runs.append(run())
        except Failed as failure:
            print(f"  {name} failed: {failure}", file=sys.stderr, flush=True)
            runs.append({"failed": str(failure)})

    def list(self):
        return list(self.rows.values())


def rotated(rows, turn):
    """Another one is the first in every round, so that nobody always follows the same one."""
    rows = list(rows)
    return rows[turn % len(rows):] + rows[:turn % len(rows)]


def timed(argv, endpoint, more=None, stdin=None, stdout=subprocess.DEVNULL, limit=600):
    """Runs a command to its end. The small GNU time starts it: what a large program forks begins with its memory."""
    report = world.DIR / "time"
    command = ["/usr/bin/time", "-q", "-o", report, "-f", "%U %S %M", *map(str, argv)]
    begun = time.perf_counter()
    with subprocess.Popen(command, env=world.environment(endpoint, more), stdin=stdin, stdout=stdout,
                          stderr=subprocess.PIPE, start_new_session=True) as run:
        try:
            _, words = run.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            raise Failed(f"not done after {limit} s") from None
    seconds = time.perf_counter() - begun
    if run.returncode != 0:
        raise Failed(f"exit {run.returncode}: {words.decode(errors='replace').strip()[-300:]}")
    user, system, kib = map(float, report.read_text().split())
    return {"s": seconds, "cpu": user + system, "rss": kib / 1024}


def send(argv, endpoint, mib, more=None, limit=600):
    """From a pipe, as a backup comes."""
    command = ["head", "-c", f"{mib}M", world.data(mib)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as feeder:
        try:
            return timed(argv, endpoint, more, stdin=feeder.stdout, limit=limit)
        finally:
            feeder.stdout.close()


def fetch(argv, endpoint, mib, more=None, reader=("wc", "-c"), limit=600):
    """Into a pipe, as a restore does; the reader counts, so that nothing is missing."""
    with subprocess.Popen(reader, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as counter:
        try:
            cost = timed(argv, endpoint, more, stdout=counter.stdin, limit=limit)
        finally:
            counter.stdin.close()
        count = int(counter.stdout.read())
    if count != mib << 20:
        raise Failed(f"said that it was done (exit 0) after {count} of {mib << 20} bytes")
    return cost
