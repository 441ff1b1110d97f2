"""What the user asked a training run for, kept in the run's folder so that `--resume` needs nothing else."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from maskwatch.cli.option_fields import from_json
from maskwatch.cli.train_options import FREE_ON_RESUME, DataAsked, MachineAsked, NetworkAsked, RecipeAsked, RunAsked
from maskwatch.errors import UserError
from maskwatch.files import replacing

REQUEST = "request.json"


@dataclass(frozen=True)
class TrainRequest:
    """The options of `maskwatch train`; None where the default comes from the data or the machine."""

    data: DataAsked
    network: NetworkAsked
    recipe: RecipeAsked
    run: RunAsked
    machine: MachineAsked

    @property
    def out(self) -> Path:
        return self.run.out

    def save(self) -> None:
        """Write `request.json` into the run's folder, all options side by side; relative paths are made absolute."""
        record = {name: value for group in asdict(self).values() for name, value in group.items()}
        # Shipped models' names have no suffix, and addresses are none of this machine's files.
        for name in ("weights", "backbone_weights"):
            if record[name] and Path(record[name]).suffix and "://" not in record[name]:
                record[name] = Path(record[name])
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
        kinds = {field.name: field.type for field in fields(cls)}
        known = {field.name for kind in kinds.values() for field in fields(kind)}  # type: ignore[arg-type]
        # Options that came later take their defaults, which are how it was before them.
        if not isinstance(record, dict) or "data" not in record or not record.keys() <= known:
            raise UserError(f"{folder / REQUEST}: is of another version of maskwatch; start from its weights.")
        record |= {"out": folder}
        return cls(**{name: from_json(kind, record) for name, kind in kinds.items()})  # type: ignore[arg-type]

    def resumed(self, asked: Self, chosen: Collection[str]) -> Self:
        """This request of an earlier start, with those options of `asked` that were chosen anew."""
        groups = {}
        for field in fields(self):
            own, other = getattr(self, field.name), getattr(asked, field.name)
            names = {each.name for each in fields(own)} & set(chosen) & FREE_ON_RESUME
            groups[field.name] = replace(own, **{name: getattr(other, name) for name in names})
        return type(self)(**groups)
