"""How well passages are judged: the figures of docs/watch-check.md, made anew by `make watch-check`.

    python benchmarks/watch_check.py [--data ../shared/data] [--model NAME] [--out docs/watch-check.md]
                                     [--parts a b c d] [--tracks 1000] [--scenes 60] [--pictures N] [--threads N]

Four parts, each judged at 10 and at 5 frames a second by a fresh judgement without cool-downs:

a  made-up tracks, whose scores, misses and false boxes are drawn from the model's measured errors on `DATA/val` by
   size of face (`watch_made_up.py`), and as many again of people who are all masked
b  faces of `DATA/val` moved over pictures of `DATA/no_faces/val`, seen by the model itself (`watch_pasted.py`)
c  scripted demo scenes, seen by the model itself (`watch_scripts.py`)
d  the clips of `DATA/videos` with what was written down about them by hand (`watch_clips.toml`)

What is counted is said in `watch_tally.py`. Without the data only c is measured.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwatch import Detector
from maskwatch.data.reading import require_samples
from maskwatch.demo.scene import DURATION_S, Scene
from maskwatch.files import replacing
from maskwatch.watching.evidence import STATES
from maskwatch.watching.nouns import State

sys.path.insert(0, str(Path(__file__).parent))
import error_tables
import watch_clips
import watch_made_up
import watch_pasted
from watch_scripts import SCRIPTS
from watch_tally import Face, Inspection, Shot, Tally, judge, site_of

# Each scene is seen at the first rate; the others see every so manieth frame of it.
RATES = (10.0, 5.0)
MIN_FACE_PX = 20.0
LASTING = 0.4
SHRINK = (1.0, 2.0)

Frames = Iterable[tuple[float, NDArray[np.uint8], tuple[Face, ...]]]
Part = tuple[str, list[Tally]]


def check_scenes(
    scenes: Iterable[Frames], detector: Detector, told: Callable[[int], None] = lambda done: None
) -> list[Tally]:
    """Scenes seen by the model itself, one tally a rate."""
    tallies = [Tally() for _ in RATES]
    for done, frames in enumerate(scenes, start=1):
        score = detector.metadata.default_score
        inspections = _inspections(detector.class_names, score)
        detector.score = min(each.least_score for _, each in inspections)
        judge(_seen(frames, detector), inspections, tallies)
        told(done)
    return tallies


def check_made_up(tables: watch_made_up.ErrorTables, tracks: int, *, quiet: bool) -> list[Tally]:
    """So many made-up tracks, two a scene, one tally a rate."""
    tallies = [Tally() for _ in RATES]
    for number in range(tracks // 2):
        inspections = _inspections(STATES, tables.default_score)
        least = min(each.least_score for _, each in inspections)
        scene = watch_made_up.make_scene(number, tables, LASTING, least, quiet=quiet)
        judge(scene.shots(RATES[0]), inspections, tallies)
    return tallies


def _inspections(class_names: Sequence[str], score: float) -> list[tuple[int, Inspection]]:
    return [(round(RATES[0] / rate), Inspection(site_of(MIN_FACE_PX, rate), class_names, score)) for rate in RATES]


def _seen(frames: Frames, detector: Detector) -> Iterator[Shot]:
    for time_s, pixels, truth in frames:
        yield Shot(time_s, detector.detect(pixels), truth, (pixels.shape[1], pixels.shape[0]), pixels)


def scripted(walks: tuple) -> Frames:  # type: ignore[type-arg]
    """A demo scene at the first rate."""
    scene = Scene(walks)
    for index in range(round(DURATION_S * RATES[0])):
        time_s = index / RATES[0]
        truth = tuple(
            Face(number, tuple(map(float, each.box)), State(each.label))  # type: ignore[arg-type]
            for number, each in enumerate(scene.truth(time_s), start=1)
        )
        yield time_s, scene.frame(time_s), truth


def measure(asked: argparse.Namespace) -> Iterator[Part]:
    """Every part that is asked for and can be measured here."""
    detector = Detector(asked.model, threads=asked.threads)
    val, backgrounds, videos = (asked.data / name for name in ("val", "no_faces/val", "videos"))
    wanted = set(asked.parts)
    if {"a", "b"} & wanted and val.is_dir():
        samples = require_samples(val)
        random.Random(0).shuffle(samples)
        samples = samples[: asked.pictures]
        pictures = error_tables.sorted_pictures(backgrounds)[: asked.pictures]
        if "a" in wanted:
            detector.score = error_tables.LEAST_SCORE
            tables = watch_made_up.ErrorTables(error_tables.error_record(detector, samples, SHRINK, pictures))
            drawn = f"errors of {len(samples):,} pictures"
            yield f"a. {asked.tracks:,} made-up tracks, {drawn}", check_made_up(tables, asked.tracks, quiet=False)
            yield f"a. {asked.tracks:,} more, all masked, {drawn}", check_made_up(tables, asked.tracks, quiet=True)
        if "b" in wanted:
            faces = list(watch_pasted.cutouts(samples))
            _say(f"{len(faces)} faces of {val} have room around them")
            scenes = (watch_pasted.make_scene(number, faces, pictures) for number in range(asked.scenes))
            moved = (scene.frames(RATES[0]) for scene in scenes)
            yield f"b. val's faces in {asked.scenes} scenes", check_scenes(moved, detector, _every_ten)
    if "c" in wanted:
        yield f"c. {len(SCRIPTS)} scripted scenes", check_scenes(map(scripted, SCRIPTS.values()), detector)
    if "d" in wanted and videos.is_dir():
        for name, people in watch_clips.read_notes().items():
            clip = watch_clips.frames(videos / name, people, RATES[0])
            yield f"d. {name}", check_scenes([clip], detector)


def _every_ten(done: int) -> None:
    if done % 10 == 0:
        _say(f"{done} scenes")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


COLUMNS = {
    "episodes": "to be told",
    "events": "told",
    "precision": "precision",
    "recall": "recall",
    "recall_of_clear_ones": "recall, clear",
    "median_s": "median s",
    "p95_s": "95 % s",
    "events_of_nobody": "of nobody",
    "people": "people",
    "joined": "joined",
    "split": "split",
    "switched": "switched",
    "quiet_hours": "hours without",
    "wrong_events_an_hour": "wrong an hour",
}


def table(parts: Sequence[Part]) -> str:
    """The figures in Markdown."""
    lines = [f"| part | frames/s | {' | '.join(COLUMNS.values())} |", "|---|---|" + "---|" * len(COLUMNS)]
    for name, tallies in parts:
        for rate, tally in zip(RATES, tallies, strict=True):
            figures = tally.figures()
            lines.append(f"| {name} | {rate:g} | {' | '.join(_shown(figures[column]) for column in COLUMNS)} |")
    return "\n".join(lines)


def _shown(value: float | int | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def page(parts: Sequence[Part], model: str) -> str:
    """What is written into the docs."""
    return f"""# How well passages are judged

