"""The optimisers' groups and the learning rate over a run."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from maskwatch.training.optimiser import learning_rate, make_optimiser, set_rate
from maskwatch.training.settings import TrainingSettings
from training_parts import TINY, tiny_network, tiny_recipe

RECIPE = TrainingSettings(epochs=1, learning_rate=2e-3, warmup_steps=100, final_rate=0.01)


def test_the_rate_climbs_in_a_line_then_falls_along_half_a_cosine() -> None:
    rates = [learning_rate(step, 10_000, RECIPE) for step in range(10_000)]
    assert rates[0] == pytest.approx(2e-5)
    assert rates[49] == pytest.approx(1e-3)
    assert rates[99] == rates[100] == max(rates) == 2e-3
    assert rates[5050] == pytest.approx(2e-3 * (0.01 + 0.99 / 2))
    assert rates[-1] == pytest.approx(2e-5, rel=0.01)


@given(st.integers(1, 3000))
def test_the_rate_rises_then_never_rises_again_and_is_never_nothing(total: int) -> None:
    rates = [learning_rate(step, total, RECIPE) for step in range(total)]
    top = rates.index(max(rates))
    assert all(one < other for one, other in zip(rates[:top], rates[1 : top + 1], strict=True))
    assert all(one >= other for one, other in zip(rates[top:], rates[top + 1 :], strict=False))
    assert min(rates) > 0
    assert max(rates) <= RECIPE.learning_rate * (1 + 1e-9)
    assert top <= min(100, max(1, total // 10))  # a short run warms up for a tenth of it


def test_a_run_that_goes_on_beyond_its_length_keeps_the_last_rate() -> None:
    assert learning_rate(12_000, 10_000, RECIPE) == pytest.approx(2e-5)


def test_only_convolutions_weights_decay_and_every_parameter_is_trained_once() -> None:
    network = tiny_network(replace(TINY, head_norm="none"))
    optimiser = make_optimiser(network, tiny_recipe(weight_decay=0.05))
    decays = {id(p): group["weight_decay"] for group in optimiser.param_groups for p in group["params"]}
    assert len(decays) == sum(len(group["params"]) for group in optimiser.param_groups)
    for name, parameter in network.named_parameters():
        assert decays.pop(id(parameter)) == (0.05 if parameter.dim() == 4 else 0.0), name
    assert not decays


def test_sgd_steps_as_its_formula_says() -> None:
    """v = .9 v + g + decay w; w -= rate v (Sutskever et al. 2013, as torch writes it)."""
    weight = nn.Parameter(torch.tensor([[1.0, -2.0]]))
    holder = nn.Module()
    holder.weight = weight
    optimiser = make_optimiser(holder, tiny_recipe(optimiser="sgd", momentum=0.9, weight_decay=0.1))
    expected, speed = weight.detach().clone(), torch.zeros(1, 2)
    for step in range(3):
        set_rate(optimiser, 0.5, step, tiny_recipe())
        gradient = torch.tensor([[0.3, float(step)]])
        weight.grad = gradient.clone()
        optimiser.step()
        speed = 0.9 * speed + gradient + 0.1 * expected
        expected = expected - 0.5 * speed
    torch.testing.assert_close(weight.detach(), expected)


def test_what_is_frozen_is_not_trained() -> None:
    network = tiny_network()
    network.backbone.requires_grad_(False)
    trained = {id(p) for group in make_optimiser(network, tiny_recipe()).param_groups for p in group["params"]}
    assert trained == {id(p) for p in network.parameters() if p.requires_grad}
