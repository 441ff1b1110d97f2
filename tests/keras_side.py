"""The door to the real keras-retinanet: runs steps of keras_retinanet_side.py in its own environment."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
ENVIRONMENT = TESTS.parent / ".ci-cache" / "keras-retinanet-env"
SCRIPT = TESTS / "keras_retinanet_env.sh"

# keras-resnet 0.1 pads the first convolution in a layer of its own, 0.2 as `SAME`.
LAYOUTS = ("0.1", "0.2")


def require_environment() -> None:
    """Skip where the environment is not set up; fail instead where all parts are required."""
    if (ENVIRONMENT / ".complete").exists():
        return
    reason = f"the real keras-retinanet is not set up; {SCRIPT.relative_to(TESTS.parent)} does it"
    if os.environ.get("MASKWATCH_REQUIRE_PARTS"):
        pytest.fail(reason)
    pytest.skip(reason)


def run_steps(steps: list[dict[str, Any]], folder: Path, layout: str = "0.2") -> None:
    """Run the steps; paths in them are relative to `folder`."""
    plan = folder / "plan.json"
    plan.write_text(json.dumps(steps))
    own = [str(TESTS), *([str(ENVIRONMENT / "keras-resnet-0.1.0")] if layout == "0.1" else [])]
    python = ENVIRONMENT / "bin" / "python"
    threads = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2")}
    done = subprocess.run(
        ["nice", "-n", "10", python, TESTS / "keras_retinanet_side.py", plan],
        cwd=folder,
        env=os.environ | threads | {"PYTHONPATH": os.pathsep.join(own), "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
