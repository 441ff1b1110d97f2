"""What a model file says of itself: one JSON record under one key of the ONNX metadata."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from maskwatch.pictures.preprocessing import Preprocessing

METADATA_KEY = "maskwatch"
FORMAT = 1


@dataclass(frozen=True)
class ModelMetadata:
    """Everything a program needs beside the graph.

    Attributes:
        name: of the model, `watch-nano` say.
        class_names: K names in the order of `labels` and `class_scores`.
        preprocessing: how a picture becomes the graph's `pixels`.
        default_score, default_iou: defaults of the graph's two threshold inputs.
        training: a summary for people: data, minutes, figures, version.
        licence: under which terms the weights may be used.
    """

    name: str
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    default_score: float
    default_iou: float
    training: dict[str, Any] = field(default_factory=dict)
    licence: str = ""

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`; raises ValueError, with what is wrong, for anything else."""
        record = json.loads(text)
        if not isinstance(record, dict) or record.pop("format", None) != FORMAT:
            raise ValueError(f"its metadata is not a record of format {FORMAT}")
        try:
            preprocessing = Preprocessing.from_record(record.pop("preprocessing"))
            record["class_names"] = tuple(record["class_names"])
            return cls(preprocessing=preprocessing, **record)
        except (KeyError, TypeError) as error:
            raise ValueError(f"its metadata lacks or has too much: {error}") from error
