"""The built wheel, in an empty environment outside the checkout, does the main job with no network."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent

# Put on the module path, this makes any attempt to reach another machine an error.
NO_NETWORK = """
import socket

def refuse(*arguments):
    raise RuntimeError(f"the network was asked for: {arguments}")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel and its demo, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    command = [python, "-m", "pip", "install", "-q", "-c", constraints, f"{wheel}[demo]"]
    subprocess.run(command, check=True)
    return python


def offline(python: Path, arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the environment in another folder with the network refused."""
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [python, "-m", "maskwatch", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_carries_models_cards_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = ("models/watch-nano.onnx", "models/watch-nano.safetensors", "models/watch-nano.md", "models/SHA256SUMS")
    assert {f"maskwatch/{name}" for name in (*wanted, "py.typed")} <= names
    assert any(name.endswith("licenses/MODEL_LICENSE") for name in names)


def test_the_demo_runs_offline_from_the_wheel(python: Path, tmp_path: Path) -> None:
    done = offline(python, ["demo", "--out", "out"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "demo.webm").stat().st_size > 10_000
    json.loads((tmp_path / "out" / "demo.json").read_text())
    assert "demo.webm" in done.stdout


def test_the_base_install_has_no_torch_and_says_what_training_needs(python: Path, tmp_path: Path) -> None:
    absent = subprocess.run([python, "-c", "import torch"], capture_output=True, check=False)
    assert absent.returncode == 1
    done = offline(python, ["train", "anything"], tmp_path)
    assert done.returncode == 2
    assert "pip install 'maskwatch[train]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_network_is_really_refused(python: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    program = "import socket; socket.create_connection(('127.0.0.1', 9))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([python, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert "the network was asked for" in done.stderr
