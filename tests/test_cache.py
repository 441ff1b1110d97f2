"""Decoded pictures are kept within a limit and shared by all processes."""

import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwatch.pictures.opening import PictureError
from maskwatch.training.cache import PictureCache

SIZE = (20, 10)
BYTES = 20 * 10 * 3


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    made = []
    for index in range(3):
        made.append(tmp_path / f"{index}.png")
        Image.fromarray(np.full((10, 20, 3), 40 * (index + 1), np.uint8)).save(made[-1])
    return made


def cache_of(paths: list[Path], pictures: float) -> PictureCache:
    return PictureCache(paths, [SIZE] * len(paths), int(pictures * BYTES))


def is_kept(cache: PictureCache, paths: list[Path], index: int) -> bool:
    """Whether the picture can be had without its file."""
    hidden = paths[index].with_suffix(".hidden")
    paths[index].rename(hidden)
    try:
        return int(cache[index][0, 0, 0]) == 40 * (index + 1)
    except PictureError:
        return False
    finally:
        hidden.rename(paths[index])


@pytest.mark.parametrize(
    ("room", "kept"),
    [(0, [False] * 3), (0.99, [False] * 3), (1, [True, False, False]), (2.5, [True, True, False]), (9, [True] * 3)],
)
def test_as_many_pictures_are_kept_as_there_is_room_for(paths: list[Path], room: float, kept: list[bool]) -> None:
    cache = cache_of(paths, room)
    assert not any(is_kept(cache, paths, index) for index in range(3))
    for index in range(3):
        assert (cache[index] == 40 * (index + 1)).all()
    assert [is_kept(cache, paths, index) for index in range(3)] == kept
    for index in range(3):
        assert cache[index].shape == (10, 20, 3)


def test_what_is_kept_cannot_be_written_to(paths: list[Path]) -> None:
    cache = cache_of(paths, 3)
    cache[0]
    with pytest.raises(ValueError, match="read-only"):
        cache[0][0, 0] = 0


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork with threads about, from Python 3.12
def test_a_picture_that_one_process_read_is_there_for_another(paths: list[Path]) -> None:
    cache = cache_of(paths, 2)
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=cache.__getitem__, args=(1,))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert is_kept(cache, paths, 1)
    assert not is_kept(cache, paths, 0)


def test_a_copy_for_a_process_that_cannot_share_starts_empty(paths: list[Path]) -> None:
    cache = cache_of(paths, 3)
    cache[0]
    copy = pickle.loads(pickle.dumps(cache))
    assert not is_kept(copy, paths, 0)
    assert (copy[0] == 40).all()
    assert is_kept(copy, paths, 0)


def test_a_broken_picture_raises_each_time(paths: list[Path]) -> None:
    paths[1].write_bytes(paths[1].read_bytes()[:50])
    cache = cache_of(paths, 3)
    for _ in range(2):
        with pytest.raises(PictureError, match=r"1\.png"):
            cache[1]
    assert (cache[2] == 120).all()


def test_a_picture_of_another_size_than_was_told_is_given_but_not_kept(paths: list[Path]) -> None:
    cache = PictureCache(paths, [(10, 10), SIZE, SIZE], 10**6)
    for _ in range(2):
        assert cache[0].shape == (10, 20, 3)
    assert not is_kept(cache, paths, 0)
    assert (cache[1] == 80).all()


def test_no_pictures_are_no_trouble() -> None:
    PictureCache([], [], 100)
