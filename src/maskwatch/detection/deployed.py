"""The network with everything a caller would otherwise have to do after it: what is exported."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from maskwatch.detection.nms_operator import nms
from maskwatch.retinanet.decode import Decoded, decode
from maskwatch.retinanet.network import RetinaNet


class DeployedOutput(NamedTuple):
    """Detections of all pictures of a batch in one list, and every anchor's before suppression.

    Attributes:
        batch_index: (M,) int64, ascending.
        boxes: (M, 4) float32 xyxy in pixels of the input, best score first within a picture.
        scores: (M,) float32, of the label.
        labels: (M,) int64, the class of the highest score; where each class is suppressed for itself, any class.
        class_scores: (M, K) float32.
        raw_boxes, raw_scores: (B, A, 4) and (B, A, K).
    """

    batch_index: Tensor
    boxes: Tensor
    scores: Tensor
    labels: Tensor
    class_scores: Tensor
    raw_boxes: Tensor
    raw_scores: Tensor


class DeployedNetwork(nn.Module):
    """Pixels in, detections out."""

    def __init__(self, network: RetinaNet) -> None:
        super().__init__()
        self.network = network
        self._settings = network.settings.suppression

    def forward(self, pixels: Tensor, score_threshold: Tensor, iou_threshold: Tensor) -> DeployedOutput:
        """Pixels (B, H, W, 3) uint8 RGB and the two thresholds, float32 scalars, to the detections."""
        height, width = pixels.shape[1], pixels.shape[2]
        raw = self.network(pixels.permute(0, 3, 1, 2).float())
        decoded = decode(raw, self.network.settings, height, width)
        boxes, class_scores = self._candidates(decoded)
        per_class = self._settings.per_class
        groups = class_scores.transpose(1, 2) if per_class else class_scores.amax(dim=2, keepdim=True).transpose(1, 2)
        thresholds = iou_threshold.reshape(1), score_threshold.reshape(1)
        chosen = nms(boxes, groups, *thresholds, self._settings.most)
        picture, group, candidate, scores = self._best(chosen, groups)
        row = picture * boxes.shape[1] + candidate
        found_scores = class_scores.flatten(0, 1)[row]
        return DeployedOutput(
            batch_index=picture,
            boxes=boxes.flatten(0, 1)[row],
            scores=scores,
            labels=group if per_class else found_scores.argmax(dim=1),
            class_scores=found_scores,
            raw_boxes=decoded.boxes,
            raw_scores=decoded.scores,
        )

    def _candidates(self, decoded: Decoded) -> Decoded:
        """The boxes (B, C, 4) and scores (B, C, K) that suppression sees: the best so many, or all."""
        boxes, scores = decoded
        count = self._settings.candidates
        if count is None:
            return decoded
        # Empty candidates fill small pictures up to the number, so that one graph serves every size; their
        # score of zero never exceeds a threshold.
        boxes = torch.cat([boxes, boxes.new_zeros(boxes.shape[0], count, 4)], dim=1)
        scores = torch.cat([scores, scores.new_zeros(scores.shape[0], count, scores.shape[2])], dim=1)
        order = scores.amax(dim=2).topk(count, dim=1).indices[..., None]
        return Decoded(
            boxes.gather(1, order.expand(-1, -1, 4)), scores.gather(1, order.expand(-1, -1, scores.shape[2]))
        )

    def _best(self, chosen: Tensor, groups: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Picture, group, candidate and score of what suppression left, (M,) each: picture by picture, the best
        so many, best first, whatever order an engine's suppression gives.

        Args:
            chosen: (M', 3) rows of picture, group, candidate.
            groups: (B, G, C) scores.
        """
        pictures, kinds, count = groups.shape
        most, width = self._settings.most, kinds * count + self._settings.most
        picture, group, candidate = chosen.unbind(dim=1)
        scores = groups.flatten()[(picture * kinds + group) * count + candidate]
        # What is left keeps its score in its place, everything else has none.
        left = groups.new_zeros(pictures * width).scatter(0, picture * width + candidate * kinds + group, scores)
        best, place = left.reshape(pictures, width).topk(most, dim=1)
        row, rank = (best > 0).nonzero().unbind(dim=1)
        position = row * most + rank
        found = place.flatten()[position]
        return row, found % kinds, found // kinds, best.flatten()[position]
