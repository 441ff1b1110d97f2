"""How `maskwatch data check` tells what it found: a line a fault, then tables; or JSON."""

import json
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from maskwatch.cli.data_fix import Repair
from maskwatch.data.check import CheckedSet, has_faults
from maskwatch.data.faults import Fault, Severity, printable

_ORDER = (Severity.BLOCKING, Severity.FAULT, Severity.WARNING)
_MEANING = {
    Severity.BLOCKING: "blocking: put right before training",
    Severity.FAULT: "fault: put right or live with",
    Severity.WARNING: "warning",
}


def json_text(checked: Sequence[CheckedSet], between: Sequence[Fault], fixed: Repair | None) -> str:
    """One record; ASCII, because a file's name may hold bytes that no encoding of a terminal takes."""
    record = {
        "sets": [part.to_record() for part in checked],
        "between": [fault.to_record() for fault in between],
        **({"fixed": fixed.to_record()} if fixed else {}),
    }
    return json.dumps(record, indent=2)


def print_report(console: Console, checked: Sequence[CheckedSet], faults: Sequence[Fault]) -> None:
    """Every fault on a line of its own, then what the sets hold and how many faults of each kind there are."""
    for fault in faults:
        console.print(f"{fault.severity}: {fault}", soft_wrap=True, markup=False, highlight=False)
    for part in checked:
        _print_set(console, part)
    if faults:
        console.print(_fault_table(faults))
    counts = Counter(fault.severity for fault in faults)
    told = ", ".join(f"{severity} {counts[severity]}" for severity in _ORDER if counts[severity])
    console.print(f"{'faults' if has_faults(list(faults)) else 'clean'}{told and ': '}{told}", highlight=False)


def _print_set(console: Console, part: CheckedSet) -> None:
    result, counts = part.result, part.class_counts
    console.print(f"Read {printable(result.why)}", soft_wrap=True, markup=False, highlight=False)
    console.print(f"pictures: {len(result.samples)}, without boxes: {part.without_boxes}", highlight=False)
    table = Table()
    table.add_column("class")
    table.add_column("boxes", justify="right")
    table.add_column("pictures", justify="right")
    holding = Counter(label for sample in result.samples for label in set(sample.labels))
    for name, count in counts.items():
        table.add_row(Text(printable(name)), str(count), str(holding[name]))
    console.print(table)


def _fault_table(faults: Sequence[Fault]) -> Table:
    table = Table()
    for heading in ("kind", "means"):
        table.add_column(heading)
    table.add_column("found", justify="right")
    counts = Counter((_ORDER.index(fault.severity), fault.kind) for fault in faults)
    for (order, kind), count in sorted(counts.items()):
        table.add_row(kind, _MEANING[_ORDER[order]], str(count))
    return table
