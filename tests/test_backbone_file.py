"""torchvision's ImageNet weights come into a ResNet by name, from its own file format as from safetensors."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from maskwatch.errors import UserError
from maskwatch.retinanet.backbone_file import take_backbone_weights
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.norm import Norm
from maskwatch.retinanet.settings import ResNetSettings
from training_parts import TINY


def network_with(norm: Norm = "batch", seed: int = 0) -> RetinaNet:
    torch.manual_seed(seed)
    return RetinaNet(replace(TINY, backbone=ResNetSettings(18), norm=norm), 2)


def classifier_weights() -> dict[str, Tensor]:
    """As torchvision's file of a ResNet-18 holds them, classifier included."""
    weights = dict(network_with(seed=1).backbone.state_dict())
    return weights | {"fc.weight": torch.zeros(1000, 512), "fc.bias": torch.zeros(1000)}


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("norm", ["batch", "frozen", "group"])
def test_every_tensor_of_the_backbone_comes_over(tmp_path: Path, suffix: str, norm: Norm) -> None:
    weights, path = classifier_weights(), tmp_path / f"resnet18{suffix}"
    if suffix == ".pth":
        torch.save(weights, path)
    else:
        save_file(weights, path)
    network = network_with(norm)
    before = {name: tensor.clone() for name, tensor in network.pyramid.state_dict().items()}
    count = take_backbone_weights(network, path)
    own = network.backbone.state_dict()
    assert count == len(own)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in own.items())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.pyramid.state_dict().items())


def test_a_file_without_batch_counts_will_do(tmp_path: Path) -> None:
    """torchvision's older files have none."""
    weights = {name: t for name, t in classifier_weights().items() if not name.endswith("num_batches_tracked")}
    torch.save(weights, tmp_path / "old.pth")
    assert take_backbone_weights(network_with(), tmp_path / "old.pth") == len(weights) - 2


class Stranger:
    """Something that a file of weights has no business holding."""


def write_bad(path: Path, what: str) -> None:
    if what == "text":
        path.write_text("no weights at all")
    elif what == "code":
        torch.save({"conv1.weight": Stranger()}, path)
    elif what == "list":
        torch.save([torch.zeros(1)], path)
    elif what == "incomplete":
        torch.save({name: t for name, t in classifier_weights().items() if "layer3" not in name}, path)
    elif what == "another depth":
        shallow = {name: t[:1] for name, t in classifier_weights().items() if t.dim()}
        torch.save(shallow, path)


@pytest.mark.parametrize("what", ["absent", "text", "code", "list", "incomplete", "another depth"])
def test_another_file_is_refused_and_changes_nothing(tmp_path: Path, what: str) -> None:
    path = tmp_path / "bad.pth"
    write_bad(path, what)
    network = network_with()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(UserError, match=r"bad\.pth"):
        take_backbone_weights(network, path)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_a_slim_backbone_has_no_imagenet_weights(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--model"):
        take_backbone_weights(RetinaNet(TINY, 2), tmp_path / "any.pth")
