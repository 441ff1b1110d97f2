"""keras-retinanet on TensorFlow 2.15 beside the same weights through our ONNX file, in one run.

    maskwatch import-keras MODEL.h5 -o MODEL
    python benchmarks/keras_retinanet_speed.py MODEL.h5 MODEL.onnx MODEL.safetensors [--rounds 3] [--threads 2]
                                               [--training-rounds 2] [--int8 MODEL-int8.onnx] [--json FILE]

Needs the environment of tests/keras_retinanet_env.sh. Each side is a process of its own with the same threads and
they take turns, a picture each: first the memory and the time from nothing to the first picture's boxes, then
640x640 and 800x1333, then training steps. Quoted are medians, and the median of the turns' ratios. A network's
multiplications are compared with what this machine gives in one large matrix product, taken in the same turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from maskwatch import Detector
from maskwatch.retinanet import checkpoint as checkpoints

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parent / ".ci-cache" / "keras-retinanet-env"
SIZES = ((640, 640), (800, 1333))
QUESTIONS = ("raw", "detect", "many")
TRAINED_AT = (640, 640)
PRODUCT = 3072


class Side:
    """A process that answers in seconds."""

    def __init__(self, command: list[Any], threads: int) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "CUDA_VISIBLE_DEVICES": ""}
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )

    def ask(self, question: str) -> float:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("= "):
                return float(line[2:])
        raise RuntimeError(f"no answer to {question}")

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def first_picture(side: Side) -> float:
    """Seconds from the start of the process to the boxes of its first picture."""
    side.ask("detect 640 640")
    return side.ask("started")


def product_rate(threads: int) -> float:
    """Float32 multiplications and additions a second in one large matrix product."""
    torch.set_num_threads(threads)
    one = torch.ones(PRODUCT, PRODUCT)
    one @ one
    began = time.perf_counter()
    one @ one
    return 2 * PRODUCT**3 / (time.perf_counter() - began)


def operations(checkpoint: Path, height: int, width: int) -> int:
    """Multiplications and additions of the network for one picture."""
    network = checkpoints.load(checkpoint).build().to("meta")
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 3, height, width, device="meta"))
    return counter.get_total_flops()


def turns(sides: dict[str, Side], question: str, rounds: int, extra: Any = None) -> dict[str, list[float]]:
    """Each side's answers, one after the other; the first of each is not counted."""
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for name, side in sides.items():
            seconds = side.ask(question)
            if number:
                found[name].append(seconds)
        if extra and number:
            found["extra"].append(extra())
    return found


def figures(found: dict[str, list[float]]) -> dict[str, Any]:
    """Medians in milliseconds, and ours over theirs turn by turn."""
    ratios = [ours / theirs for ours, theirs in zip(found["ours"], found["keras"], strict=True)]
    medians = {f"{name}_ms": statistics.median(found[name]) * 1000 for name in found if name != "extra"}
    return medians | {"ours_over_keras": statistics.median(ratios), "range": [min(ratios), max(ratios)]}


def watch_ms(threads: int, height: int, width: int, rounds: int) -> float:
    """Milliseconds of watch-nano for a picture of that size, from pixels to boxes."""
    detector, spent = Detector("watch-nano", threads=threads), []
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    for _ in range(rounds + 1):
        began = time.perf_counter()
        detector.detect(picture)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent[1:]) * 1000


def all_figures(asked: argparse.Namespace) -> dict[str, Any]:
    """Everything, as plain values."""
    commands = {
        "keras": [ENVIRONMENT / "bin/python", HERE / "keras_retinanet_peer.py", asked.h5, asked.threads],
        "ours": [sys.executable, HERE / "keras_retinanet_ours.py", asked.onnx, asked.checkpoint, asked.threads],
    }
    if asked.int8:
        commands["int8"] = [
            sys.executable, HERE / "keras_retinanet_ours.py", asked.int8, asked.checkpoint, asked.threads,
        ]  # fmt: skip
    sides, found = {}, {"threads": asked.threads, "load_average_before": os.getloadavg()}
    for name, command in commands.items():
        sides[name] = Side(command, asked.threads)
        found[f"{name}_first_picture_s"] = first_picture(sides[name])
    for height, width in SIZES:
        size = f"{height}x{width}"
        for question in QUESTIONS:
            answers = turns(sides, f"{question} {height} {width}", asked.rounds, lambda: product_rate(asked.threads))
            found[f"{size} {question}"] = figures(answers)
            if question == "raw":
                done = operations(asked.checkpoint, height, width)
                shares = [
                    done / seconds / rate for seconds, rate in zip(answers["ours"], answers["extra"], strict=True)
                ]
                found[f"{size} share_of_product_rate"] = statistics.median(shares)
        found[f"{size} watch-nano ms"] = watch_ms(asked.threads, height, width, asked.rounds)
    found |= {f"{name}_memory_mb": side.ask("memory") / 1e6 for name, side in sides.items()}
    if asked.training_rounds:
        question = "train {} {}".format(*TRAINED_AT)
        pair = {name: sides[name] for name in ("keras", "ours")}
        found["training step 640x640"] = figures(turns(pair, question, asked.training_rounds))
    for side in sides.values():
        side.close()
    return found | {"load_average_after": os.getloadavg()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("h5", "onnx", "checkpoint"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--training-rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--int8", type=Path)
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    found = all_figures(asked)
    for name, value in found.items():
        print(f"{name:32}{value}")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
