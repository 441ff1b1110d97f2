"""A measurement as tables for people."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from maskwatch.evaluation.calibration import LOWEST_SCORE, CalibrationFigures
from maskwatch.evaluation.false_alarms import FalseAlarms
from maskwatch.evaluation.measure import Measurement
from maskwatch.evaluation.operating_point import INVENTED, MISSED, Rates
from maskwatch.evaluation.robustness import Kept


def tables(measured: Measurement) -> Iterator[RenderableType]:
    """What there is to say, in the order in which it matters."""
    yield class_table(measured)
    yield size_table(measured)
    yield confusion_table(measured)
    yield from remarks(measured)


def class_table(measured: Measurement) -> Table:
    """AP, COCO's AP and the rates at the score shown, a row a class."""
    rule, coco, shown = measured.rule, measured.coco, measured.shown
    table = Table(
        title=f"{measured.pictures} pictures, {sum(measured.faces.values())} faces",
        caption=f"AP ({rule.name}): IoU from {rule.iou}, score from {rule.minimum_score:g}, at most "
        f"{rule.per_picture} a picture. Precision, recall and F1 at score {shown.score:g}.",
    )
    table.add_column("class")
    for heading in ("faces", "AP", *(("COCO AP",) if coco else ()), "precision", "recall", "F1"):
        table.add_column(heading, justify="right")
    for name, count in measured.faces.items():
        coco_ap = [_figure(coco.ap_by_class.get(name))] if coco else []
        rates = shown.by_class.get(name, Rates(0, 0, 0))
        table.add_row(name, str(count), _figure(measured.ap_by_class.get(name)), *coco_ap, *_rates(rates))
    table.add_section()
    mean = [_figure(coco.ap)] if coco else []
    table.add_row("mean", "", _figure(measured.ap), *mean, "", "", "", style="bold")
    everybody = str(shown.faces.found + shown.faces.missed)
    table.add_row("any face", everybody, "", *[""] * len(mean), *_rates(shown.faces))
    return table


def size_table(measured: Measurement) -> Table:
    """AP by the size of the face, a row a bucket."""
    table = Table(title="AP by size of the face in the picture")
    table.add_column("size")
    names = list(measured.ap_by_class)
    for heading in ("faces", "AP", *names):
        table.add_column(heading, justify="right")
    for figures in measured.by_size:
        by_class = [_figure(figures.ap_by_class.get(name)) for name in names]
        table.add_row(figures.size, str(figures.faces), _figure(figures.ap), *by_class)
    return table


def confusion_table(measured: Measurement) -> Table:
    """What was there against what was said, at the score shown."""
    names = measured.run.table.names
    table = Table(title=f"What was there, and what was said of it (score from {measured.shown.score:g})")
    table.add_column("there")
    for name in measured.run.table.model:
        table.add_column(f"said {name}", justify="right")
    table.add_column(MISSED, justify="right")
    columns = [*range(len(measured.run.table.model)), len(names)]
    for row, name in zip(measured.shown.confusion, [*names, f"nobody ({INVENTED})"], strict=True):
        table.add_row(name, *[str(row[column]) for column in columns])
    return table


def remarks(measured: Measurement) -> Iterator[str]:
    """What a reader of the tables should know, a sentence each."""
    yield f"{measured.shown.false_alarms_per_picture:.3f} faces invented a picture."
    if measured.calibration.error is not None:
        yield calibration_remark(measured.calibration)
    if measured.coco:
        coco = measured.coco
        yield f"COCO: AP {_figure(coco.ap)}, at IoU .50 {_figure(coco.ap50)}, at IoU .75 {_figure(coco.ap75)}."
    if measured.difficult:
        yield f"{measured.difficult} difficult faces are not counted."
    for name, count in measured.lacking.items():
        yield f"The model does not know the class {name} ({count} faces): it is in no AP."
    unasked = [name for name, count in measured.faces.items() if not count]
    if unasked:
        yield f"No face of {', '.join(unasked)} in the data: not in the mean."


def calibration_remark(figures: CalibrationFigures) -> str:
    """How far scores are from what they promise, in one sentence; only where there are detections."""
    by_class = ", ".join(f"{name} {error:.3f}" for name, error in figures.error_by_class.items())
    return (
        f"Expected calibration error {_figure(figures.error)} ({by_class}) over {figures.detections} detections "
        f"with a score from {LOWEST_SCORE:g}, {len(figures.bins)} bins of equal counts."
    )


def robustness_table(kept: Sequence[Kept], plain_ap: float | None) -> Table:
    """AP under each condition and the share kept of what the untouched pictures gave."""
    table = Table(title=f"AP when pictures get worse ({_figure(plain_ap)} as they are)")
    for heading in ("condition", "strength"):
        table.add_column(heading)
    for heading in ("AP", "kept"):
        table.add_column(heading, justify="right")
    for before, each in zip((None, *kept), kept, strict=False):
        if before and before.condition != each.condition:
            table.add_section()
        share = "-" if each.share is None else f"{each.share:.0%}"
        table.add_row(each.condition, each.strength, _figure(each.ap), share)
    return table


def alarms_remark(alarms: FalseAlarms) -> str:
    """The false alarms of a set without faces in one sentence."""
    return (
        f"{alarms.alarms} false alarms in {alarms.pictures} pictures without faces "
        f"({alarms.per_picture:.3f} a picture) from score {alarms.score:g} on."
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _rates(rates: Rates) -> tuple[str, str, str]:
    return _figure(rates.precision), _figure(rates.recall), _figure(rates.f1)
