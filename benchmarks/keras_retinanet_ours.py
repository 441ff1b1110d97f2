"""Our side of keras_retinanet_speed.py: the same questions answered by the imported model.

python benchmarks/keras_retinanet_ours.py MODEL.onnx CHECKPOINT.safetensors THREADS
"""

import os
import resource
import sys
import time

BEGAN = time.monotonic()
THREADS = int(sys.argv[3])
os.environ["OMP_NUM_THREADS"] = str(THREADS)

from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from maskwatch.detection.engines import OnnxRuntimeEngine  # noqa: E402

# Nothing passes, so that suppression has nothing to do; the file's own; and what thousands of anchors pass.
SCORES = {"raw": 1.0, "detect": 0.05, "many": 0.001}


def pixels(height: int, width: int) -> np.ndarray:
    coarse = np.random.RandomState(0).randint(0, 256, (-(-height // 16), -(-width // 16), 3))
    # keras-retinanet reads the same numbers as BGR.
    return np.ascontiguousarray(coarse.repeat(16, 0).repeat(16, 1)[None, :height, :width, ::-1].astype(np.uint8))


class Ours:
    """The model file, loaded at once, and the training network, loaded when it is asked for."""

    def __init__(self, model: Path, checkpoint: Path) -> None:
        self._engine = OnnxRuntimeEngine(model.read_bytes(), "cpu", THREADS)
        self._checkpoint = checkpoint
        self._step: Trained | None = None

    def seconds(self, what: str, height: int, width: int) -> float:
        if what == "train":
            self._step = self._step or Trained(self._checkpoint)
            return self._step.seconds(height, width)
        picture = pixels(height, width)
        began = time.perf_counter()
        self._engine.run(picture, SCORES[what], 0.5)
        return time.perf_counter() - began


class Trained:
    """One training step after the other, by the classic recipe."""

    def __init__(self, checkpoint: Path) -> None:
        import torch

        from maskwatch.retinanet import checkpoint as checkpoints
        from maskwatch.training.loop import Plan
        from maskwatch.training.recipes import CLASSIC
        from maskwatch.training.start import new_network, new_run, take_weights

        torch.set_num_threads(THREADS)
        loaded = checkpoints.load(checkpoint)
        network = new_network(loaded.settings, len(loaded.class_names), 0, torch.device("cpu"))
        take_weights(network, loaded, loaded.class_names)
        self._state = new_run(network, CLASSIC.settings)
        self._plan = Plan(Path(), CLASSIC.settings, loaded, 1000, None)

    def seconds(self, height: int, width: int) -> float:
        from maskwatch.training.crops import Crop
        from maskwatch.training.loader import Batch, Collator, TrainingCrop
        from maskwatch.training.loop import train_step

        boxes = np.array([[60, 60, 260, 260], [300, 200, 420, 330]], np.float32)
        crop = Crop(pixels(height, width)[0], boxes, np.array([0, 1]), np.zeros((0, 4), np.float32))
        collate = Collator(self._plan.template.settings.anchors, self._plan.settings)
        batch = collate([TrainingCrop(crop, ("",))])
        assert isinstance(batch, Batch)
        began = time.perf_counter()
        train_step(self._plan, self._state, batch)
        return time.perf_counter() - began


def main() -> None:
    ours = Ours(Path(sys.argv[1]), Path(sys.argv[2]))
    for line in sys.stdin:
        what, *sides = line.split()
        if what == "memory":
            answer = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
        elif what == "started":
            answer = time.monotonic() - BEGAN
        else:
            answer = ours.seconds(what, *map(int, sides))
        print(f"= {answer}", flush=True)


if __name__ == "__main__":
    main()
