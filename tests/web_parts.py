"""A server without a watch behind it: the whole application over a real store, in this process."""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from numpy.typing import NDArray
from starlette.types import ASGIApp

from maskwatch.client import Client
from maskwatch.config import Site, load_site
from maskwatch.detections import Detections, make_detections
from maskwatch.watching.nouns import Passage, State
from maskwatch.watching.store import Kept, Store
from maskwatch.web.access.people import People
from maskwatch.web.app import create_app, shielded
from maskwatch.web.context import Context
from maskwatch.web.hub import Hub
from maskwatch.web.marking import Marking
from maskwatch.web.models import FieldFault
from maskwatch.web.order import Order
from maskwatch.web.reading import Reading
from watch_parts import NOON, event

SITE = """# the entrance of the clinic
time_zone = "Europe/Paris"

[web]
address = "127.0.0.1:8750"  # this machine
camera_networks = ["127.0.0.0/8"]

[[cameras]]  # by the street
name = "entrance"
address = "demo"
# keep this remark

[[cameras.zones]]
name = "desk"
polygon = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]

[[cameras]]
name = "corridor"
address = "rtsp://viewer:hunter2@192.0.2.10/one"
"""

PASSWORD = "correct horse"


@dataclass
class NotingLink:
    """What the server would say to a watch."""

    looked_at: list[frozenset[str]] = field(default_factory=list)
    taken_over: int = 0
    answer: list[FieldFault] = field(default_factory=list)

    def look_at(self, cameras: Collection[str]) -> None:
        self.looked_at.append(frozenset(cameras))

    async def take_over(self) -> list[FieldFault]:
        self.taken_over += 1
        return self.answer


def find_one_face(pictures: Sequence[NDArray[np.uint8]]) -> list[Detections]:
    """A sure face and an unlikely one in each picture, whatever is in it."""
    boxes = np.array([[1, 2, 30, 40], [5, 5, 9, 9]], np.float32)
    scores, labels = np.array([0.9, 0.1], np.float32), np.array([0, 1])
    each = np.array([[0.9, 0.05], [0.05, 0.1]], np.float32)
    return [make_detections(boxes, scores, labels, each, ("mask", "no_mask")) for _ in pictures]


class InProcess(httpx.BaseTransport):
    """Hands requests to an application in this process; what it raises is raised here."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._asgi = httpx.ASGITransport(app, client=(host, 50000))  # type: ignore[arg-type]  # two names of one type

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answered() -> httpx.Response:
            answer = await self._asgi.handle_async_request(request)
            content = b"".join([part async for part in answer.aiter_raw()])  # packed as it was sent
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)

        return asyncio.run(answered())


@dataclass
class Served:
    """A server, and what stands behind it."""

    context: Context
    link: NotingLink
    folder: Path

    @cached_property
    def _app(self) -> FastAPI:
        return create_app(self.context)

    @cached_property
    def app(self) -> ASGIApp:
        return shielded(self._app)

    @property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return self._app.openapi()

    def http(self, host: str = "127.0.0.1", address: str = "http://127.0.0.1:8750") -> httpx.Client:
        """A browser at some address, with cookies of its own."""
        return httpx.Client(transport=InProcess(self.app, host), base_url=address)

    def client(self, **options: object) -> Client:
        return Client(http=self.http(**options))  # type: ignore[arg-type]

    def signed_in(self, name: str, role: str) -> Client:
        """A user of that role, made and signed in."""
        from maskwatch.web.access.scopes import Role

        self.context.people.put_user(name, Role(role), PASSWORD)
        client = self.client()
        client.sign_in(name, PASSWORD)
        return client

    @property
    def config(self) -> Path:
        return self.folder / "site.toml"


@contextmanager
def served(folder: Path, text: str = SITE, *, with_file: bool = True) -> Iterator[Served]:
    """A site with thirty events and as many passages in its store."""
    config = folder / "site.toml"
    config.write_text(text, encoding="utf-8")
    config.chmod(0o640)
    site = load_site(config)
    fill(site.store)
    link = NotingLink()
    reading, people, marking = Reading(site.store), People(site.store), Marking(site.store)
    context = Context(
        Order(site, config if with_file else None, "cpu", 1, False),
        site,
        Hub(link.look_at),
        link,  # type: ignore[arg-type]
        reading,
        people,
        marking,
        lambda: (find_one_face, 0.5),
    )
    try:
        yield Served(context, link, folder)
    finally:
        for each in (reading, people, marking):
            each.close()


def fill(store: Path) -> None:
    with Store(store) as opened:
        run = opened.begin_run(NOON)
        opened.write(run, [event(number, ended=number % 2 == 0) for number in range(30)], list(_passages()))


def _passages() -> Iterator[Kept]:
    for number in range(30):
        began = NOON + timedelta(minutes=20 * number)
        state = State.NO_MASK if number % 3 == 0 else State.UNSURE if number % 7 == 0 else State.MASK
        zone = "desk" if number % 2 else None
        yield Kept(Passage("entrance", zone, number, began, began + timedelta(seconds=4), 4.0, state))


def site_of(text: str, folder: Path) -> Site:
    path = folder / "other.toml"
    path.write_text(text, encoding="utf-8")
    return load_site(path)
