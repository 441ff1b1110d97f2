"""The network gives one answer an anchor, whatever the size, the batch and the normalisation."""

import json
from dataclasses import replace

import pytest
import torch
from torch import nn

from maskwatch import anchors as anchor_math
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.norm import FrozenBatchNorm2d, Norm
from maskwatch.retinanet.settings import NetworkSettings, ResNetSettings, SlimSettings
from maskwatch.retinanet.variants import VARIANTS, with_norm, with_p2
from training_parts import TINY, TINY_ANCHORS, random_pixels, tiny_network

NINE_ANCHORS = replace(TINY, anchors=replace(TINY_ANCHORS, ratios=(0.5, 1.0, 2.0), scales=(1.0, 1.26, 1.59)))
TINY_RESNET = replace(TINY, backbone=ResNetSettings(50))
TINY_SHALLOW = with_p2(replace(TINY, backbone=ResNetSettings(18)))
SIZES = [(32, 32), (33, 47), (64, 96), (131, 157), (40, 129)]
NORMS: tuple[Norm, ...] = ("batch", "group", "frozen", "none")


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize(
    "settings",
    [TINY, NINE_ANCHORS, TINY_RESNET, TINY_SHALLOW, with_p2(TINY)],
    ids=["slim", "nine anchors", "resnet50", "resnet18 and P2", "slim and P2"],
)
def test_there_is_one_answer_an_anchor_at_every_size(settings: NetworkSettings, height: int, width: int) -> None:
    anchors = anchor_math.generate(settings.anchors, height, width)
    with torch.device("meta"):  # shapes alone
        raw = RetinaNet(settings, 3).eval()(torch.empty(2, 3, height, width))
    assert raw.class_logits.shape == (2, len(anchors), 3)
    assert raw.box_offsets.shape == (2, len(anchors), 4)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_the_pyramids_levels_have_the_anchors_shapes(height: int, width: int) -> None:
    network = tiny_network()
    with torch.inference_mode():
        levels = network.pyramid(network.backbone(random_pixels(1, height, width).float()))
    assert [tuple(level.shape[-2:]) for level in levels] == TINY_ANCHORS.level_shapes(height, width)


@pytest.mark.parametrize("norm", NORMS)
def test_a_batch_gives_what_its_pictures_give_alone(norm: Norm) -> None:
    network = tiny_network(replace(TINY, norm=norm, head_norm=norm), lively=True)
    pixels = random_pixels(3, 57, 75)
    with torch.inference_mode():
        together = network(pixels)
        for picture in range(3):
            alone = network(pixels[picture : picture + 1])
            for one, other in zip(together, alone, strict=True):
                torch.testing.assert_close(one[picture], other[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("norm", NORMS)
def test_every_score_starts_near_the_prior(norm: Norm) -> None:
    network = tiny_network(replace(TINY, norm=norm, head_norm=norm))
    with torch.inference_mode():
        scores = network(random_pixels(2, 64, 64)).class_logits.sigmoid()
    assert scores.mean().item() == pytest.approx(0.01, rel=0.1)
    assert scores.max().item() < 0.03


def test_an_answer_is_about_the_place_of_its_anchor() -> None:
    """A change in the top right corner changes the fine anchors there, row by row, and not those at the bottom left."""
    network = tiny_network(lively=True)
    before = random_pixels(1, 512, 512)
    after = before.clone()
    after[..., :8, -8:] = 255
    with torch.inference_mode():
        changed = (network(before).class_logits != network(after).class_logits)[0, :, 0]
    finest = changed[: 64 * 64].reshape(64, 64)
    assert finest[0, -1]
    assert not finest[16:, :48].any()


def test_whole_numbers_and_floats_are_the_same_pixels() -> None:
    network = tiny_network(lively=True)
    pixels = random_pixels(1, 48, 48)
    with torch.inference_mode():
        for one, other in zip(network(pixels), network(pixels.float()), strict=True):
            torch.testing.assert_close(one, other)


def test_mean_and_spread_are_of_red_green_and_blue() -> None:
    settings = replace(TINY, mean=(10, 20, 30), std=(1, 2, 4))
    network = tiny_network(settings)
    seen: list[torch.Tensor] = []
    network.backbone.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        network(torch.tensor([11.0, 24.0, 42.0]).view(1, 3, 1, 1).expand(1, 3, 32, 32))
    assert seen[0].mean(dim=(0, 2, 3)).tolist() == [1, 2, 3]


def test_the_subnets_share_weights_over_levels_but_not_with_each_other() -> None:
    network = tiny_network(replace(TINY, head_depth=2))
    own, other = list(network.class_subnet.convs.parameters()), list(network.box_subnet.convs.parameters())
    assert len(own) == len(other) == 2
    assert {id(tensor) for tensor in own}.isdisjoint(id(tensor) for tensor in other)
    assert len(network.class_subnet.norms) == 5  # each level has statistics of its own


def basic_names(blocks: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """The same of ResNet-18 and -34, whose blocks are two 3x3 convolutions."""
    shapes: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7)} | norm_names("bn1", 64)
    channels_in = 64
    for stage, count in enumerate(blocks, 1):
        width = 64 * 2 ** (stage - 1)
        for block in range(count):
            at = f"layer{stage}.{block}"
            shapes |= {f"{at}.conv1.weight": (width, channels_in, 3, 3)} | norm_names(f"{at}.bn1", width)
            shapes |= {f"{at}.conv2.weight": (width, width, 3, 3)} | norm_names(f"{at}.bn2", width)
            if block == 0 and stage > 1:
                shapes |= {f"{at}.downsample.0.weight": (width, channels_in, 1, 1)}
                shapes |= norm_names(f"{at}.downsample.1", width)
            channels_in = width
    return shapes


def resnet_names(blocks: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """The tensors of torchvision's ResNets without the classifier, from the paper's table: name to shape."""
    shapes: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7)} | norm_names("bn1", 64)
    channels_in = 64
    for stage, count in enumerate(blocks, 1):
        width = 64 * 2 ** (stage - 1)
        for block in range(count):
            at = f"layer{stage}.{block}"
            convs = ((width, channels_in, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1))
            for number, shape in enumerate(convs, 1):
                shapes |= {f"{at}.conv{number}.weight": shape} | norm_names(f"{at}.bn{number}", shape[0])
            if block == 0:
                shapes |= {f"{at}.downsample.0.weight": (4 * width, channels_in, 1, 1)}
                shapes |= norm_names(f"{at}.downsample.1", 4 * width)
            channels_in = 4 * width
    return shapes


