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
class Convention:
    """What another program makes of the same files.

    Attributes:
        voc_offset_px: taken off every edge of a Pascal VOC file.
        drops_faulty: boxes without area, and all that reach over an edge of their picture, are left out with a
            warning; otherwise an edge a little over is kept, and what cannot be read stops the set's use.
    """

    voc_offset_px: float = 0.0
    drops_faulty: bool = False


AS_WRITTEN = Convention()
# keras_retinanet/preprocessing/pascal_voc.py and generator.py (`filter_annotations`).
KERAS_RETINANET = Convention(1.0, drops_faulty=True)
CONVENTIONS = {"as-written": AS_WRITTEN, "keras-retinanet": KERAS_RETINANET}


@dataclass(frozen=True)
class Reading:
    """How to read.

    Attributes:
        progress: told of every file, row or picture.
        mending: put right what has one right answer (edges the wrong way round are swapped), and leave out each
            picture that lost a label or whose labels cannot be trusted: what is left is fit to be written anew.
        convention: what is made of edges and of faulty boxes.
    """

    progress: Progress = unwatched
    mending: bool = False
    convention: Convention = AS_WRITTEN


AS_IT_IS = Reading()
