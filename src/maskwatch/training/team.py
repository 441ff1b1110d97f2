"""Several processes that train one network together, each on its share of every batch, as `torchrun` starts them."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from maskwatch.retinanet.network import RetinaNet

# The others wait while the leader measures.
LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True)
class Team:
    """This process among those of the run.

    Attributes:
        rank, size: its number among all, and how many there are.
        local_rank, local_size: the same on this machine.
        told: tells the others that the user is told why the run ends, and whether one of them was first.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    told: Callable[[], bool] = lambda: False

    @property
    def leads(self) -> bool:
        """The leader alone measures, writes and shows progress."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def from_leader(self, values: Sequence[float]) -> list[float]:
        """The leader's values; the others wait for them."""
        if self.size == 1:
            return list(values)
        shared = torch.tensor(values, dtype=torch.float64)
        dist.broadcast(shared, 0)
        return [float(value) for value in shared]

    def share(self, network: RetinaNet) -> DistributedDataParallel | None:
        """The network with gradients that are means over all processes; None for a process alone."""
        if self.size == 1:
            return None
        device = network.mean.device
        return DistributedDataParallel(network, [device] if device.type == "cuda" else None)

    def speaks_first(self) -> bool:
        """Whether nobody else has told the user why the run ends: the first has the cause, the others its echo."""
        try:
            return not self.told()
        except dist.DistError:
            return self.leads  # the place to write to has gone with its machine


ALONE = Team()


@contextmanager
def joined_team() -> Iterator[Team]:
    """The team that `torchrun` started this process in; a team of one without it."""
    if not dist.is_available() or not dist.is_torchelastic_launched():
        yield ALONE
        return
    local_rank, local_size = (int(os.environ[name]) for name in ("LOCAL_RANK", "LOCAL_WORLD_SIZE"))
    store, rank, size = next(rendezvous("env://"))
    dist.init_process_group(store=store, rank=rank, world_size=size, timeout=LONGEST_WAIT)
    try:
        yield Team(rank, size, local_rank, local_size, lambda: bool(store.add("told", 1) > 1))
    finally:
        dist.destroy_process_group()


def lost_a_member(error: RuntimeError) -> bool:
    """Whether an exchange failed because another process has ended."""
    return isinstance(error, dist.DistError) or "gloo" in str(error).lower() or "peer" in str(error).lower()
