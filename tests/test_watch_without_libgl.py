"""A machine without libGL, which opencv-python wants: a real, bare Debian in which everything else works."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fake_model import rectangle_picture, write_fake_model
from parts import require_part

pytestmark = [pytest.mark.slow]

REPOSITORY = Path(__file__).parent.parent
# What a Python built from source loads, but neither libGL nor GLib.
LIBRARIES = "libsqlite3-0,libssl3,libffi8,zlib1g,liblzma5,libbz2-1.0,libstdc++6,libgomp1,libuuid1,libreadline8"
MIRROR = "http://deb.debian.org/debian"


@pytest.fixture
def bare(request: pytest.FixtureRequest) -> Path:
    """The root of a bare Debian, made once."""
    require_part("debootstrap")
    require_part("own-mounts")
    root = Path(request.config.cache.mkdir("bare-debian")) / "root"
    if not (root / "whole").exists():
        own_python = [] if sys.base_prefix != "/usr" else ["python3"]
        include = ",".join([LIBRARIES, *own_python])
        command = ["debootstrap", "--variant=minbase", f"--include={include}", "bookworm", str(root), MIRROR]
        subprocess.run(command, check=True, capture_output=True)
        (root / "whole").touch()
    return root


def run_in(root: Path, work: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`maskwatch ARGUMENTS...` of this very environment, inside the root, in the folder `work`."""
    folders = {REPOSITORY, Path(sys.prefix), work} | ({Path(sys.base_prefix)} - {Path("/usr")})
    mounts = [f"mkdir -p {root}{folder} && mount --rbind {folder} {root}{folder}" for folder in sorted(folders)]
    mounts.append(f"mount -t proc proc {root}/proc && mount -t tmpfs none {root}/dev/shm")
    words = " ".join(f"'{word}'" for word in (sys.executable, "-m", "maskwatch", *arguments))
    script = " && ".join([*mounts, f'exec chroot {root} sh -c "cd {work} && OMP_NUM_THREADS=1 {words}"'])
    command = ["unshare", "-m", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_watching_names_the_two_packages_and_detecting_works(bare: Path, tmp_path: Path) -> None:
    model = write_fake_model(tmp_path / "fake.onnx")
    watched = run_in(bare, tmp_path, "watch", "demo", "--model", model)
    assert watched.returncode == 2, watched.stderr
    assert "apt-get install libgl1 libglib2.0-0" in watched.stderr
    assert len(watched.stderr.strip().splitlines()) == 1
    picture: np.ndarray = rectangle_picture(64, 64, mask=(10, 10, 40, 50))
    Image.fromarray(picture).save(tmp_path / "face.png")
    found = run_in(bare, tmp_path, "detect", tmp_path / "face.png", "--model", model, "--jsonl")
    assert found.returncode == 0, found.stderr
    assert '"mask"' in found.stdout
