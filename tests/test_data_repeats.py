"""Pictures that come twice, exactly or nearly, inside a set and across two."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelled_sets import FACE, OTHER_FACE, kinds, write_voc
from maskwatch.data.check import CheckedSet, check_set, compare_sets
from maskwatch.data.check_anchors import AnchorFit
from maskwatch.data.near_duplicates import NEAR_BITS, groups_of, near_pairs, perceptual_hash
from maskwatch.data.reading import read_samples


def scene(seed: int, size: tuple[int, int] = (160, 120)) -> np.ndarray:
    """A soft random picture (H, W, 3), like no other of another seed."""
    small = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))


def write_scene(folder: Path, name: str, pixels: np.ndarray, boxes: list | None = None, **options: object) -> Path:
    file = write_voc(folder, name, [FACE] if boxes is None else boxes, (pixels.shape[1], pixels.shape[0]))
    Image.fromarray(pixels).save(folder / name, **options)
    return file


def check(folder: Path) -> CheckedSet:
    return check_set(folder, read_samples(folder), AnchorFit())


def bits_of(pixels: np.ndarray) -> np.ndarray:
    bits = perceptual_hash(pixels)
    assert bits is not None
    return bits


@pytest.mark.parametrize("seed", range(4))
def test_the_same_scene_smaller_paler_or_coarser_is_near_and_another_is_not(seed: int, tmp_path: Path) -> None:
    pixels = scene(seed)
    own = bits_of(pixels)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=20)
    near = {
        "smaller": np.asarray(Image.fromarray(pixels).resize((80, 60))),
        "paler": (pixels * 0.7 + 50).astype(np.uint8),
        "coarser": np.asarray(Image.open(tmp_path / "a.jpg")),
    }
    assert {name: int((bits_of(other) != own).sum()) <= NEAR_BITS for name, other in near.items()} == dict.fromkeys(
        near, True
    )
    assert all((bits_of(scene(other)) != own).sum() > 2 * NEAR_BITS for other in range(100, 120))


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_has_no_hash_and_is_near_to_none(level: int) -> None:
    blank = np.full((40, 60, 3), level, np.uint8)
    assert perceptual_hash(blank) is None
    assert list(near_pairs([None, None, bits_of(scene(1)), None])) == []


def test_pairs_are_all_those_within_the_bits_and_no_others() -> None:
    rng = np.random.default_rng(0)
    bases = rng.integers(0, 2, (40, 64)).astype(bool)
    hashes: list[np.ndarray | None] = []
    for index in range(600):
        bits = bases[index % 40].copy()
        flipped = rng.choice(64, rng.integers(0, 12), replace=False)
        bits[flipped] ^= True
        hashes.append(bits if index % 7 else None)
    slow = {
        (a, b)
        for a in range(600)
        for b in range(a + 1, 600)
        if (one := hashes[a]) is not None and (two := hashes[b]) is not None and (one != two).sum() <= NEAR_BITS
    }
    assert set(near_pairs(hashes)) == slow
    assert len(slow) > 100


def test_groups_hold_each_picture_once_and_join_chains() -> None:
    zero = np.zeros(64, bool)
    chain = [zero.copy() for _ in range(4)]
    for index, bits in enumerate(chain):
        bits[: 5 * index] = True
    far = ~zero
    assert groups_of([far, chain[0], None, chain[2], chain[1], far, chain[3]]) == [[0, 5], [1, 3, 4, 6], [2]]
    assert groups_of([]) == []


def test_the_same_picture_twice_is_told_with_whether_its_labels_agree(tmp_path: Path) -> None:
    for name, boxes in (("a.png", [FACE]), ("b.png", [FACE]), ("c.png", [OTHER_FACE]), ("d.png", [FACE])):
        write_scene(tmp_path, name, scene(2 if name == "d.png" else 1), boxes)
    faults = [fault for fault in check(tmp_path).faults if fault.kind == "picture-twice"]
    assert [fault.file.name for fault in faults] == ["b.png", "c.png"]
    assert "a.png, labelled the same" in faults[0].message
    assert "a.png, labelled otherwise" in faults[1].message


def test_near_duplicates_of_a_set_are_one_warning_a_group(tmp_path: Path) -> None:
    for index, quality in enumerate((95, 60, 30)):
        write_scene(tmp_path, f"a{index}.jpg", scene(1), quality=quality)
    write_scene(tmp_path, "b.png", scene(2))
    near = [fault for fault in check(tmp_path).faults if fault.kind == "near-duplicates"]
    assert [(fault.file.name, fault.value, str(fault.severity)) for fault in near] == [
        ("a0.jpg", "a1.jpg, a2.jpg", "warning")
    ]


def test_near_duplicates_across_two_sets_are_a_fault_for_each_validation_picture(tmp_path: Path) -> None:
    write_scene(tmp_path / "train", "t0.png", scene(1))
    write_scene(tmp_path / "train", "t1.png", scene(2))
    write_scene(tmp_path / "val", "same.png", scene(2))
    write_scene(tmp_path / "val", "near.jpg", scene(1), quality=40)
    write_scene(tmp_path / "val", "far.png", scene(3))
    faults = compare_sets(check(tmp_path / "train"), check(tmp_path / "val"))
    assert [(fault.kind, fault.file.name, fault.value) for fault in faults] == [
        ("picture-in-both", "same.png", "t1.png"),
        ("near-duplicate-in-both", "near.jpg", "t0.png"),
    ]


def test_a_broken_picture_is_the_same_as_no_other(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_scene(tmp_path, name, scene(1))
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    found = kinds(check(tmp_path).faults)
    assert found.count("broken-picture") == 2
    assert "picture-twice" not in found
