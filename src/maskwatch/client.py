"""A small typed client of the API of `maskwatch watch`.

from maskwatch.client import Client

with Client("http://127.0.0.1:8750", token="mwt_...") as site:
    for event in site.events(kind="no_mask"):
        print(event.began, event.sentence)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from maskwatch.web.models import (
    CameraOut,
    EventOut,
    EventPage,
    Mark,
    MarkOut,
    Picture,
    PictureDetections,
    Problem,
    SessionOut,
    SiteOut,
    Summary,
    WatchLive,
    Written,
)

Answer = TypeVar("Answer", bound=BaseModel)

_TIMEOUT_S = 30.0


class ApiError(Exception):
    """The server said no; `problem` is what it said."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.title}: {problem.detail}")
        self.problem = problem


@dataclass(frozen=True)
class News:
    """One of the live data: a `watch`, a `picture` or an `event`, with what it holds; or that `settings` changed."""

    kind: Literal["watch", "picture", "event", "settings"]
    value: WatchLive | Picture | EventOut | None


_NEWS: dict[str, type[WatchLive] | type[Picture] | type[EventOut]] = {
    "watch": WatchLive,
    "picture": Picture,
    "event": EventOut,
}


class Client:
    """The API of one site.

    Args:
        address: as `http://127.0.0.1:8750`, with the root path if there is one.
        token: of `maskwatch token add`; without it, `sign_in`, or whoever sits at the machine.
        http: in place of a connection of its own; its base address is the site's.

    Raises:
        ApiError: from every method, when the server says no.
        httpx.HTTPError: when it cannot be reached.
    """

    def __init__(
        self, address: str = "http://127.0.0.1:8750", *, token: str | None = None, http: httpx.Client | None = None
    ) -> None:
        self._http = httpx.Client(base_url=address, timeout=_TIMEOUT_S) if http is None else http
        if token is not None:
            self._http.headers["Authorization"] = f"Bearer {token}"
        self._csrf: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def session(self) -> SessionOut:
        """Who one is."""
        told = self._get("session", SessionOut)
        self._csrf = told.csrf_token
        return told

    def sign_in(self, name: str, password: str) -> SessionOut:
        answer = self._ask("POST", "session", json={"name": name, "password": password})
        told = SessionOut.model_validate_json(answer.content)
        self._csrf = told.csrf_token
        return told

    def sign_out(self) -> None:
        self._change("DELETE", "session")
        self._csrf = None

    def cameras(self) -> list[CameraOut]:
        return TypeAdapter(list[CameraOut]).validate_json(self._ask("GET", "cameras").content)

    def picture(self, camera: str) -> bytes:
        """The newest JPEG of a camera."""
        return self._ask("GET", f"cameras/{camera}/picture").content

    def events(
        self,
        *,
        camera: str | None = None,
        zone: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Iterator[EventOut]:
        """Events, newest first, page by page as they are asked for."""
        asked = _query(camera=camera, zone=zone, kind=kind, state=state, start=start, end=end)
        while True:
            page = self._get("events", EventPage, asked)
            yield from page.events
            if page.next is None:
                return
            asked = asked | {"after": page.next}

    def mark(self, event: str, mark: Mark | None) -> MarkOut:
        """Mark an event, by its id."""
        return MarkOut.model_validate_json(self._change("PUT", f"events/{event}/mark", json={"mark": mark}).content)

    def summary(
        self,
        by: Literal["hour", "day", "weekday_hour", "none"] = "hour",
        *,
        apart: Sequence[Literal["camera", "zone"]] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        camera: str | None = None,
        zone: str | None = None,
    ) -> Summary:
        asked = _query(by=by, apart=list(apart), start=start, end=end, camera=camera, zone=zone)
        return self._get("summary", Summary, asked)

    def detect(
        self, pictures: Sequence[Path | tuple[str, bytes]], score: float | None = None
    ) -> list[PictureDetections]:
        """Faces in pictures, given as files or as names with contents."""
        named = [(each.name, each.read_bytes()) if isinstance(each, Path) else each for each in pictures]
        files = [("pictures", pair) for pair in named]
        answer = self._change("POST", "detect", files=files, params=_query(score=score))
        return TypeAdapter(list[PictureDetections]).validate_json(answer.content)

    def site(self) -> SiteOut:
        return self._get("site", SiteOut)

    def put_site(self, version: str, settings: dict[str, Any]) -> Written:
        answer = self._change("PUT", "site", json={"version": version, "settings": settings})
        return Written.model_validate_json(answer.content)

    def live(self, cameras: Sequence[str] = (), *, pictures: bool = False) -> Iterator[News]:
        """Everything as it happens, until the connection ends."""
        asked = _query(camera=list(cameras), pictures=str(pictures).lower())
        with self._http.stream("GET", _path("live"), params=asked) as answer:
            if answer.is_error:
                answer.read()
                raise ApiError(_problem(answer))
            yield from _news(answer.iter_lines())

    def _get(self, path: str, kind: type[Answer], asked: dict[str, Any] | None = None) -> Answer:
        return kind.model_validate_json(self._ask("GET", path, params=asked or {}).content)

    def _change(self, method: str, path: str, **sent: Any) -> httpx.Response:
        if self._csrf is None and "Authorization" not in self._http.headers:
            self.session()
        return self._ask(method, path, headers={"X-CSRF-Token": self._csrf} if self._csrf else {}, **sent)

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        answer = self._http.request(method, _path(path), **sent)
        if answer.is_error:
            raise ApiError(_problem(answer))
        return answer


def _path(path: str) -> str:
    return f"api/v1/{path}"


def _query(**asked: Any) -> dict[str, Any]:
    given = {name: value for name, value in asked.items() if value is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()}


def _problem(answer: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(answer.content)
    except ValueError:  # a proxy's own words, say
        return Problem(title=answer.reason_phrase, status=answer.status_code, detail=answer.text[:200])


def _news(lines: Iterator[str]) -> Iterator[News]:
    kind = ""
    for line in lines:
        name, _, text = line.partition(": ")
        if name == "event":
            kind = text
        elif name == "data" and kind in _NEWS:
            yield News(kind, _NEWS[kind].model_validate_json(text))  # type: ignore[arg-type]  # a key of _NEWS
        elif name == "data" and kind == "settings":
            yield News("settings", None)
