"""The tools and their command lines: one place that knows how each of them is told the same thing."""

from . import world
from .world import AWS, BUCKET, CRT, PEERS, PYTHON2, RCLONE, RELEASE, ROOT, S5CMD

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
# rclone does not start with it; it takes the authority from SSL_CERT_FILE.
NO_BUNDLE = {"AWS_CA_BUNDLE": None}


def z3(workers, part_mib, **more):
    """z3's settings for parts and ranges of that size."""
    return {"CONCURRENCY": str(workers), "CHUNK_SIZE": f"{part_mib}M", "MAX_MEMORY": f"{workers * part_mib}M", **more}


def pput(key, *flags):
    return [RELEASE / "pput", "--quiet", *flags, key]


def z3_get(key):
    return [RELEASE / "z3_get", key]


def crt(way, endpoint, key, part_mib):
    """AWS's C client, which has no program of its own."""
    return [CRT, ROOT / "benches/crt.py", way, endpoint, BUCKET, key, part_mib]


def upload_peers(endpoint, key, workers=8, part_mib=16):
    """The peers that are here: name, command, environment; parts and workers as told."""
    url = f"s3://{BUCKET}/{key}"
    if AWS.exists():
        argv = [AWS, "s3", "cp", "--only-show-errors", "--endpoint-url", endpoint, "-", url]
        yield "aws s3 cp", argv, {"AWS_CONFIG_FILE": str(world.aws_config(workers, part_mib))}
    if S5CMD.exists():
        argv = [S5CMD, "--endpoint-url", endpoint, "pipe", "-c", workers, "-p", part_mib, url]
        yield "s5cmd pipe", argv, {}
    if RCLONE:
        more = {"RCLONE_S3_CHUNK_SIZE": f"{part_mib}M", "RCLONE_S3_UPLOAD_CONCURRENCY": str(workers), **NO_BUNDLE}
        yield "rclone rcat", [RCLONE, "rcat", f":s3:{BUCKET}/{key}"], more
    if CRT.exists():
        yield "AWS CRT", crt("up", endpoint, key, part_mib), {}


def python_z3(endpoint, key):
    """The Python z3, where there is still a Python 2.7; it knows no https to us."""
    if PYTHON2 and (PEERS / "python2/z3").exists():
        argv = [PYTHON2, "-c", PYTHON_Z3, endpoint, "--quiet", "--storage-class", "STANDARD", key]
        yield "pput of Python z3", argv, {"CONCURRENCY": "8", "CHUNK_SIZE": "16M", "PYTHONPATH": str(PEERS / "python2")}


def download_peers(endpoint, key, workers=8, part_mib=16):
    """As above. rclone reads a stream over one connection."""
    url = f"s3://{BUCKET}/{key}"
    if AWS.exists():
        argv = [AWS, "s3", "cp", "--only-show-errors", "--endpoint-url", endpoint, url, "-"]
        yield "aws s3 cp", argv, {"AWS_CONFIG_FILE": str(world.aws_config(workers, part_mib))}
    if S5CMD.exists():
        argv = [S5CMD, "--endpoint-url", endpoint, "cat", "-c", workers, "-p", part_mib, url]
        yield "s5cmd cat", argv, {}
    if RCLONE:
        yield "rclone cat", [RCLONE, "cat", f":s3:{BUCKET}/{key}"], NO_BUNDLE
    if CRT.exists():
        yield "AWS CRT", crt("down", endpoint, key, part_mib), {}
