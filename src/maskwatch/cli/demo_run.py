"""The work behind `maskwatch demo`."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from maskwatch.cli.detect_progress import DetectProgress
from maskwatch.cli.detection_records import Record, to_record
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.demo.scene import DURATION_S, FRAMES_PER_S, HEIGHT, WIDTH, Scene
from maskwatch.demo.timeline import Stretch, own_label, settle, stretches
from maskwatch.detections import Detections
from maskwatch.errors import UserError
from maskwatch.files import replacing
from maskwatch.pictures.draw import annotate
from maskwatch.pictures.video import Frame
from maskwatch.pictures.video_writing import writing_video

CLIP, RECORD = "demo.webm", "demo.json"

_MAJORITY_OVER_S = 0.6

Timelines = dict[str, list[Stretch]]


def run_demo(detect: Callable[[NDArray[np.uint8]], Detections], model: str, out: Path) -> Timelines:
    """Make the film, look at it, write the annotated clip and its record, print when each wore a mask.

    Args:
        detect: faces in one picture, (H, W, 3) uint8 RGB.
        model: what it is called in the record.
        out: folder to write to.

    Returns:
        For each person the states seen, one after the other.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out}: that is a file; give a folder.")
    scene = Scene()
    labels: dict[str, list[str | None]] = {person: [] for person in scene.people}
    records: list[Record] = []
    total = round(DURATION_S * FRAMES_PER_S)
    with ExitStack() as stack:
        stack.enter_context(terminated_as_interrupted())
        progress = stack.enter_context(DetectProgress(1, quiet=False))
        clip = stack.enter_context(writing_video(out / CLIP))
        for frame in progress.frames("Looking at the film", _film(scene, total), total):
            found = detect(frame.pixels)
            clip.write(annotate(frame.pixels, found), frame.time_s)
            records.append(to_record(CLIP, (WIDTH, HEIGHT), found, frame))
            for truth in scene.truth(frame.time_s):
                labels[truth.person].append(own_label(truth, found))
    window = round(_MAJORITY_OVER_S * FRAMES_PER_S)
    seen = {person: stretches(settle(own, window), 1 / FRAMES_PER_S) for person, own in labels.items()}
    _write_record(out / RECORD, model, seen, records)
    _show(Console(), seen, scene, out)
    return seen


def _film(scene: Scene, total: int) -> Iterator[Frame]:
    for index in range(total):
        time_s = index / FRAMES_PER_S
        yield Frame(scene.frame(time_s), index, time_s)


def _write_record(path: Path, model: str, seen: Timelines, records: Sequence[Record]) -> None:
    people = [{"name": person, "states": [asdict(part) for part in own]} for person, own in seen.items()]
    with replacing(path) as temporary:
        temporary.write_text(json.dumps({"model": model, "people": people, "frames": records}, indent=1))


def _show(console: Console, seen: Timelines, scene: Scene, out: Path) -> None:
    table = Table("person", "what the model saw", "mask really on", box=None, pad_edge=False)
    for person, own in seen.items():
        said = ", ".join(f"{part.start_s:.1f}-{part.end_s:.1f} s {part.label or 'no face'}" for part in own)
        start_s, end_s = scene.masked_s(person)
        table.add_row(person, said, f"{start_s:.1f}-{end_s:.1f} s")
    console.print(table)
    console.print(f"Clip: {out / CLIP}\nRecord: {out / RECORD}", markup=False, highlight=False, soft_wrap=True)
