"""What the page costs: the watch with and without viewers, detection over HTTP beside the detector, long event lists.

    python benchmarks/web.py watch --seconds 20
    python benchmarks/web.py detect --pictures FOLDER
    python benchmarks/web.py events --millions 1

Each compares the two sides in one run on the same machine; who looks runs on that machine too.
"""

import argparse
import multiprocessing
import random
import re
import selectors
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import httpx

from maskwatch.detection.detector import Detector
from maskwatch.watching.store import Store
from maskwatch.web import event_queries
from maskwatch.web.event_queries import Wanted
from maskwatch.web.reading import Reading

TESTS = Path(__file__).parent.parent / "tests"
BUSY = '[web]\npictures = "pixelated"\n[[cameras]]\nname = "entrance"\naddress = "demo"\nmotion_gating = false\n'
IDLE = '[[cameras]]\nname = "nowhere"\naddress = "rtsp://127.0.0.1:9/none"\n'
UTC_OF_PICTURE = re.compile(rb'"utc":"([^"]+)"')


@contextmanager
def site(text: str, *options: str) -> Iterator[str]:
    """The address of a served watch."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "site.toml").write_text(text)
        command = [sys.executable, str(TESTS / "demo_site.py"), name, "--web", f"127.0.0.1:{port}", *options]
        process = subprocess.Popen([*command, "--json-logs"], stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            while not _answers(f"{address}/readyz"):
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).is_success
    except httpx.HTTPError:
        return False


def looks(address: str) -> int:
    return int(httpx.get(f"{address}/api/v1/health").json()["watch"]["looks"])


def look(port: int, viewers: int, stop: "Synchronized[int]", delays: "multiprocessing.Queue[list[float]]") -> None:
    """Some viewers in one process: reads all that comes, and notes how old pictures are when they arrive."""
    chosen, waiting, found = selectors.DefaultSelector(), {}, []
    for _ in range(viewers):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"GET /api/v1/live?pictures=true HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        chosen.register(connection, selectors.EVENT_READ)
        waiting[connection] = b""
    while not stop.value:
        for key, _ in chosen.select(0.2):
            connection = key.fileobj
            text = waiting[connection] + connection.recv(1 << 20)
            *whole, waiting[connection] = text.split(b"\n\n")
            for news in whole:
                if b"event: picture" in news[:200] and (utc := UTC_OF_PICTURE.search(news)):
                    taken = datetime.fromisoformat(utc[1].decode())
                    found.append((datetime.now(UTC) - taken).total_seconds())
    delays.put(found)


def ask(address: str, a_second: int, stop: "Synchronized[int]", delays: "multiprocessing.Queue[list[float]]") -> None:
    """Short requests at an even rate."""
    took = []
    with httpx.Client(base_url=address) as http:
        next_s = time.monotonic()
        while not stop.value:
            began_s = time.monotonic()
            http.get("/api/v1/events", params={"limit": 10}).raise_for_status()
            took.append(time.monotonic() - began_s)
            next_s += 1 / a_second
            time.sleep(max(0.0, next_s - time.monotonic()))
    delays.put(took)


def watch(seconds: float, rounds: int) -> None:
    """Looks of the network a minute, as fast as it goes, with and without an audience, in turns."""
    context = multiprocessing.get_context("spawn")
    kinds = {"nobody": (None, 0), "1 viewer": (look, 1), "20 viewers": (look, 20), "50 requests/s": (ask, 50)}
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    delays: dict[str, list[float]] = {name: [] for name in kinds}
    with site(BUSY, "--fast") as address:
        port = int(address.rpartition(":")[2])
        for _ in range(rounds):
            for name, (job, count) in kinds.items():
                stop, told = context.Value("i", 0), context.Queue()
                where = address if job is ask else port
                helper = context.Process(target=job, args=(where, count, stop, told)) if job else None
                if helper:
                    helper.start()
                    time.sleep(3)
                before, began_s = looks(address), time.monotonic()
                time.sleep(seconds)
                rates[name].append((looks(address) - before) / (time.monotonic() - began_s) * 60)
                if helper:
                    stop.value = 1
                    delays[name] += told.get()
                    helper.join()
    alone = statistics.median(rates["nobody"])
    for name, found in rates.items():
        late = f", {_spread(delays[name])}" if delays[name] else ""
        rate = statistics.median(found)
        print(f"{name}: {rate:.0f} frames a minute, {rate / alone:.3f} of alone{late}")


def detect(pictures: list[Path], rounds: int) -> None:
    """The same pictures, from files of JPEG to boxes, by the detector and over HTTP, in turns."""
    detector = Detector(threads=1)
    detector.detect_batch(pictures)
    with site(IDLE) as address, httpx.Client(base_url=address, timeout=60) as http:
        token = http.get("/api/v1/session").json()["csrf_token"]
        contents = [(path.name, path.read_bytes()) for path in pictures]

        def over_http(some: list[tuple[str, bytes]]) -> None:
            files = [("pictures", each) for each in some]
            http.post("/api/v1/detect", files=files, headers={"X-CSRF-Token": token}).raise_for_status()

        over_http(contents)
        for batch in (1, 8):
            some, files = pictures[:batch], contents[:batch]
            pairs = [
                (_took(lambda some=some: detector.detect_batch(some)), _took(lambda files=files: over_http(files)))
                for _ in range(rounds)
            ]
            direct, http_s = (statistics.median(side) for side in zip(*pairs, strict=True))
            print(
                f"{batch} pictures: detector {direct * 1000:.1f} ms, over HTTP {http_s * 1000:.1f} ms, "
                f"ratio {http_s / direct:.3f}"
            )


def events(millions: float, queries: int) -> None:
    """Pages of a long list of events, with every filter and from any place."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "store.sqlite"
        Store(path).close()
        number = round(millions * 1e6)
        _fill(path, number)
        reading = Reading(path)
        start = datetime(2026, 1, 1, tzinfo=UTC)
        kinds: dict[str, Callable[[random.Random], Wanted]] = {
            "all": lambda chance: Wanted(),
            "camera": lambda chance: Wanted(camera=f"camera {chance.randrange(8)}"),
            "camera and kind": lambda chance: Wanted(camera=f"camera {chance.randrange(8)}", kind="count_high"),
            "zone": lambda chance: Wanted(zone=f"zone {chance.randrange(20)}"),
            "rare kind": lambda chance: Wanted(kind="disk_low"),
            "marked wrong": lambda chance: Wanted(state="wrong"),
            "lasting": lambda chance: Wanted(state="lasting"),
            "over, of a camera": lambda chance: Wanted(camera=f"camera {chance.randrange(8)}", state="over"),
            "camera and zone that never meet": lambda chance: Wanted(camera="camera 0", zone="zone 17"),
            "an hour": lambda chance: _an_hour(start + timedelta(seconds=chance.randrange(number))),
        }
        chance = random.Random(0)
        print(f"{number} events, {path.stat().st_size / 1e9:.2f} GB")
        for name, wanted in kinds.items():
            took = []
            for _ in range(queries):
                moment = start + timedelta(seconds=chance.randrange(number))
                after = event_queries.place_of({"began": moment, "number": number}) if chance.random() < 0.5 else None
                asked = wanted(chance)
                took.append(
                    _took(lambda asked=asked, after=after: event_queries.page(reading.engine, asked, after, 50))
                )
            print(f"{name}: {_spread(took)}")


