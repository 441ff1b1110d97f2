"""Every command in the documentation: its options exist, and what can run here runs, as a reader would type it."""

import re
import shutil
from pathlib import Path

import pytest
import typer
import typer.core
import typer.main
from PIL import Image

from docs_blocks import PAGES, README, ROOT, Block, blocks, our_words, shell_lines
from docs_desk import Desk, write_shims
from maskwatch.cli.main import app
from maskwatch.demo.scene import FRAMES_PER_S, Scene
from maskwatch.pictures.video_writing import writing_video
from parts import require_part

TUTORIAL = ROOT / "docs" / "tutorial.md"
# Pages whose commands go on from what the tutorial left. The others' are parsed here, and typed, as README.md's are,
# by tests of what they are about, which have the models, servers and recordings that it takes.
DOCS = ROOT / "docs"
GOING_ON = ("index.md", "formats.md", "prelabel.md", "how-to/*.md", "explanation/*.md")
AFTER_TUTORIAL = [page for page in PAGES if any(page.relative_to(DOCS).match(each) for each in GOING_ON)]
ALL_BLOCKS = [block for page in [README, *PAGES] for block in blocks(page)]
SHELL_BLOCKS = [block for block in ALL_BLOCKS if block.is_shell]
TYPED_BLOCKS = [block for block in SHELL_BLOCKS if block.page in (TUTORIAL, *AFTER_TUTORIAL)]

COMMANDS = typer.main.get_command(app)
# Typer brings its own or click's, from version to version.
USAGE_ERROR = typer.BadParameter.__mro__[1]

# Words that stand for something and are no option's value.
PLACEHOLDER = re.compile(r"\.\.\.|[A-Z]{3,}|<\w+>")


def lines_of_ours() -> list[tuple[str, list[str]]]:
    """Where, and the words after `maskwatch`, of every line that is no mere pattern."""
    found = [(str(block), words) for block in SHELL_BLOCKS for line in shell_lines(block) for words in our_words(line)]
    return [(where, words) for where, words in found if not any(PLACEHOLDER.fullmatch(word) for word in words)]


@pytest.mark.parametrize(
    ("where", "words"), lines_of_ours(), ids=lambda value: value if isinstance(value, str) else " ".join(value)[:60]
)
def test_every_line_is_one_that_the_command_line_takes(where: str, words: list[str]) -> None:
    command, rest, path = COMMANDS, list(words), "maskwatch"
    while isinstance(command, typer.core.TyperGroup) and rest and not rest[0].startswith("-"):
        assert rest[0] in command.commands, f"{where}: there is no command {path} {rest[0]}"
        path, command = f"{path} {rest[0]}", command.commands[rest.pop(0)]
    if set(rest) & {"--help", "--version"}:
        return
    try:
        command.make_context(path, rest)
    except USAGE_ERROR as error:
        pytest.fail(f"{where}: {path} {' '.join(rest)}: {error}")


def test_blocks_that_no_test_runs_say_why_and_are_few() -> None:
    left_out = [block for block in TYPED_BLOCKS if block.not_run]
    typed = sum(len(shell_lines(block)) for block in TYPED_BLOCKS if not block.not_run)
    print(f"{typed} lines are typed; not run:", *(f"{block}: {block.not_run}" for block in left_out), sep="\n")
    assert all(re.match(r"needs|installs|opens|runs until|there is nothing|asks|takes", b.not_run) for b in left_out)
    assert typed >= 40
    assert sum(len(shell_lines(block)) for block in left_out) < typed / 2


def test_every_fenced_block_has_a_language() -> None:
    for page in [README, *PAGES]:
        heads = re.findall(r"^ *```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert all(heads[::2]), f"{page}: a fenced block without a language; write ```text for none"
        assert not any(heads[1::2]), f"{page}: a fence that is never closed"


@pytest.fixture(scope="module")
def shims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shims(tmp_path_factory.mktemp("shims") / "bin")


@pytest.fixture(scope="module")
def after_tutorial(tmp_path_factory: pytest.TempPathFactory, shims: Path) -> Path:
    """The folder that a reader has after the tutorial, and what other pages name besides."""
    require_part("libgl")
    desk = Desk(tmp_path_factory.mktemp("tutorial"), shims)
    for block in blocks(TUTORIAL):
        desk.type_in(block)
    scene = Scene()
    Image.fromarray(scene.frame(1.0)).save(desk.folder / "photo.jpg")
    with writing_video(desk.folder / "clip.webm") as clip:
        for number in range(4 * FRAMES_PER_S):
            clip.write(scene.frame(number / FRAMES_PER_S), number / FRAMES_PER_S)
    shutil.copyfile(desk.folder / "clip.webm", desk.folder / "clip.mp4")
    shutil.copyfile(desk.folder / "demo.sqlite", desk.folder / "shop.sqlite")
    shutil.copytree(desk.folder / "parts" / "val", desk.folder / "pictures")
    shutil.copyfile(desk.folder / "photo.jpg", desk.folder / "pictures" / "unlabelled.jpg")
    return desk.folder


@pytest.mark.slow
def test_the_tutorial_works_to_the_letter(after_tutorial: Path) -> None:
    assert (after_tutorial / "runs" / "mine" / "best.safetensors").exists()
    assert (after_tutorial / "mine.onnx").stat().st_size > 1_000_000
    assert len(list((after_tutorial / "found").glob("*.jpg"))) == len(
        list((after_tutorial / "parts/val").glob("*.jpg"))
    )
    assert (after_tutorial / "demo.sqlite").exists()


def runnable(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.title or block.language == "python" or block.is_shell]


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in AFTER_TUTORIAL if runnable(p)], ids=lambda page: page.stem)
def test_what_a_page_says_to_type_works(page: Path, after_tutorial: Path, shims: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", shims)
    shutil.copytree(after_tutorial, desk.folder)
    for block in _needed_before(page) + runnable(page):
        desk.type_in(block)


def _needed_before(page: Path) -> list[Block]:
    """The files that a page uses and another page shows."""
    shown = [block for each in PAGES for block in blocks(each) if block.title and each != page]
    text = page.read_text(encoding="utf-8")
    return [block for block in shown if block.title in text]
