"""Where the detections of a measurement come from: a model file, a training checkpoint, or a file of predictions."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from maskwatch.cli.extras import require_extra
from maskwatch.cli.tiles import with_tiles
from maskwatch.detection.detector import Detector
from maskwatch.detections import Detect, Detections
from maskwatch.errors import UserError
from maskwatch.evaluation.collecting import detect_files
from maskwatch.evaluation.predictions import read_predictions
from maskwatch.pictures.preprocessing import Pixels, Preprocessing

CHECKPOINT_SUFFIX = ".safetensors"
QUOTED_SCORE = 0.5
IOU = 0.5


@dataclass(frozen=True)
class Asked:
    """What the command line says of the detector; `score` is the least that must come out of it."""

    score: float
    side_px: int | None = None
    device: str = "auto"
    threads: int | None = None
    batch: int = 1
    tiles: str | None = None


@dataclass
class Stopwatch:
    """Seconds inside a detect function, from the pixels of a picture to its boxes."""

    seconds: float = 0.0
    pictures: int = 0

    def around(self, detect: Detect) -> Detect:
        def timed(pictures: Sequence[Pixels]) -> list[Detections]:
            start = time.perf_counter()
            found = detect(pictures)
            self.seconds += time.perf_counter() - start
            self.pictures += len(pictures)
            return found

        return timed

    @property
    def ms_a_picture(self) -> float | None:
        return 1000 * self.seconds / self.pictures if self.pictures else None


@dataclass(frozen=True)
class Source:
    """Detections to be had.

    Attributes:
        name: for titles and records.
        class_names: K names.
        score: the default at which rates are quoted.
        input: how pictures are prepared, for titles; "" for predictions made elsewhere.
        of: the detections of picture files, in their order.
        detect: the same for pixels; None for predictions.
        watch: what `of` and `detect` took so far.
    """

    name: str
    class_names: tuple[str, ...]
    score: float
    input: str
    of: Callable[[Sequence[Path]], Iterator[Detections]]
    detect: Detect | None = None
    watch: Stopwatch = field(default_factory=Stopwatch)


def predictions_source(file: Path, mapping: Mapping[str, str]) -> Source:
    """A file of JSON lines; a default score is not known of it, so .5 is taken."""
    predictions = read_predictions(file, mapping)
    return Source(file.name, predictions.class_names, QUOTED_SCORE, "", predictions.of)


def model_source(model: str | None, asked: Asked) -> Source:
    """A shipped model by its name, a model file, or a training checkpoint (which needs torch)."""
    if model is not None and Path(model).suffix == CHECKPOINT_SUFFIX:
        return _checkpoint_source(Path(model), asked)
    detector = Detector(model, device=asked.device, threads=asked.threads, score=asked.score)
    preprocessing = _resized(detector.metadata.preprocessing, asked)
    detector.metadata = replace(detector.metadata, preprocessing=preprocessing)
    metadata = detector.metadata
    detect = with_tiles(detector.detect_batch, asked.tiles, preprocessing, detector.iou)
    return _detecting(metadata.name, metadata.class_names, metadata.default_score, preprocessing, detect, asked)


def _checkpoint_source(path: Path, asked: Asked) -> Source:
    require_extra("torch", "train")
    import torch

    from maskwatch.retinanet import checkpoint as checkpoints
    from maskwatch.training.torch_detector import TorchDetector

    if asked.device not in ("auto", "cpu", "cuda"):
        raise UserError(f"--device {asked.device}: a training checkpoint runs on cpu or cuda; export it first.")
    if asked.device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: PyTorch sees no GPU here; leave it out to measure on the CPU.")
    if asked.threads:
        torch.set_num_threads(asked.threads)
    loaded = checkpoints.load(path)
    gpu = asked.device != "cpu" and torch.cuda.is_available()
    network = loaded.build().to("cuda" if gpu else "cpu")
    preprocessing = _resized(Preprocessing.from_record(loaded.preprocessing), asked)
    detector = TorchDetector(network, loaded.class_names, preprocessing, asked.score, IOU)
    detect = with_tiles(detector.detect_batch, asked.tiles, preprocessing, IOU)
    score = loaded.calibration.score if loaded.calibration else QUOTED_SCORE
    return _detecting(path.name, loaded.class_names, score, preprocessing, detect, asked)


def _resized(preprocessing: Preprocessing, asked: Asked) -> Preprocessing:
    return replace(preprocessing, side_px=asked.side_px) if asked.side_px else preprocessing


def _detecting(
    name: str,
    class_names: tuple[str, ...],
    score: float,
    preprocessing: Preprocessing,
    detect: Detect,
    asked: Asked,
) -> Source:
    watch = Stopwatch()
    timed = watch.around(detect)

    def of(paths: Sequence[Path]) -> Iterator[Detections]:
        return detect_files(paths, timed, asked.batch)

    tiles = f", tiles {asked.tiles}" if asked.tiles else ""
    shown = f"{preprocessing.fit.replace('_', ' ')} {preprocessing.side_px} px{tiles}"
    return Source(name, class_names, score, shown, of, timed, watch)
