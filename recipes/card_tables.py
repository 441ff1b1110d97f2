"""The tables of a model card, each from the figures of docs/models/NAME.json alone."""

from collections.abc import Iterator, Sequence
from typing import Any

Record = dict[str, Any]

SETS = {
    "val": "val",
    "dev": "dev",
    "val_half": "val, shown to the network at half the side",
    "val_tiles": "val with `--tiles 2`",
}


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown; the first column is words, the others are numbers."""
    line = "|".join(["---"] + ["---:"] * (len(headings) - 1))
    return "\n".join(["| " + " | ".join(row) + " |" for row in (headings,)] + [f"|{line}|"] + [
        "| " + " | ".join(row) + " |" for row in rows
    ])  # fmt: skip


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def average_precision(record: Record) -> str:
    """AP by set and class."""
    classes = record["model"]["class_names"]
    rows = []
    for key, title in SETS.items():
        if figures := record["measurements"].get(key):
            by_class = [share(figures["ap_by_class"].get(name)) for name in classes]
            coco = share(figures["coco"]["ap"]) if figures.get("coco") else "-"
            faces = str(sum(figures["faces"].values()))
            rows.append([title, str(figures["pictures"]), faces, f"**{share(figures['ap'])}**", *by_class, coco])
    return table(["set", "pictures", "faces", "AP", *classes, "COCO AP"], rows)


def by_size(record: Record) -> str:
    """AP by the size of the face in the picture."""
    sets = {key: title for key, title in SETS.items() if key in record["measurements"]}
    sizes = [each["size"] for each in record["measurements"][next(iter(sets))]["by_size"]]
    rows = []
    for place, size in enumerate(sizes):
        own = [record["measurements"][key]["by_size"][place] for key in sets]
        rows.append([size, *(f"{share(each['ap'])} ({each['faces']})" for each in own)])
    return table(["side of the face (faces)", *sets.values()], rows)


def operating_point(record: Record) -> str:
    """What a user sees at the default score."""
    rows = []
    for key in ("val", "dev"):
        if figures := record["measurements"].get(key):
            shown = figures["shown"]
            for name, rates in (*shown["by_class"].items(), ("any face", shown["faces"])):
                rows.append([f"{SETS[key]}, {name}", *(share(rates[each]) for each in ("precision", "recall", "f1"))])
    return table(["set, class", "precision", "recall", "F1"], rows)


def false_alarms(record: Record) -> Iterator[str]:
    """False faces a picture at the default score, a line each."""
    for key in ("val", "dev"):
        if figures := record["measurements"].get(key):
            yield f"- {SETS[key]}: {figures['shown']['false_alarms_per_picture']:.3f} false faces a picture"
            if empty := figures.get("backgrounds"):
                yield (
                    f"- {empty['pictures']} pictures without faces (`no_faces/val`): {empty['alarms']} in all, "
                    f"{empty['per_picture']:.3f} a picture"
                )


def confusion(figures: Record) -> str:
    """What was there against what was said."""
    matrix = figures["shown"]["confusion"]
    rows = [
        [was, *map(str, counts)] for was, counts in zip(matrix["rows"], matrix["counts"], strict=True) if any(counts)
    ]
    return table(["there", *(f"said {name}" for name in matrix["columns"][:-1]), matrix["columns"][-1]], rows)


def robustness(record: Record) -> str:
    """AP kept under each condition, beside the peers measured on the same pixels."""
    kept = record["measurements"]["robust"]["robustness"]
    peers = record.get("peers", {}).get("detectors", {})
    rows = []
    for each in kept:
        theirs = [peer_share(peer, each) for peer in peers.values()]
        rows.append([f"{each['condition']}, {each['strength']}", share(each["ap"]), percent(each["share"]), *theirs])
    return table(["condition", "AP", "kept", *(f"kept by {name}" for name in peers)], rows)


def peer_share(peer: Record, condition: Record) -> str:
    """The share a peer keeps under the same condition; - where it was not measured under it."""
    same = (each for each in peer["robustness"] if each["strength"] == condition["strength"])
    found = next((each for each in same if each["condition"] == condition["condition"]), None)
    return "-" if found is None else f"{percent(found['share'])} of {share(peer['ap'])}"


def speed(record: Record) -> str:
    """Milliseconds a picture by part, and ratios to peers."""
    figures = record["speed"]
    rows = [[part, f"{ms:.1f}", ""] for part, ms in figures["parts_ms"].items()]
    rows.append(["resize to boxes", f"{figures['resize_to_boxes_ms']:.1f}", ""])
    for name, peer in figures["peers"].items():
        low, high = peer["ratio_range"]
        rows.append([name, f"{peer['ms']:.1f}", f"ours takes {peer['ratio']:.2f} of it ({low:.2f} to {high:.2f})"])
    return table(["part", "ms a picture", "beside ours"], rows)
