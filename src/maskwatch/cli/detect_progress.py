"""The progress of `maskwatch detect`, on standard error."""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")


class DetectProgress:
    """A bar for the sources and one for the frames of a video; none where nobody watches or `quiet` is set."""

    def __init__(self, sources: int, *, quiet: bool) -> None:
        self._console = Console(stderr=True, soft_wrap=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        off = quiet or not self._console.is_terminal
        self._progress = Progress(*columns, console=self._console, transient=True, disable=off)
        self._sources = self._progress.add_task("Looking", total=sources, visible=sources > 1)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self) -> None:
        self._progress.advance(self._sources)

    def frames(self, name: str, frames: Iterable[T], total: int | None) -> Iterator[T]:
        """The frames themselves, counted as they pass."""
        task = self._progress.add_task(escape(name), total=total)
        for frame in frames:
            yield frame
            self._progress.advance(task)
        self._progress.remove_task(task)

    def fault(self, message: str) -> None:
        """Report a source that is skipped, above the bars."""
        self._console.print(f"maskwatch: skipped: {message}", markup=False)
