"""Large sets: a CSV of ten million rows is read in under 4 GB, and how far it has come is told."""

import json
import os
import subprocess
import sys
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest

from labelled_sets import write_picture
from maskwatch.data.csv_rows import CsvRows
from maskwatch.data.gathering import MOST_OF_A_KIND
from maskwatch.data.options import Reading
from maskwatch.data.reading import read_samples

ROWS = 10_000_000
LIMIT_BYTES = 4e9

# As many boxes a picture as Open Images has; COCO has seven, WIDER FACE twelve.
BOXES_A_PICTURE = 8

READ = """
import json, sys
from maskwatch.data.reading import read_samples
from maskwatch.process_memory import own_peak_bytes
result = read_samples(__import__("pathlib").Path(sys.argv[1]))
assert not result.faults
print(json.dumps([sum(len(s.labels) for s in result.samples), own_peak_bytes()]))
"""


def write_large(folder: Path, pictures: int) -> Path:
    """A CSV with `BOXES_A_PICTURE` rows for each picture; the pictures are one file under many names."""
    first = write_picture(folder / "images" / "000" / "picture_0.png", (640, 480))
    with (folder / "annotations.csv").open("w") as file:
        for number in range(pictures):
            name = f"images/{number // 1000:03d}/picture_{number}.png"
            if number:
                (folder / name).parent.mkdir(exist_ok=True)
                os.link(first, folder / name)
            for box in range(BOXES_A_PICTURE):
                file.write(f"{name},{10 + box},{20 + number % 300},60,400,{'mask' if box % 3 else 'no_mask'}\n")
    (folder / "classes.csv").write_text("mask,0\nno_mask,1\n")
    return folder / "annotations.csv"


def peak_of_reading(file: Path) -> tuple[int, int]:
    """The number of boxes and the largest memory in bytes of a process that reads the set."""
    done = subprocess.run([sys.executable, "-c", READ, file], capture_output=True, text=True, check=True)
    boxes, peak = json.loads(done.stdout)
    return boxes, peak


@pytest.mark.slow
def test_ten_million_rows_take_under_four_gigabytes(tmp_path: Path) -> None:
    few, few_bytes = peak_of_reading(write_large(tmp_path / "few", 1_000))
    many, many_bytes = peak_of_reading(write_large(tmp_path / "many", 9_000))
    a_row = (many_bytes - few_bytes) / (many - few)
    assert few_bytes + a_row * (ROWS - few) < LIMIT_BYTES, f"{a_row:.0f} bytes a row"


def test_rows_are_given_without_holding_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("images/picture.png,10,12,30,36,mask\n" * 50_000)
    tracemalloc.start()
    count = sum(1 for _ in CsvRows(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 50_000
    assert peak < file.stat().st_size + (1 << 20), "one chunk of the file at a time, whatever its length"


def test_how_far_reading_has_come_is_told_in_bytes_and_then_in_pictures(tmp_path: Path) -> None:
    for name in "abc":
        write_picture(tmp_path / f"{name}.png")
    file = tmp_path / "annotations.csv"
    file.write_text("".join(f"{'abc'[row % 3]}.png,10,12,30,36,mask\n" for row in range(25_000)))
    told: dict[str, list[tuple[int, int]]] = {}

    def note(what: str, done: int, total: int) -> None:
        told.setdefault(what, []).append((done, total))

    read_samples(file, reading=Reading(note))
    assert list(told) == ["Reading rows", "Measuring pictures"]
    size = file.stat().st_size
    assert told["Reading rows"][-1] == (size, size)
    assert any(0 < done < size for done, _ in told["Reading rows"])
    assert told["Measuring pictures"] == [(1, 3), (2, 3), (3, 3)]
    for steps in told.values():
        assert all(before <= after for before, after in pairwise(steps))


def test_a_fault_in_every_row_is_told_ten_thousand_times_and_then_counted(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png")
    more = 2_500
    (tmp_path / "annotations.csv").write_text("a.png,10.5,12,30,36,mask\n" * (MOST_OF_A_KIND + more))
    faults = [fault for fault in read_samples(tmp_path).faults if fault.kind == "not-whole"]
    assert len(faults) == MOST_OF_A_KIND + 1
    assert (faults[-1].line, faults[-1].value) == (MOST_OF_A_KIND + more, str(more))
    assert "2500 more of this kind" in faults[-1].message
