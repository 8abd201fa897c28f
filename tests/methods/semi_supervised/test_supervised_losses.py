"""Supervised losses and annealers by hand."""

import math

import numpy as np
import pytest
import torch

from dlib.methods.semi_supervised import annealers
from dlib.methods.semi_supervised import supervised_losses as losses
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

# The reference's cases: gamma 100, threshold 100.
STEPS = (0, 10, 100, 101)


def test_annealers():
    fixed, anneal, fine_tune = (
        [function(100.0, step, 100) for step in STEPS]
        for function in (
            annealers.fixed_annealer,
            annealers.annealed_annealer,
            annealers.fine_tune_annealer,
        )
    )
    assert fixed == [100.0] * 4
    assert anneal == [0.0, 10.0, 100.0, 100.0]
    assert fine_tune == [0.0, 0.0, 0.0, 100.0]


def test_annealer_by_name():
    lines = ["annealer.iteration_threshold = 4", "annealer.anneal_fn = @anneal"]
    with gin_utils.configured(bindings=lines):
        assert annealers.make_annealer(8.0, 3) == 6.0
    with (
        gin_utils.configured(bindings=["annealer.iteration_threshold = 0", lines[1]]),
        pytest.raises(DlibError, match="annealer.iteration_threshold must be a number > 0"),
    ):
        annealers.make_annealer(8.0, 3)


LABELS = torch.tensor([[0.0, 2.0], [4.0, 1.0]])
SIZES = (5, 3)
CODES = torch.tensor([[0.5, -1.0, 9.0], [2.0, 0.0, 9.0]])


def test_normalized_labels():
    found = losses.normalize_labels(LABELS, SIZES)
    assert torch.equal(found, torch.tensor([[0.0, 1.0], [1.0, 0.5]]))
    found = losses.normalize_labels(LABELS, SIZES, divisor="size")
    assert torch.allclose(found, torch.tensor([[0.0, 2 / 3], [0.8, 1 / 3]]))
    assert losses.normalize_labels(torch.zeros(1, 1), (1,)).item() == 0.0


@pytest.mark.parametrize(
    ("codes", "num_labels", "expected"),
    # The reference's cases: log 2 a label, or log(1 + e).
    [
        (torch.zeros(64, 10), 5, 64 * 5 * math.log(2)),
        (torch.zeros(64, 10), 10, 64 * 10 * math.log(2)),
        (torch.ones(64, 10), 10, 64 * 10 * math.log(1 + math.e)),
    ],
)
def test_cross_entropy_of_the_references_cases(codes, num_labels, expected):
    loss = losses.SupervisedCrossEntropy((1,) * num_labels)
    assert loss(codes, torch.zeros(64, num_labels)).item() == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_by_hand():
    softplus = lambda x: math.log1p(math.exp(x))
    # x (1 - y) + log(1 + e^-x), y = 0, 1, 1, 1/2.
    expected = softplus(0.5) + softplus(1.0) + softplus(-2.0) + softplus(0.0)
    loss = losses.SupervisedCrossEntropy(SIZES)(CODES, LABELS)
    assert loss.item() == pytest.approx(expected)


def test_l2_with_a_learned_scale():
    loss = losses.SupervisedL2(SIZES)
    assert loss(CODES, LABELS).item() == pytest.approx(0.25 + 9 + 4 + 1)
    with torch.no_grad():
        loss.scale.fill_(2.0)
    assert loss(CODES, LABELS).item() == pytest.approx(1 + 16 + 0 + 1)
    assert len(list(loss.parameters())) == 1


def test_l2_of_the_logistic_function():
    sigmoid = lambda x: 1 / (1 + math.exp(-x))
    codes = [[sigmoid(0.5), sigmoid(-1)], [sigmoid(2), 0.5]]
    labels = [[0.0, 1.0], [1.0, 0.5]]
    of_pair = lambda i, j: sum((codes[i][n] - labels[j][n]) ** 2 for n in range(2))
    loss = losses.SupervisedL2(SIZES, learn_scale=False)
    assert loss(CODES, LABELS).item() == pytest.approx(of_pair(0, 0) + of_pair(1, 1))
    assert not list(loss.parameters())
    loss = losses.SupervisedL2(SIZES, learn_scale=False, all_pairs=True)
    expected = sum(of_pair(i, j) for i in range(2) for j in range(2))
    assert loss(CODES, LABELS).item() == pytest.approx(expected)


def test_covariance():
    loss = losses.SupervisedCovariance(())
    # The reference's case: codes and labels are each other's mirror image, covariance -1/4.
    codes = torch.eye(2)
    assert loss(codes, codes.flip(0)).item() == pytest.approx(2 * 0.25**2)
    covariance = np.cov(CODES.T.numpy(), LABELS.T.numpy(), bias=True)[:3, 3:]
    np.fill_diagonal(covariance, 0.0)
    assert loss(CODES, LABELS).item() == pytest.approx((covariance**2).sum())


@pytest.mark.parametrize("sigma", [2.0, "learn"])
@pytest.mark.parametrize("use_order", [False, True])
def test_embedding_by_hand(sigma, use_order):
    loss = losses.SupervisedEmbedding(SIZES, sigma=sigma, use_order=use_order)
    points = [[0.0, 1.0, 2.0, 3.0, 4.0], [-1.0, 0.5, 2.0]]
    with torch.no_grad():
        for label, values in enumerate(points):
            if use_order:
                loss.lines[label].copy_(torch.tensor([values[0], values[1] - values[0]]))
            else:
                loss.points[label].copy_(torch.tensor(values))
            if sigma == "learn":
                loss.sigmas[label].fill_(2.0)
    expected = 0.0
    for code, row in zip(CODES.tolist(), LABELS.tolist(), strict=True):
        for label, values in enumerate(points):
            logits = [-((2.0 * (code[label] - point)) ** 2) for point in values]
            log_sum = math.log(sum(math.exp(logit) for logit in logits))
            expected += (log_sum - logits[int(row[label])]) / 2
    value = loss(CODES, LABELS)
    assert value.item() == pytest.approx(expected, rel=1e-5)
    value.backward()
    learned = list(loss.parameters())
    assert len(learned) == (4 if sigma == "learn" else 2)
    assert all(parameter.grad is not None for parameter in learned)


def test_more_labels_than_latents():
    for name in ("xent", "l2"):
        with (
            gin_utils.configured(bindings=[f"supervised_loss.loss_fn = @{name}"]),
            pytest.raises(DlibError, match="num_latent = 1, but there are 2 labels"),
        ):
            losses.make_supervised_loss(SIZES, 1)
    with gin_utils.configured(bindings=["supervised_loss.loss_fn = @cov"]):
        losses.make_supervised_loss(SIZES, 1)
