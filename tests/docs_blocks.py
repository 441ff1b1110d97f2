"""What the pages tell people to type: the code blocks of README.md and docs, in the order in which they stand.

A fenced block of shell may say why no test can run it:   ```sh not-run="needs a camera"
and one that ends with another exit code than 0 says so:  ```sh exit="1"
A fenced block with a title is a file of that name:       ```toml title="site.toml"
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))

SHELL = ("sh", "bash", "shell", "console")

_FENCE = re.compile(r"^(?P<indent> *)```(?P<head>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_INDENTED = re.compile(r"(?:^    \S[^\n]*\n)+", re.MULTILINE)
_COMMAND = re.compile(r"(?:\S*/)?maskwatch\s")


@dataclass(frozen=True)
class Block:
    """A code block.

    Attributes:
        page: its file; line: where it begins, from 1.
        language: `sh` for an indented block that has commands of ours.
        text: without its indentation.
        not_run: why no test can run it; "" for all others.
        exit: the exit code that its last command has to give.
        title: the name of the file that it is, or "".
    """

    page: Path
    line: int
    language: str
    text: str
    not_run: str = ""
    exit: int = 0
    title: str = ""

    @property
    def is_shell(self) -> bool:
        return self.language in SHELL

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """All code blocks of a page that have a language, and the indented ones with commands of ours."""
    text = page.read_text(encoding="utf-8")
    found = [_fenced(page, text, match) for match in _FENCE.finditer(text)]
    outside = _FENCE.sub(lambda match: re.sub(r"[^\n]", "", match.group()), text)
    for match in _INDENTED.finditer(outside):
        lines = [line.strip() for line in match.group().splitlines()]
        ours = "\n".join(line for line in lines if _COMMAND.match(line))
        if ours:
            found.append(Block(page, outside.count("\n", 0, match.start()) + 1, "sh", ours))
    return sorted((block for block in found if block.language), key=lambda block: block.line)


def _fenced(page: Path, text: str, match: re.Match[str]) -> Block:
    language, _, rest = match["head"].strip().partition(" ")
    said = dict(_ATTRIBUTE.findall(rest))
    unknown = set(said) - {"not-run", "exit", "title"}
    if unknown:
        raise ValueError(f"{page}: a block says {', '.join(unknown)}, which means nothing")
    indent = len(match["indent"])
    body = "".join(line[indent:] or "\n" for line in match["body"].splitlines(keepends=True))
    line = text.count("\n", 0, match.start()) + 1
    return Block(page, line, language, body, said.get("not-run", ""), int(said.get("exit", 0)), said.get("title", ""))


def shell_lines(block: Block) -> list[str]:
    """The commands of a shell block: continued lines are one, comments and empty lines are none."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def our_words(line: str) -> Iterator[list[str]]:
    """What stands behind `maskwatch` in every command of ours on a line of shell, as words."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.commenters, lexer.whitespace_split = "#", True
    command: list[str] = []
    for word in [*lexer, ";"]:
        if not set(word) <= set("|&;<>"):
            command.append(word)
            continue
        if command and re.fullmatch(r"(?:\S*/)?maskwatch", command[0]):
            yield command[1:]
        # What follows < and > is a file, not a command.
        command = ["file"] if set(word) & set("<>") else []
