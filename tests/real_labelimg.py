"""The real labelImg, where `tests/labelimg_env.sh` has installed it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

_FOLDER = Path(__file__).parent
_PYTHON = _FOLDER.parent / ".ci-cache" / "labelimg-env" / "bin" / "python"


def labelimg(jobs: list[list[Any]]) -> list[Any]:
    """Let labelImg do some jobs of `labelimg_driver.py`; skips, or fails where every part is required."""
    if not _PYTHON.exists():
        missing = "the real labelImg is not installed: run tests/labelimg_env.sh"
        (pytest.fail if os.environ.get("MASKWATCH_REQUIRE_PARTS") == "1" else pytest.skip)(missing)
    done = subprocess.run(
        [_PYTHON, _FOLDER / "labelimg_driver.py"],
        input=json.dumps(jobs, default=str),
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1"},  # no display, and no paths of this environment
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers
