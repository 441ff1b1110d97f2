"""The guide for keras-retinanet's users tells the truth: commands, options, flags and tests in it exist."""

import re
import shlex
from pathlib import Path

import pytest
import typer.core
import typer.main

from maskwatch.cli.main import app
from maskwatch.retinanet.variants import VARIANTS

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "from-keras-retinanet.md").read_text(encoding="utf-8")

# bin/train.py, evaluate.py, debug.py and convert_model.py of keras-retinanet 1.0, without positional arguments.
THEIRS = {
    "retinanet-train": """--snapshot --imagenet-weights --weights --no-weights --backbone --batch-size --gpu --multi-gpu
        --multi-gpu-force --initial-epoch --epochs --steps --lr --optimizer-clipnorm --snapshot-path --tensorboard-dir
        --tensorboard-freq --no-snapshots --no-evaluation --freeze-backbone --random-transform --image-min-side
        --image-max-side --no-resize --config --weighted-average --compute-val-loss --reduce-lr-patience
        --reduce-lr-factor --group-method --multiprocessing --workers --max-queue-size""",
    "retinanet-evaluate": """--convert-model --backbone --gpu --score-threshold --iou-threshold --max-detections
        --save-path --image-min-side --image-max-side --no-resize --config --group-method""",
    "retinanet-debug": """--coco-set --pascal-set --no-resize --anchors --display-name --show-annotations
        --random-transform --image-min-side --image-max-side --config --no-gui --output-dir --flatten-output
        --group-method""",
    "retinanet-convert-model": """--backbone --no-nms --no-class-specific-filter --config --nms-threshold
        --score-threshold --max-detections --parallel-iterations""",
}
COMMAND_OF = {
    "retinanet-train": ("train",),
    "retinanet-evaluate": ("evaluate",),
    "retinanet-debug": ("data", "view"),
}


def ours() -> list[list[str]]:
    """The words after every `maskwatch` in the guide, in its code blocks and in its sentences."""
    lines = re.findall(r"^    maskwatch (.*)$", GUIDE, re.MULTILINE)
    spans = re.findall(r"`maskwatch ([^`]*)`", GUIDE)
    return [shlex.split(text, comments=True) for text in (*lines, *spans)]


def options_of(words: list[str]) -> tuple[set[str], list[str]]:
    """All options of the command that the words begin with, and the words after it."""
    command, rest = typer.main.get_command(app), list(words)
    while isinstance(command, typer.core.TyperGroup):
        command = command.commands[rest.pop(0)]
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}, rest


def test_every_command_and_option_of_ours_exists() -> None:
    assert len(ours()) > 25
    for words in ours():
        known, rest = options_of(words)
        given = {word for word in rest if word.startswith("-")}
        assert given <= known, f"maskwatch {' '.join(words)}"


def rows(title: str) -> list[tuple[str, str]]:
    """The rows of a section's table: what is there, and what is here."""
    section = GUIDE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| (.+?) \| (.+) \|$", section, re.MULTILINE)


@pytest.mark.parametrize("title", THEIRS)
def test_every_flag_of_theirs_has_a_row(title: str) -> None:
    told = {flag for there, _ in rows(title) for flag in re.findall(r"--[a-z-]+", there)}
    assert set(THEIRS[title].split()) - told == set()


@pytest.mark.parametrize("title", COMMAND_OF)
def test_every_option_that_a_row_answers_with_exists(title: str) -> None:
    known, _ = options_of(list(COMMAND_OF[title]))
    for _, here in rows(title):
        plain = re.sub(r"`maskwatch [^`]*`", "", here)
        for span in re.findall(r"`(--[^`]*)`", plain):
            assert span.split()[0] in known, span


def test_every_model_and_file_that_it_names_is_there() -> None:
    for name in re.findall(r"(?:classic|watch)-[a-z]+\d*", GUIDE):
        assert name in VARIANTS
    files = re.findall(r"`((?:tests|benchmarks)/[\w/.]+)`", GUIDE)
    assert len(files) >= 15
    for name in files:
        assert (ROOT / name).is_file(), name


def test_there_are_fifteen_pains_each_with_a_test() -> None:
    pains = GUIDE.split("## Fifteen pains")[1].split("\n## ")[0]
    entries = re.split(r"^\d+\. ", pains, flags=re.MULTILINE)[1:]
    assert len(entries) == 15
    for entry in entries:
        assert re.search(r"\(`(tests|benchmarks)/", entry), entry
