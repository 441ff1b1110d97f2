"""Decoding the next pictures while the network is busy with the last one."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwatch.pictures.opening import open_picture

Pixels = NDArray[np.uint8]

_WORKERS = 2
_AHEAD = 3


def pictures_ahead(paths: Sequence[Path]) -> Generator[Callable[[], Pixels]]:
    """For each path in order a function that gives its pixels, or raises `PictureError`, as `open_picture` would."""
    with ThreadPoolExecutor(_WORKERS) as workers:
        waiting: deque[Future[Pixels]] = deque()
        try:
            for path in paths:
                waiting.append(workers.submit(open_picture, path))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result
            while waiting:
                yield waiting.popleft().result
        finally:
            for future in waiting:
                future.cancel()
