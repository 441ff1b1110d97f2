"""Measure a model and write its figures to docs/models/NAME.json, from which its card is made.

    python recipes/measure.py MODEL --data DATA [--name NAME] [--only val,dev] [--threads 2]
                              [--speed FILE] [--peers FILE] [--quantised FILE]

MODEL is a shipped model's name or an .onnx file. Figures measured earlier of the same file are kept; those of
another file go. FILEs are what benchmarks/detect_speed.py --json, benchmarks/robustness_peers.py --json and
recipes/quantised.py --json wrote.
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from measurements import RECORDS, chosen, measure

from maskwatch.detection.detector import Detector, read_model
from maskwatch.files import replacing

BESIDE = ("speed", "peers", "quantised")


def described(model: str) -> dict[str, Any]:
    """What the file says of itself, and its sum."""
    _, content = read_model(model)
    metadata = Detector(model, device="cpu").metadata
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "class_names": list(metadata.class_names),
        "preprocessing": metadata.preprocessing.to_record(),
        "default_score": metadata.default_score,
        "default_iou": metadata.default_iou,
        "training": metadata.training,
    }


def earlier(path: Path, model: dict[str, Any]) -> dict[str, Any]:
    """The record so far, if it is of the same file."""
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return record if record.get("model", {}).get("sha256") == model["sha256"] else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--name", help="of the record, if MODEL is a file")
    parser.add_argument("--only", help="keys of recipes/measurements.py, with commas; none for none")
    parser.add_argument("--threads", type=int, default=2)
    for name in BESIDE:
        parser.add_argument(f"--{name}", type=Path)
    asked = parser.parse_args()
    path = RECORDS / f"{asked.name or asked.model}.json"
    model = described(asked.model)
    record = earlier(path, model) | {"model": model}
    figures = record.setdefault("measurements", {})
    for each in () if asked.only == "none" else chosen(asked.only):
        print(f"{each.key} ...", flush=True)
        figures[each.key] = measure(each, asked.model, asked.data, model["preprocessing"]["side_px"], asked.threads)
        write(path, record)
    for name in BESIDE:
        if file := getattr(asked, name):
            record[name] = json.loads(file.read_text(encoding="utf-8"))
    write(path, record)


def write(path: Path, record: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
