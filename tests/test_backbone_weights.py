"""A ResNet's backbone starts from torchvision's weights, Keras's, or our own; what is none gets a sentence."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from keras_h5_files import structure, write_h5
from maskwatch.errors import UserError
from maskwatch.retinanet.backbone_weights import read_backbone
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.norm import Norm
from maskwatch.retinanet.resnet import ResNetBackbone
from maskwatch.retinanet.settings import ResNetSettings
from maskwatch.retinanet.variants import CLASSIC_RESNET50, RESNET50, RESNET101, WATCH_NANO
from maskwatch.training.fetching import fetch
from training_parts import TINY

SMALL = replace(TINY, backbone=ResNetSettings(18))


@pytest.fixture(scope="module")
def torchvisions() -> dict[str, Tensor]:
    """What torchvision's resnet18 has: our names without a prefix, a counter for each norm, and the classifier."""
    torch.manual_seed(3)
    tensors = ResNetBackbone(ResNetSettings(18), "batch").state_dict()
    return tensors | {"fc.weight": torch.zeros(1000, 512), "fc.bias": torch.zeros(1000)}


@pytest.fixture(scope="module")
def pth(torchvisions: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(torchvisions, path)
    return path


def starts_with(network: RetinaNet, tensors: dict[str, Tensor]) -> bool:
    own = network.backbone.state_dict()
    return all(torch.equal(tensor, tensors[name]) for name, tensor in own.items() if name in tensors)


@pytest.mark.parametrize("norm", ["batch", "frozen", "group"])
def test_torchvisions_file_starts_a_network_of_its_own_conventions(
    pth: Path, torchvisions: dict[str, Tensor], norm: Norm
) -> None:
    own = replace(SMALL, norm=norm)
    found = read_backbone(pth, own)
    assert found.adopted(own) == own
    network = RetinaNet(own, 2)
    pyramid = {name: tensor.clone() for name, tensor in network.pyramid.state_dict().items()}
    assert found.put_into(network) == f"{len(network.backbone.state_dict())} tensors of the backbone"
    assert starts_with(network, torchvisions)
    assert all(torch.equal(tensor, pyramid[name]) for name, tensor in network.pyramid.state_dict().items())


def test_a_classic_network_takes_over_how_the_weights_see_pictures(pth: Path) -> None:
    shallow = replace(CLASSIC_RESNET50, backbone=replace(CLASSIC_RESNET50.backbone, depth=18))
    settings = read_backbone(pth, shallow).adopted(shallow)
    assert (settings.backbone, settings.mean, settings.std) == (ResNetSettings(18, "3x3"), RESNET50.mean, RESNET50.std)
    assert (settings.padding, shallow.padding) == ("symmetric", "same")
    assert (settings.norm, settings.anchors) == (CLASSIC_RESNET50.norm, CLASSIC_RESNET50.anchors)


@pytest.mark.parametrize("kind", ["safetensors", "half", "inner", "no counters"])
def test_other_wrappings_of_the_same_tensors_are_read(
    kind: str, torchvisions: dict[str, Tensor], tmp_path: Path
) -> None:
    tensors = {name: tensor for name, tensor in torchvisions.items() if not name.endswith("tracked")}
    path = tmp_path / ("weights.safetensors" if kind == "safetensors" else "weights.pt")
    match kind:
        case "safetensors":
            save_file(tensors, path)
        case "half":
            torch.save({name: tensor.half() for name, tensor in tensors.items()}, path)
        case "inner":
            torch.save({"epoch": 90, "state_dict": tensors}, path)
        case _:
            torch.save(tensors, path)
    found = read_backbone(path, SMALL).tensors
    assert found["layer4.1.conv2.weight"].dtype == torch.float32
    assert torch.allclose(found["layer4.1.conv2.weight"], torchvisions["layer4.1.conv2.weight"], atol=1e-3)


def test_a_checkpoint_of_ours_gives_its_backbone_and_its_conventions(tmp_path: Path) -> None:
    with torch.device("meta"):
        names = RetinaNet(CLASSIC_RESNET50, 3).state_dict()
    earlier = {name: torch.full(tensor.shape, 0.25) for name, tensor in names.items()}
    Checkpoint(CLASSIC_RESNET50, ("a", "b", "c"), {}, earlier).save(tmp_path / "imported.safetensors")
    found = read_backbone(tmp_path / "imported.safetensors", RESNET50)
    settings = found.adopted(RESNET50)
    assert (settings.backbone, settings.mean, settings.padding) == (
        CLASSIC_RESNET50.backbone,
        CLASSIC_RESNET50.mean,
        "same",
    )
    assert found.tensors.keys() == {name[9:] for name in earlier if name.startswith("backbone.")}
    assert (found.tensors["conv1.weight"] == 0.25).all()


@pytest.mark.parametrize("classifier", [False, True])
def test_an_h5_gives_its_backbone_also_without_a_retinanet_round_it(tmp_path: Path, classifier: bool) -> None:
    """keras-resnet's ImageNet files have the same layers, a classifier, and no pyramid."""
    layout = structure("0.1 50")
    if classifier:
        kept = {name: own for name, own in layout["layers"].items() if name.startswith(("conv1", "bn", "res"))}
        layout["layers"] = kept | {"fc1000": [["fc1000/kernel:0", [2048, 1000]]]}

    def numbers(layer: str, part: str, shape: tuple[int, ...]) -> np.ndarray | None:
        return np.full(shape, 0.5) if layer == "res4f_branch2b" else None

    found = read_backbone(write_h5(tmp_path / "r50.h5", layout, "training", numbers), RESNET50)
    assert found.like.backbone == ResNetSettings(50, "1x1", "symmetric")
    assert (found.tensors["layer3.5.conv2.weight"] == 0.5).all()
    assert (found.tensors["layer3.4.conv2.weight"] == 0).all()


def test_an_h5_of_weights_alone_asks_how_it_was_padded(tmp_path: Path) -> None:
    path = write_h5(tmp_path / "r50.h5", structure("0.2 50"), "weights")
    with pytest.raises(UserError, match="--padding same"):
        read_backbone(path, RESNET50)
    assert read_backbone(path, RESNET50, "explicit").like.backbone == ResNetSettings(50, "1x1", "symmetric")


class Unsafe:
    """Would make a folder when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, ...]:
        return Path.mkdir, (self.place,)


def test_a_file_that_would_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    torch.save({"conv1.weight": Unsafe(tmp_path / "made")}, tmp_path / "bad.pth")
    with pytest.raises(UserError, match="no file of weights that PyTorch opens safely"):
        read_backbone(tmp_path / "bad.pth", SMALL)
    assert not (tmp_path / "made").exists()


def changed(name: str, value: Tensor | None) -> Callable[[dict[str, Tensor]], object]:
    def change(tensors: dict[str, Tensor]) -> object:
        kept = {key: tensor for key, tensor in tensors.items() if key != name}
        return kept if value is None else kept | {name: value}

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed("layer2.0.conv1.weight", None), "has no layer2.0.conv1.weight of shape .*no ResNet-18"),
        (changed("layer4.0.bn1.weight", torch.zeros(3)), "has no layer4.0.bn1.weight of shape"),
        (changed("bn1.bias", torch.full((64,), torch.nan)), "bn1.bias holds numbers that are not finite"),
        (lambda tensors: [1, 2], "holds no tensors by name"),
        (lambda tensors: {"epoch": 3}, "holds no tensors by name"),
    ],
)
def test_what_does_not_fit_gets_a_sentence(
    change: Callable[[dict[str, Tensor]], object], words: str, torchvisions: dict[str, Tensor], tmp_path: Path
) -> None:
    torch.save(change(torchvisions), tmp_path / "w.pth")
    with pytest.raises(UserError, match=words):
        read_backbone(tmp_path / "w.pth", SMALL)


def test_other_networks_and_files_get_a_sentence(pth: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="this network's backbone is no ResNet"):
        read_backbone(pth, WATCH_NANO)
    with pytest.raises(UserError, match="no ResNet-50"):
        read_backbone(pth, RESNET50)
    with pytest.raises(UserError, match="keras-retinanet has no ResNet-18"):
        read_backbone(write_h5(tmp_path / "r50.h5", structure("0.2 50")), SMALL)
    with pytest.raises(UserError, match="there is no such file"):
        read_backbone(tmp_path / "none.pth", RESNET50)
    (tmp_path / "cut.pth").write_bytes(pth.read_bytes()[:5000])
    with pytest.raises(UserError, match="opens safely"):
        read_backbone(tmp_path / "cut.pth", SMALL)
    (tmp_path / "cut.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="not a whole safetensors file"):
        read_backbone(tmp_path / "cut.safetensors", SMALL)
    with pytest.raises(UserError, match="not the ResNet wanted"):
        read_backbone(write_h5(tmp_path / "r101.h5", structure("0.2 101")), RESNET50)
    with pytest.raises(UserError, match="not the ResNet wanted"):
        read_backbone(write_h5(tmp_path / "r50.h5", structure("0.2 50")), RESNET101)
    deeper = replace(CLASSIC_RESNET50, backbone=replace(CLASSIC_RESNET50.backbone, depth=101))
    with torch.device("meta"):
        names = RetinaNet(deeper, 1).state_dict()
    weights = {name: torch.zeros(tensor.shape) for name, tensor in names.items()}
    Checkpoint(deeper, ("a",), {}, weights).save(tmp_path / "deeper.safetensors")
    with pytest.raises(UserError, match="its backbone is no ResNet-50"):
        read_backbone(tmp_path / "deeper.safetensors", RESNET50)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


class BreaksOff(BaseHTTPRequestHandler):
    """Promises more than it gives."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An address and the folder behind it."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "resnet50.pth").write_bytes(b"weights")
    with serving(partial(Quiet, directory=str(folder))) as address:
        yield address, folder


