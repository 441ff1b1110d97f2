"""Do the shipped models still do what their cards say? `make models-check`.

    python recipes/check_models.py --data DATA [--model NAME] [--only val,dev] [--threads 2]

For every model with a docs/models/NAME.json: its file is the one that was measured, its two cards are made from
these figures, and every measurement whose pictures are in DATA gives the same again.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from card import PACKAGED, card_of
from measurements import RECORDS, Measurement, chosen, measure

from maskwatch.detection.shipped import shipped_bytes, shipped_models

# Another processor rounds otherwise, so that a detection may change sides of a threshold.
SHARE_TOLERANCE = 0.003
COUNT_TOLERANCE = 0.005
NOT_COMPARED = ("bins", "ms_a_picture")


def differences(told: Any, measured: Any, where: str = "") -> Iterator[str]:
    """Where two records of figures differ by more than rounding does, a line each."""
    if isinstance(told, dict) and isinstance(measured, dict):
        for key in sorted(told.keys() | measured.keys()):
            if key not in NOT_COMPARED:
                yield from differences(told.get(key), measured.get(key), f"{where}.{key}".lstrip("."))
    elif isinstance(told, list) and isinstance(measured, list) and len(told) == len(measured):
        for place, pair in enumerate(zip(told, measured, strict=True)):
            yield from differences(*pair, f"{where}[{place}]")
    elif not same(told, measured):
        yield f"{where}: the card's file says {told}, measured is {measured}"


def same(told: Any, measured: Any) -> bool:
    if isinstance(told, int | float) and isinstance(measured, int | float) and not isinstance(told, bool):
        whole = isinstance(told, int) and isinstance(measured, int)
        return abs(told - measured) <= (max(3, COUNT_TOLERANCE * abs(told)) if whole else SHARE_TOLERANCE)
    return bool(told == measured)


def faults_of_file(name: str, record: dict[str, Any]) -> Iterator[str]:
    """What is wrong before anything is measured."""
    if hashlib.sha256(shipped_bytes(f"{name}.onnx")).hexdigest() != record["model"]["sha256"]:
        yield "the shipped file is not the one that was measured"
    for path in (RECORDS / f"{name}.md", PACKAGED / f"{name}.md"):
        if not path.is_file() or path.read_text(encoding="utf-8") != card_of(name, record):
            yield f"{path.name} in {path.parent.name} is not made from these figures; run recipes/card.py {name}"


def check(name: str, data: Path, measurements: tuple[Measurement, ...], threads: int) -> list[str]:
    """All faults of one model; prints what it does."""
    record = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
    faults = list(faults_of_file(name, record))
    side_px = record["model"]["preprocessing"]["side_px"]
    for each in measurements:
        told = record["measurements"].get(each.key)
        missing = [path for path in each.needs(data) if not path.is_dir()]
        if told is None or missing:
            print(f"{name}, {each.key}: not checked, {'no such figures' if told is None else f'no {missing[0]}'}")
            continue
        found = list(differences(told, measure(each, name, data, side_px, threads)))
        print(f"{name}, {each.key}: {'differs' if found else 'the same'}", flush=True)
        faults += [f"{each.key}: {fault}" for fault in found]
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", help="only this one")
    parser.add_argument("--only", help="keys of recipes/measurements.py, with commas")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    names = [asked.model] if asked.model else list(shipped_models())
    faults = [f"{name}: no docs/models/{name}.json" for name in names if not (RECORDS / f"{name}.json").is_file()]
    for name in names:
        if (RECORDS / f"{name}.json").is_file():
            faults += [f"{name}: {each}" for each in check(name, asked.data, chosen(asked.only), asked.threads)]
    print("\n".join(faults) or "Every figure that could be checked is as the cards say.")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
