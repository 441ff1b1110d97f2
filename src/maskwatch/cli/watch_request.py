"""What `maskwatch watch` is asked for, and the settings that come of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from maskwatch.config import Site, initial_site, load_site
from maskwatch.demo.scene import DURATION_S, FRAMES_PER_S, Scene
from maskwatch.errors import UserError
from maskwatch.files import replacing
from maskwatch.pictures.video import Frame
from maskwatch.watching.camera.address import DEMO, is_live, short_name


@dataclass(frozen=True)
class Request:
    """The command line; either sources or settings are given."""

    sources: tuple[str, ...]
    config: Path | None
    fast: bool
    store: Path | None
    metrics: str | None
    json_logs: bool
    model: str | None
    device: str
    threads: int | None
    web: str | None = None
    no_web: bool = False

    def site(self) -> Site:
        """The settings, with what the command line says in place of the file.

        Raises:
            UserError: for faults of the file, a source that is not there, a strange `--metrics` or `--web`.
        """
        site = load_site(self.config) if self.config else _site_of(self.sources)
        said = {"store": self.store, "metrics": self.metrics, "model": self.model, "web": self._web(site)}
        given = {name: value for name, value in said.items() if value is not None}
        values: dict[str, Any] = site.model_dump(exclude_unset=True) | given
        try:
            return Site.model_validate(values)
        except ValidationError as error:
            place, words = error.errors()[0]["loc"], error.errors()[0]["msg"].removeprefix("Value error, ")
            raise UserError(f"--{place[0]}: {words}.") from None

    def _web(self, site: Site) -> dict[str, Any] | None:
        """The table of the page, with what the command line says in it; None if it says nothing."""
        said = ({"enabled": False} if self.no_web else {}) | (
            {"address": self.web, "enabled": True} if self.web else {}
        )
        return site.web.model_dump(exclude_unset=True) | said if said else None


def write_initial_site(path: Path) -> None:
    """Write settings that explain themselves; never over what is there."""
    if path.exists():
        raise UserError(f"{path}: is there already; name another file or move it away.")
    with replacing(path) as temporary:
        temporary.write_text(initial_site(), encoding="utf-8")
    Console(highlight=False, soft_wrap=True).print(
        f"{path}: edit it, then run: maskwatch watch --config {path} --check", markup=False
    )


def demo_film(wants: Callable[[float], bool]) -> Iterator[Frame]:
    """The film that comes with maskwatch, drawn frame by frame."""
    scene = Scene()
    for index in range(round(DURATION_S * FRAMES_PER_S)):
        time_s = index / FRAMES_PER_S
        if wants(time_s):
            yield Frame(scene.frame(time_s), index, time_s)


def _site_of(sources: Sequence[str]) -> Site:
    for source in sources:
        if source != DEMO and not is_live(source) and not Path(source).is_file():
            raise UserError(f"{source}: there is no such video file.")
    cameras = [{"name": name, "address": source} for name, source in zip(_names(sources), sources, strict=True)]
    return Site.model_validate({"cameras": cameras})


def _names(sources: Iterable[str]) -> Iterator[str]:
    """A name each, none twice."""
    taken: set[str] = set()
    for source in sources:
        name = first = short_name(source)
        number = 2
        while name in taken:
            name, number = f"{first}-{number}", number + 1
        taken.add(name)
        yield name
