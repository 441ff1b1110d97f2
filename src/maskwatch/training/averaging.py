"""A running average of the weights: what is measured, kept and exported."""

import copy

import torch

from maskwatch.retinanet.network import RetinaNet


class WeightAverage:
    """Exponential moving average of a network's parameters and statistics (Polyak and Juditsky 1992).

    The decay grows from nothing with the steps taken, so that the first random weights are soon forgotten.

    Args:
        network: copied; the copy is in evaluation mode.
        decay: of the old average at every step, once warm.
    """

    def __init__(self, network: RetinaNet, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, network: RetinaNet, step: int) -> None:
        """Take in the network's weights after `step` steps (from 1)."""
        decay = min(self._decay, (1 + step) / (10 + step))
        new = network.state_dict()
        for name, old in self.network.state_dict().items():
            if old.is_floating_point():
                old.lerp_(new[name].to(old.dtype), 1 - decay)
            else:
                old.copy_(new[name])
