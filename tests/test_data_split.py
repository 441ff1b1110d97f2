"""`maskwatch data split`: parts that are alike, near-duplicates together, the same cut every time."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from commands import maskwatch
from labelled_sets import FACE, OTHER_FACE, SIZE, write_voc
from maskwatch.data.reading import read_samples
from maskwatch.data.samples import Origin, Sample
from maskwatch.data.selecting import listed, read_sums
from maskwatch.data.splitting import Grouped, parse_shares, split
from maskwatch.errors import UserError

HALVES = {"train": 0.8, "val": 0.2}


def sample(number: int, labels: list[str], database: str = "") -> Sample:
    boxes = np.tile(np.array([FACE[1:]], np.float32), (len(labels), 1))
    file = Path(f"{number}.png")
    none = np.zeros(len(labels), bool)
    return Sample(file, *SIZE, boxes, tuple(labels), none, Origin(file), database=database)


def made_up(count: int, seed: int = 0) -> Grouped:
    """A set with a common, a rarer and a rare class, crowds, empty pictures, two sources and some groups."""
    random = np.random.default_rng(seed)
    samples = []
    for number in range(count):
        size = int(random.choice([0, 1, 2, 5, 30], p=[0.1, 0.5, 0.25, 0.13, 0.02]))
        labels = random.choice(["mask", "no_mask", "incorrect"], size, p=[0.75, 0.22, 0.03]).tolist()
        samples.append(sample(number, labels, database="ab"[number % 5 == 0]))
    groups, index = [], 0
    while index < count:
        length = min(count - index, int(random.choice([1, 1, 1, 1, 2, 6])))
        groups.append(list(range(index, index + length)))
        index += length
    return Grouped(samples, groups, [f"{hash((seed, number)) & (2**64 - 1):016x}" for number in range(count)])


def boxes(grouped: Grouped, indices: list[int]) -> Counter[str]:
    return Counter(label for index in indices for label in grouped.samples[index].labels)


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 60),
    seed=st.integers(0, 1000),
    shares=st.sampled_from([HALVES, {"a": 0.5, "b": 0.5}, {"a": 0.6, "b": 0.3, "c": 0.1}]),
)
def test_every_picture_is_in_one_part_and_no_group_is_torn(count: int, seed: int, shares: dict[str, float]) -> None:
    grouped = made_up(count, seed)
    parts = split(grouped, shares, seed)
    assert list(parts) == list(shares)
    assert sorted(index for part in parts.values() for index in part) == list(range(count))
    for group in grouped.groups:
        assert sum(bool(set(group) & set(part)) for part in parts.values()) == 1


@pytest.mark.parametrize("shares", [HALVES, {"train": 0.7, "val": 0.15, "test": 0.15}])
@pytest.mark.parametrize("seed", range(3))
def test_pictures_classes_and_sources_have_their_shares(seed: int, shares: dict[str, float]) -> None:
    grouped = made_up(1000, seed)
    total = boxes(grouped, list(range(1000)))
    for name, indices in split(grouped, shares, seed).items():
        assert len(indices) / 1000 == pytest.approx(shares[name], abs=0.01)
        own = boxes(grouped, indices)
        for label, count in total.items():
            assert own[label] / count == pytest.approx(shares[name], abs=0.02 + 1 / count), label
        sources = sum(grouped.samples[index].database == "b" for index in indices)
        assert sources / 200 == pytest.approx(shares[name], abs=0.03)
        empty = sum(not grouped.samples[index].labels for index in indices)
        assert empty / sum(not one.labels for one in grouped.samples) == pytest.approx(shares[name], abs=0.05)


def test_a_cut_at_random_is_not_as_even() -> None:
    """The balance above is the splitter's doing: a random cut of the same set misses the rare class by more."""
    grouped = made_up(1000)
    total = boxes(grouped, list(range(1000)))["incorrect"]
    random = np.random.default_rng(0)
    at_random = [boxes(grouped, random.permutation(1000)[:200].tolist())["incorrect"] / total for _ in range(20)]
    assert max(abs(share - 0.2) for share in at_random) > 0.05


