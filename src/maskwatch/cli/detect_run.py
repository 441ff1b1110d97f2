"""The work behind `maskwatch detect`: every source through the detector, out as records, drawings and a table."""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from maskwatch.cli.detect_progress import DetectProgress
from maskwatch.cli.detect_summary import Summary
from maskwatch.cli.detection_records import Format, RecordWriter, to_record, writing_records
from maskwatch.cli.reading_ahead import pictures_ahead
from maskwatch.cli.sources import Source, drawn_paths, find_sources
from maskwatch.cli.stopping import terminated_as_interrupted
from maskwatch.cli.tiles import read_tiles, with_tiles
from maskwatch.cli.window import Window, WindowClosed
from maskwatch.detection.detector import Detector
from maskwatch.detections import Detections
from maskwatch.errors import UserError
from maskwatch.files import replacing
from maskwatch.pictures.draw import annotate
from maskwatch.pictures.video import Frame, VideoReader
from maskwatch.pictures.video_writing import VideoWriter, writing_video

Pixels = NDArray[np.uint8]

_QUALITY = 92


@dataclass(frozen=True)
class Request:
    """What the command line asks for, beside the detector."""

    sources: tuple[str, ...]
    out: Path | None
    format: Format | None
    draw: bool
    show: bool
    tiles: str | None = None

    def check(self) -> None:
        if self.out and self.out.exists() and not self.out.is_dir():
            raise UserError(f"--out {self.out}: that is a file; give a folder.")
        if self.tiles:
            read_tiles(self.tiles)


@dataclass(frozen=True)
class DetectRun:
    """One run: what finds the faces, and where records, progress, drawings and counts go."""

    detect: Callable[[Pixels], Detections]
    records: RecordWriter
    progress: DetectProgress
    summary: Summary
    window: Window | None

    def picture(self, source: Source, pixels: Pixels, drawn: Path | None) -> None:
        found = self.detect(pixels)
        if drawn or self.window:
            scene = annotate(pixels, found)
            if drawn:
                save_picture(scene, drawn)
            if self.window:
                self.window.show(scene, wait=True)
        self._note(source, pixels, found, None)

    def video(self, source: Source, drawn: Path | None) -> None:
        """Look at every frame; a live source ends well when it is interrupted, a file does not."""
        with ExitStack() as stack:
            reader = stack.enter_context(VideoReader(source.address))
            writer = stack.enter_context(writing_video(drawn)) if drawn else None
            try:
                for frame in self.progress.frames(source.name, reader, reader.expected_frames):
                    self._frame(source, frame, writer)
            except (KeyboardInterrupt, WindowClosed):
                if source.kind != "live":
                    raise

    def _frame(self, source: Source, frame: Frame, writer: VideoWriter | None) -> None:
        found = self.detect(frame.pixels)
        if writer or self.window:
            scene = annotate(frame.pixels, found)
            if writer:
                writer.write(scene, frame.time_s)
            if self.window:
                self.window.show(scene)
        self._note(source, frame.pixels, found, frame)

    def _note(self, source: Source, pixels: Pixels, found: Detections, frame: Frame | None) -> None:
        size = (pixels.shape[1], pixels.shape[0])
        self.records.write(to_record(source.name, size, found, frame))
        self.summary.count(source.name, found)


def run_detection(request: Request, detector: Detector) -> bool:
    """Look at every source; whether all were whole."""
    detect = with_tiles(detector.detect_batch, request.tiles, detector.metadata.preprocessing, detector.iou)
    sources = find_sources(request.sources, request.out)
    drawn = drawn_paths(sources, request.out) if request.out and request.draw else [None] * len(sources)
    summary = Summary(detector.class_names)
    to_stdout = bool(request.format and not request.out)
    with ExitStack() as stack:
        stack.enter_context(terminated_as_interrupted())
        window = stack.enter_context(Window("maskwatch")) if request.show else None
        records = stack.enter_context(writing_records(request.format, request.out))
        progress = stack.enter_context(DetectProgress(len(sources), quiet=to_stdout and sys.stdout.isatty()))
        run = DetectRun(lambda pixels: detect([pixels])[0], records, progress, summary, window)
        try:
            _look_at_all(run, sources, drawn)
        except WindowClosed as closed:
            raise KeyboardInterrupt from closed
    if not to_stdout:
        summary.show(Console(), request.out)
    return not summary.broken


def _look_at_all(run: DetectRun, sources: Sequence[Source], drawn: Sequence[Path | None]) -> None:
    paths = [Path(source.address) for source in sources if source.kind == "picture"]
    with closing(pictures_ahead(paths)) as pictures:
        for source, path in zip(sources, drawn, strict=True):
            try:
                if source.kind == "picture":
                    run.picture(source, next(pictures)(), path)
                else:
                    run.video(source, path)
            except UserError as error:
                run.summary.broken += 1
                run.progress.fault(str(error))
            run.progress.advance()


def save_picture(pixels: Pixels, path: Path) -> None:
    """Write (H, W, 3) uint8 RGB in the format of the path's suffix."""
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, quality=_QUALITY)
