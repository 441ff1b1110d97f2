"""Decoding every picture of a set: the only way to find one that breaks off in the middle."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from maskwatch.data.building import broken_picture
from maskwatch.data.faults import Fault
from maskwatch.data.near_duplicates import Bits, perceptual_hash
from maskwatch.data.options import Progress, unwatched
from maskwatch.data.samples import Sample
from maskwatch.pictures.opening import PictureError, open_picture

# A decoded picture may take 300 MB, so more threads would rather fill memory than save time.
_MOST_THREADS = 8


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a picture gave.

    Attributes:
        picture: its file.
        digest: SHA-256 of the file; "" if it is broken.
        bits: its perceptual hash, if it has one.
        fault: why it cannot be decoded.
    """

    picture: Path
    digest: str = ""
    bits: Bits | None = None
    fault: Fault | None = None


def look_at_pictures(samples: Sequence[Sample], progress: Progress = unwatched) -> list[Look]:
    """Decode each sample's picture, several at a time; one look a sample."""
    looks = []
    pool = ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1))
    try:
        for done, look in enumerate(pool.map(_look, samples), start=1):
            looks.append(look)
            progress("Looking at pictures", done, len(samples))
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupt must not wait for thousands of pictures
    return looks


def _look(sample: Sample) -> Look:
    try:
        bits = perceptual_hash(open_picture(sample.picture))
        with sample.picture.open("rb") as file:
            return Look(sample.picture, hashlib.file_digest(file, "sha256").hexdigest(), bits)
    except PictureError as error:
        return Look(sample.picture, fault=broken_picture(sample.picture, error, sample.origin))