def test_the_cut_depends_on_the_pictures_and_the_seed_alone() -> None:
    grouped = made_up(300)
    shuffled = np.random.default_rng(1).permutation(300).tolist()
    place = {old: new for new, old in enumerate(shuffled)}
    other = Grouped(
        [grouped.samples[index] for index in shuffled],
        [[place[index] for index in reversed(group)] for group in reversed(grouped.groups)],
        [grouped.digests[index] for index in shuffled],
    )

    def files(of: Grouped, seed: int) -> dict[str, set[Path]]:
        return {name: {of.samples[index].picture for index in part} for name, part in split(of, HALVES, seed).items()}

    assert files(grouped, 7) == files(other, 7)
    assert files(grouped, 7) != files(grouped, 8)


@pytest.mark.parametrize(
    "text", ["", "train", "train=0.8", "train=0.8,val=0.3", "a=1,b=0", "a=x,b=1", "a=.5,a=.5", "../a=.5,b=.5", "=1"]
)
def test_what_are_no_shares_is_refused_by_name(text: str) -> None:
    with pytest.raises(UserError, match="^--into"):
        parse_shares(text)


def test_shares_are_parsed() -> None:
    assert parse_shares(" train = .7, val=.2,test=0.1") == {"train": 0.7, "val": 0.2, "test": 0.1}


def write_set(folder: Path, count: int = 10) -> Path:
    """Pictures of their own, and the first of them once more a little coarser."""
    for index in range(count):
        pixels = np.random.default_rng(index).integers(0, 255, (6, 8, 3), np.uint8)
        image = Image.fromarray(pixels).resize(SIZE, Image.Resampling.BICUBIC)
        write_voc(folder, f"p{index}.png", [FACE if index % 2 else OTHER_FACE])
        image.save(folder / f"p{index}.png")
        if not index:
            write_voc(folder, "again.jpg", [FACE])
            image.save(folder / "again.jpg", quality=60)
    return folder


def test_parts_are_sets_of_their_own_with_near_duplicates_together(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    ran = maskwatch("data", "split", folder, "-o", tmp_path / "out", "--into", "train=0.7,val=0.3")
    assert (ran.code, "pictures: 11 in 10 groups, the largest of 2" in ran.out) == (0, True)
    parts = {name: read_samples(tmp_path / "out" / name) for name in ("train", "val")}
    assert [result.faults for result in parts.values()] == [[], []]
    names = {name: {one.picture.name for one in result.samples} for name, result in parts.items()}
    assert names["train"] | names["val"] == {one.picture.name for one in read_samples(folder).samples}
    assert not names["train"] & names["val"]
    assert len({"p0.png", "again.jpg"} & names["val"]) in (0, 2)
    assert len(names["val"]) in (3, 4)


def test_lists_name_the_same_pictures_and_copy_none(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    maskwatch("data", "split", folder, "-o", tmp_path / "out")
    ran = maskwatch("data", "split", folder, "-o", tmp_path / "lists", "--lists", "--json")
    assert sorted(path.name for path in (tmp_path / "lists").iterdir()) == ["train.sha256", "val.sha256"]
    samples = read_samples(folder).samples
    for part in json.loads(ran.out)["parts"]:
        chosen = listed(samples, read_sums(tmp_path / "lists" / f"{part['name']}.sha256"))
        written = read_samples(tmp_path / "out" / part["name"]).samples
        assert {one.picture.name for one in chosen} == {one.picture.name for one in written}
        assert part["pictures"] == len(chosen)


def test_parts_can_be_written_in_another_format_with_one_class_list(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    assert maskwatch("data", "split", folder, "-o", tmp_path / "out", "--to", "yolo").code == 0
    lists = {(tmp_path / "out" / name / "classes.txt").read_text() for name in ("train", "val")}
    assert lists == {"mask\nno_mask\n"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("set", "-o", "taken"), "none is overwritten"),
        (("set", "-o", "out", "--into", "a=1"), "--into"),
        (("set", "-o", "out", "--to", "kitti"), "not a format that can be written"),
        (("broken", "-o", "out"), "1 pictures are broken"),
        (("gone", "-o", "out"), "there is no such file or folder"),
    ],
)
def test_what_cannot_be_split_gives_2_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_set(tmp_path / "set", 3)
    write_voc(tmp_path / "broken", "a.png", [FACE])
    (tmp_path / "broken" / "a.png").write_bytes((tmp_path / "broken" / "a.png").read_bytes()[:60])
    (tmp_path / "taken" / "val").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    ran = maskwatch("data", "split", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert sorted(tmp_path.rglob("*")) == before
