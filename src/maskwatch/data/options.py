"""How a set is to be read, beside where it lies and in which format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Told how far a piece of work has come: what is being done, how much of it, of how much."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


def unwatched(what: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def counted(items: Sequence[Item], what: str, progress: Progress) -> Iterator[Item]:
    """The items, each told before it is given and the last once more when it is done."""
    for done, item in enumerate(items):
        progress(what, done, len(items))
        yield item
    progress(what, len(items), len(items))


@dataclass(frozen=True)
class Reading:
    """How to read.

    Attributes:
        progress: told of every file, row or picture.
        mending: put right what has one right answer (edges the wrong way round are swapped), and leave out each
            picture that lost a label or whose labels cannot be trusted: what is left is fit to be written anew.
    """

    progress: Progress = unwatched
    mending: bool = False


AS_IT_IS = Reading()
