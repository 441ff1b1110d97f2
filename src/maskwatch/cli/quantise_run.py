"""The work behind `maskwatch quantise`. Needs onnx."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from maskwatch.cli.folders import pictures_below
from maskwatch.detection.detector import Detector, read_model
from maskwatch.detection.quantise import Pixels, multiplies_bytes_exactly, quantise, this_processor
from maskwatch.pictures.opening import open_picture

ROUNDS = 5
TIMED = 8


@dataclass(frozen=True)
class QuantiseRequest:
    """The options of `maskwatch quantise`; None where machine or model decides."""

    model: str
    pictures: Path
    out: Path
    limit: int
    reduce_range: bool | None
    name: str | None
    threads: int | None


def run_quantise(request: QuantiseRequest) -> None:
    """Quantise, time both in turn, tell; raises UserError for anything the user can put right."""
    detector = Detector(request.model, device="cpu", threads=request.threads)
    paths = pictures_below(request.pictures)
    chosen = [open_picture(path) for path in paths[:: -(-len(paths) // request.limit)]]
    reduce_range = (
        not multiplies_bytes_exactly(*this_processor()) if request.reduce_range is None else request.reduce_range
    )
    metadata = replace(
        detector.metadata,
        name=request.name or f"{detector.metadata.name}-int8",
        training=detector.metadata.training | {"quantised": {"pictures": len(chosen), "reduce_range": reduce_range}},
    )
    prepared = [detector.metadata.preprocessing.apply(picture)[0] for picture in chosen]
    _, before = read_model(request.model)
    quantise(before, prepared, metadata, request.out, reduce_range=reduce_range)
    share = share_of_time(Detector(request.out, device="cpu", threads=request.threads), detector, chosen[:TIMED])
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    size, size_before = (count / 1e6 for count in (request.out.stat().st_size, len(before)))
    console.print(
        f"{request.out}: {metadata.name}, {size:.1f} MB instead of {size_before:.1f}, {7 if reduce_range else 8}-bit "
        f"weights, ranges from {len(chosen)} pictures. On this processor it takes {share:.2f} of the time."
    )


def share_of_time(detector: Detector, other: Detector, pictures: Sequence[Pixels]) -> float:
    """The time of one detector by that of another: both take turns, the median of the rounds counts."""
    both = (detector, other)
    for each in both:
        each.detect(pictures[0])
    return statistics.median(_seconds(both[0], pictures) / _seconds(both[1], pictures) for _ in range(ROUNDS))


def _seconds(detector: Detector, pictures: Sequence[Pixels]) -> float:
    began = time.perf_counter()
    for picture in pictures:
        detector.detect(picture)
    return time.perf_counter() - began
