"""Two processes train as one does; a killed one ends both with one sentence, and the run goes on."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from training_parts import write_squares

pytestmark = pytest.mark.slow

# Plain steps in proportion to the gradient: AdamW would hide a wrong share, and make much of rounding.
OPTIONS = (
    *("--batch", "4", "--crop-px", "64", "--workers", "1", "--threads", "1", "--norm", "group", "--side-px", "96"),
    *("--optimiser", "sgd", "--learning-rate", "0.01"),
)
WAIT_S = 300


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("squares")
    write_squares(folder, 12)
    return folder


@pytest.fixture(scope="module")
def alone(squares: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[float]]:
    """The log of a run of 2 epochs of 3 steps that one process made."""
    out = tmp_path_factory.mktemp("alone") / "run"
    done = finished(start(1, ["train", str(squares), "--val", str(squares), "-o", str(out), "--epochs", "2", *OPTIONS]))
    assert done[0] == 0, done[1]
    return logged(out)


def start(processes: int, words: Sequence[str]) -> subprocess.Popen[str]:
    torchrun = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m"]
    launcher = torchrun if processes > 1 else []
    command = [sys.executable, "-m", *launcher, "maskwatch", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, _ = process.communicate(timeout=WAIT_S)
    return process.returncode, out


def logged(run: Path) -> list[list[float]]:
    """What of a run's log depends on no clock."""
    names = ("epoch", "step", "learning_rate", "class_loss", "box_loss", "ap")
    with (run / "log.csv").open(newline="") as file:
        return [[float(row[name] or 0) for name in names] for row in csv.DictReader(file)]


def assert_same_log(run: Path, other: list[list[float]]) -> None:
    own = logged(run)
    assert len(own) == len(other)
    for row, expected in zip(own, other, strict=True):
        assert row == pytest.approx(expected, abs=1.1e-5)  # the log has five decimals


def test_two_processes_have_the_losses_of_one(squares: Path, alone: list[list[float]], tmp_path: Path) -> None:
    words = ["train", str(squares), "--val", str(squares), "-o", str(tmp_path / "run"), "--epochs", "2", *OPTIONS]
    code, out = finished(start(2, [*words, "--accumulate", "2"]))
    assert code == 0, out
    assert_same_log(tmp_path / "run", alone)
    assert out.count("Best checkpoint") == 1
    assert out.count("epoch 1:") == 1
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert files == {"request.json", "last.safetensors", "best.safetensors", "log.csv"}


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_both_with_one_sentence_and_the_run_goes_on(
    squares: Path, alone: list[list[float]], tmp_path: Path, rank: int
) -> None:
    run = tmp_path / "run"
    words = ["train", str(squares), "--val", str(squares), "-o", str(run), "--epochs", "2", *OPTIONS]
    process = start(2, words)
    wait_for(run / "log.csv", process)
    os.kill(member(process.pid, rank), signal.SIGKILL)
    code, out = finished(process)
    assert code != 0
    told = [line for line in out.splitlines() if "maskwatch train --resume" in line]
    assert len(told) == 1, out
    assert f"[rank{1 - rank}]" not in out  # no traceback of the one that is left
    code, out = finished(start(2, ["train", "--resume", str(run)]))
    assert code == 0, out
    assert_same_log(run, alone)


def test_a_mistake_is_told_once(squares: Path, tmp_path: Path) -> None:
    code, out = finished(start(2, ["train", str(squares), "-o", str(tmp_path / "run"), "--batch", "3"]))
    assert code != 0
    assert out.count("--batch 3: cannot be shared out") == 1
    assert not (tmp_path / "run").exists()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + WAIT_S
    while not path.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.02)


def member(launcher: int, rank: int) -> int:
    """The process of a rank, among those that `torchrun` started."""
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
    for child in children:
        if f"RANK={rank}" in Path(f"/proc/{child}/environ").read_bytes().decode().split("\0"):
            return int(child)
    raise AssertionError(f"no process of rank {rank} among {children}")
