"""What the user asked a training run for, kept in the run's folder so that `--resume` needs nothing else."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from maskwatch.errors import UserError
from maskwatch.files import replacing

REQUEST = "request.json"


@dataclass(frozen=True)
class TrainRequest:
    """The options of `maskwatch train`; None where the default comes from the data or the machine."""

    data: tuple[Path, ...]
    val: tuple[Path, ...]
    out: Path
    model: str | None
    weights: str | None
    backgrounds: tuple[Path, ...]
    leave_out: tuple[Path, ...]
    format: str
    map: str | None
    epochs: int | None
    batch: int
    crop_px: int
    side_px: int
    learning_rate: float | None
    matching: str
    box_loss: str
    seed: int
    workers: int | None
    threads: int | None
    cache_gb: float | None
    device: str
    precision: str
    judge_every: int | None

    def save(self) -> None:
        """Write `request.json` into the run's folder; relative paths are made absolute."""
        record = asdict(self)
        if self.weights and Path(self.weights).suffix:  # a file; the names of shipped models have none
            record["weights"] = Path(self.weights)
        text = json.dumps(record, default=lambda path: str(path.resolve()), indent=1)
        with replacing(self.out / REQUEST) as temporary:
            temporary.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The request of the run in `folder`; raises UserError where there is none."""
        try:
            record: dict[str, Any] = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, ValueError) as error:
            raise UserError(f"{folder / REQUEST}: no run to resume here ({error}).") from error
        if not isinstance(record, dict) or {field.name for field in fields(cls)} != record.keys():
            raise UserError(f"{folder / REQUEST}: is of another version of maskwatch; start from its weights.")
        for name in ("data", "val", "backgrounds", "leave_out"):
            record[name] = tuple(Path(path) for path in record[name])
        return cls(**record | {"out": folder})
