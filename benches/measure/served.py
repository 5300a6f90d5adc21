"""The servers of benches/loopback while they are needed."""

import json
import socket
import ssl
import subprocess
import time
import urllib.request

from . import world


class Served:
    """One of them at a port of ours."""

    def __init__(self, port, *words):
        self.port, self.log = port, world.DIR / f"loopback-{port}.log"
        argv = [world.EXAMPLES / "loopback", words[0], str(port), *map(str, words[1:])]
        self.process = subprocess.Popen(argv, stdout=self.log.open("w"))
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Sink(Served):
    """The server in memory that costs little."""

    def __init__(self, tls=False, rate=None):
        words = [f"cert={world.CERTIFICATE}", f"key={world.KEY}"] if tls else []
        super().__init__(world.PORT, "sink", *words, *([f"rate={rate}"] if rate else []))
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{world.PORT}"

    def counts(self):
        """What it was asked since the last time."""
        trust = ssl.create_default_context(cafile=world.CA) if self.endpoint.startswith("https") else None
        with urllib.request.urlopen(f"{self.endpoint}/-counts", context=trust) as answer:
            return json.load(answer)


class Link(Served):
    """A long link to a server; `round_trip` in milliseconds."""

    def __init__(self, endpoint, round_trip, window_mib=None, cut=None, slow=None, seed=0):
        words = [f"window={window_mib << 20}"] if window_mib else []
        words += [f"cut={cut}"] if cut else []
        words += [f"slow={slow}"] if slow else []
        words += [f"seed={seed}"]
        super().__init__(world.PORT - 1, "relay", endpoint.split("//")[1], round_trip // 2, *words)
        self.endpoint = f"http://127.0.0.1:{world.PORT - 1}"

    def seen(self, event):
        """How many connections were made, or cut. The first one was our own."""
        count = self.log.read_text().split().count(event)
        return count - 1 if event == "connection" else count
