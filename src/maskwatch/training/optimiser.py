"""AdamW or SGD, their parameter groups, and the learning rate over a run."""

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, AdamW, Optimizer

from maskwatch.training.settings import TrainingSettings

# What each optimiser remembers of every parameter, under torch's names.
MOMENTS = {"adamw": ("exp_avg", "exp_avg_sq"), "sgd": ("momentum_buffer",)}


def make_optimiser(network: nn.Module, settings: TrainingSettings) -> Optimizer:
    """The optimiser with weight decay on convolutions only: decay on normalisation and biases only hurts."""
    trained = [p for p in network.parameters() if p.requires_grad]
    decayed = [p for p in trained if p.dim() > 1]
    plain = [p for p in trained if p.dim() <= 1]
    groups = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    if settings.optimiser == "sgd":
        return SGD(groups, lr=settings.learning_rate, momentum=settings.momentum)
    return AdamW(groups, lr=settings.learning_rate, eps=settings.epsilon)


def set_rate(optimiser: Optimizer, rate: float, step: int, settings: TrainingSettings) -> None:
    """Make the next step (from 0) one at this rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate
        if settings.epsilon_first:
            # torch divides the root by this correction and adds its epsilon then; Keras adds it before.
            group["eps"] = settings.epsilon / math.sqrt(1 - group["betas"][1] ** (step + 1))


def clip_gradients(network: nn.Module, settings: TrainingSettings) -> Tensor:
    """Shorten what is too long; gives the norm of all gradients together as they were."""
    if not settings.clip_each:
        return clip_grad_norm_(network.parameters(), settings.clip_norm)
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    norms = torch.stack([gradient.norm() for gradient in gradients])
    for gradient, norm in zip(gradients, norms, strict=True):
        gradient.mul_(settings.clip_norm / norm.clamp(min=settings.clip_norm))
    return cast(Tensor, torch.linalg.vector_norm(norms))


def learning_rate(step: int, total_steps: int, settings: TrainingSettings) -> float:
    """The rate of a step (from 0): linear warm-up, then half a cosine down to `final_rate` of the highest."""
    warmup = min(settings.warmup_steps, max(1, total_steps // 10))
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    share = (step - warmup) / max(1, total_steps - warmup)
    cosine = (1 + math.cos(math.pi * min(1.0, share))) / 2
    return settings.learning_rate * (settings.final_rate + (1 - settings.final_rate) * cosine)
