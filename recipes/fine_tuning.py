"""200 pictures of one's own: the shipped weights trained on, against a network from scratch, in the same steps.

    python recipes/fine_tuning.py TRAIN_FOLDER --work FOLDER [--epochs 100] [--threads N]

The pictures are those that the shipped model was never trained on (recipes/splits), of every source but the largest.
Of these 200, near-duplicates together, are learnt from; the others are measured, once, at the end: nothing is chosen
by them. What this cannot tell: the model has seen other pictures of the same sources.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maskwatch.data.near_duplicates import groups_of, perceptual_hash
from maskwatch.data.reading import require_samples
from maskwatch.data.samples import Sample
from maskwatch.data.selecting import read_sums
from maskwatch.detection.shipped import checkpoint_path
from maskwatch.evaluation.average_precision import class_average_precisions, mean_average_precision
from maskwatch.evaluation.matching import match
from maskwatch.evaluation.measure import Measurement, measure
from maskwatch.pictures.opening import open_picture
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.training.torch_detector import TorchDetector

SHIPPED = "watch-nano"
SPLITS = Path(__file__).parent / "splits"
LEARNT = 200
RESAMPLES = 200
SEED = 0


@dataclass(frozen=True)
class Result:
    """One network, how long it trained (minutes) and what it is measured at."""

    name: str
    minutes: float | None
    measured: Measurement


def kept_back(samples: list[Sample]) -> list[Sample]:
    """The pictures that the shipped model has not seen, without those of the largest source."""
    sums = read_sums(SPLITS / "dev.sha256") | read_sums(SPLITS / "calibration.sha256")
    largest = Counter(sample.database for sample in samples).most_common(1)[0][0]
    others = [sample for sample in samples if sample.database != largest]
    return [s for s in others if hashlib.sha256(s.picture.read_bytes()).hexdigest() in sums]


def cut(samples: list[Sample]) -> tuple[list[Sample], list[Sample]]:
    """200 to learn from and the rest, groups of near-duplicates whole, by chance."""
    groups = groups_of([perceptual_hash(open_picture(sample.picture)) for sample in samples])
    learnt: set[int] = set()
    for number in np.random.default_rng(SEED).permutation(len(groups)):
        if len(learnt) + len(groups[number]) <= LEARNT:
            learnt |= set(groups[number])
    return [samples[i] for i in sorted(learnt)], [s for i, s in enumerate(samples) if i not in learnt]


def copy(samples: list[Sample], folder: Path) -> Path:
    """The pictures and their XML in a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in samples:
        shutil.copy(sample.picture, folder)
        shutil.copy(sample.origin.file, folder)
    return folder


def train(data: Path, run: Path, options: list[str]) -> None:
    """As a user would: `maskwatch train`."""
    words = ["train", str(data), "-o", str(run), *options]
    resumed = ["train", "--resume", str(run)]
    subprocess.run([sys.executable, "-m", "maskwatch", *(resumed if run.exists() else words)], check=True)


def judged(name: str, path: Path, samples: list[Sample], trained: bool = True) -> Result:
    detector = TorchDetector.from_file(path)
    minutes = float(checkpoints.load(path).training["minutes"]) if trained else None
    return Result(name, minutes, measure(samples, detector.detect_batch, detector.class_names, score=0.5))


def interval(result: Result) -> tuple[float, float]:
    """The middle 95 % of AP over pictures drawn anew."""
    run, random = result.measured.run, np.random.default_rng(SEED)
    values = []
    for _ in range(RESAMPLES):
        drawn = random.integers(len(run.pictures), size=len(run.pictures))
        other = replace(run, pictures=tuple(run.pictures[i] for i in drawn))
        values.append(mean_average_precision(class_average_precisions(match(other, result.measured.rule), run.table)))
    low, high = np.quantile([value for value in values if value is not None], (0.025, 0.975))
    return float(low), float(high)


def show(results: list[Result]) -> None:
    names = list(results[0].measured.ap_by_class)
    print(f"| weights | minutes | AP (95 %) | {' | '.join(names)} |")
    print(f"|---|---|---|{'---|' * len(names)}")
    for result in results:
        minutes = "" if result.minutes is None else f"{result.minutes:.1f}"
        classes = " | ".join(f"{value:.3f}" for value in result.measured.ap_by_class.values())
        low, high = interval(result)
        print(f"| {result.name} | {minutes} | {result.measured.ap:.3f} ({low:.3f}-{high:.3f}) | {classes} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--threads", type=int)
    asked = parser.parse_args()
    learnt, rest = cut(kept_back(require_samples(asked.train)))
    counts = Counter(label for sample in rest for label in sample.labels)
    print(f"{len(learnt)} pictures to learn from, {len(rest)} to be measured on: {dict(sorted(counts.items()))}")
    data = copy(learnt, asked.work / "pictures")
    options = ["--epochs", str(asked.epochs), *(["--threads", str(asked.threads)] if asked.threads else [])]
    train(data, asked.work / "tuned", ["--weights", SHIPPED, *options])
    train(data, asked.work / "scratch", ["--model", SHIPPED, *options])
    show(
        [
            judged("shipped, as it is", checkpoint_path(SHIPPED), rest, trained=False),
            judged("shipped, trained on", asked.work / "tuned" / "best.safetensors", rest),
            judged("from scratch", asked.work / "scratch" / "best.safetensors", rest),
        ]
    )


if __name__ == "__main__":
    main()
