"""What `maskwatch detect` tells people at the end."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from maskwatch.detections import Detections

_MOST_ROWS = 30


class Summary:
    """Faces by source and class, added up as the run goes on.

    Attributes:
        broken: how many sources were skipped.
    """

    def __init__(self, class_names: Sequence[str]) -> None:
        self._class_names = class_names
        self._faces: dict[str, Counter[str]] = {}
        self._looked_at: Counter[str] = Counter()
        self.broken = 0

    def count(self, name: str, found: Detections) -> None:
        """Add the faces of one picture or frame of the source `name`."""
        self._looked_at[name] += 1
        self._faces.setdefault(name, Counter()).update(str(label) for label in found.data["class_name"])

    def show(self, console: Console, out: Path | None) -> None:
        """Print the table; after many sources only their sum."""
        table = Table(box=None, pad_edge=False)
        table.add_column("source", overflow="fold")
        for title in ("looked at", *self._class_names):
            table.add_column(title, justify="right")
        for name in list(self._faces)[:_MOST_ROWS]:
            self._row(table, escape(_printable(name)), self._looked_at[name], self._faces[name])
        left_out = len(self._faces) - _MOST_ROWS
        if left_out > 0:
            table.add_row(f"... and {left_out} more")
        if len(self._faces) > 1:
            self._row(table, "all", self._looked_at.total(), sum(self._faces.values(), Counter()))
        if self._faces:
            console.print(table)
        if any(frames > 1 for frames in self._looked_at.values()):
            console.print("Faces of a video are counted anew in each frame.")
        if self.broken:
            console.print(f"Skipped as broken: {self.broken}.")
        if out:
            console.print(f"Written to {_printable(str(out))}.", markup=False, highlight=False, soft_wrap=True)

    def _row(self, table: Table, title: str, looked_at: int, faces: Counter[str]) -> None:
        table.add_row(title, str(looked_at), *(str(faces[name]) for name in self._class_names))


def _printable(name: str) -> str:
    """A file name may hold bytes that are no text; a terminal takes text only."""
    return name.encode("utf-8", "backslashreplace").decode()