SUM = hashlib.sha256(b"weights").hexdigest()


def test_a_file_is_fetched_once_and_used_only_with_its_sum(served: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = served
    kept = fetch(f"{address}/resnet50.pth#sha256={SUM}", tmp_path / "cache")
    assert kept.read_bytes() == b"weights"
    assert kept.suffix == ".pth"
    (folder / "resnet50.pth").unlink()
    assert fetch(f"{address}/resnet50.pth#sha256={SUM}", tmp_path / "cache") == kept
    kept.write_bytes(b"spoilt on the disk")
    with pytest.raises(UserError, match="cannot be fetched"):
        fetch(f"{address}/resnet50.pth#sha256={SUM}", tmp_path / "cache")


def test_only_the_web_is_fetched_from(tmp_path: Path) -> None:
    own = tmp_path / "own.pth"
    own.write_bytes(b"secret")
    with pytest.raises(UserError, match="begins with https"):
        fetch(f"{own.as_uri()}#sha256={hashlib.sha256(b'secret').hexdigest()}", tmp_path / "kept")


def test_another_sum_keeps_nothing(served: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"SHA-256 is {SUM}, not 0000"):
        fetch(f"{served[0]}/resnet50.pth#sha256={'0' * 64}", tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/resnet50.pth",
        "https://example.org/resnet50.pth#sha256=12",
        "http://example.org/resnet50-0676ba61.pth",  # eight digits are enough only where nobody can change the file
    ],
)
def test_an_address_without_a_sum_is_refused_before_anything_is_fetched(address: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no sum to check the file by"):
        fetch(address, tmp_path)


def test_a_server_that_gives_nothing_or_half_gets_a_sentence(served: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.pth: cannot be fetched \(File not found\)"):
        fetch(f"{served[0]}/none.pth#sha256={SUM}", tmp_path)
    with pytest.raises(UserError, match="cannot be fetched"):
        fetch(f"http://127.0.0.1:1/none.pth#sha256={SUM}", tmp_path)
    with serving(BreaksOff) as address, pytest.raises(UserError, match="broke off after 4 of 1000 bytes"):
        fetch(f"{address}/half.pth#sha256={SUM}", tmp_path)
    assert not list(tmp_path.glob("*.pth"))
