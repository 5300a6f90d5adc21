#!/usr/bin/env python3
"""One file out of a large full stream, over HTTP and 30 ms: benches/files.py Z3 [GIB...]

The stream is made where it is read, from its offset: files of a GiB of empty blocks, each with a small file behind it.
Also a directory of so many names: benches/files.py Z3 names=1000000 makes it in a file and lists it. Prints a table."""

import os
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_right
from itertools import accumulate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MIB, M64, GUID = 1 << 20, (1 << 64) - 1, 0x1111222233334444
FILE, DIRECTORY, MASTER, ZNODE = 19, 20, 21, 17
GIB = 1024 * MIB
LEAF, FAT_BYTES = 1 << 63, 16384


def behind(sums, payload):
    """Fletcher-4 behind some bytes, of which most may be zeros: a length, or bytes."""
    a, b, c, d = sums
    if isinstance(payload, int):
        n = payload // 4
        two, three = n * (n + 1) // 2, n * (n + 1) * (n + 2) // 6
        return [a, (b + n * a) & M64, (c + n * b + two * a) & M64, (d + n * c + two * b + three * a) & M64]
    words = struct.unpack(f"<{len(payload) // 4}I", payload)
    n = len(words)
    if n > 1024:
        sums = list(sums)
        for place in range(4):
            words = list(accumulate(words, initial=sums[place]))[1:]
            sums[place] = words[-1] & M64
        return sums
    sums = behind(sums, n * 4)
    for at, word in enumerate(words):
        if word:
            k = n - at
            for place, times in enumerate((1, k, k * (k + 1) // 2, k * (k + 1) * (k + 2) // 6)):
                sums[place] = (sums[place] + times * word) & M64
    return sums


def znode(mode, size):
    words = [0] * 33
    words[8], words[9], words[10], words[12] = 7, mode, size, 1
    return struct.pack("<33Q", *words)


def micro(entries):
    block = bytearray(struct.pack("<Q56x", (1 << 63) + 3))
    for name, number in entries:
        block += struct.pack("<Q6x50s", number, name.encode())
    return bytes(block) + bytes(-len(block) % 512)


def fat(entries):
    """A directory with leaves, and blocks of pointers to them."""
    leaves = []
    for at in range(0, len(entries), 150):
        leaf, chunks = bytearray(struct.pack("<Q16xI", LEAF, 0x2AB1EAF)).ljust(48 + FAT_BYTES // 16, b"\0"), 0
        for name, number in entries[at : at + 150]:
            name = name.encode() + b"\0"
            parts = [name[part : part + 21] for part in range(0, len(name), 21)]
            leaf += struct.pack("<BBHHHHHxxQxx", 252, 8, 0xFFFF, chunks + 1, len(name), chunks + 1 + len(parts), 1, 0)
            for place, part in enumerate(parts):
                after = chunks + 2 + place if place + 1 < len(parts) else 0xFFFF
                leaf += struct.pack("<B21sH", 251, part, after)
            leaf += struct.pack("<B21sH", 251, struct.pack(">Q", number), 0xFFFF)
            chunks += 2 + len(parts)
        leaves.append(bytes(leaf.ljust(FAT_BYTES, b"\0")))
    table = struct.pack(f"<{len(leaves)}Q", *range(1, len(leaves) + 1))
    table += table[-8:] * (-(len(table) // 8) % (FAT_BYTES // 8))
    head = bytearray(FAT_BYTES)
    struct.pack_into("<4Q", head, 0, LEAF + 1, 0x2F52AB2AB, len(leaves) + 1, len(table) // FAT_BYTES)
    struct.pack_into("<Q", head, 72, len(entries))
    return b"".join([bytes(head), *leaves, table])


class Stream:
    """Records by their places. A payload is bytes, or the length of zeros."""

    def __init__(self, file=None):
        self.file = file
        self.starts, self.records, self.bytes, self.sums = [], [], 0, [0] * 4
        header = bytearray(312)
        struct.pack_into("<IIQQQIIQQ", header, 0, 0, 0, 0x2F5BACBAC, 1 | 4 << 2, 1700000000, 2, 12, GUID, 0)
        header[56:67] = b"tank/a@snap"
        self.sums = behind(self.sums, bytes(header))
        self.keep(bytes(header), b"")

    def keep(self, header, payload):
        if self.file:
            self.file.write(header + payload)
        else:
            self.starts.append(self.bytes)
            self.records.append((header, payload))
        self.bytes += 312 + (payload if isinstance(payload, int) else len(payload))

    def push(self, kind, fields, payload=b""):
        header = bytearray(280)
        struct.pack_into("<I", header, 0, kind)
        for at, value in fields:
            struct.pack_into("<Q", header, at, value)
        sums = behind(self.sums, bytes(header))
        own = struct.pack("<4Q", *sums)
        self.sums = behind(behind(sums, own), payload)
        self.keep(bytes(header) + own, payload)

    def object(self, number, kind, bonus, end):
        kinds, sizes = kind | (ZNODE if bonus else 0) << 32, 512 | len(bonus) << 32
        self.push(1, [(8, number), (16, kinds), (24, sizes), (40, GUID)], bonus)
        self.push(4, [(8, number), (16, end), (24, M64), (32, GUID)])

    def write(self, number, offset, payload):
        length = payload if isinstance(payload, int) else len(payload)
        self.push(3, [(8, number), (24, offset), (32, length), (40, GUID)], payload)

    def end(self):
        sums = list(zip((8, 16, 24, 32), self.sums))
        self.push(5, [*sums, (40, GUID)])

    def begin(self, entries, pack=micro):
        self.object(1, MASTER, b"", 512)
        self.write(1, 0, micro([("ROOT", 4)]))
        block = pack(entries)
        self.object(4, DIRECTORY, znode(0o40755, len(entries)), len(block))
        size = len(block) if pack is micro else FAT_BYTES
        for at in range(0, len(block), size):
            self.write(4, at, block[at : at + size])

    def read(self, start, end):
        at = max(bisect_right(self.starts, start) - 1, 0)
        while at < len(self.starts) and self.starts[at] < end:
            header, payload = self.records[at]
            record = header + (bytes(payload) if isinstance(payload, int) else payload)
            begin = self.starts[at]
            yield record[max(start - begin, 0) : end - begin]
            at += 1


def block_of(gib):
    """What zfs has by itself; of more than this machine can remember the records of, a MiB."""
    return MIB // 8 if gib <= 64 else MIB


def large(gib):
    stream = Stream()
    names = [(f"{kind}{number}", 5 + 2 * number + kind.startswith("s")) for number in range(gib) for kind in ("large", "small")]
    stream.begin(names)
    block = block_of(gib)
    for number in range(gib):
        stream.object(5 + 2 * number, FILE, znode(0o100644, GIB), GIB)
        for at in range(0, GIB, block):
            stream.write(5 + 2 * number, at, block)
        stream.object(6 + 2 * number, FILE, znode(0o100644, 65536), 65536)
        stream.write(6 + 2 * number, 0, b"small" * 13107 + b"\n")
    stream.end()
    return stream


class Served(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stream, key, counts, delay = None, "z3-backup/tank/a@snap", None, 0.03

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        time.sleep(self.delay)
        self.counts["requests"] += 1
        size, object_path = self.stream.bytes, "%40snap" in self.path or "@snap" in self.path.split("?")[0]
        if not object_path or "list-type" in self.path or "prefix=" in self.path:
            row = f"<Contents><Key>{self.key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;1&quot;</ETag><Size>{size}</Size></Contents>"
            wanted = re.search(r"[?&]prefix=([^&]*)", self.path)
            row = row if not wanted or self.key.startswith(wanted[1].replace("%2F", "/").replace("%40", "@")) else ""
            body = f"<ListBucketResult><Name>b</Name><KeyCount>{bool(row):d}</KeyCount><IsTruncated>false</IsTruncated>{row}</ListBucketResult>".encode()
            return self.answer(200, len(body), {}, [body])
        if ".z3" in self.path:
            return self.answer(404, 0, {}, [])
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
        start, end = (int(found[1]), min(int(found[2]) + 1, size)) if found else (0, size)
        more = {"ETag": '"1"', "x-amz-meta-isfull": "true"}
        if found:
            more["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        if self.command == "HEAD":
            return self.answer(200, size, more, [])
        self.counts["bytes"] += end - start
        return self.answer(206 if found else 200, end - start, more, self.stream.read(start, end))

    def answer(self, status, length, more, pieces):
        self.send_response(status)
        for name, value in {"Content-Length": length, "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", **more}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True


# What a process has used of memory counts from before it became another program: so a small one starts z3.
STARTER = """
import os, sys, time
began, child = time.monotonic(), os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(time.monotonic() - began, used.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(words, env):
    """Seconds, and the most memory in MiB."""
    with tempfile.TemporaryFile() as out:
        done = subprocess.run([sys.executable, "-S", "-c", STARTER, *words], stdout=out, stderr=subprocess.PIPE, text=True, env=env, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{words}: {done.stderr}")
        seconds, rss = done.stderr.split()[-2:]
        return float(seconds), int(rss) / 1024


def over_http(z3, gib):
    Served.stream, Served.counts = large(gib), {"requests": 0, "bytes": 0}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    env = {"S3_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}", "BUCKET": "b", "S3_KEY_ID": "k", "S3_SECRET": "s", "SNAPSHOT_PREFIX": ""}
    env["PATH"], env["HOME"] = os.environ["PATH"], "/nonexistent"
    last = f"small{gib - 1}"
    for words in (["ls", "snap"], ["ls", "-l", "snap", f"/{last}"], ["cat", "snap", f"/{last}"], ["cat", "snap", f"/small{gib // 2}"]):
        Served.counts.update(requests=0, bytes=0)
        seconds, rss = measured([z3, "--dataset", "tank/a", *words], env)
        fetched = Served.counts["bytes"] / MIB
        print(f"| {gib} GiB, records of {block_of(gib) // 1024} KiB | `z3 {' '.join(words)}` | {fetched:.1f} MiB | {Served.counts['requests']} | {seconds:.1f} s | {rss:.0f} MiB |", flush=True)
    server.shutdown()


def many_names(z3, count):
    with tempfile.NamedTemporaryFile(suffix=".zfs") as file:
        stream = Stream(file)
        stream.begin([(f"a-name-of-some-length-{number:08}", 5 + number) for number in range(count)], fat)
        for number in range(count):
            stream.object(5 + number, FILE, znode(0o100644, 0), 0)
        stream.end()
        file.flush()
        for flags in (["-R"], ["-l"], []):
            seconds, rss = measured([z3, "ls", *flags, "--stream", file.name], dict(os.environ))
            print(f"| {count} names, {stream.bytes / MIB:.0f} MiB | `z3 ls {' '.join(flags)}` | {seconds:.1f} s | {rss:.0f} MiB |", flush=True)


if __name__ == "__main__":
    program, *rest = sys.argv[1:]
    for word in rest or ["20"]:
        if word.startswith("names="):
            many_names(program, int(word[6:]))
        else:
            over_http(program, int(word))
