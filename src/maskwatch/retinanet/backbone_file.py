"""ImageNet weights of a ResNet, as torchvision names and stores them, into a backbone."""

from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from maskwatch.errors import UserError
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.resnet import ResNetBackbone
from maskwatch.retinanet.settings import ResNetSettings


def take_backbone_weights(network: RetinaNet, path: Path) -> int:
    """Copy the weights of a classifier's file into the network's ResNet, in place.

    With group normalisation the file's statistics have no place and stay behind.

    Args:
        path: `.safetensors`, or torchvision's `.pth`, read without running any code that it may hold.

    Returns:
        How many tensors came over.

    Raises:
        UserError: for a network without a ResNet, or a file that holds no such weights.
    """
    backbone = network.backbone
    if not isinstance(backbone, ResNetBackbone):
        raise UserError(f"{path}: weights of a ResNet; this network has a slim backbone, choose --model resnet50, say.")
    own = backbone.state_dict()
    taken = {name: tensor for name, tensor in _read(path).items() if name in own}
    missing = [name for name in own if name not in taken and not name.endswith("num_batches_tracked")]
    wrong = [name for name, tensor in taken.items() if tensor.shape != own[name].shape]
    if missing or wrong:
        what = f"lacks {missing[0]}" if missing else f"has {wrong[0]} in another shape"
        assert isinstance(network.settings.backbone, ResNetSettings)
        raise UserError(f"{path}: {what}, so it is no ResNet-{network.settings.backbone.depth} of torchvision.")
    backbone.load_state_dict(taken, strict=False)
    return len(taken)


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise UserError(f"{path}: there is no such file of weights.")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        read = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, UnpicklingError, RuntimeError, EOFError) as error:
        raise UserError(f"{path}: cannot be read as weights alone ({str(error).splitlines()[0]}).") from error
    if not isinstance(read, dict) or not all(isinstance(tensor, Tensor) for tensor in read.values()):
        raise UserError(f"{path}: holds no table of tensors by name.")
    return read
