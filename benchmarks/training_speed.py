"""Training pictures a second, the share of time spent waiting for data, and what the loader alone can give.

    python benchmarks/training_speed.py LABELLED_SET [--model watch-nano] [--steps 60] [--threads N] [--workers N]
                                        [--precision auto|float32|bfloat16] [--json FILE]

Three figures from one run: the network fed one batch from memory over and over, real training, and the loader
alone in one process (pictures decoded before). The second over the first is what the loader costs.
"""

import argparse
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from maskwatch.cli.training_machine import choose_precision
from maskwatch.data.reading import require_samples
from maskwatch.data.samples import Sample
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.settings import NetworkSettings
from maskwatch.retinanet.variants import VARIANTS
from maskwatch.training.defaults import class_names_of, default_workers
from maskwatch.training.loader import Batch, load_batches
from maskwatch.training.loop import Plan, timed_step
from maskwatch.training.meter import Meter
from maskwatch.training.settings import TrainingSettings
from maskwatch.training.start import new_network, new_run
from maskwatch.training.state import RunState

CACHE_BYTES = 2 * 10**9
PICTURES = 600  # few enough to be decoded within the first epochs
ROUNDS = 3
PREFETCHED = 8  # batches made while the network was fed from memory: they cost nothing and do not count
SETTINGS = TrainingSettings(epochs=1000)


@dataclass(frozen=True)
class Bench:
    """One network and one set of pictures."""

    samples: list[Sample]
    network: NetworkSettings
    settings: TrainingSettings

    @property
    def names(self) -> tuple[str, ...]:
        return class_names_of(self.samples)

    def warm_batches(self, workers: int) -> Iterator[Batch]:
        """Batches of a loader that has seen every picture."""
        cache = {"workers": workers, "cache_bytes": CACHE_BYTES}
        batches = load_batches(self.samples, self.names, self.network.anchors, self.settings, **cache)
        for _ in range(2 * len(self.samples) // self.settings.batch):
            next(batches)
        return batches

    def plan(self, folder: Path) -> Plan:
        template = Checkpoint(self.network, self.names, Preprocessing().to_record(), {})
        return Plan(folder, self.settings, template, len(self.samples) // self.settings.batch, None)


def loader_rate(batches: Iterator[Batch], steps: int) -> float:
    """Pictures a second of the loader alone."""
    began = time.perf_counter()
    for _ in range(steps):
        next(batches)
    return steps * SETTINGS.batch / (time.perf_counter() - began)


def steps_from(plan: Plan, state: RunState, batches: Iterator[Batch], steps: int, meter: Meter) -> None:
    for _ in range(steps):
        timed_step(plan, state, batches, meter)


def compare(bench: Bench, steps: int, workers: int) -> tuple[Meter, Meter]:
    """Training from memory and real training, in turn, so that a noisy machine disturbs both alike."""
    memory, real = Meter(), Meter()
    loaded = bench.warm_batches(workers)
    network = new_network(bench.network, len(bench.names), bench.settings.seed, torch.device("cpu"))
    state = new_run(network, bench.settings)
    same = itertools.repeat(next(loaded))
    with TemporaryDirectory() as folder:
        plan = bench.plan(Path(folder))
        steps_from(plan, state, same, 5, Meter())
        for _ in range(ROUNDS):
            steps_from(plan, state, same, steps, memory)
            steps_from(plan, state, loaded, PREFETCHED, Meter())
            steps_from(plan, state, loaded, steps, real)
    return memory, real


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="watch-nano", choices=sorted(VARIANTS))
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--workers", type=int, default=default_workers())
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    precision = choose_precision(asked.precision, torch.device("cpu"), SETTINGS.augment.crop_px)
    settings = replace(SETTINGS, precision=precision)
    bench = Bench(require_samples(asked.data)[:PICTURES], VARIANTS[asked.model], settings)
    alone = loader_rate(bench.warm_batches(0), asked.steps)
    memory, real = compare(bench, asked.steps, asked.workers)
    print(f"{asked.model}, {precision}, {asked.threads} threads, {asked.workers} loader processes")
    print(f"  from memory   {memory.pictures_per_s:7.1f} pictures/s")
    print(f"  training      {real.pictures_per_s:7.1f} pictures/s, {real.waiting:.1%} of the time waiting for data")
    print(f"  training / from memory {real.pictures_per_s / memory.pictures_per_s:.3f}")
    print(f"  loader alone  {alone:7.1f} pictures/s in one process, decoded pictures in memory")
    if asked.json:
        figures = {"model": asked.model, "precision": precision, "threads": asked.threads, "workers": asked.workers}
        figures |= {"memory": asdict(memory), "training": asdict(real), "loader_alone_pictures_per_s": alone}
        asked.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
