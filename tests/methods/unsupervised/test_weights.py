import pytest
import torch

from dlib.methods.unsupervised import weights
from dlib.utils.errors import DlibError


def network():
    return torch.nn.Sequential(*(torch.nn.Linear(2, 2) for _ in range(3)))


def told(found):
    with pytest.raises(DlibError) as error:
        weights.fill(network(), found, "a.safetensors", "train again")
    return str(error.value)


def test_weights_that_fit_are_put_in():
    source, target = network(), network()
    weights.fill(target, source.state_dict(), "a", "b")
    for a, b in zip(source.parameters(), target.parameters(), strict=True):
        assert torch.equal(a, b)


def test_missing_tensors_are_counted_and_the_first_named():
    assert told({}) == (
        "a.safetensors does not fit the model (missing, 6 tensors: 0.weight, 0.bias, 1.weight, "
        "...): train again."
    )


def test_each_kind_of_difference_is_told():
    found = network().state_dict()
    found["0.bias"] = torch.zeros(5)
    found["3.bias"] = found.pop("2.bias")
    before = network()
    kept = [p.clone() for p in before.parameters()]
    with pytest.raises(DlibError) as error:
        weights.fill(before, found, "a", "train again")
    assert str(error.value) == (
        "a does not fit the model (sizes differ, 1 tensor: 0.bias; missing, 1 tensor: 2.bias; not "
        "of this model, 1 tensor: 3.bias): train again."
    )
    for a, b in zip(before.parameters(), kept, strict=True):  # nothing was half put in
        assert torch.equal(a, b)
