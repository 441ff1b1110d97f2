"""The page's server as it runs: fed by a watch, killed, started again, stalled, and reached over TLS."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from maskwatch.client import Client, News
from maskwatch.web.models import EventOut, Picture
from parts import require_part

pytestmark = pytest.mark.slow

T = TypeVar("T")
HERE = Path(__file__).parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: Callable[[], T | None], within_s: float = 180.0) -> T:
    """The first answer that is not None; connections that fail are no answer."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        try:
            if (found := what()) is not None:
                return found
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"nothing came within {within_s} s")


@dataclass
class Running:
    """A watch with its page."""

    process: "subprocess.Popen[str]"
    address: str
    folder: Path
    clients: ExitStack

    def client(self) -> Client:
        """Closed when the watch ends: an open connection that nobody holds any more is a warning."""
        return self.clients.enter_context(Client(self.address))

    def server_pid(self) -> int:
        """The process that is the page: a child of the watch that listens."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = [pid for task in tasks for pid in task.read_text().split()]
        found = [int(pid) for pid in children if "--multiprocessing-fork" in Path(f"/proc/{pid}/cmdline").read_text()]
        assert found, "no server process"
        return max(found)


@contextmanager
def running(folder: Path, text: str = "") -> Iterator[Running]:
    """The endless demo, until the end of the test."""
    folder.mkdir(exist_ok=True)
    if text:
        (folder / "site.toml").write_text(text)
    port = free_port()
    command = [sys.executable, str(HERE / "demo_site.py"), str(folder), "--web", f"127.0.0.1:{port}", "--json-logs"]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, stderr=log, text=True)
    try:
        with ExitStack() as clients:
            made = Running(process, f"http://127.0.0.1:{port}", folder, clients)
            until(lambda: httpx.get(f"{made.address}/readyz").raise_for_status())
            yield made
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("site")) as each:
        yield each


def first(news: Iterator[News], kind: str) -> News:
    return next(each for each in news if each.kind == kind)


def test_pictures_and_events_of_the_scene_come_as_they_happen(site: Running) -> None:
    news = site.client().live(["entrance"], pictures=True)
    picture = first(news, "picture").value
    assert isinstance(picture, Picture)
    assert picture.camera == "entrance"
    assert picture.jpeg is not None
    event = first(news, "event").value
    assert isinstance(event, EventOut)
    stored = next(each for each in site.client().events() if each.id == event.id)
    assert (stored.kind, stored.zone, stored.began) == (event.kind, event.zone, event.began)
    assert site.client().picture("entrance")[:2] == b"\xff\xd8"


def test_a_server_that_dies_is_started_again_and_loses_no_visitor(site: Running) -> None:
    before = site.server_pid()
    os.kill(before, signal.SIGKILL)
    assert until(lambda: site.client().cameras() or None)
    assert first(site.client().live(), "watch")
    assert site.server_pid() != before


def test_a_viewer_that_stalls_is_dropped_and_holds_up_nobody(site: Running) -> None:
    host, _, port = site.address.removeprefix("http://").partition(":")
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect((host, int(port)))
        stalled.sendall(f"GET /api/v1/live?pictures=true HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        until(lambda: site.client().session().name if viewers(site) else None)
        news = site.client().live(["entrance"], pictures=True)
        numbers = [value.sequence for _ in range(20) if isinstance(value := first(news, "picture").value, Picture)]
        assert numbers == sorted(set(numbers))
        until(lambda: True if viewers(site) == 1 else None)
        news.close()  # type: ignore[attr-defined]  # a generator
    until(lambda: True if viewers(site) == 0 else None)


def viewers(site: Running) -> int:
    return int(httpx.get(f"{site.address}/api/v1/health").json()["viewers"])


def test_changed_zones_are_taken_over_and_no_camera_is_dropped(tmp_path: Path) -> None:
    with running(tmp_path / "site") as site:
        client = site.client()
        told = client.site()
        before = {each.id for each in client.events(kind="camera")}
        cameras = told.settings["cameras"]
        cameras[0]["zones"] = [{"name": "everywhere", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}]
        news = client.live(["entrance"])
        assert first(news, "watch")  # only now it listens
        written = client.put_site(told.version, told.settings | {"cameras": cameras})
        assert written.waiting == ()
        assert first(news, "settings")
        event = until(lambda: next((each for each in client.events(zone="everywhere")), None))
        assert event.camera == "entrance"
        assert {each.id for each in client.events(kind="camera")} == before
        assert "# the door to the street" in (site.folder / "site.toml").read_text()
        cameras.pop()
        client.put_site(written.version, told.settings | {"cameras": cameras})
        until(lambda: True if [each.name for each in client.cameras()] == ["entrance"] else None)
        # What is live follows the settings when the watch has taken them over.
        watched = islice((each.value for each in client.live() if each.kind == "watch"), 60)
        assert any([each.name for each in watch.cameras] == ["entrance"] for watch in watched)  # type: ignore[union-attr]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_server_ends_with_the_watch_however_that_ends(tmp_path: Path, number: int) -> None:
    with running(tmp_path / "site") as site:
        server = site.server_pid()
        site.process.send_signal(number)
        assert site.process.wait(30) == (-number if number == signal.SIGKILL else 0)
        until(lambda: None if Path(f"/proc/{server}").exists() else True, 15)


def test_a_port_that_is_taken_ends_the_watch_only_if_somebody_asked_for_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [sys.executable, "-m", "maskwatch", "watch", "demo", "--store", str(tmp_path / "s"), "--web", address]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert f"--web {address}: cannot listen there" in done.stderr


def test_https_is_served_with_a_certificate(tmp_path: Path) -> None:
    require_part("openssl")
    folder = tmp_path / "site"
    folder.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + [
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            str(folder / "tls.key"),
            "-out",
            str(folder / "tls.crt"),
        ],
        check=True,
        capture_output=True,
    )
    text = '[web]\ncertificate = "tls.crt"\nkey = "tls.key"\n[[cameras]]\nname = "a"\naddress = "demo"\n'
    (folder / "site.toml").write_text(text)
    port = free_port()
    command = [sys.executable, str(HERE / "demo_site.py"), str(folder), "--web", f"127.0.0.1:{port}", "--json-logs"]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, stderr=log)
    try:
        trust = ssl.create_default_context(cafile=str(folder / "tls.crt"))
        address = f"https://127.0.0.1:{port}/readyz"
        answer = until(lambda: httpx.get(address, verify=trust).raise_for_status())
        assert "strict-transport-security" in answer.headers
    finally:
        process.terminate()
        process.wait(30)
    told = [json.loads(line)["message"] for line in (folder / "log.txt").read_text().splitlines()]
    # The log takes the path off every address, with whatever secret may be in it.
    assert any(line.endswith(f"https://127.0.0.1:{port}") for line in told)
