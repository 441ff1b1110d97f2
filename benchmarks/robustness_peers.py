"""AP kept by our model and by other detectors when pictures get worse: the same pixels for all.

    python benchmarks/robustness_peers.py LABELLED_SET --peer NAME=COMMAND ... [--map with_mask=mask,...]
                                          [--model NAME] [--limit 300] [--threads 2] [--json FILE]

A peer is a command in which {list} and {out} are replaced: it reads picture paths, one a line, and writes JSON lines
as `maskwatch evaluate --predictions` reads them. Pictures are changed once for each condition of `maskwatch evaluate
--robust`, written without loss, and shown to everybody. AP is that of maskwatch, shares are of each detector's own AP
on the pictures as they are.
"""

import argparse
import json
import shlex
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from maskwatch import Detector
from maskwatch.data.classes import parse_map
from maskwatch.data.reading import require_samples
from maskwatch.data.samples import Sample
from maskwatch.detections import Detections
from maskwatch.evaluation.average_precision import class_average_precisions, mean_average_precision
from maskwatch.evaluation.collecting import collect, detect_files
from maskwatch.evaluation.matching import match
from maskwatch.evaluation.predictions import read_predictions
from maskwatch.evaluation.robustness import CONDITIONS, Condition
from maskwatch.evaluation.rules import HOUSE
from maskwatch.pictures.opening import open_picture

AS_THEY_ARE = Condition("as they are", "", 0, lambda picture, faces, strength, random: (picture, faces))
OURS = "ours"


def changed(samples: Sequence[Sample], condition: Condition, folder: Path) -> list[Sample]:
    """The samples under a condition, their pictures written into the folder."""
    written = []
    for number, sample in enumerate(samples):
        pixels, moved = condition.apply(open_picture(sample.picture), sample)
        path = folder / f"{number:05}.png"
        Image.fromarray(pixels).save(path, compress_level=1)
        written.append(replace(moved, picture=path))
    return written


def peer_detections(command: str, samples: Sequence[Sample], folder: Path, mapping: Mapping[str, str]) -> Any:
    """What a peer finds, as `Predictions`."""
    listing, out = folder / "list.txt", folder / "out.jsonl"
    listing.write_text("".join(f"{sample.picture}\n" for sample in samples), encoding="utf-8")
    words = [word.format(list=listing, out=out) for word in shlex.split(command)]
    subprocess.run(words, check=True, capture_output=True)
    return read_predictions(out, mapping)


def average_precision(
    samples: Sequence[Sample], detections: Iterable[Detections], class_names: Sequence[str]
) -> float | None:
    run = collect(samples, detections, class_names)
    return mean_average_precision(class_average_precisions(match(run), run.table))


def measure(
    samples: Sequence[Sample], detector: Detector, peers: Mapping[str, str], mapping: Mapping[str, str]
) -> dict[str, list[float | None]]:
    """AP of each detector under every condition, pictures as they are first."""
    found: dict[str, list[float | None]] = {name: [] for name in (OURS, *peers)}
    # A class that a peer loses under a condition must count as lost, so its names are those of the first pass.
    names: dict[str, tuple[str, ...]] = {}
    for condition in (AS_THEY_ARE, *CONDITIONS):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            shown = changed(samples, condition, folder)
            paths = [sample.picture for sample in shown]
            ours = detect_files(paths, detector.detect_batch, 1)
            found[OURS].append(average_precision(shown, ours, detector.class_names))
            for name, command in peers.items():
                theirs = peer_detections(command, shown, folder, mapping)
                own = names.setdefault(name, theirs.class_names)
                found[name].append(average_precision(shown, theirs.of(paths), own))
        latest = ", ".join(f"{name} {'-' if aps[-1] is None else f'{aps[-1]:.3f}'}" for name, aps in found.items())
        print(f"{condition.name:16}{condition.label:22}{latest}", flush=True)
    return found


def kept(aps: Sequence[float | None]) -> dict[str, Any]:
    """AP as pictures are, and under each condition with the share of it."""
    plain, *worse = aps
    return {
        "ap": plain,
        "robustness": [
            {
                "condition": condition.name,
                "strength": condition.label,
                "ap": ap,
                "share": ap / plain if ap is not None and plain else None,
            }
            for condition, ap in zip(CONDITIONS, worse, strict=True)
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND", required=True)
    parser.add_argument("--map", help="other names for labels, of the peers too")
    parser.add_argument("--model")
    parser.add_argument("--limit", type=int, help="about so many pictures, spread over the set")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    mapping = parse_map(asked.map)
    samples = require_samples(asked.data, mapping=mapping)
    samples = samples[:: max(1, len(samples) // asked.limit)] if asked.limit else samples
    detector = Detector(asked.model, threads=asked.threads, score=HOUSE.minimum_score)
    found = measure(samples, detector, dict(peer.split("=", 1) for peer in asked.peer), mapping)
    record = {"model": detector.metadata.name, "pictures": len(samples), "own": kept(found.pop(OURS))}
    record["detectors"] = {name: kept(aps) for name, aps in found.items()}
    if asked.json:
        asked.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
