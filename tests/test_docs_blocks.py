"""How the pages' blocks are found, for a block that is not found is a command that no test runs."""

from pathlib import Path

import pytest

from docs_blocks import blocks, our_words, shell_lines

PAGE = """# A page

Text with `maskwatch detect` in it.

```sh
maskwatch detect photo.jpg \\
  --jsonl          # a remark
# a whole line of remark
```

    pip install .
    maskwatch models

- a list

  ```sh not-run="needs a camera" exit="1"
  maskwatch watch 0
  ```

```toml title="site.toml"
key = 1
```

```
plain
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def test_fenced_and_indented_blocks_are_found_in_order(page: Path) -> None:
    first, indented, listed, file = blocks(page)
    assert shell_lines(first) == ["maskwatch detect photo.jpg    --jsonl          # a remark"]
    assert (indented.text, indented.line, indented.is_shell) == ("maskwatch models", 11, True)
    assert (listed.text, listed.not_run, listed.exit) == ("maskwatch watch 0\n", "needs a camera", 1)
    assert (file.title, file.text, file.is_shell) == ("site.toml", "key = 1\n", False)


def test_an_attribute_that_means_nothing_is_refused(page: Path) -> None:
    page.write_text('```sh notrun="needs a camera"\nmaskwatch models\n```\n')
    with pytest.raises(ValueError, match="notrun"):
        blocks(page)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("maskwatch detect a.jpg  # a remark", [["detect", "a.jpg"]]),
        (".venv/bin/maskwatch models", [["models"]]),
        ("maskwatch detect a --jsonl | head -n 1", [["detect", "a", "--jsonl"]]),
        ("cd x && maskwatch models > out.txt; maskwatch demo", [["models"], ["demo"]]),
        ("echo maskwatch models", []),
        ("cat < maskwatch", []),
        ("maskwatch data check 'a b' --map x=y", [["data", "check", "a b", "--map", "x=y"]]),
    ],
)
def test_commands_of_ours_are_found_on_a_line(line: str, words: list[list[str]]) -> None:
    assert list(our_words(line)) == words
