#!/usr/bin/env python3
"""What z3 costs beside other S3 clients, on this machine; within tests/env/with (see `make bench`).

    BENCH_ROUNDS=3  BENCH_MIB=2048      how often, and how much is sent and fetched
    benches/run.py [SECTION...]         of: rgw sink memory status gzip trust

Every tool takes its turn in every round, so that what else goes on here meets them all. A row is the median of the rounds.
CPU is what GNU time says, user and system, of the tool and its children and nobody else; RSS is the largest process.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
MIB = int(os.environ.get("BENCH_MIB", 2048))
ROOT = Path(__file__).resolve().parent.parent
Z3 = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release"
LOOPBACK = Z3 / "examples/loopback"
PEERS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "z3-bench"
DIR = Path(os.environ["Z3T_DIR"])
# The last of the 20 ports that tests/env/with keeps; no server of its own takes it.
PORT = int(os.environ["Z3T_PORT"]) + 19
BUCKET = os.environ["Z3T_BUCKET"]
SAME = {"CONCURRENCY": "8", "CHUNK_SIZE": "16M"}

# The Python z3 knows no http and no port.
PYTHON_Z3 = """
import functools, sys, boto
from boto.s3.connection import OrdinaryCallingFormat
host, port = sys.argv.pop(1).split("//")[1].split(":")
boto.connect_s3 = functools.partial(
    boto.connect_s3, host=host, port=int(port), is_secure=False, calling_format=OrdinaryCallingFormat())
