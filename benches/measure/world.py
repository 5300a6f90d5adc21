"""Where things are, how much is moved, and what else went on here: everything that a section needs to know of its surroundings."""

import functools
import os
import platform
import re
import shutil
import subprocess
import time
from pathlib import Path

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
MIB = int(os.environ.get("BENCH_MIB", 1024))
ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
RELEASE = TARGET / "release"
EXAMPLES = RELEASE / "examples"
PEERS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "z3-bench"
AWS, S5CMD, RCLONE = PEERS / "bin/aws", PEERS / "bin/s5cmd", shutil.which("rclone")
# A Python that has AWS's C client.
CRT = PEERS / "crt/bin/python"
PYTHON2 = (PEERS / "python2/interpreter").read_text().strip() if (PEERS / "python2/interpreter").exists() else None

# What follows is there within tests/env/with only.
DIR = Path(os.environ.get("Z3T_DIR", "/nonexistent"))
BUCKET = os.environ.get("Z3T_BUCKET", "")
POOL = os.environ.get("Z3T_POOL", "")
RGW = os.environ.get("Z3T_RGW", "")
# The last of the 20 ports that tests/env/with keeps, and the one before: no server of its own takes them.
PORT = int(os.environ.get("Z3T_PORT", 0)) + 19
# An authority and its certificate for 127.0.0.1, which tests/env/rgw has made.
CA, CERTIFICATE, KEY = DIR / "rgw/ca.pem", DIR / "rgw/rgw.pem", DIR / "rgw/rgw.key"


def scaled(mib):
    """An amount that was chosen for the default BENCH_MIB; at least 64 MiB."""
    return max(64, mib * MIB // 1024)


def environment(endpoint, more=None):
    """For every tool the same, and nothing of the user's own; `None` takes a setting away."""
    key, secret, region = (os.environ[f"Z3T_{name}"] for name in ("KEY_ID", "SECRET", "REGION"))
    kept = ("PATH", "HOME", "TMPDIR", "LANG")
    tls = {"AWS_CA_BUNDLE": str(CA), "SSL_CERT_FILE": str(CA)} if endpoint.startswith("https") else {}
    all_of_them = {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "S3_KEY_ID": key, "S3_SECRET": secret, "BUCKET": BUCKET, "S3_ENDPOINT": endpoint, "Z3_CONFIG": "/dev/null",
        "FILESYSTEM": POOL, "SNAPSHOT_PREFIX": "",
        "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": str(aws_config(8, 16)),
        "RCLONE_CONFIG": "/dev/null", "RCLONE_S3_PROVIDER": "Ceph", "RCLONE_S3_ENDPOINT": endpoint,
        "RCLONE_S3_ENV_AUTH": "true", "RCLONE_S3_CHUNK_SIZE": "16M", "RCLONE_S3_UPLOAD_CONCURRENCY": "8",
        "RCLONE_S3_NO_CHECK_BUCKET": "true",
        **tls, **(more or {}),
    }
    return {name: value for name, value in all_of_them.items() if value is not None}


def aws_config(workers, part_mib):
    """aws-cli takes its workers and part size from a file only."""
    path = DIR / f"aws-{workers}x{part_mib}.config"
    if not path.exists():
        path.write_text(f"[default]\ns3 =\n  multipart_chunksize = {part_mib}MB\n  multipart_threshold = {part_mib}MB\n"
                        f"  max_concurrent_requests = {workers}\n")
    return path


@functools.lru_cache
def knows(**setting):
    """Whether this build accepts that configuration: PAYLOAD and COMPRESSOR have values that older ones lack."""
    def refused(value):
        more = {name: value for name in setting} if value else setting
        run = subprocess.run([RELEASE / "pput", "--quiet", "bench/none"], env=environment("https://127.0.0.1:1", more),
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return any(f"{name}" in run.stderr for name in setting)
    return refused("no such value") and not refused(None)


def data(mib):
    """A file of at least that many MiB which nobody can compress."""
    path = DIR / "data"
    if not path.exists() or path.stat().st_size < mib << 20:
        subprocess.run(f"head -c {max(mib, MIB)}M /dev/urandom >{path}", shell=True, check=True)
    return path


def machine():
    """What this machine is, and the versions of everything that takes part."""
    def said(*argv):
        try:
            run = subprocess.run(argv, capture_output=True, text=True)
            return (run.stdout + run.stderr).strip().splitlines()[0]
        except (OSError, IndexError):
            return None
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    commit = said("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    return {
        "cpu": cpu.group(1) if cpu else platform.machine(), "cores": os.cpu_count(),
        "memory_gib": round(int(memory.group(1)) / 2**20), "kernel": platform.release(),
        "system": system.group(1) if system else "?", "date": time.strftime("%Y-%m-%d"), "commit": commit,
        "load_at_start": os.getloadavg()[0],
        "versions": {
            "z3": said(RELEASE / "z3", "--version"), "aws-cli": said(AWS, "--version"), "s5cmd": said(S5CMD, "version"),
            "rclone": said("rclone", "version"), "AWS CRT": said(CRT, "-c", "import awscrt; print(awscrt.__version__)"),
            "pigz": said("pigz", "--version"), "ceph": said("radosgw", "--version"),
        },
    }


class Noise:
    """What else went on: the load before and after, and what the hypervisor gave to others."""

    def __init__(self):
        self.load, self.stat, self.begun = os.getloadavg()[0], self.read(), time.time()

    @staticmethod
    def read():
        # user nice system idle iowait irq softirq steal, in ticks (proc(5)).
        return [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]

    def report(self):
        ticks = [after - before for before, after in zip(self.stat, self.read())]
        whole = max(1, sum(ticks))
        return {
            "load_before": self.load, "load_after": os.getloadavg()[0], "seconds": time.time() - self.begun,
            "steal_percent": 100 * ticks[7] / whole, "idle_percent": 100 * ticks[3] / whole,
        }
