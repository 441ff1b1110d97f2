"""Records what the real keras-retinanet gives, for the quick tests: python tests/record_keras_retinanet.py

Needs the environment of tests/keras_retinanet_env.sh. Writes below tests/recorded/, under 1 MB in all.
"""

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import average_precision_cases
from keras_side import run_steps

RECORDED = Path(__file__).parent / "recorded"
NUMBERS = RECORDED / "keras_retinanet.npz"
STRUCTURES = RECORDED / "keras_retinanet_structures.json.gz"

FILTERS = {"per class": {}, "any class": {"class_specific_filter": False}}
SIZES = ([128, 160], [131, 157])
BATCH = [["first", 128, 160, 4], ["second", 96, 144, 3]]
RESIZED = [["shrunk", 150, 220], ["grown", 40, 50], ["long", 30, 120]]
AVERAGE_PRECISION_CASES = [average_precision_cases.case(str(number)) for number in range(4)]
INI = """[anchor_parameters]
sizes   = 16 32 64 128 256
strides = 4 8 16 32 64
ratios  = 0.8 1.25
scales  = 1 1.3

[pyramid_levels]
levels = 2 3 4 5 6
"""


def steps_of(layout: str) -> list[dict[str, Any]]:
    """What is asked of the backbone of each keras-resnet."""
    sizes = SIZES if layout == "0.2" else SIZES[:1]
    steps: list[dict[str, Any]] = [
        {"do": "model", "depth": 50, "filters": FILTERS, "sizes": sizes, "out": "numbers.npz"},
        {"do": "structure", "depth": 50, "out": "50.json"},
    ]
    if layout == "0.1":
        return steps
    return [
        *steps,
        {"do": "structure", "depth": 101, "out": "101.json"},
        {"do": "structure", "depth": 152, "out": "152.json"},
        {"do": "structure", "depth": 50, "ini": "anchors.ini", "out": "P2.json"},
        {"do": "losses_of_batch", "depth": 50, "pictures": BATCH, "out": "losses.npz"},
        {"do": "resized", "pictures": RESIZED, "out": "resized.npz", "min_side": 60, "max_side": 100},
        {
            "do": "average_precision",
            "cases": [average_precision_cases.case(str(n)) for n in range(4)],
            "out": "ap.json",
        },
    ]


def record() -> None:
    numbers: dict[str, Any] = {}
    structures: dict[str, Any] = {}
    for layout in ("0.1", "0.2"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "anchors.ini").write_text(INI)
            run_steps(steps_of(layout), folder, layout)
            for file in sorted(folder.glob("*.npz")):
                numbers |= {f"{layout} {file.stem} {key}": value for key, value in np.load(file).items()}
            for file in sorted(folder.glob("*.json")):
                if file.stem == "ap":
                    numbers["average precision"] = np.array(
                        [[case["0"], case["1"]] for case in json.loads(file.read_text())]
                    )
                elif file.stem != "plan":
                    structures[f"{layout} {file.stem}"] = json.loads(file.read_text())
    RECORDED.mkdir(exist_ok=True)
    np.savez_compressed(NUMBERS, **numbers)
    with gzip.GzipFile(STRUCTURES, "wb", mtime=0) as file:
        file.write(json.dumps(structures).encode())


if __name__ == "__main__":
    record()
