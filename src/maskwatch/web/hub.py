"""What was last heard of the watch, and everybody who looks at it. Used by the event loop of the server only."""

import asyncio
import base64
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from maskwatch.web.messages import Message
from maskwatch.web.models import CameraLive, WatchLive

# Who stalls keeps this much, and misses the rest; the page asks for what it missed when it is back.
_EVENTS_A_VIEWER = 50
_LOG_LINES = 200
_SILENT_AFTER_S = 10.0


@dataclass(eq=False)
class Viewer:
    """Somebody who looks: one place a kind of news and camera, the newest wins.

    Attributes:
        cameras: whose pictures are wanted; None is all of them.
        pictures: whether with the JPEG, or only who is where.
    """

    cameras: frozenset[str] | None
    pictures: bool
    news: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _newest: dict[str, bytes] = field(default_factory=dict, init=False)
    _events: deque[bytes] = field(default_factory=lambda: deque(maxlen=_EVENTS_A_VIEWER), init=False)

    def wants(self, camera: str) -> bool:
        return self.cameras is None or camera in self.cameras

    def put(self, place: str, text: bytes) -> None:
        self._newest[place] = text
        self.news.set()

    def happened(self, text: bytes) -> None:
        self._events.append(text)
        self.news.set()

    def take(self) -> list[bytes]:
        """All that waits: events in order, then what is newest."""
        taken = [*self._events, *self._newest.values()]
        self._events.clear()
        self._newest.clear()
        self.news.clear()
        return taken


@dataclass
class Hub:
    """Between the one connection to the watch and all viewers.

    Args:
        looking: told whose pictures somebody wants, whenever that changes.
    """

    looking: Callable[[Collection[str]], None]
    watch: WatchLive | None = None
    log: deque[str] = field(default_factory=lambda: deque(maxlen=_LOG_LINES))
    _heard_s: float = field(default=float("-inf"), init=False)
    _pictures: dict[str, Message] = field(default_factory=dict, init=False)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _viewers: set[Viewer] = field(default_factory=set, init=False)
    _looked_at: frozenset[str] = field(default=frozenset(), init=False)

    @property
    def silent_s(self) -> float | None:
        """Seconds since the watch was heard; None if it never was."""
        return None if self.watch is None else time.monotonic() - self._heard_s

    @property
    def hears_watch(self) -> bool:
        return self.silent_s is not None and self.silent_s < _SILENT_AFTER_S

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def camera(self, name: str) -> CameraLive | None:
        found = [each for each in self.watch.cameras if each.name == name] if self.watch else []
        return found[0] if found else None

    def hear(self, message: Message) -> None:
        """Take in what the watch says and hand it on."""
        match message.kind:
            case "watch":
                self.watch, self._heard_s = WatchLive.model_validate_json(message.head), time.monotonic()
                self._hand_on("watch", sse("watch", message.head))
                self._tell_looking()
            case "picture":
                self._show(message)
            case "event":
                for viewer in self._viewers:
                    viewer.happened(sse("event", message.head))
            case "log":
                self.log.append(message.value)

    def settings_changed(self) -> None:
        """Tell every page to read the settings again."""
        for viewer in self._viewers:
            viewer.happened(sse("settings", b"{}"))

    @contextmanager
    def viewing(self, cameras: frozenset[str] | None, *, pictures: bool) -> Iterator[Viewer]:
        """Inside, somebody looks, and finds what is known already."""
        viewer = Viewer(cameras, pictures)
        if self.watch is not None:
            viewer.put("watch", sse("watch", self.watch.model_dump_json().encode()))
        self._viewers.add(viewer)
        self._tell_looking()
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)
            self._tell_looking()

    async def picture(self, camera: str, within_s: float, newer_than_s: float = 1.0) -> Message | None:
        """The newest picture of a camera, waited for if the last one is old; None if none comes in time."""
        known = self._pictures.get(camera)
        if known is not None and time.monotonic() - known.received_s < newer_than_s:
            return known
        with self.viewing(frozenset((camera,)), pictures=True):
            try:
                async with asyncio.timeout(within_s):
                    while self._pictures.get(camera) is known:
                        await self._arrived.wait()
            except TimeoutError:
                return None
        return self._pictures.get(camera)

    def _show(self, message: Message) -> None:
        camera = str(message.value["camera"])
        self._pictures[camera] = message
        self._arrived.set()
        self._arrived = asyncio.Event()
        with_jpeg = without = b""
        for viewer in self._viewers:
            if viewer.wants(camera):
                if viewer.pictures:
                    with_jpeg = with_jpeg or sse("picture", _with_jpeg(message))
                else:
                    without = without or sse("picture", message.head)
                viewer.put(f"picture {camera}", with_jpeg if viewer.pictures else without)

    def _hand_on(self, place: str, text: bytes) -> None:
        for viewer in self._viewers:
            viewer.put(place, text)

    def _tell_looking(self) -> None:
        names = [camera.name for camera in self.watch.cameras] if self.watch else []
        wanted = frozenset(name for name in names if any(viewer.wants(name) for viewer in self._viewers))
        if wanted != self._looked_at:
            self._looked_at = wanted
            self.looking(wanted)


def sse(event: str, data: bytes) -> bytes:
    """One server-sent event; the data is JSON without a line break."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), data)


def _with_jpeg(message: Message) -> bytes:
    """The head with the body in it; encoded once, however many look."""
    if not message.body:
        return message.head
    return message.head.removesuffix(b"null}") + b'"' + base64.b64encode(message.body) + b'"}'
