"""Seconds and memory of reading large sets: a CSV of ten million rows, and a COCO file of a million boxes.

    python benchmarks/large_sets.py [--rows 10000000] [--boxes 1000000] [--folder PLACE]

The CSV's limit is 4 GB. The COCO file is also opened by pycocotools, the field's own reader, which holds each
annotation as a dictionary and looks at no picture; ours decodes every picture's header and checks every box.
Each reading is a process of its own, and its largest resident memory is what counts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROWS_A_PICTURE = 8
LINKS_A_FILE = 50_000  # ext4 allows 65,000 names of one file

READ = """
import json, sys, time
from pathlib import Path
from maskwatch.data.options import Reading
from maskwatch.data.reading import read_samples
from maskwatch.process_memory import own_peak_bytes
told = {}
began = time.perf_counter()
result = read_samples(Path(sys.argv[1]), reading=Reading(lambda what, done, total: told.update({what: (done, total)})))
assert not result.faults, result.faults[0]
seconds = time.perf_counter() - began
boxes = sum(len(sample.labels) for sample in result.samples)
peak = own_peak_bytes()
print(json.dumps({"boxes": boxes, "seconds": seconds, "bytes": peak, "told": told}))
"""

PEER = """
import json, sys, time
from pycocotools.coco import COCO
from maskwatch.process_memory import own_peak_bytes
began = time.perf_counter()
read = COCO(sys.argv[1])
seconds = time.perf_counter() - began
peak = own_peak_bytes()
print(json.dumps({"boxes": len(read.anns), "seconds": seconds, "bytes": peak}))
"""


@dataclass(frozen=True)
class Reading:
    """One process that read a set."""

    boxes: int
    seconds: float
    peak_bytes: int

    def line(self, name: str) -> str:
        each = self.peak_bytes / self.boxes
        rate = self.boxes / self.seconds
        return f"  {name:12} {self.boxes:>10,} boxes  {self.seconds:7.1f} s  {rate:>9,.0f} boxes/s  " + (
            f"{self.peak_bytes / 1e9:.2f} GB, {each:.0f} bytes a box"
        )


def read_by(program: str, file: Path) -> Reading:
    done = subprocess.run([sys.executable, "-c", program, file], capture_output=True, text=True, check=True)
    record = json.loads(done.stdout.splitlines()[-1])
    return Reading(record["boxes"], record["seconds"], record["bytes"])


def pictures(folder: Path, count: int) -> Iterator[str]:
    """Names of `count` pictures below a folder, which are many names of a few files."""
    for number in range(count):
        name = f"images/{number // 1000:04d}/picture_{number}.png"
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if number % LINKS_A_FILE == 0:
            first = place
            Image.fromarray(np.full((480, 640, 3), number % 251, np.uint8)).save(first)
        else:
            os.link(first, place)
        yield name


def box_of(number: int, box: int) -> tuple[int, int, int, int]:
    return 10 + box, 20 + number % 300, 60 + number % 97, 400


def write_csv(folder: Path, rows: int) -> Path:
    with (folder / "annotations.csv").open("w") as file:
        for number, name in enumerate(pictures(folder, rows // ROWS_A_PICTURE)):
            for box in range(ROWS_A_PICTURE):
                edges = ",".join(map(str, box_of(number, box)))
                file.write(f"{name},{edges},{'mask' if box % 3 else 'no_mask'}\n")
    (folder / "classes.csv").write_text("mask,0\nno_mask,1\n")
    return folder / "annotations.csv"


def write_coco(folder: Path, boxes: int) -> Path:
    images, annotations = [], []
    for number, name in enumerate(pictures(folder, boxes // ROWS_A_PICTURE), start=1):
        images.append({"id": number, "file_name": name, "width": 640, "height": 480})
        for box in range(ROWS_A_PICTURE):
            x1, y1, x2, y2 = box_of(number, box)
            sides = [x1, y1, x2 - x1, y2 - y1]
            record = {"id": len(annotations) + 1, "image_id": number, "category_id": 1 + box % 2, "bbox": sides}
            annotations.append(record | {"area": sides[2] * sides[3], "iscrowd": 0})
    categories = [{"id": 1, "name": "mask"}, {"id": 2, "name": "no_mask"}]
    file = folder / "annotations.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--boxes", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="Where there is room for a million names of files.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as place:
        large = Path(place, "coco")
        large.mkdir()
        file = write_coco(large, asked.boxes)
        print("a COCO file", flush=True)
        ours, peer = read_by(READ, file), read_by(PEER, file)
        print(ours.line("maskwatch"), peer.line("pycocotools"), sep="\n")
        print(f"  memory ours / pycocotools {ours.peak_bytes / peer.peak_bytes:.2f}", flush=True)
        larger = Path(place, "csv")
        larger.mkdir()
        print("a CSV of keras-retinanet", flush=True)
        print(read_by(READ, write_csv(larger, asked.rows)).line("maskwatch"), flush=True)


if __name__ == "__main__":
    main()
