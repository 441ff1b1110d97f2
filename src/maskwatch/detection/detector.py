"""The detector: one model file in, faces with their states out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwatch.boxes import Ints
from maskwatch.detection.engines import load_engine
from maskwatch.detection.graph import EngineRefusal, RawDetections
from maskwatch.detection.metadata import ModelMetadata
from maskwatch.detection.shipped import DEFAULT_MODEL, is_shipped, shipped_bytes, shipped_models
from maskwatch.detections import Detections, make_detections
from maskwatch.errors import UserError
from maskwatch.pictures.opening import open_picture
from maskwatch.pictures.preprocessing import Placement

Pixels = NDArray[np.uint8]

LARGEST_BATCH = 8


class Detector:
    """Finds faces and says of each whether a mask covers it.

    Args:
        model: name of a shipped model or path of an `.onnx` file of `maskwatch export`; without it the
            shipped default.
        device: `auto` (an NVIDIA card if ONNX Runtime can use one, else the processor), `cpu`, `cuda` or
            `openvino`.
        threads: how many the network may use; without it as many as there are cores.
        score: least score of a face reported, 0..1; without it the model's own default.
        iou: two boxes that overlap more than this are one face, 0..1; without it the model's own default.

    Attributes:
        metadata: what the file says of itself.
        class_names: K names, in the order of `class_id` and of the columns of `class_scores`.

    Raises:
        UserError: for a missing, damaged or foreign file, an unusable device, or a threshold outside 0..1.

    Example:
        >>> from maskwatch import Detector
        >>> faces = Detector().detect("street.jpg")  # doctest: +SKIP
        >>> list(zip(faces.data["class_name"], faces.confidence, faces.xyxy))  # doctest: +SKIP
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        device: str = "auto",
        threads: int | None = None,
        score: float | None = None,
        iou: float | None = None,
    ) -> None:
        where, content = read_model(model)
        try:
            self._engine = load_engine(content, device, threads)
        except EngineRefusal as error:
            raise UserError(f"{where}: not an ONNX model that can be run ({error}).") from error
        self.metadata = _read_metadata(where, self._engine.metadata_text)
        try:
            self._engine.check_contract()
        except EngineRefusal as error:
            raise UserError(f"{where}: not a model file of `maskwatch export`: {error}.") from error
        self.score = _share("score", score, self.metadata.default_score)
        self.iou = _share("iou", iou, self.metadata.default_iou)

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.metadata.class_names

    def detect(self, picture: Pixels | str | Path) -> Detections:
        """Faces in one picture, a path or (H, W, 3) uint8 RGB; see `detect_batch`."""
        return self.detect_batch([picture])[0]

    def detect_batch(self, pictures: Sequence[Pixels | str | Path]) -> list[Detections]:
        """Faces in each of some pictures, exactly as if each had been given alone.

        Args:
            pictures: paths, or (H, W, 3) uint8 RGB arrays of any sizes, already EXIF-turned.

        Returns:
            One `supervision.Detections` a picture, best score first: `xyxy` (N, 4) float32 in pixels of the
            original picture, `confidence` (N,), `class_id` (N,), `data["class_name"]` (N,) and
            `data["class_scores"]` (N, K). Nothing found is `xyxy` of shape (0, 4).

        Raises:
            PictureError: for a path that is no whole picture.
            ValueError: for an array that is no picture.
        """
        prepared = [self.metadata.preprocessing.apply(_pixels(picture)) for picture in pictures]
        found: dict[int, Detections] = {}
        for chunk in _of_one_shape([pixels.shape for pixels, _ in prepared]):
            batch = np.stack([prepared[index][0] for index in chunk])
            raw = self._engine.run(batch, self.score, self.iou)
            for position, index in enumerate(chunk):
                found[index] = self._one_picture(raw, position, prepared[index][1])
        return [found[index] for index in range(len(pictures))]

    def _one_picture(self, raw: RawDetections, position: int, placement: Placement) -> Detections:
        boxes = placement.to_picture(raw.boxes)
        inside = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])  # not wholly in a letterbox's fill
        own: Ints = np.flatnonzero((raw.batch_index == position) & inside)
        return make_detections(boxes[own], raw.scores[own], raw.labels[own], raw.class_scores[own], self.class_names)


def _of_one_shape(shapes: Iterable[tuple[int, ...]]) -> list[list[int]]:
    """Indices of pictures that can go through the network together, at most `LARGEST_BATCH` at a time."""
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, shape in enumerate(shapes):
        groups[shape].append(index)
    return [
        group[start : start + LARGEST_BATCH]
        for group in groups.values()
        for start in range(0, len(group), LARGEST_BATCH)
    ]


def _pixels(picture: Pixels | str | Path) -> Pixels:
    if isinstance(picture, str | Path):
        return open_picture(Path(picture))
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        found = f"{picture.dtype} {picture.shape}"
        raise ValueError(f"a picture is a path or a uint8 RGB array of shape (H, W, 3), not {found}")
    return picture


def read_model(model: str | Path | None) -> tuple[str, bytes]:
    """What to call the file in messages, and its bytes."""
    name = DEFAULT_MODEL if model is None else str(model)
    if model is None or is_shipped(name):
        return name, shipped_bytes(f"{name}.onnx")
    path = Path(model)
    if path.is_dir():
        raise UserError(f"{path}: a folder, not a model file.")
    if not path.exists():
        there_are = ", ".join(shipped_models()) or "none"
        raise UserError(f"{path}: there is no such model file; shipped models: {there_are}.")
    if path.suffix == ".safetensors":
        raise UserError(f"{path}: weights to train on, not a model; first: maskwatch export {path} -o model.onnx")
    return str(path), path.read_bytes()


def _read_metadata(where: str, text: str | None) -> ModelMetadata:
    advice = "convert a checkpoint with `maskwatch export`"
    if text is None:
        raise UserError(f"{where}: an ONNX model, but not one of maskwatch; {advice}.")
    try:
        return ModelMetadata.from_json(text)
    except ValueError as error:
        raise UserError(f"{where}: {error}; {advice}.") from error


def _share(name: str, wanted: float | None, default: float) -> float:
    value = default if wanted is None else wanted
    if not 0 <= value <= 1:
        raise UserError(f"{name} is {value}; it lies between 0 and 1.")
    return value
