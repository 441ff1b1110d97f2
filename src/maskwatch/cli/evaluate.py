"""`maskwatch evaluate`: how good a model is on labelled pictures."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from maskwatch.cli.data_options import ConventionOption
from maskwatch.cli.tiles import HELP as TILES_HELP
from maskwatch.data.classes import parse_map
from maskwatch.data.options import CONVENTIONS
from maskwatch.errors import UserError
from maskwatch.evaluation.rules import RULES

Option = typer.Option


def evaluate(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="[MODEL] DATA",
            help="A shipped model's name, an .onnx or a .safetensors file (without it the shipped default); "
            "and the labelled pictures.",
        ),
    ],
    predictions: Annotated[
        Path | None, Option(help="Judge these JSON lines (detect --jsonl) instead of running a model.")
    ] = None,
    format: Annotated[str, Option(help="auto, or a format of `maskwatch data check`.")] = "auto",
    map: Annotated[str | None, Option(help="Rename classes: with_mask=mask,...; of predictions too.")] = None,
    classes: Annotated[Path | None, Option(help="keras-retinanet's class file.")] = None,
    convention: ConventionOption = "as-written",
    listed: Annotated[
        list[Path] | None, Option(help="Only pictures whose SHA-256 sum is in this list (train --leave-out).")
    ] = None,
    only: Annotated[str | None, Option(help="Judge only these of the model's classes: mask,no_mask")] = None,
    score: Annotated[
        float | None, Option(min=0, max=1, help="Score at which rates are quoted. Default: the model's own.")
    ] = None,
    rule: Annotated[str, Option(help=f"What AP is made of: {', '.join(RULES)}.")] = "maskwatch",
    coco: Annotated[bool, Option(help="COCO's AP as well.")] = True,
    side_px: Annotated[int | None, Option(min=32, help="Scale pictures to this side, not the model's.")] = None,
    tiles: Annotated[str | None, Option(metavar="auto|N", help=TILES_HELP)] = None,
    batch: Annotated[int, Option(min=1, help="Pictures given to the network at a time.")] = 1,
    device: Annotated[Literal["auto", "cpu", "cuda", "openvino"], Option(help="Where to run.")] = "auto",
    threads: Annotated[int | None, Option(min=1, help="Threads of the network on a CPU.")] = None,
    backgrounds: Annotated[
        Path | None, Option(help="Folder of pictures without faces, to count false alarms in.")
    ] = None,
    robust: Annotated[bool, Option("--robust", help="AP under blur, noise, darkness ... (22 more passes).")] = False,
    json: Annotated[str | None, Option(metavar="FILE|-", help="Write all figures as JSON.")] = None,
) -> None:
    """Measure a model: AP by class and size of face, precision and recall, confusion matrix, false alarms."""
    # Detector and judge take a second to import, which `maskwatch --help` should not.
    from maskwatch.cli.detection_sources import Asked, model_source, predictions_source
    from maskwatch.cli.evaluate_request import DataAsked, EvaluateRequest
    from maskwatch.cli.evaluation_run import run_evaluation

    if tiles and predictions:
        raise UserError("--tiles looks at pictures, which --predictions does not; give a MODEL.")
    if rule not in RULES:
        raise UserError(f"--rule {rule}: not a known rule; take one of {', '.join(RULES)}.")
    model, data = _model_and_data(inputs, predictions)
    mapping = parse_map(map)
    asked = Asked(RULES[rule].minimum_score, side_px, device, threads, batch, tiles)
    request = EvaluateRequest(
        DataAsked(data, format, mapping, classes, tuple(listed or ()), CONVENTIONS[convention]),
        only=_names(only),
        score=score,
        rule=RULES[rule],
        coco=coco,
        backgrounds=backgrounds,
        robust=robust,
        json=json,
        batch=batch,
    )
    request.check()
    run_evaluation(request, predictions_source(predictions, mapping) if predictions else model_source(model, asked))


def _model_and_data(inputs: list[str], predictions: Path | None) -> tuple[str | None, Path]:
    if len(inputs) == 1:
        return None, Path(inputs[0])
    if len(inputs) == 2 and not predictions:
        return inputs[0], Path(inputs[1])
    wanted = "DATA alone, because --predictions takes the model's place" if predictions else "MODEL and DATA"
    raise UserError(f"evaluate takes {wanted}; got {len(inputs)}: {' '.join(inputs)}.")


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())
