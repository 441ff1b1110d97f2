"""Choosing pictures of a set by their content: lists of SHA-256 sums, one a line."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from maskwatch.data.samples import Sample
from maskwatch.errors import UserError

_SUM_LENGTH = 64


def read_sums(path: Path) -> frozenset[str]:
    """The sums in a list file; raises UserError with file and line for a line that is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as a list of SHA-256 sums ({error})") from error
    sums = []
    for number, line in enumerate(lines, 1):
        first = line.split()[0].lower() if line.strip() else ""
        if first and (len(first) != _SUM_LENGTH or set(first) - set("0123456789abcdef")):
            raise UserError(f"{path}:{number}: {first[:80]!r} is not a SHA-256 sum of {_SUM_LENGTH} hex digits")
        sums.append(first)
    return frozenset(sums) - {""}


def picture_sums(samples: Sequence[Sample]) -> list[str]:
    """The SHA-256 sum of each sample's picture file, in hexadecimal."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda sample: hashlib.sha256(sample.picture.read_bytes()).hexdigest(), samples))


def listed(samples: Sequence[Sample], sums: frozenset[str]) -> list[Sample]:
    """The samples whose pictures are in the list."""
    return [sample for sample, own in zip(samples, picture_sums(samples), strict=True) if own in sums]


def not_listed(samples: Sequence[Sample], sums: frozenset[str]) -> list[Sample]:
    """The samples whose pictures are not in the list."""
    return [sample for sample, own in zip(samples, picture_sums(samples), strict=True) if own not in sums]
