"""Scores that mean something: one straight line a class on the logits, folded into the network's last layer."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

import torch
from torch import nn


@dataclass(frozen=True)
class Calibration:
    """What turns the network's own scores into probabilities.

    Attributes:
        scales, shifts: of each of K classes: a calibrated logit is `scale * logit + shift`; scales are above 0.
        score: the default threshold, of calibrated scores.
        summary: for people and model cards: the pictures it comes from, errors before and after.
    """

    scales: tuple[float, ...]
    shifts: tuple[float, ...]
    score: float
    summary: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.scales) != len(self.shifts) or not all(scale > 0 for scale in self.scales):
            raise ValueError(f"scales {self.scales} and shifts {self.shifts} are no calibration")

    def to_record(self) -> dict[str, Any]:
        """Plain values for a checkpoint."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The inverse of `to_record`; raises TypeError, KeyError or ValueError for anything else."""
        lines = {name: tuple(float(value) for value in record[name]) for name in ("scales", "shifts")}
        return cls(**record | lines)


def fold(calibration: Calibration, last: nn.Conv2d) -> None:
    """Multiply the lines into the class subnet's last convolution (anchors * K channels, classes fastest).

    A line of a linear layer is a linear layer: the class is chosen after calibration at no cost, in torch as in
    every exported file, and the checkpoint's own weights stay those that training goes on from.
    """
    assert last.bias is not None  # it was made with one
    anchors = last.out_channels // len(calibration.scales)
    scales = torch.tensor(calibration.scales).repeat(anchors).to(last.weight)
    shifts = torch.tensor(calibration.shifts).repeat(anchors).to(last.weight)
    with torch.no_grad():
        last.weight.mul_(scales[:, None, None, None])
        last.bias.mul_(scales).add_(shifts)