def norm_names(at: str, channels: int) -> dict[str, tuple[int, ...]]:
    vectors = ("weight", "bias", "running_mean", "running_var")
    return {f"{at}.{name}": (channels,) for name in vectors} | {f"{at}.num_batches_tracked": ()}


@pytest.mark.parametrize(
    ("depth", "blocks", "parameters"),
    # torchvision documents 11,689,512 and 21,797,672 with a classifier of 513,000, and 25,557,032, 44,549,160 and
    # 60,192,808 with one of 2,049,000.
    [
        (18, (2, 2, 2, 2), 11_176_512),
        (34, (3, 4, 6, 3), 21_284_672),
        (50, (3, 4, 6, 3), 23_508_032),
        (101, (3, 4, 23, 3), 42_500_160),
        (152, (3, 8, 36, 3), 58_143_808),
    ],
)
def test_resnets_have_torchvisions_tensors(depth: int, blocks: tuple[int, ...], parameters: int) -> None:
    names = basic_names if depth < 50 else resnet_names
    with torch.device("meta"):
        backbone = RetinaNet(replace(TINY, backbone=ResNetSettings(depth)), 1).backbone  # type: ignore[arg-type]
    assert {name: tuple(tensor.shape) for name, tensor in backbone.state_dict().items()} == names(blocks)
    assert sum(tensor.numel() for tensor in backbone.parameters()) == parameters


def test_frozen_normalisation_is_batch_normalisation_at_rest_and_never_learns() -> None:
    torch.manual_seed(0)
    batch, frozen = nn.BatchNorm2d(6), FrozenBatchNorm2d(6)
    with torch.no_grad():
        for tensor in (batch.weight, batch.bias, batch.running_mean):
            tensor.normal_()
    frozen.load_state_dict({n: t for n, t in batch.state_dict().items() if n != "num_batches_tracked"})
    features = torch.randn(2, 6, 5, 7)
    expected = batch.eval()(features)
    before = {name: tensor.clone() for name, tensor in frozen.state_dict().items()}
    torch.testing.assert_close(frozen.train()(features), expected)
    assert not list(frozen.parameters())
    for name, tensor in frozen.state_dict().items():
        torch.testing.assert_close(tensor, before[name])


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_can_be_built_and_written_down(name: str) -> None:
    settings = VARIANTS[name]
    assert NetworkSettings.from_record(json.loads(json.dumps(settings.to_record()))) == settings
    with torch.device("meta"):
        RetinaNet(settings, 3)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_can_have_p2_and_group_normalisation(name: str) -> None:
    settings = with_norm(with_p2(VARIANTS[name]), "group")
    assert settings.anchors.strides[:2] == (4, 8)
    assert settings.anchors.sizes[0] * 2 == settings.anchors.sizes[1]
    assert with_p2(settings) == settings
    with torch.device("meta"):
        network = RetinaNet(settings, 3)
    assert not any(isinstance(module, nn.BatchNorm2d | FrozenBatchNorm2d) for module in network.modules())


def test_settings_that_fit_no_pyramid_are_refused() -> None:
    with pytest.raises(ValueError, match="strides"):
        replace(TINY, anchors=replace(TINY_ANCHORS, strides=(4, 8, 16, 32, 64)))
    with pytest.raises(ValueError, match="no pyramid"):
        replace(TINY, levels=(4, 5, 6))


def test_a_slim_block_starts_as_its_shortcut() -> None:
    network = tiny_network(replace(TINY, backbone=SlimSettings(stem=8, channels=(8, 8, 8, 8), blocks=(2, 1, 1, 1))))
    second_block = network.backbone.stages[0][1]  # type: ignore[union-attr,index]
    features = torch.rand(1, 8, 9, 9)
    torch.testing.assert_close(second_block(features), features)
