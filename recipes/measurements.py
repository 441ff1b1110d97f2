"""What is measured of every shipped model, so that its card and `make models-check` mean the same by the same name."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SPLITS = ROOT / "recipes" / "splits"
CARDS = ROOT / "recipes" / "cards"
RECORDS = ROOT / "docs" / "models"

# What says nothing of the model, or names files of the machine it was measured on.
LEFT_OUT = ("maskwatch", "data", "model")


@dataclass(frozen=True)
class Measurement:
    """One run of `maskwatch evaluate MODEL ...`.

    Attributes:
        key: its name in a model's JSON.
        title: what stands in the card.
        arguments: after the model; {data} is the folder of labelled sets, {splits} that of the lists kept back,
            {half} half the side that the model scales pictures to.
    """

    key: str
    title: str
    arguments: tuple[str, ...]

    def needs(self, data: Path) -> list[Path]:
        """The folders it looks at."""
        return [Path(word.format(data=data, splits=SPLITS, half=0)) for word in self.arguments if "{data}" in word]

    def command(self, model: str, data: Path | str, side_px: int) -> list[str]:
        filled = [word.format(data=data, splits="recipes/splits", half=side_px // 2) for word in self.arguments]
        return ["evaluate", model, *filled]


MEASUREMENTS = (
    Measurement("val", "val", ("{data}/val", "--backgrounds", "{data}/no_faces/val")),
    Measurement("dev", "dev", ("{data}/train", "--listed", "{splits}/dev.sha256")),
    Measurement("val_half", "val at half the side", ("{data}/val", "--side-px", "{half}")),
    Measurement("val_tiles", "val in tiles", ("{data}/val", "--tiles", "2", "--no-coco")),
    Measurement("robust", "val under worse conditions", ("{data}/val", "--robust", "--no-coco")),
)


def chosen(keys: str | None) -> tuple[Measurement, ...]:
    """Those named in a list with commas, or all; ends the program for a name that is none."""
    wanted = keys.split(",") if keys else [each.key for each in MEASUREMENTS]
    known = {each.key: each for each in MEASUREMENTS}
    unknown = [key for key in wanted if key not in known]
    if unknown:
        sys.exit(f"--only {unknown[0]}: no such measurement; there are {', '.join(known)}")
    return tuple(known[key] for key in wanted)


def measure(each: Measurement, model: str, data: Path, side_px: int, threads: int) -> dict[str, Any]:
    """Run it and give its figures; ends the program if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        command = [*each.command(model, data.resolve(), side_px), "--json", str(out), "--threads", str(threads)]
        done = subprocess.run([sys.executable, "-m", "maskwatch", *command], cwd=ROOT, stdout=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(f"{each.key}: maskwatch {' '.join(command)} failed")
        return without_places(json.loads(out.read_text(encoding="utf-8")))


def without_places(record: dict[str, Any]) -> dict[str, Any]:
    """The figures alone."""
    kept = {name: value for name, value in record.items() if name not in LEFT_OUT}
    if kept.get("backgrounds"):
        kept["backgrounds"] = {k: v for k, v in kept["backgrounds"].items() if k != "by_picture"}
    return kept
