"""What the README says to type works, to the letter."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.core
import typer.main
from PIL import Image

from labelled_sets import voc_object, voc_text
from maskwatch.cli.main import app
from maskwatch.demo.scene import DURATION_S, FRAMES_PER_S, Scene
from maskwatch.pictures.video_writing import writing_video

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

# A camera is not to be had here; everything else is typed as it stands.
NEEDS_A_CAMERA = (["detect", "0"], ["watch", "0"])


def typed_lines() -> list[list[str]]:
    """The words of every `maskwatch` line of the README's indented blocks, without comments."""
    lines = re.findall(r"^    (?:\.venv/bin/)?maskwatch (.*)$", README, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def python_blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", README)
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the README's lines name, made from the demo's scene."""
    folder = tmp_path_factory.mktemp("desk")
    scene = Scene()
    for part, count, offset in (("pictures", 12, 0.0), ("other-pictures", 6, 0.35), ("holiday", 2, 0.2)):
        (folder / part).mkdir()
        for number in range(count):
            time_s = offset + number * (DURATION_S - 1) / count
            write_labelled(folder / part, f"{part}{number}.png", scene, time_s)
    Image.fromarray(scene.frame(1.0)).save(folder / "photo.jpg")
    with writing_video(folder / "clip.webm") as clip:
        for number in range(6):
            clip.write(scene.frame(number / FRAMES_PER_S), number / FRAMES_PER_S)
    (folder / "clip.webm").rename(folder / "clip.mp4")
    return folder


def write_labelled(folder: Path, name: str, scene: Scene, time_s: float) -> None:
    """A picture of the scene with labelImg's XML beside it."""
    picture = Image.fromarray(scene.frame(time_s))
    picture.save(folder / name)
    faces = [(truth.label, *map(float, truth.box)) for truth in scene.truth(time_s)]
    text = voc_text(name, "".join(map(voc_object, faces)), picture.size)
    (folder / name).with_suffix(".xml").write_text(text, encoding="utf-8")


def test_every_line_names_a_command_and_options_that_exist() -> None:
    commands = typer.main.get_command(app)
    assert len(typed_lines()) >= 8
    for words in typed_lines():
        command, rest = commands, list(words)
        while isinstance(command, typer.core.TyperGroup):
            command = command.commands[rest.pop(0)]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in rest if word.startswith("-")} <= known, words


@pytest.mark.parametrize("block", python_blocks())
def test_the_python_examples_run(block: str, desk: Path) -> None:
    done = subprocess.run([sys.executable, "-c", block], cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"no_mask [01]\.\d+ at \[", done.stdout), done.stdout


@pytest.mark.slow
def test_every_line_runs_as_it_stands(desk: Path) -> None:
    for words in typed_lines():
        if words[:2] in NEEDS_A_CAMERA:
            continue
        # One epoch shows that training runs; how long it should is not this test's matter.
        extra = ["--epochs", "1", "--workers", "0"] if words[0] == "train" and "--resume" not in words else []
        command = [sys.executable, "-m", "maskwatch", *words, *extra]
        done = subprocess.run(command, cwd=desk, capture_output=True, text=True, check=False)
        # The scene's pictures are near-duplicates of each other, as `data check` rightly says.
        expected = 1 if words[:2] == ["data", "check"] else 0
        assert done.returncode == expected, f"{words}: {done.stdout}{done.stderr}"
    assert (desk / "mine.onnx").stat().st_size > 1_000_000
    assert (desk / "found" / "detections.jsonl").exists() or list((desk / "found").iterdir())
