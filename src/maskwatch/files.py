"""Writing files so that nobody ever finds half of one."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[Path]:
    """Give a temporary path in the folder of `path`; on a clean exit it is flushed to disk and renamed to `path`.

    On an exception (a full disk, a refused export, an interrupt) the temporary file goes and `path` is as it
    was before. The temporary name keeps the suffix, because writers choose their format by it. With `mode`, those
    are its permissions from the first moment on; without it, those that any new file gets. An `OSError` for want
    of room names `path`, whatever it named before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:20]}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        temporary.replace(path)
    except OSError as error:
        if error.errno in NO_ROOM and error.filename in (None, name):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _umask() -> int:
    """The process's file mode mask, which `mkstemp` deliberately ignores."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
