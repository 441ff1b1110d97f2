"""A trained checkpoint as a detect function, without export: for measuring while training."""

from collections.abc import Sequence
from pathlib import Path

import torch

from maskwatch.detections import Detections, make_detections
from maskwatch.pictures.preprocessing import Pixels, Placement, Preprocessing
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.decode import Decoded, decode
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.suppression import suppress

IOU = 0.5


class TorchDetector:
    """Detects with the network itself; the exported file must give the same.

    Args:
        network: in evaluation mode, on any device.
        class_names: K names.
        preprocessing: how pictures become its input.
        score, iou: the lowest score kept, the largest overlap kept; without `iou` the network's own, else .5.
    """

    def __init__(
        self,
        network: RetinaNet,
        class_names: tuple[str, ...],
        preprocessing: Preprocessing,
        score: float = 0.02,
        iou: float | None = None,
    ) -> None:
        self._network, self.class_names, self.preprocessing = network, class_names, preprocessing
        self._score = score
        self._iou = next(each for each in (iou, network.settings.suppression.iou, IOU) if each is not None)

    @classmethod
    def from_file(cls, path: Path, score: float = 0.02, preprocessing: Preprocessing | None = None) -> "TorchDetector":
        """Load a `.safetensors` checkpoint; raises UserError if it is not one."""
        loaded = checkpoints.load(path)
        own = preprocessing or Preprocessing.from_record(loaded.preprocessing)
        return cls(loaded.build(), loaded.class_names, own, score)

    def detect_batch(self, pictures: Sequence[Pixels]) -> list[Detections]:
        """Detections of each (H, W, 3) uint8 RGB picture, boxes in pixels of that picture, best score first."""
        return [self._detect(picture) for picture in pictures]

    @torch.inference_mode()
    def _detect(self, picture: Pixels) -> Detections:
        pixels, placement = self.preprocessing.apply(picture)
        height, width = pixels.shape[:2]
        device = self._network.mean.device
        tensor = torch.tensor(pixels, device=device).permute(2, 0, 1)[None]
        decoded = decode(self._network(tensor), self._network.settings, height, width)
        return self._suppressed(decoded, placement)

    def _suppressed(self, decoded: Decoded, placement: Placement) -> Detections:
        boxes, scores = decoded.boxes[0].cpu().numpy(), decoded.scores[0].cpu().numpy()
        kept, labels = suppress(boxes, scores, self._network.settings.suppression, self._score, self._iou)
        in_picture = placement.to_picture(boxes[kept])
        return make_detections(in_picture, scores[kept, labels], labels, scores[kept], self.class_names)
