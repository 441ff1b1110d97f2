"""A measurement as plain values for JSON; sizes and scores as they are, rates that do not exist as null."""

from dataclasses import asdict
from typing import Any

from maskwatch.evaluation.false_alarms import FalseAlarms
from maskwatch.evaluation.measure import Measurement
from maskwatch.evaluation.operating_point import INVENTED, MISSED, OperatingPoint, Rates


def measurement_record(measured: Measurement) -> dict[str, Any]:
    """Everything of the measurement but the single detections."""
    return {
        "class_names": list(measured.run.table.model),
        "pictures": measured.pictures,
        "faces": measured.faces,
        "difficult": measured.difficult,
        "lacking": measured.lacking,
        "rule": asdict(measured.rule),
        "ap": measured.ap,
        "ap_by_class": measured.ap_by_class,
        "by_size": [asdict(figures) for figures in measured.by_size],
        "coco": asdict(measured.coco) if measured.coco else None,
        "shown": _shown(measured.shown, measured.run.table.names),
        "calibration": asdict(measured.calibration),
    }


def false_alarms_record(alarms: FalseAlarms) -> dict[str, Any]:
    return {
        "score": alarms.score,
        "pictures": alarms.pictures,
        "alarms": alarms.alarms,
        "per_picture": alarms.per_picture,
        "by_picture": {str(path): count for path, count in alarms.by_picture.items()},
    }


def _shown(shown: OperatingPoint, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "score": shown.score,
        "faces": _rates(shown.faces),
        "by_class": {name: _rates(rates) for name, rates in shown.by_class.items()},
        "confusion": {
            "rows": [*names, INVENTED],
            "columns": [*names, MISSED],
            "counts": shown.confusion.tolist(),
        },
        "false_alarms_per_picture": shown.false_alarms_per_picture,
    }


def _rates(rates: Rates) -> dict[str, Any]:
    return {**asdict(rates), "precision": rates.precision, "recall": rates.recall, "f1": rates.f1}
