"""Files that are put in place together are all there or none is, whatever goes wrong on the way."""

import errno
import os
import shutil
from pathlib import Path
from typing import BinaryIO

import pytest

from maskwatch.data.writing.staging import staged

NAMES = ("a.txt", "b.txt", "c.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds a file already, so that new ones are put beside it one by one."""
    place = tmp_path / "set"
    place.mkdir()
    (place / "old.txt").write_text("old")
    return place


def write_three(folder: Path) -> None:
    with staged(folder) as stage:
        for name in NAMES:
            (stage / name).write_text(name)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a FAT disk."""

    def link(source: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(source))

    monkeypatch.setattr(os, "link", link)


def test_files_are_copied_where_there_are_no_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_links(monkeypatch)
    write_three(folder)
    assert {name: (folder / name).read_text() for name in NAMES} == {name: name for name in NAMES}


def test_a_disk_that_fills_up_while_copying_leaves_no_half_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_links(monkeypatch)
    whole = shutil.copyfileobj

    def copy_into_little_room(source: BinaryIO, target: BinaryIO) -> None:
        if len(names_in(folder)) > 3:
            target.write(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        whole(source, target)

    monkeypatch.setattr(shutil, "copyfileobj", copy_into_little_room)
    with pytest.raises(OSError, match="No space left"):
        write_three(folder)
    assert names_in(folder) == {"old.txt"}


def test_an_interrupt_takes_back_what_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    linked = os.link
    given: list[Path] = []

    def link_twice(source: Path, target: Path) -> None:
        if len(given) == 2:
            raise KeyboardInterrupt
        given.append(target)
        linked(source, target)

    monkeypatch.setattr(os, "link", link_twice)
    with pytest.raises(KeyboardInterrupt):
        write_three(folder)
    assert names_in(folder) == {"old.txt"}