from z3.pput import main
sys.exit(main())
"""


class Cost:
    """Medians over the rounds of one row."""

    def __init__(self):
        self.runs = []

    def add(self, text):
        seconds, user, system, kib = map(float, text.split())
        self.runs.append((max(seconds, 0.01), user + system, kib / 1024))

    def row(self, mib):
        seconds, cpu, rss = (statistics.median(column) for column in zip(*self.runs))
        return f"{mib * 1.048576 / seconds:8.0f} {cpu * 1024 / mib:9.2f} {rss:8.0f}"


def environment(endpoint, more):
    key, secret = os.environ["Z3T_KEY_ID"], os.environ["Z3T_SECRET"]
    # Nothing of the user's own, such as a CA bundle, which not every peer takes.
    kept = ("PATH", "HOME", "TMPDIR", "LANG")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "S3_KEY_ID": key, "S3_SECRET": secret, "BUCKET": BUCKET, "S3_ENDPOINT": endpoint, "Z3_CONFIG": "/dev/null",
        "FILESYSTEM": os.environ["Z3T_POOL"],
        "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": os.environ["Z3T_REGION"],
        "AWS_DEFAULT_REGION": os.environ["Z3T_REGION"], "AWS_CONFIG_FILE": str(DIR / "aws.config"),
        "PYTHONPATH": str(PEERS / "python2") if "PYTHON_Z3" in more else "",
        "RCLONE_CONFIG": "/dev/null", "RCLONE_S3_PROVIDER": "Ceph", "RCLONE_S3_ENDPOINT": endpoint,
        "RCLONE_S3_ENV_AUTH": "true", "RCLONE_S3_CHUNK_SIZE": "16M", "RCLONE_S3_UPLOAD_CONCURRENCY": "8",
        "RCLONE_S3_NO_CHECK_BUCKET": "true",
        **more,
    }


def timed(cost, argv, endpoint, more=None, stdin=None, stdout=subprocess.DEVNULL):
    """Runs a command to its end and adds what it cost."""
    report = DIR / "time"
    argv = ["/usr/bin/time", "-q", "-o", report, "-f", "%e %U %S %M", *map(str, argv)]
    run = subprocess.run(argv, env=environment(endpoint, more or {}), stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, argv[6:]))} failed ({run.returncode}): {run.stderr.decode()[-2000:]}")
    cost.add(report.read_text())


def send(cost, argv, endpoint, more=None, mib=MIB):
    """From a pipe, as a backup comes."""
    with subprocess.Popen(["head", "-c", f"{mib}M", DIR / "data"], stdout=subprocess.PIPE) as source:
        timed(cost, argv, endpoint, more, stdin=source.stdout)


def fetch(cost, argv, endpoint, more=None):
    """Into a pipe, as a restore does; the reader counts, so that nothing is missing."""
    with subprocess.Popen(["wc", "-c"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        timed(cost, argv, endpoint, more, stdout=reader.stdin)
        reader.stdin.close()
        count = int(reader.stdout.read())
    if count != MIB << 20:
        sys.exit(f"{argv[0]} gave {count} bytes of {MIB << 20}")


def uploads(endpoint, key):
    """Rows of the upload: name, command, settings. The same parts and workers for all, then what z3 does by itself."""
    url = f"s3://{BUCKET}/{key}"
    yield "pput, 8 x 16 MiB", [Z3 / "pput", "--quiet", key], SAME
    yield "pput, defaults", [Z3 / "pput", "--quiet", key], {}
    aws, s5cmd, rclone = PEERS / "bin/aws", PEERS / "bin/s5cmd", shutil.which("rclone")
    if aws.exists():
        yield "aws s3 cp", [aws, "s3", "cp", "--quiet", "--endpoint-url", endpoint, "-", url], {}
    if s5cmd.exists():
        yield "s5cmd pipe", [s5cmd, "--endpoint-url", endpoint, "pipe", "-c", "8", "-p", "16", url], {}
    # The next two compare ETags with MD5 sums, which only a real server makes.
    if endpoint != os.environ["Z3T_RGW"]:
        return
    if rclone:
        yield "rclone rcat", [rclone, "rcat", f":s3:{BUCKET}/{key}"], {}
    python2 = shutil.which(os.environ.get("PYTHON2", "python2.7"))
    if python2 and (PEERS / "python2/z3").exists():
        argv = [python2, "-c", PYTHON_Z3, endpoint, "--quiet", "--storage-class", "STANDARD", key]
        yield "pput of Python z3", argv, {**SAME, "PYTHON_Z3": "yes"}


def downloads(endpoint, key):
    """Rows of the download."""
    url = f"s3://{BUCKET}/{key}"
    yield "z3_get, 8 x 16 MiB", [Z3 / "z3_get", key], SAME
    yield "z3_get, defaults", [Z3 / "z3_get", key], {}
    aws, s5cmd, rclone = PEERS / "bin/aws", PEERS / "bin/s5cmd", shutil.which("rclone")
    if aws.exists():
        yield "aws s3 cp", [aws, "s3", "cp", "--quiet", "--endpoint-url", endpoint, url, "-"], {}
    if s5cmd.exists():
        yield "s5cmd cat", [s5cmd, "--endpoint-url", endpoint, "cat", "-c", "8", "-p", "16", url], {}
    # It lists before it reads; the sink has no listing.
    if rclone and endpoint == os.environ["Z3T_RGW"]:
        yield "rclone cat", [rclone, "cat", f":s3:{BUCKET}/{key}"], {}


def transfers(server, endpoint):
    """Both ways, every tool in every round."""
    costs = {}
    for _ in range(ROUNDS):
        for name, argv, more in uploads(endpoint, "bench/object"):
            send(costs.setdefault(("upload", name), Cost()), argv, endpoint, more)
        for name, argv, more in downloads(endpoint, "bench/object"):
            fetch(costs.setdefault(("download", name), Cost()), argv, endpoint, more)
    for way in ("upload", "download"):
        print(f"\n{f'{way}, {MIB} MiB, {server}':44}     MB/s CPU s/GiB  RSS MiB")
        for (of, name), cost in costs.items():
            if of == way:
                print(f"  {name:42} {cost.row(MIB)}", flush=True)


class Served:
    """A sink or a relay while it is needed."""

    def __init__(self, *words):
        self.log = DIR / "loopback.log"
        argv = [LOOPBACK, words[0], str(PORT), *words[1:]]
        self.process = subprocess.Popen(argv, stdout=self.log.open("w"))
        time.sleep(0.3)

    def __enter__(self):
        return f"http://127.0.0.1:{PORT}"

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def rgw():
    transfers("Ceph RGW, in memory", os.environ["Z3T_RGW"])


def sink():
    with Served("sink") as endpoint:
        transfers("a server that does nothing", endpoint)


def memory():
    """Parts of 5 MiB to and from a server that reads 4 MB/s on each connection: every buffer is full for seconds."""
    print("\npeak RSS in MiB, parts of 5 MiB, slow server        workers     RSS   bound")
    for workers in (4, 64):
        cost, mib = Cost(), 15 * workers
        with Served("sink", "4e6") as endpoint:
            argv = [Z3 / "pput", "--quiet", "-s", "5M", "--concurrency", workers, "bench/slow"]
            for _ in range(ROUNDS):
                send(cost, argv, endpoint, mib=mib)
        bound = 5 * workers + 32 + 0.5 * workers
        rss = max(rss for _, _, rss in cost.runs)
        print(f"  {'pput (the most of the rounds)':48} {workers:8} {rss:7.0f} {bound:7.0f}", flush=True)


def status():
    """A thousand objects behind a link of 30 ms."""
    server, pool = os.environ["Z3T_RGW"], os.environ["Z3T_POOL"]
    aws, many = PEERS / "bin/aws", DIR / "many"
    many.mkdir()
    for number in range(1000):
        (many / f"{pool}@zfs-auto-snap:daily-{number:04}").write_text("x")
    argv = [aws, "s3", "cp", "--quiet", "--recursive", "--endpoint-url", server, "--metadata", "isfull=true,size=1", many]
    subprocess.run([*argv, f"s3://{BUCKET}/z3-backup/"], env=environment(server, {}), check=True)
    print(f"\n{'z3 status, 1,000 objects, 30 ms round trip':44}  seconds   CPU s  connections  RSS MiB")
    for workers in (32, 8):
        cost, connections = Cost(), 0
        for _ in range(ROUNDS):
            relay = Served("relay", server.split("//")[1], "15")
            with relay as endpoint:
                listing = DIR / "status"
                with listing.open("w") as stdout:
                    timed(cost, [Z3 / "z3", "status"], endpoint, {"CONCURRENCY": str(workers)}, stdout=stdout)
                connections = max(connections, len(relay.log.read_text().splitlines()))
            rows = len(re.findall(" full ", listing.read_text()))
            if rows != 1000:
                sys.exit(f"z3 status shows {rows} objects of 1000")
        seconds, cpu, rss = (statistics.median(column) for column in zip(*cost.runs))
        print(f"  CONCURRENCY={workers:<30} {seconds:8.2f} {cpu:7.2f} {connections:12} {rss:8.0f}", flush=True)


def gzip():
    """What compression costs in a whole backup: z3 and its children, without the file system's own daemon."""
    server, pool = os.environ["Z3T_RGW"], os.environ["Z3T_POOL"]
    room, target = 512 << 20, DIR / pool
    for file in sorted(Path("/usr/lib").rglob("*")):
        if file.is_file() and not file.is_symlink() and (room := room - file.stat().st_size) > 0:
            shutil.copyfile(file, target / f"{room}")
    subprocess.run(["zfs", "snapshot", f"{pool}@gzip"], check=True)
    rows = {
        "none": {"COMPRESSOR": "none"},
        "pigz1, native": {"COMPRESSOR": "pigz1", "GZIP_ENGINE": "native"},
        "pigz1, by pigz": {"COMPRESSOR": "pigz1", "GZIP_ENGINE": "pigz"},
    }
    costs, stored = {name: Cost() for name in rows}, {}
    for turn in range(ROUNDS):
        for name, more in rows.items():
            prefix = f"gzip-{turn}-{more['COMPRESSOR']}-{more.get('GZIP_ENGINE')}"
            more = {**more, "S3_PREFIX": prefix, "SNAPSHOT_PREFIX": "gzip"}
            timed(costs[name], [Z3 / "z3", "backup", "--full"], server, more)
            listing = subprocess.run([Z3 / "z3", "status", "--json"], env=environment(server, more), stdout=subprocess.PIPE)
            stored[name] = int(re.search(rb'"stored_bytes": (\d+)', listing.stdout).group(1)) / 2**20
    print(f"\n{'z3 backup of files of /usr/lib, RGW':36}  stored MiB   MB/s CPU s/GiB  RSS MiB")
    for name, cost in costs.items():
        print(f"  {name:34} {stored[name]:11.0f} {cost.row(stored['none'])}", flush=True)


