"""The running average of the weights."""

import torch

from maskwatch.training.averaging import WeightAverage
from training_parts import random_pixels, tiny_network


def filled(value: float) -> torch.nn.Module:
    network = tiny_network()
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.fill_(value)
    return network


def test_each_step_moves_the_average_by_its_share() -> None:
    average = WeightAverage(filled(0.0), decay=0.9)  # type: ignore[arg-type]
    expected = 0.0
    for step in range(1, 100):
        value = float(step % 7)
        average.update(filled(value), step)  # type: ignore[arg-type]
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * value
        weight = average.network.class_subnet.last.weight
        torch.testing.assert_close(weight, torch.full_like(weight, expected), rtol=1e-4, atol=1e-5)


def test_the_first_random_weights_are_soon_forgotten() -> None:
    average = WeightAverage(filled(100.0), decay=0.999)  # type: ignore[arg-type]
    for step in range(1, 51):
        average.update(filled(0.0), step)  # type: ignore[arg-type]
    assert average.network.class_subnet.last.bias is not None
    assert average.network.class_subnet.last.bias.abs().max() < 1e-3


def test_statistics_are_averaged_and_counters_copied() -> None:
    network = tiny_network()
    average = WeightAverage(network, decay=0.5)
    network.train()(random_pixels(2, 64, 64))
    average.update(network, 1)
    own, other = network.backbone.stem_norm, average.network.backbone.stem_norm
    assert other.num_batches_tracked == own.num_batches_tracked == 1  # type: ignore[union-attr]
    share = 2 / 11
    expected = share * torch.zeros(8) + (1 - share) * own.running_mean  # type: ignore[union-attr,operator]
    torch.testing.assert_close(other.running_mean, expected)  # type: ignore[union-attr]


def test_the_average_is_apart_from_the_network_and_at_rest() -> None:
    network = tiny_network().train()
    average = WeightAverage(network, decay=0.9)
    before = {name: tensor.clone() for name, tensor in average.network.state_dict().items()}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    for name, tensor in average.network.state_dict().items():
        torch.testing.assert_close(tensor, before[name])
    assert not average.network.training
    assert not any(parameter.requires_grad for parameter in average.network.parameters())
    assert network.training
