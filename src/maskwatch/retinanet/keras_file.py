"""A Keras `.h5` file opened as what it is, numbers under names: nothing in it is ever run or followed elsewhere."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from maskwatch.errors import UserError
from maskwatch.retinanet.keras_names import Place, weight_name

_DAMAGE = (OSError, KeyError, RuntimeError, TypeError, ValueError)
_ZIP = b"PK\x03\x04"


class KerasFile:
    """The weights of a file by layer, and its model's description if it has one.

    Attributes:
        path: of the file, for messages.
        layers: the weights' names of each layer (or nested model) that has any, in the file's order.
        config: `model_config`; None in a file of weights alone.
    """

    def __init__(self, path: Path, file: h5py.File) -> None:
        self.path = path
        self._root = _own(file, "model_weights") if "model_weights" in file else file
        names = _strings(self._root.attrs, "layer_names")
        if not names:
            raise UserError(f"{path}: is an HDF5 file, but not a model that Keras wrote.")
        weights = {name: _strings(_own(self._root, name).attrs, "weight_names") for name in names}
        self.layers = {name: own for name, own in weights.items() if own}
        config = file.attrs.get("model_config")
        self.config: dict[str, Any] | None = json.loads(_text(config)) if config is not None else None

    def shape(self, place: Place) -> tuple[int, ...]:
        return tuple(self._dataset(place).shape)

    def read(self, place: Place, shape: Sequence[int]) -> NDArray[np.float32]:
        """A tensor that must have this shape and hold finite numbers; raises UserError if not."""
        dataset = self._dataset(place)
        if tuple(dataset.shape) != tuple(shape):
            raise UserError(
                f"{self.path}: the {place.part} of {place.layer} is {tuple(dataset.shape)}, not {tuple(shape)}."
            )
        values = np.asarray(dataset[()], np.float32)
        if not np.isfinite(values).all():
            raise UserError(f"{self.path}: {place.layer} holds numbers that are not finite: its training had failed.")
        return values

    def _dataset(self, place: Place) -> h5py.Dataset:
        name = weight_name(self.layers.get(place.group, []), place)
        dataset = _own(_own(self._root, place.group), name) if name else None
        if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
            raise UserError(f"{self.path}: has no {place.part} of a layer {place.layer}.")
        return dataset


@contextmanager
def open_keras(path: Path) -> Iterator[KerasFile]:
    """Open a file for reading; raises UserError, then and while it is read, where it is not a whole one of Keras."""
    _require_hdf5(path)
    try:
        with h5py.File(path, "r") as file:
            yield KerasFile(path, file)
    except _DAMAGE as error:
        raise UserError(f"{path}: is damaged or cut short ({error}).") from error


def _require_hdf5(path: Path) -> None:
    if not path.is_file():
        raise UserError(f"{path}: there is no such file.")
    if h5py.is_hdf5(path):
        return
    with path.open("rb") as file:
        zipped = file.read(len(_ZIP)) == _ZIP
    advice = "save it as .h5 in the Keras that wrote it" if zipped else "give the .h5 file of a keras-retinanet model"
    raise UserError(f"{path}: is {'a .keras archive' if zipped else 'not an HDF5 file'}; {advice}.")


def _own(group: Any, path: str) -> Any:
    """A member by its path, none of whose parts may be a link out of the group or the file."""
    for part in path.split("/"):
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise KeyError(f"there is no {part} in {group.name}")
        group = group[part]
    return group


def _strings(attributes: h5py.AttributeManager, name: str) -> list[str]:
    """A list attribute; Keras cuts one of more than 64 KB into `name0`, `name1`, ..."""
    if name in attributes:
        return [_text(each) for each in attributes[name]]
    parts, number = [], 0
    while f"{name}{number}" in attributes:
        parts += [_text(each) for each in attributes[f"{name}{number}"]]
        number += 1
    return parts


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
