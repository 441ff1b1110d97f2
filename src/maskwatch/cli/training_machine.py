"""On what a run computes: device, precision, threads. Needs torch."""

import torch

from maskwatch.cli.train_options import MachineAsked
from maskwatch.errors import UserError
from maskwatch.training.defaults import default_cache_bytes, default_workers, usable_cores
from maskwatch.training.settings import Precision
from maskwatch.training.team import ALONE, Team

SMALLEST_BFLOAT16_CROP_PX = 128


def choose_device(wanted: str, team: Team = ALONE) -> torch.device:
    """`auto` takes a GPU where there is one; raises UserError where one was asked for and there is none."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: PyTorch sees no GPU here; leave it out to train on the CPU.")
    if wanted == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", team.local_rank) if team.size > 1 else torch.device("cuda")


def choose_precision(asked: str, device: torch.device, crop_px: int) -> Precision:
    """The one asked for; `auto` takes bfloat16 where it is faster: on a GPU, and on CPUs with AMX or AVX-512 BF16.

    Raises:
        UserError: for bfloat16 on a processor with crops so small that the pyramid's last level is made of a single
            cell: oneDNN (seen in 3.12) gives such a convolution's weights a gradient of noise.
    """
    exact = device.type == "cuda" or crop_px >= SMALLEST_BFLOAT16_CROP_PX
    if asked == "bfloat16" and not exact:
        raise UserError(f"--precision bfloat16 needs --crop-px {SMALLEST_BFLOAT16_CROP_PX} or more on a processor.")
    return "bfloat16" if asked == "bfloat16" or (asked == "auto" and _is_fast(device) and exact) else "float32"


def _is_fast(device: torch.device) -> bool:
    """Whether bfloat16 is multiplied in hardware."""
    has = torch.cpu.get_capabilities()
    return device.type == "cuda" or has.get("amx_bf16", False) or has.get("avx512_bf16", False)


def use_threads(asked: int | None, team: Team) -> None:
    """Give the network the threads asked for; several processes on one machine share its cores out."""
    if asked:
        torch.set_num_threads(asked)
    elif team.local_size > 1:
        torch.set_num_threads(max(1, usable_cores() // team.local_size))


def loader_share(asked: MachineAsked, team: Team) -> tuple[int, int]:
    """Loader processes and bytes of decoded pictures of this process, one of several on the machine."""
    workers = default_workers(usable_cores() // team.local_size) if asked.workers is None else asked.workers
    cache_bytes = default_cache_bytes() if asked.cache_gb is None else int(asked.cache_gb * 1e9)
    return workers, cache_bytes // team.local_size
