"""The sentences of a model card that hold figures, each from docs/models/NAME.json alone."""

from typing import Any

import card_tables as tables
from measurements import MEASUREMENTS

Record = dict[str, Any]


def about(record: Record) -> str:
    """The file in a few lines."""
    model, training = record["model"], record["model"]["training"]
    lines = [
        f"- classes: {', '.join(model['class_names'])}",
        f"- file: {model['bytes'] / 1e6:.1f} MB, ONNX, suppression inside",
        f"- input: pictures scaled to {model['preprocessing']['side_px']} px "
        f"({model['preprocessing']['fit'].replace('_', ' ')})",
        f"- default score {model['default_score']:g}, default overlap {model['default_iou']:g}",
    ]
    if "pictures" in training:
        lines.append(
            f"- trained on {training['pictures']:,} pictures with {training['boxes']:,} boxes, "
            f"{training['steps']:,} steps"
        )
    return "\n".join(lines)


def scores(record: Record) -> str:
    """How far scores are from probabilities, and where the default score comes from."""
    errors = []
    for key in ("val", "dev"):
        figures = record["measurements"].get(key, {}).get("calibration", {})
        if figures.get("error") is not None:
            errors.append(f"{figures['error']:.3f} on {key} ({figures['detections']:,} detections)")
    told = (
        "Expected calibration error, over detections with a score from .05 in 15 bins of equal counts: "
        f"{'; '.join(errors) or 'not measured'}."
    )
    fitted = record["model"]["training"].get("calibration")
    if fitted is None:
        return f"{told} The scores are the network's own, not calibrated."
    return f"{told}\n\n{lines(fitted)}\n\n{default_score(record['model']['default_score'], fitted['false_alarms'])}"


def lines(fitted: Record) -> str:
    """What the scores were calibrated on."""
    names = ", ".join(fitted["shared_line"])
    shared = f" Of {names} there were too few faces: the line of the other classes is taken." if names else ""
    return (
        f"A line on each class's logit was fitted to {fitted['pictures']} pictures with {fitted['faces']} faces, kept "
        f"out of training ({', '.join(fitted['listed']) or fitted['data']}); on these the error fell from "
        f"{tables.share(fitted['error_before'])} to {tables.share(fitted['error_after'])}.{shared}"
    )


def default_score(score: float, alarms: Record) -> str:
    kind = "pictures without faces" if alarms["without_faces"] else "pictures it was calibrated on"
    return (
        f"The default score, {score:g}, is the lowest with at most {alarms['rate']:g} false faces a picture on "
        f"{alarms['pictures']} {kind}; a face that nobody labelled counts as false."
    )


def on_speed(figures: Record) -> str:
    return (
        f"One picture at a time, mean over {figures['pictures']} pictures, median of {figures['rounds']} rounds in "
        f"turn with the others, {figures['threads']} threads ({figures['processor']}):"
    )


def on_robustness(figures: Record, peers: Record | None) -> str:
    beside = f" The others saw {peers['pictures']:,} of these pictures, with the same damage." if peers else ""
    return (
        f"Val ({figures['pictures']:,} pictures), AP {tables.share(figures['ap'])} as it is, under each condition, and "
        f"the share of it that is kept.{beside}"
    )


def on_tiles(plain: Record, tiled: Record) -> str:
    """What tiles cost and give on pictures that are small already."""
    time = tiled["ms_a_picture"] / plain["ms_a_picture"]
    gains = [
        f"{before['size']}: {tables.share(before['ap'])} before, {tables.share(after['ap'])} in tiles"
        for before, after in zip(plain["by_size"], tiled["by_size"], strict=True)
        if before["ap"] is not None
    ]
    return f"On val a picture in two tiles a side takes {time:.1f} times as long. AP by size: {'; '.join(gains)}."


def on_quantised(figures: Record) -> str:
    verdict = "It is shipped beside this one." if figures["shipped"] else "It is not shipped."
    return (
        f"With convolutions in eight bits the file has {figures['bytes'] / 1e6:.1f} MB and takes {figures['time']:.2f} "
        f"of the time on the same processor in the same run; AP on {figures['judged']:,} pictures of val is "
        f"{tables.share(figures['ap'])} instead of "
        f"{tables.share(figures['ap_before'])}. {verdict}"
    )


def again(name: str, record: Record) -> str:
    """The commands behind the figures."""
    side_px = record["model"]["preprocessing"]["side_px"]
    done = [each for each in MEASUREMENTS if each.key in record["measurements"]]
    commands = [f"    maskwatch {' '.join(each.command(name, 'DATA', side_px))}" for each in done]
    return "`make models-check` measures the shipped file again and compares.\n\n" + "\n".join(commands)
