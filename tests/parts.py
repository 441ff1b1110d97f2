"""Real parts that some tests talk to: a missing one skips the test, or fails it where everything has to be there."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

SYSTEM_PYTHON = "/usr/bin/python3"

missing: Counter[str] = Counter()


def _has_rtsp_server() -> bool:
    program = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    return _runs([SYSTEM_PYTHON, "-c", program]) and _runs(["gst-inspect-1.0", "x264enc"], optional=True)


def _has_own_mounts() -> bool:
    return _runs(["unshare", "-m", "true"])


@cache
def _has_opencv() -> bool:
    return _runs([sys.executable, "-c", "import cv2"])


def _runs(command: list[str], *, optional: bool = False) -> bool:
    if shutil.which(command[0]) is None:
        return optional
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


# Name: how to tell that it is there, and how to get it.
PARTS: dict[str, tuple[Callable[[], bool], str]] = {
    "rtsp-server": (
        _has_rtsp_server,
        "apt-get install gstreamer1.0-rtsp gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-{good,bad,ugly}",
    ),
    "libgl": (_has_opencv, "apt-get install libgl1 libglib2.0-0"),
    "debootstrap": (lambda: shutil.which("debootstrap") is not None, "apt-get install debootstrap"),
    "openssl": (lambda: shutil.which("openssl") is not None, "apt-get install openssl"),
    "ffmpeg": (lambda: shutil.which("ffmpeg") is not None, "apt-get install ffmpeg"),
    "own-mounts": (_has_own_mounts, "run as root, where namespaces are allowed"),
}


def require_part(name: str) -> None:
    """Skip the calling test unless the part is there; with MASKWATCH_REQUIRE_PARTS=1 fail it instead."""
    is_there, advice = PARTS[name]
    if is_there():
        return
    missing[name] += 1
    words = f"needs the part {name}: {advice}"
    if os.environ.get("MASKWATCH_REQUIRE_PARTS") == "1":
        pytest.fail(words)
    pytest.skip(words)
