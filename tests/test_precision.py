"""Training in bfloat16: the same run but for rounding, and chosen only where the hardware has it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from maskwatch.cli.training_machine import SMALLEST_BFLOAT16_CROP_PX, choose_precision
from maskwatch.errors import UserError
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.training.loader import load_batches
from maskwatch.training.loop import Plan, train_step
from maskwatch.training.settings import Precision
from maskwatch.training.start import new_network, new_run
from test_training import PREPROCESSING
from training_parts import NAMES, TINY, TINY_ANCHORS, tiny_recipe, write_squares

CPU = torch.device("cpu")


def losses_after(folder: Path, precision: Precision, steps: int = 8) -> list[float]:
    recipe = tiny_recipe(4)
    augment = replace(recipe.augment, crop_px=SMALLEST_BFLOAT16_CROP_PX)
    settings = replace(recipe, precision=precision, augment=augment)
    samples = write_squares(folder, 10)
    plan = Plan(folder, settings, Checkpoint(TINY, NAMES, PREPROCESSING.to_record(), {}, {}), 3, None)
    state = new_run(new_network(TINY, len(NAMES), settings.seed, CPU), settings)
    batches = load_batches(samples, NAMES, TINY_ANCHORS, settings)
    losses = [sum(train_step(plan, state, next(batches))) for _ in range(steps)]
    assert all(parameter.dtype == torch.float32 for parameter in state.network.parameters())
    return losses


def test_bfloat16_rounds_but_learns_the_same(tmp_path: Path) -> None:
    exact, rounded = (losses_after(tmp_path / name, name) for name in ("float32", "bfloat16"))
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize(
    ("asked", "device", "hardware", "crop_px", "given"),
    [
        ("auto", "cpu", "amx_bf16", 256, "bfloat16"),
        ("auto", "cpu", "avx512_bf16", 256, "bfloat16"),
        ("auto", "cpu", "amx_bf16", 64, "float32"),
        ("auto", "cpu", "avx512_f", 256, "float32"),
        ("auto", "cuda", "avx512_f", 64, "bfloat16"),
        ("float32", "cuda", "amx_bf16", 256, "float32"),
        ("bfloat16", "cpu", "avx512_f", 256, "bfloat16"),
    ],
)
def test_auto_takes_bfloat16_where_hardware_multiplies_it(
    monkeypatch: pytest.MonkeyPatch, asked: str, device: str, hardware: str, crop_px: int, given: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {hardware: True})
    assert choose_precision(asked, torch.device(device), crop_px) == given


def test_bfloat16_is_refused_where_its_gradients_are_noise() -> None:
    with pytest.raises(UserError, match="--crop-px 128"):
        choose_precision("bfloat16", CPU, 127)
