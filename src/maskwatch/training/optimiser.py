"""AdamW, its parameter groups, and the learning rate over a run."""

import math

from torch import nn
from torch.optim import AdamW

from maskwatch.training.settings import TrainingSettings


def make_optimiser(network: nn.Module, settings: TrainingSettings) -> AdamW:
    """AdamW with weight decay on convolutions only: decay on normalisation and biases only hurts."""
    trained = [p for p in network.parameters() if p.requires_grad]
    decayed = [p for p in trained if p.dim() > 1]
    plain = [p for p in trained if p.dim() <= 1]
    groups = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=settings.learning_rate)


def learning_rate(step: int, total_steps: int, settings: TrainingSettings) -> float:
    """The rate of a step (from 0): linear warm-up, then half a cosine down to `final_rate` of the highest."""
    warmup = min(settings.warmup_steps, max(1, total_steps // 10))
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    share = (step - warmup) / max(1, total_steps - warmup)
    cosine = (1 + math.cos(math.pi * min(1.0, share))) / 2
    return settings.learning_rate * (settings.final_rate + (1 - settings.final_rate) * cosine)
