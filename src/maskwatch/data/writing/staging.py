"""A folder's worth of files written aside and put in place together; nothing that is there is ever overwritten."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePath

from maskwatch.errors import UserError

_NO_LINKS_HERE = (errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS)


def refuse_existing(folder: Path, places: Iterable[PurePath]) -> None:
    """Raise UserError, naming the first few, if any of those places below `folder` is taken."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: that is a file; give a folder.")
    taken = [place for place in places if os.path.lexists(folder / place)] if folder.exists() else []
    if taken:
        named = ", ".join(str(place) for place in taken[:3]) + (", ..." if len(taken) > 3 else "")
        raise UserError(f"{folder}: {len(taken)} files are there already ({named}), and none is overwritten.")


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give an empty folder; on a clean exit everything in it appears in `folder`, on an exception nothing does.

    Raises:
        UserError: if a file of the same place has appeared in `folder` meanwhile.
    """
    # A folder that exists may be a disk of its own, beside which nothing can be written or linked from.
    place = folder if folder.exists() else folder.parent
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix=".maskwatch.") as temporary:
        stage = Path(temporary, "new")
        stage.mkdir()
        yield stage
        _flush(stage)
        if folder.exists():
            _merge(stage, folder)
        else:
            stage.rename(folder)


def _flush(stage: Path) -> None:
    """Get every file to the disk before any of them has its name: all at once where the system can."""
    if hasattr(os, "sync"):
        os.sync()
        return
    for file in _files(stage):
        with file.open("rb+") as written:
            os.fsync(written.fileno())


def _files(folder: Path) -> list[Path]:
    return [Path(place, name) for place, _, names in os.walk(folder) for name in names]


def _merge(stage: Path, folder: Path) -> None:
    """Give every file a second name in `folder`; if one is taken, or anything else fails, take back those given."""
    with ExitStack() as taking_back:
        for file in _files(stage):
            target = folder / file.relative_to(stage)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                _put(file, target)
            except FileExistsError as error:
                raise UserError(f"{target}: is there already and is not overwritten.") from error
            taking_back.callback(target.unlink, missing_ok=True)
        taking_back.pop_all()


def _put(file: Path, target: Path) -> None:
    """Like `os.link`, also where there are no links: fails where the target exists."""
    try:
        os.link(file, target)
    except OSError as error:
        if error.errno not in _NO_LINKS_HERE:
            raise
        _copy_new(file, target)


def _copy_new(file: Path, target: Path) -> None:
    """A copy that is whole or not there; fails where the target exists."""
    with ExitStack() as taking_back, file.open("rb") as source, target.open("xb") as copy:
        taking_back.callback(target.unlink)
        shutil.copyfileobj(source, copy)
        copy.flush()
        taking_back.pop_all()
