"""Real cameras for slow tests: an RTSP server that can be maltreated, and a loop that watches and notes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from maskwatch.config import Camera, Site
from maskwatch.watching.building import Surroundings, build_feed
from maskwatch.watching.camera.feed import Feed
from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.clock import SystemClock
from maskwatch.watching.nouns import Event
from maskwatch.watching.waker import Waker
from parts import SYSTEM_PYTHON

_PROGRAM = Path(__file__).parent / "rtsp_server.py"

# A decoder starts in less than this on a machine that has nothing else to do.
_START_S = 1.5
_SLOWER = 5.0

# Whether the long forms of the tests are wanted, hours rather than minutes.
SOAK = os.environ.get("MASKWATCH_SOAK") == "1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def slack_s() -> float:
    """How much more time this machine needs just now, by how long it takes to start what a decoder loads."""
    began_s = time.monotonic()
    subprocess.run([sys.executable, "-c", "import maskwatch.watching.camera.process"], check=True)
    return _SLOWER * max(0.0, time.monotonic() - began_s - _START_S)


class RtspServer:
    """A real one, in a process of its own; see `rtsp_server.py`."""

    def __init__(self, *paths: str, port: int | None = None, **options: object) -> None:
        self.port = port or free_port()
        extra = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        command = [SYSTEM_PYTHON, str(_PROGRAM), str(self.port), *(paths or ("one",)), *extra]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def address(self, path: str = "one", login: str = "") -> str:
        return f"rtsp://{login}127.0.0.1:{self.port}/{path}"

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


class CuttingProxy:
    """Passes bytes on between a camera and its server, and can cut the connection in the middle of them."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._open: list[socket.socket] = []
        self.cut_after: int | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()
        self._cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            self._open += [client, server]
            threading.Thread(target=self._pass_on, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, cuts: bool) -> None:
        try:
            while data := source.recv(4096):
                if cuts and self.cut_after is not None and len(data) > self.cut_after:
                    sink.sendall(data[: self.cut_after])
                    self.cut_after = None
                    self._cut()
                    return
                sink.sendall(data)
        except OSError:
            return

    def _cut(self) -> None:
        for each in self._open:
            with suppress(OSError):  # the other end may have gone first
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()


@dataclass
class Seen:
    """What one camera gave: monotonic times of its frames, the last of them, its events with when they came."""

    frames_s: list[float] = field(default_factory=list)
    last: CapturedFrame | None = None
    events: list[tuple[float, Event]] = field(default_factory=list)

    def states(self) -> list[str]:
        """The states that began, in order."""
        return [event.details["state"] for _, event in self.events if event.ended is None or event.duration_s == 0]

    def reasons(self) -> list[str]:
        return [str(event.details.get("reason", "")) for _, event in self.events]


class Watchers:
    """Cameras by address, watched by one loop, with the limits that a site has."""

    def __init__(self, addresses: Sequence[str], frames_per_s: float = 5, hardware: str | None = None) -> None:
        cameras = tuple(
            Camera(name=str(number), address=SecretStr(each), hardware_decoding=hardware)
            for number, each in enumerate(addresses)
        )
        site = Site(cameras=cameras, frames_per_s=frames_per_s)
        self._waker = Waker()
        around = Surroundings(SystemClock(), self._waker.wake)
        self.feeds: list[Feed] = [build_feed(camera, site, around) for camera in cameras]
        self.seen = [Seen() for _ in cameras]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for feed in self.feeds:
            feed.stop()
        self._waker.close()

    def watch(self, seconds: float, until: Callable[[], bool] = lambda: False) -> float:
        """Go on for so long, or until something is so; the seconds it took."""
        began = time.monotonic()
        while not until() and time.monotonic() - began < seconds:
            handles = [handle for feed in self.feeds for handle in feed.handles()]
            self._waker.sleep(handles, 0.05)
            for feed, seen in zip(self.feeds, self.seen, strict=True):
                self._turn(feed, seen)
        return time.monotonic() - began

    def until_state(self, state: str, number: int = 0, seconds: float = 120) -> float:
        """Go on until a camera is in a state; the seconds it took, which a machine with other work makes many."""
        feed = self.feeds[number]
        took = self.watch(seconds, lambda: feed.condition.state == state)
        assert feed.condition.state == state, (
            feed.condition.state,
            self.seen[number].states(),
            self.seen[number].reasons(),
        )
        return took

    def reaches(self, state: str, within_s: float, number: int = 0) -> None:
        """Go on until a camera is in a state, in a time that a slow machine is given more of, as slow as it is."""
        took_s = self.until_state(state, number)
        assert took_s <= within_s or took_s <= within_s + slack_s(), (took_s, within_s)

    def goes_on(self, number: int = 0, frames: int = 10) -> None:
        """Wait until a camera has given some frames more."""
        seen = self.seen[number].frames_s
        wanted = len(seen) + frames
        self.watch(120, lambda: len(seen) >= wanted)
        assert len(seen) >= wanted

    def age_s(self, number: int) -> float:
        """How old the last frame of a camera was when it was taken."""
        seen = self.seen[number]
        return seen.frames_s[-1] - seen.last.captured_s if seen.last else float("inf")

    def frames_in(self, number: int, seconds: float) -> int:
        """How many frames a camera gives in a time."""
        before = len(self.seen[number].frames_s)
        self.watch(seconds)
        return len(self.seen[number].frames_s) - before

    def _turn(self, feed: Feed, seen: Seen) -> None:
        events = feed.poll()
        frame, changes = feed.take()
        now_s = time.monotonic()
        seen.events += [(now_s, event) for event in [*events, *changes]]
        if frame is not None:
            seen.last = frame
            seen.frames_s.append(now_s)
