"""On what a run computes: device, precision, threads. Needs torch."""

import torch

from maskwatch.errors import UserError
from maskwatch.training.settings import Precision

SMALLEST_BFLOAT16_CROP_PX = 128


def choose_device(wanted: str) -> torch.device:
    """`auto` takes a GPU where there is one; raises UserError where one was asked for and there is none."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: PyTorch sees no GPU here; leave it out to train on the CPU.")
    gpu = wanted in ("auto", "cuda") and torch.cuda.is_available()
    return torch.device("cuda" if gpu else "cpu")


def choose_precision(asked: str, device: torch.device, crop_px: int) -> Precision:
    """The one asked for; `auto` takes bfloat16 where it is faster: on a GPU, and on processors with AMX.

    Raises:
        UserError: for bfloat16 on a processor with crops so small that the pyramid's last level is made of a single
            cell: oneDNN (seen in 3.12) gives such a convolution's weights a gradient of noise.
    """
    exact = device.type == "cuda" or crop_px >= SMALLEST_BFLOAT16_CROP_PX
    if asked == "bfloat16" and not exact:
        raise UserError(f"--precision bfloat16 needs --crop-px {SMALLEST_BFLOAT16_CROP_PX} or more on a processor.")
    fast = device.type == "cuda" or torch.cpu.get_capabilities().get("amx_bf16", False)
    return "bfloat16" if asked == "bfloat16" or (asked == "auto" and fast and exact) else "float32"
