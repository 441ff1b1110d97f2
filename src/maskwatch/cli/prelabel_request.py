"""What `maskwatch prelabel` is asked for, and what comes of it."""

from dataclasses import dataclass
from pathlib import Path

from maskwatch.data import coco, labelimg_voc
from maskwatch.data.prelabels import Limits, Mark, Prelabel
from maskwatch.data.writing.label_studio import FORMAT as LABEL_STUDIO
from maskwatch.errors import UserError

# Boxes for Label Studio carry their scores, which tell the doubtful ones.
_WITH_DIFFICULT = (labelimg_voc.FORMAT, coco.FORMAT, LABEL_STUDIO)


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    folder: Path
    model: str | None
    to: str
    score: float
    sure: float
    doubtful: Mark | None
    review: Path | None
    url_prefix: str | None
    device: str
    threads: int | None
    tiles: str | None

    @property
    def limits(self) -> Limits:
        if self.doubtful == "difficult" and self.to not in _WITH_DIFFICULT:
            raise UserError(f"--doubtful difficult: {self.to} has no such mark; take suffix or leave-out.")
        return Limits(self.score, self.sure, self.doubtful or ("difficult" if self.to in _WITH_DIFFICULT else "suffix"))


@dataclass
class Outcome:
    """What came of it: pictures labelled, those left alone with their label files, and those that are broken."""

    made: list[Prelabel]
    labelled: dict[Path, Path]
    broken: list[str]
