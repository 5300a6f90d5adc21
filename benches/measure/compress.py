"""`backup`: whole backups that compress, beside pigz and an uploader; `codec`: the compressors by themselves."""

import subprocess

from . import cost, pool, world
from .served import Sink

FILES_MIB = 512
CODEC_MIB = 256
PIGZ = "pigz -{} --blocksize 4096"


def zstd():
    return ["zstd"] if world.knows(COMPRESSOR="zstd") else []


def backup():
    """CPU is that of z3 or of all commands of the pipe, `zfs send` included; not that of the file system's daemon."""
    mib = world.scaled(FILES_MIB)
    dataset = pool.dataset("files", mib)
    snapshot = f"{dataset}@{pool.SNAPSHOT}"
    whole = pool.stream("files", mib).stat().st_size
    rows = cost.Rows()
    settings = {
        "z3 backup, none": {"COMPRESSOR": "none"},
        "z3 backup, pigz1": {"COMPRESSOR": "pigz1"},
        "z3 backup, pigz1 by pigz": {"COMPRESSOR": "pigz1", "GZIP_ENGINE": "pigz"},
        "z3 backup, pigz4": {"COMPRESSOR": "pigz4"},
        **{f"z3 backup, {name}": {"COMPRESSOR": name} for name in zstd()},
    }
    with Sink() as server:
        for turn in range(world.ROUNDS):
            for name, more in settings.items():
                more = {**more, "FILESYSTEM": dataset, "S3_PREFIX": f"{turn}/{name.replace(' ', '-')}"}
                rows.attempt(name, lambda: stored(server, [world.RELEASE / "z3", "backup", "--full"], more))
            for level in (1, 4):
                squeeze = PIGZ.format(level)
                upload = " ".join(map(str, [world.S5CMD, "--endpoint-url", server.endpoint, "pipe", "-c", 8, "-p", 16,
                                            f"s3://{world.BUCKET}/bench/pipe"]))
                argv = ["bash", "-o", "pipefail", "-c", f"zfs send {snapshot} | {squeeze} | {upload}"]
                rows.attempt(f"zfs send | pigz -{level} | s5cmd pipe", lambda: stored(server, argv))
    return {"mib": whole / 2**20, "rows": rows.list()}


def stored(server, argv, more=None):
    """A run, with the length of the object that it made and the number of its requests."""
    server.counts()
    told = cost.timed(argv, server.endpoint, more)
    counts = server.counts()
    if not counts.get("object_bytes"):
        raise cost.Failed("no object was made")
    return {**told, "bytes": counts["object_bytes"], "requests": counts["requests"], "parts": counts["parts_of_objects"]}


def codec():
    stream, mib = pool.stream("files", world.scaled(FILES_MIB)), world.scaled(CODEC_MIB)
    sample, squeezed = world.DIR / "codec.in", world.DIR / "codec.gz"
    subprocess.run(f"head -c {mib}M {stream} >{sample}; {PIGZ.format(1)} <{sample} >{squeezed}", shell=True, check=True)
    rows, codec = cost.Rows(), world.EXAMPLES / "codec"
    for _ in range(world.ROUNDS):
        for name in ("pigz1", "pigz4", "gzip6", *zstd()):
            rows.attempt(name, lambda: squeeze(sample, [codec, name, 2]), way="compress", tool="z3")
        rows.attempt("nothing", lambda: squeeze(sample, [codec, "none", 2]), way="compress", tool="base")
        for argv in ("pigz -1 --blocksize 4096", "pigz -4 --blocksize 4096", "pigz -6 --blocksize 4096", "zstd -3 -T2"):
            if subprocess.run(["which", argv.split()[0]], capture_output=True).returncode == 0:
                rows.attempt(argv, lambda: squeeze(sample, argv.split()), way="compress", tool=argv.split()[0])
        rows.attempt("z3", lambda: squeeze(squeezed, [codec, "-d", "pigz1"]), way="decompress", tool="z3")
        for argv in ("pigz -dc", "gzip -dc"):
            rows.attempt(argv, lambda: squeeze(squeezed, argv.split()), way="decompress", tool=argv.split()[0])
    return {"mib": sample.stat().st_size / 2**20, "rows": rows.list()}


def squeeze(source, argv):
    """From a file; what comes out is counted and not kept. Our own program counts by itself, and says only how much."""
    with source.open() as stdin, subprocess.Popen(["wc", "-c"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as counter:
        ours = str(argv[0]).startswith(str(world.EXAMPLES))
        answer = world.DIR / "length"
        with answer.open("w") as output:
            told = cost.timed(argv, "", stdin=stdin, stdout=output if ours else counter.stdin)
        counter.stdin.close()
        count = int(counter.stdout.read())
    return {**told, "bytes": int(answer.read_text()) if ours else count}
