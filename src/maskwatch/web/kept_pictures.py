"""Where pictures of events lie, if the site keeps any: names are ids that we gave, never anything that was sent."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maskwatch.data import labelimg_voc
from maskwatch.data.samples import Origin, Sample
from maskwatch.data.writing.sets import write_samples
from maskwatch.errors import UserError

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class KeptPictures:
    """Folders beside a store.

    Attributes:
        snapshots: a picture an event.
        waiting: clear pictures of cameras with `collect_for_training`, until somebody says the event was wrong.
        cases: those of which somebody said so, as a set for labelImg.
    """

    store: Path

    @property
    def snapshots(self) -> Path:
        return self.store.with_name(f"{self.store.stem}-pictures")

    @property
    def waiting(self) -> Path:
        return self.store.with_name(f"{self.store.stem}-training") / "waiting"

    @property
    def cases(self) -> Path:
        return self.store.with_name(f"{self.store.stem}-training") / "cases"

    def has_snapshot(self, event: str) -> bool:
        return _is_id(event) and (self.snapshots / f"{event}.jpg").is_file()

    def snapshot(self, event: str) -> bytes | None:
        """The JPEG of an event; None where none is kept."""
        if not self.has_snapshot(event):
            return None
        return (self.snapshots / f"{event}.jpg").read_bytes()

    def keep_case(self, event: str, most: int) -> str | None:
        """Keep an event's picture for retraining; if that cannot be, why not, in a sentence.

        The boxes go with it as they were judged, `unsure` too: whoever labels corrects them.

        Args:
            event: its id.
            most: so many are kept, at most.
        """
        picture, notes = self.waiting / f"{event}.jpg", self.waiting / f"{event}.json"
        if not _is_id(event) or not picture.is_file() or not notes.is_file():
            return "This camera does not collect pictures for training, or had none of this event."
        if (self.cases / picture.name).is_file():
            return None
        if self.cases.is_dir() and len(list(self.cases.glob("*.jpg"))) >= most:
            return f"{most} cases are kept already, as many as the site collects."
        try:
            sample = _sample(picture, json.loads(notes.read_text("utf-8")))
            write_samples([sample], self.cases, format=labelimg_voc.FORMAT)
        except UserError as error:
            return str(error)
        return None


def _is_id(event: str) -> bool:
    return _ID.fullmatch(event) is not None


def _sample(picture: Path, notes: dict[str, Any]) -> Sample:
    boxes = np.array(notes["boxes"], np.float32).reshape(-1, 4)
    return Sample(
        picture=picture,
        width=notes["width"],
        height=notes["height"],
        boxes=boxes,
        labels=tuple(notes["labels"]),
        difficult=np.zeros(len(boxes), bool),
        origin=Origin(picture),
    )
