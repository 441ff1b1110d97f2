"""`maskwatch data`: commands for labelled sets."""

import typer

from maskwatch.cli import data_anchors, data_check, data_convert, data_split, data_stats, data_view

app = typer.Typer(help="Look after labelled pictures.", no_args_is_help=True)


@app.callback()
def data() -> None:
    """Look after labelled pictures."""


app.command("anchors")(data_anchors.fit_anchors)
app.command("check")(data_check.check)
app.command("convert")(data_convert.convert)
app.command("split")(data_split.split_set)
app.command("stats")(data_stats.stats)
app.command("view")(data_view.view)
