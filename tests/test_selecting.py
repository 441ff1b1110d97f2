"""Lists of pictures by the sum of their content."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from labelled_sets import write_picture
from maskwatch.data.samples import Origin, Sample
from maskwatch.data.selecting import listed, not_listed, read_sums
from maskwatch.errors import UserError


def sample_of(picture: Path) -> Sample:
    return Sample(picture, 64, 48, np.zeros((0, 4), np.float32), (), np.zeros(0, bool), Origin(picture))


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return [sample_of(write_picture(tmp_path / name)) for name in ("a.png", "b.png", "c.png")]


def sum_of(sample: Sample) -> str:
    return hashlib.sha256(sample.picture.read_bytes()).hexdigest()


def test_a_list_divides_a_set_whatever_the_files_are_called(samples: list[Sample], tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere.png"
    samples[1].picture.rename(moved)
    set_ = [samples[0], sample_of(moved), samples[2]]
    sums = frozenset({sum_of(set_[1])})
    assert listed(set_, sums) == [set_[1]]
    assert not_listed(set_, sums) == [set_[0], set_[2]]
    assert listed(set_, frozenset()) == []
    assert not_listed(set_, frozenset()) == set_


def test_a_list_is_read_as_sha256sum_writes_it(samples: list[Sample], tmp_path: Path) -> None:
    sums = [sum_of(sample) for sample in samples]
    text = f"{sums[0]}  a.png\n\n{sums[1].upper()}\n{sums[2]} *c.png\n"
    (tmp_path / "list.txt").write_text(text)
    assert read_sums(tmp_path / "list.txt") == set(sums)


@pytest.mark.parametrize("line", ["a.png", "0" * 63, "g" * 64, "é" * 64])
def test_a_line_that_is_no_sum_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{'0' * 64}\n{line}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"list\.txt:2: .* is not a SHA-256 sum"):
        read_sums(file)


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\x00")
    for name in ("list.txt", "missing.txt"):
        with pytest.raises(UserError, match=name):
            read_sums(tmp_path / name)