def _an_hour(start: datetime) -> Wanted:
    return Wanted(start=start, end=start + timedelta(hours=1))


def _fill(path: Path, number: int) -> None:
    """Events a second apart, of 8 cameras with zones of their own."""
    chance = random.Random(0)
    start = datetime(2026, 1, 1)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    indices = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    made = [(name, sql) for name, sql in indices if name.startswith("events_")]
    for name, _ in made:
        connection.execute(f"DROP INDEX {name}")

    def rows() -> Iterator[tuple[object, ...]]:
        for at in range(number):
            camera = chance.randrange(8)
            began = (start + timedelta(seconds=at)).isoformat(" ", "microseconds")
            kind = "disk_low" if at % 100_003 == 7 else chance.choice(("no_mask", "no_mask", "incorrect", "count_high"))
            ended = None if at >= number - 5 else began
            mark = "wrong" if at % 5000 == 1 else "seen" if at % 40 == 0 else None
            zone = f"zone {camera * 2 + chance.randrange(2) + 2}"
            yield (
                str(uuid.UUID(int=at)),
                "run",
                kind,
                f"camera {camera}",
                zone,
                at,
                began,
                ended,
                1.0,
                0.9,
                "{}",
                mark,
            )

    columns = "id, run, kind, camera, zone, track, began, ended, duration_s, score, details, mark"
    connection.executemany(f"INSERT INTO events ({columns}) VALUES ({', '.join('?' * 12)})", rows())
    for _, sql in made:
        connection.execute(sql)
    connection.commit()
    connection.close()


def _took(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return f"median {statistics.median(ordered) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms of {len(ordered)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("watch", "detect", "events"))
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--millions", type=float, default=1)
    parser.add_argument("--queries", type=int, default=200)
    asked = parser.parse_args()
    if asked.what == "watch":
        watch(asked.seconds, asked.rounds)
    elif asked.what == "detect":
        detect(sorted(asked.pictures.glob("*.jpg"))[:8], asked.rounds * 10)
    else:
        events(asked.millions, asked.queries)


if __name__ == "__main__":
    main()
