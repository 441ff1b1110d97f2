"""`maskwatch models`: what comes with the package."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table


def models(
    name: Annotated[str | None, typer.Argument(help="Print the card of this model.")] = None,
) -> None:
    """List the shipped models, or print one's card: what it is for, its figures, its limits, its licence."""
    # The detector takes a second to import, which `maskwatch --help` should not.
    from maskwatch.detection.detector import Detector
    from maskwatch.detection.shipped import DEFAULT_MODEL, shipped_bytes, shipped_card, shipped_models

    console = Console()
    if name:
        card = shipped_card(name)
        console.print(Markdown(card)) if console.is_terminal else typer.echo(card)
        return
    if not shipped_models():
        console.print("No model comes with this installation.")
        return
    table = Table("name", "MB", "classes", "", box=None, pad_edge=False)
    for model in shipped_models():
        megabytes = len(shipped_bytes(f"{model}.onnx")) / 1e6
        classes = ", ".join(Detector(model, device="cpu").class_names)
        table.add_row(model, f"{megabytes:.1f}", classes, "default" if model == DEFAULT_MODEL else "")
    console.print(table)
