"""Pictures that are nearly the same: frames of one scene, another size or quality of one photo.

Judged by perceptual hashes (imagehash's pHash: the low frequencies of the grey picture, 64 bits), of which near
ones differ in a few bits.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bits = NDArray[np.bool_]
Pixels = NDArray[np.uint8]

# Up to here a look at the pairs found scenes and photos that are the same; beyond, mere likeness.
NEAR_BITS = 6

_HASH_BITS = 64
_SIDE_PX = 32  # what pHash scales a picture to
_LEAST_CONTRAST = 2.0  # grey levels: the bits of a blank wall are noise
_ROWS_AT_ONCE = 256


def perceptual_hash(picture: Pixels) -> Bits | None:
    """The hash of a picture (H, W, 3) uint8 RGB: (64,) bool; None for one without anything on it."""
    import imagehash  # with SciPy, which nothing else here needs

    grey = Image.fromarray(picture).convert("L").resize((_SIDE_PX, _SIDE_PX), Image.Resampling.LANCZOS)
    if np.asarray(grey).std() < _LEAST_CONTRAST:
        return None
    return np.asarray(imagehash.phash(grey).hash, bool).reshape(-1)


def near_pairs(hashes: Sequence[Bits | None], near_bits: int = NEAR_BITS) -> Iterator[tuple[int, int]]:
    """Every pair of pictures whose hashes differ in at most `near_bits`: indices, the smaller first.

    Pictures without a hash are near to none. All pairs are looked at, as products of matrices: a hundred
    thousand pictures take seconds, not hours.
    """
    having = np.array([index for index, bits in enumerate(hashes) if bits is not None], np.int64)
    signs = np.array([bits for bits in hashes if bits is not None], np.float32).reshape(-1, _HASH_BITS) * 2 - 1
    for start in range(0, len(signs), _ROWS_AT_ONCE):
        agreeing = signs[start : start + _ROWS_AT_ONCE] @ signs[start:].T
        first, second = np.nonzero(agreeing >= _HASH_BITS - 2 * near_bits)
        for a, b in zip(first.tolist(), second.tolist(), strict=True):
            if a < b:
                yield int(having[start + a]), int(having[start + b])


def groups_of(hashes: Sequence[Bits | None], near_bits: int = NEAR_BITS) -> list[list[int]]:
    """Indices of all pictures, those together that are near to each other, directly or through others.

    A picture without near ones, or without a hash, is a group of its own. Groups and their members are in the
    order of the pictures.
    """
    return joined(len(hashes), near_pairs(hashes, near_bits))


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The groups into which pairs tie `count` things."""
    leader = list(range(count))

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for first, second in pairs:
        low, high = sorted((find(first), find(second)))
        leader[high] = low
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(count):
        groups[find(index)].append(index)
    return list(groups.values())