Made by `make watch-check` with the model {model}; do not edit. Aims: precision and recall of events .95; time to
declare, 95 % of cases, under 1 s at 10 frames/s and 1.5 s at 5. Every event counts: no cool-down, no zones, faces
from {MIN_FACE_PX:g} px on.

{table(parts)}

- **To be told** are stretches of at least two seconds in view without a mask or with it worn wrongly; **told** are
  events, **of nobody** those about what is no face. **Recall, clear** is of the stretches in which the model gave
  the true state at least half for a second: what is missed there, the judgement has missed and not the model.
- **Median s**, **95 % s**: from the first frame in which the model gave the true state at least half to the event.
- **Joined** tracks lie on two people, people who are **split** have two tracks, **switched** counts changes of
  person within a track.
- **Hours without** are scenes in which nobody is without a mask; **wrong an hour** are the events in them.
- **a** draws scores, misses and false boxes from the model's measured errors on val by state and size of face,
  where {LASTING:.0%} of what makes a face easy lasts from frame to frame (an assumption). **b** shows the model faces
  of val moved over pictures without faces; these are the figures to quote. **c** are the demo's two people, **d**
  two real clips, whose truth was written down by hand in `benchmarks/watch_clips.toml`. No part has been tuned on.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--parts", nargs="+", choices=("a", "b", "c", "d"), default=("a", "b", "c", "d"))
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--pictures", type=int, help="as many of each set at most, for a first look")
    parser.add_argument("--threads", type=int)
    asked = parser.parse_args()
    if not asked.data.is_dir():
        _say(f"{asked.data}: not there, so only scripted scenes are measured")
    parts = []
    for part in measure(asked):
        parts.append(part)
        _say(table([part]))
    if asked.out:
        text = page(parts, Detector(asked.model).metadata.name)
        with replacing(asked.out) as temporary:
            temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
