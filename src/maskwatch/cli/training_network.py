"""The network that a run is asked for, and the weights it starts with. Needs torch."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from maskwatch.cli.train_options import NetworkAsked
from maskwatch.data.keras_config import read_anchor_config
from maskwatch.detection.shipped import checkpoint_path, is_shipped
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.backbone_weights import BackboneWeights, read_backbone
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.settings import NetworkSettings
from maskwatch.retinanet.variants import DEFAULT_VARIANT, VARIANTS, with_norm, with_p2
from maskwatch.training.fetching import fetch, is_address
from maskwatch.training.recipes import CLASSIC, Recipe, recipe_of
from maskwatch.training.start import new_network, take_weights


@dataclass(frozen=True)
class Beginning:
    """A network at its start.

    Attributes:
        name: of the variant, for its recipe and for the checkpoint's summary.
        settings: what it is.
        earlier: the model it goes on from; None for a network from scratch.
        backbone: weights of the backbone alone.
    """

    name: str
    settings: NetworkSettings
    earlier: Checkpoint | None = None
    backbone: BackboneWeights | None = None

    @property
    def recipe(self) -> Recipe:
        return recipe_of(self.name)

    @property
    def preprocessing(self) -> Preprocessing:
        """A classic network goes on with the sides that it was trained at."""
        if self.earlier and self.recipe is CLASSIC:
            return Preprocessing.from_record(self.earlier.preprocessing)
        return self.recipe.preprocessing

    def build(
        self, asked: NetworkAsked, class_names: tuple[str, ...], seed: int, device: torch.device
    ) -> tuple[RetinaNet, str]:
        """The network, and a sentence on where its weights come from ("" for chance alone)."""
        network = new_network(self.settings, len(class_names), seed, device)
        if self.earlier:
            return network, f"--weights {asked.weights}: {take_weights(network, self.earlier, class_names)}."
        if self.backbone:
            return network, f"--backbone-weights {asked.backbone_weights}: kept {self.backbone.put_into(network)}."
        if self.settings.norm != "frozen":
            return network, ""
        return network, (
            f"{self.name} begins with random weights, and its normalisation never changes: it will hardly learn. "
            "Give it trained weights with --weights or --backbone-weights."
        )


def choose_network(asked: NetworkAsked) -> Beginning:
    """Earlier weights decide, else `--model` and what is changed of it; raises UserError where they contradict."""
    earlier = _earlier(asked.weights) if asked.weights else None
    _check(asked)
    if earlier:
        if asked.model and VARIANTS[asked.model] != earlier.settings:
            raise UserError(
                f"--weights {asked.weights}: not weights of a {asked.model}; leave --model out to train them on."
            )
        return Beginning(asked.model or str(earlier.training.get("model", "")), earlier.settings, earlier)
    name = asked.model or DEFAULT_VARIANT
    settings = _changed(VARIANTS[name], asked)
    if not asked.backbone_weights:
        return Beginning(name, settings)
    backbone = read_backbone(_local(asked.backbone_weights), settings, asked.padding)
    return Beginning(name, backbone.adopted(settings), backbone=backbone)


def _changed(settings: NetworkSettings, asked: NetworkAsked) -> NetworkSettings:
    """A variant with what the options change of it."""
    if asked.norm:
        settings = with_norm(settings, asked.norm)
    if asked.p2:
        settings = with_p2(settings)
    if not asked.config:
        return settings
    anchors = read_anchor_config(asked.config)
    return replace(settings, anchors=anchors, levels=tuple(stride.bit_length() - 1 for stride in anchors.strides))


def _check(asked: NetworkAsked) -> None:
    if asked.model is not None and asked.model not in VARIANTS:
        raise UserError(f"--model {asked.model}: not a model to train; take one of {', '.join(VARIANTS)}.")
    changed = {
        "--p2": asked.p2,
        "--norm": asked.norm,
        "--backbone-weights": asked.backbone_weights,
        "--config": asked.config,
    }
    contradicting = [option for option, value in changed.items() if value]
    if asked.weights and contradicting:
        raise UserError(f"{contradicting[0]}: --weights {asked.weights} say what the network is; leave one out.")
    if asked.p2 and asked.config:
        raise UserError("--p2: the levels stand in --config, as [pyramid_levels]; leave it out.")
    if asked.freeze_backbone and not (asked.weights or asked.backbone_weights):
        raise UserError("--freeze-backbone: a backbone of random weights finds nothing; give --weights too.")
    if asked.norm == "frozen" and not asked.backbone_weights:
        raise UserError("--norm frozen: there are no statistics to freeze; give --backbone-weights too.")


def _local(name: str) -> Path:
    return fetch(name) if is_address(name) else Path(name)


def _earlier(name: str) -> Checkpoint:
    return checkpoints.load(checkpoint_path(name) if is_shipped(name) else Path(name))
