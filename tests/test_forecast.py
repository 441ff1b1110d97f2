"""What a run will take is told once, from measured steps, and says when memory may not do."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from rich.console import Console

from maskwatch.cli import train_forecast
from maskwatch.cli.train_forecast import TIMED_STEPS, WARMING_STEPS, Forecast, duration, kept_bytes
from maskwatch.training.state import RunState
from test_training import plan_for
from training_parts import tiny_recipe, write_squares


def told(folder: Path, monkeypatch: pytest.MonkeyPatch, first: int = 0, steps: int = 30, memory: int = 10**9) -> str:
    """What a forecast says of steps of which the first take 10 s and the others 2 s, an epoch being 5 steps."""
    monkeypatch.setattr(train_forecast, "peak_bytes", lambda device: memory)
    monkeypatch.setattr(train_forecast, "there_is_bytes", lambda device: 4 * 10**9)
    console = Console(record=True, width=200, file=io.StringIO())
    samples = write_squares(folder, 20)
    plan = replace(plan_for(folder, samples, tiny_recipe(20)), steps_per_epoch=5)
    forecast = Forecast(plan, console, 2 * 10**9)
    network = SimpleNamespace(mean=torch.zeros(1))
    for step in range(1, steps + 1):
        seconds = 10.0 * min(step, WARMING_STEPS) + 2.0 * max(0, step - WARMING_STEPS)
        forecast.on_step(cast(RunState, SimpleNamespace(step=first + step, seconds=seconds, network=network)))
    return console.export_text()


def test_time_is_of_the_steps_after_the_first_and_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(tmp_path, monkeypatch)
    left = 2.0 * (100 - WARMING_STEPS - TIMED_STEPS)
    assert text.count("An epoch") == 1
    assert "about 10 s (5 steps of 2.00 s)" in text
    assert duration(left) in text
    assert "Memory: 1.00 GB so far, up to 2.00 GB more" in text
    assert "may not fit" not in text


def test_a_resumed_run_counts_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(tmp_path, monkeypatch, first=50)
    assert duration(2.0 * (50 - WARMING_STEPS - TIMED_STEPS)) in text


def test_too_little_memory_is_told_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "lower --cache-gb" in told(tmp_path, monkeypatch, memory=2 * 10**9)


def test_a_run_that_is_over_before_is_not_foretold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(tmp_path, monkeypatch, steps=WARMING_STEPS + TIMED_STEPS - 1) == ""


def test_decoded_pictures_take_what_they_are_up_to_the_limit(tmp_path: Path) -> None:
    samples = write_squares(tmp_path, 3)  # of 96 x 80 pixels
    assert kept_bytes(samples, 10**9) == 3 * 96 * 80 * 3
    assert kept_bytes(samples, 1000) == 1000


# In a process of its own, whose peak nothing has raised before.
MEASURED = """
import torch
from maskwatch.training.memory import peak_bytes, there_is_bytes
cpu = torch.device("cpu")
before = peak_bytes(cpu)
held = torch.ones(50_000_000)
print(before, peak_bytes(cpu), there_is_bytes(cpu))
"""


def test_memory_is_measured() -> None:
    told = subprocess.run([sys.executable, "-c", MEASURED], check=True, capture_output=True, text=True).stdout
    before, after, there_is = map(int, told.split())
    assert after - before > 190_000_000  # of 200; the system counts in parts that it sums up now and then
    assert after < there_is