def trust():
    """What it costs to check a stream on its way, to verify what is stored, and to go on with what was cut off."""
    server, pool = os.environ["Z3T_RGW"], os.environ["Z3T_POOL"]
    stream, mib = DIR / "stream", 512
    subprocess.run(f"head -c {mib}M {DIR}/data >{DIR / pool}/noise && zfs snapshot {pool}@trust", shell=True, check=True)
    subprocess.run(f"zfs send {pool}@trust >{stream}", shell=True, check=True)
    names = ("pput of a stream", "pput --no-check", "z3 backup", "z3_get", "z3 verify", "z3 backup, cut off and gone on with")
    costs, spared = {name: Cost() for name in names}, []
    for turn in range(ROUNDS):
        more = {**SAME, "COMPRESSOR": "none", "SNAPSHOT_PREFIX": "trust", "S3_PREFIX": f"trust-{turn}"}
        pput, backup = [Z3 / "pput", "--quiet", "bench/stream"], [Z3 / "z3", "-v", "backup", "--full"]
        for name, argv in ((names[0], pput), (names[1], [*pput, "--no-check"])):
            with stream.open() as stdin:
                timed(costs[name], argv, server, more, stdin=stdin)
        timed(costs[names[2]], backup, server, more)
        timed(costs[names[3]], [Z3 / "z3_get", f"trust-{turn}/{pool}@trust"], server, more)
        timed(costs[names[4]], [Z3 / "z3", "verify"], server, more)
        more["S3_PREFIX"] = f"trust-{turn}-again"
        doomed = subprocess.Popen(list(map(str, backup)), env=environment(server, more), stderr=subprocess.DEVNULL)
        time.sleep(0.6 * costs[names[2]].runs[-1][0])
        doomed.kill()
        doomed.wait()
        with (DIR / "said").open("w") as said:
            argv = ["sh", "-c", '"$@" 2>&1', "-", *backup]
            timed(costs[names[5]], argv, server, more, stdout=said)
        found = re.search(r": (\d+) parts .* were stored by an earlier run", (DIR / "said").read_text())
        spared.append(int(found.group(1)) * 5 / mib if found else 0)
    print(f"\n{f'a stream of {mib} MiB, RGW':44}     MB/s CPU s/GiB  RSS MiB")
    for name, cost in costs.items():
        print(f"  {name:42} {cost.row(mib)}", flush=True)
    print(f"  the last one found {statistics.median(spared):.0%} stored by the run that was killed")


def main():
    sections = {"rgw": rgw, "sink": sink, "memory": memory, "status": status, "gzip": gzip, "trust": trust}
    (DIR / "aws.config").write_text(
        "[default]\ns3 =\n  multipart_chunksize = 16MB\n  multipart_threshold = 16MB\n  max_concurrent_requests = 8\n")
    subprocess.run(f"head -c {max(MIB, 960)}M /dev/urandom >{DIR}/data", shell=True, check=True)
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    print(f"{os.cpu_count()} x {processor.group(1) if processor else '?'}, Linux {os.uname().release}, {ROUNDS} rounds")
    for name in sys.argv[1:] or sections:
        sections[name]()


main()
