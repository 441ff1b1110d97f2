"""What eight bits save and cost: quantises a model, measures both on the same pictures, writes the figures as JSON.

    python recipes/quantised.py MODEL --data DATA --json FILE [--limit 100] [--threads 2] [--shipped] [-o FILE]

Ranges come from pictures of DATA/train that were not kept back, AP from DATA/val, time from both files in turn.
"""

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from measurements import SPLITS

from maskwatch.cli.quantise_run import share_of_time
from maskwatch.data.reading import require_samples
from maskwatch.data.samples import Sample
from maskwatch.data.selecting import not_listed, read_sums
from maskwatch.detection.detector import Detector, read_model
from maskwatch.detection.quantise import multiplies_bytes_exactly, quantise, this_processor
from maskwatch.evaluation.measure import measure
from maskwatch.evaluation.rules import HOUSE
from maskwatch.pictures.opening import open_picture

TIMED = 50


def spread(samples: list[Sample], count: int) -> list[Sample]:
    return samples[:: max(1, len(samples) // count)][:count]


def average_precision(model: str, samples: list[Sample], threads: int) -> float | None:
    detector = Detector(model, threads=threads, score=HOUSE.minimum_score)
    names, score = detector.class_names, detector.metadata.default_score
    return measure(samples, detector.detect_batch, names, score=score, batch_size=1).ap


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=100, help="pictures to see the ranges on")
    parser.add_argument("--judge", type=int, help="measure AP on about so many pictures of val; default all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shipped", action="store_true", help="say on the card that the file is shipped")
    parser.add_argument("-o", "--out", type=Path, help="keep the file here")
    asked = parser.parse_args()
    detector = Detector(asked.model, threads=asked.threads)
    kept_back = frozenset().union(*(read_sums(path) for path in SPLITS.glob("*.sha256")))
    seen = not_listed(spread(require_samples(asked.data / "train"), asked.limit), kept_back)
    val = require_samples(asked.data / "val")
    judged = spread(val, asked.judge or len(val))
    _, content = read_model(asked.model)
    reduce_range = not multiplies_bytes_exactly(*this_processor())
    with tempfile.TemporaryDirectory() as folder:
        out = asked.out or Path(folder) / "quantised.onnx"
        prepared = [detector.metadata.preprocessing.apply(open_picture(sample.picture))[0] for sample in seen]
        metadata = replace(detector.metadata, name=f"{detector.metadata.name}-int8")
        quantise(content, prepared, metadata, out, reduce_range=reduce_range)
        timed = [open_picture(sample.picture) for sample in spread(val, TIMED)]
        figures = {
            "bytes": out.stat().st_size,
            "bytes_before": len(content),
            "time": share_of_time(Detector(out, threads=asked.threads), detector, timed),
            "ap": average_precision(str(out), judged, asked.threads),
            "ap_before": average_precision(asked.model, judged, asked.threads),
            "judged": len(judged),
            "threads": asked.threads,
            "reduce_range": reduce_range,
            "shipped": asked.shipped,
        }
    asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
