"""Writing whole files or none."""

import errno
import os
from pathlib import Path

import pytest

from maskwatch.files import replacing


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "model.onnx"
    with replacing(target) as temporary:
        temporary.write_text("half")
        assert temporary.suffix == ".onnx"  # writers choose their format by it
        assert not target.exists()
        temporary.write_text("whole")
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("stopped_by", [OSError("No space left on device"), KeyboardInterrupt()])
def test_what_was_there_stays_when_writing_fails(tmp_path: Path, stopped_by: BaseException) -> None:
    target = tmp_path / "log.csv"
    target.write_text("before")

    def fail() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise stopped_by

    with pytest.raises(type(stopped_by)):
        fail()
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("named", [None, "the temporary one", "another"])
def test_a_full_disk_is_told_with_the_name_that_was_asked_for(tmp_path: Path, named: str | None) -> None:
    target = tmp_path / "model.onnx"

    def fill() -> None:
        with replacing(target) as temporary:
            name = str(temporary) if named == "the temporary one" else named
            raise OSError(errno.ENOSPC, "No space left on device", name)

    with pytest.raises(OSError, match="No space left") as caught:
        fill()
    assert caught.value.filename == ("another" if named == "another" else str(target))


def test_the_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "a") as temporary:
            temporary.write_text("x")
        assert os.umask(0o027) == 0o027  # looking at the mask did not change it
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_writer_that_replaces_the_temporary_file_is_welcome(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.bin") as temporary:
        temporary.unlink()
        temporary.write_bytes(b"new file")
    assert (tmp_path / "a.bin").read_bytes() == b"new file"


@pytest.mark.parametrize("stem", ["x" * 250, "\N{FACE WITH MEDICAL MASK}" * 62])
def test_names_as_long_as_the_system_allows_can_be_written(tmp_path: Path, stem: str) -> None:
    target = tmp_path / f"{stem}.csv"
    with replacing(target) as temporary:
        temporary.write_text("x")
    assert target.read_text() == "x"
