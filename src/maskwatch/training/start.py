"""Beginning a run: the network and where its weights come from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.settings import NetworkSettings
from maskwatch.training.averaging import WeightAverage
from maskwatch.training.optimiser import make_optimiser
from maskwatch.training.settings import TrainingSettings
from maskwatch.training.state import RunState

CLASS_LAYER = "class_subnet.last."


@dataclass(frozen=True)
class Transfer:
    """What came over from earlier weights: tensors as they were, and the class layer's rows of `known` classes."""

    tensors: int
    known: tuple[str, ...]
    anew: tuple[str, ...]

    def __str__(self) -> str:
        known = f" and the class layer for {', '.join(self.known)}" if self.known else ""
        anew = f"; the class layer starts anew for {', '.join(self.anew)}" if self.anew else ""
        return f"kept {self.tensors} tensors{known}{anew}"


def new_network(settings: NetworkSettings, class_count: int, seed: int, device: torch.device) -> RetinaNet:
    """A network with weights drawn from the seed."""
    torch.manual_seed(seed)
    network = RetinaNet(settings, class_count).to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    return network


def new_run(network: RetinaNet, settings: TrainingSettings) -> RunState:
    """A run at step 0, with the network in training mode."""
    network.train()
    if settings.freeze_backbone:
        # Evaluation mode keeps the statistics of its normalisation as well.
        network.backbone.eval().requires_grad_(False)
    average = WeightAverage(network, settings.average_decay)
    return RunState(network, average, make_optimiser(network, settings))


def take_weights(network: RetinaNet, earlier: Checkpoint, class_names: tuple[str, ...]) -> Transfer:
    """Copy an earlier model's tensors into a new network of the same settings.

    With the same class names everything comes over; otherwise all but the class subnet's last layer, whose rows
    are copied for the classes of the same name.
    """
    own = network.state_dict()
    taken = {name: tensor for name, tensor in earlier.weights.items() if not name.startswith(CLASS_LAYER)}
    layer = {
        name: _rows_by_class(tensor, earlier.weights[name], earlier.class_names, class_names)
        for name, tensor in own.items()
        if name.startswith(CLASS_LAYER)
    }
    network.load_state_dict(taken | layer)
    known = tuple(name for name in class_names if name in earlier.class_names)
    return Transfer(len(taken), known, tuple(name for name in class_names if name not in known))


def _rows_by_class(
    own: Tensor, earlier: Tensor, earlier_names: tuple[str, ...], class_names: tuple[str, ...]
) -> Tensor:
    """`own` (anchors * K, ...) with the rows of classes that `earlier` (anchors * K', ...) knows by name."""
    rows = own.clone().reshape(-1, len(class_names), *own.shape[1:])
    old_rows = earlier.reshape(-1, len(earlier_names), *earlier.shape[1:])
    for index, name in enumerate(class_names):
        if name in earlier_names:
            rows[:, index] = old_rows[:, earlier_names.index(name)]
    return rows.flatten(0, 1)
