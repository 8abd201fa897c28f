"""Fully connected encoders and decoders, by gin name.

Axes: B batch, C H W image, D latents.
"""

import math

import gin
import torch
from torch import nn

from dlib.methods.shared.conv_networks import glorot_uniform_
from dlib.methods.shared.layers import flatten_channels_last


class FullyConnectedEncoder(nn.Module):
    """Hidden layers with ReLU, two heads: mean and log-variance."""

    def __init__(self, observation_shape, num_latent, hidden):
        super().__init__()
        sizes = [math.prod(observation_shape), *hidden]
        self.hidden = nn.ModuleList(
            nn.Linear(inputs, outputs)
            for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True)
        )
        self.mean = nn.Linear(sizes[-1], num_latent)
        self.logvar = nn.Linear(sizes[-1], num_latent)

    def forward(self, images):  # [B, C, H, W]
        """Mean and log-variance of the posterior, each ``[B, D]``."""
        features = flatten_channels_last(images)
        for layer in self.hidden:
            features = torch.relu(layer(features))
        return self.mean(features), self.logvar(features)


class FullyConnectedDecoder(nn.Module):
    """Hidden layers with tanh, then one value a pixel."""

    def __init__(self, num_latent, observation_shape, hidden):
        super().__init__()
        self.observation_shape = tuple(observation_shape)
        sizes = [num_latent, *hidden, math.prod(observation_shape)]
        self.layers = nn.ModuleList(
            nn.Linear(inputs, outputs)
            for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True)
        )

    def forward(self, latents):  # [B, D]
        """Images before their activation, ``[B, C, H, W]``."""
        features = latents
        for layer in self.layers[:-1]:
            features = torch.tanh(layer(features))
        pixels = self.layers[-1](features).unflatten(1, self.observation_shape)  # [B, H, W, C]
        return pixels.permute(0, 3, 1, 2)


@gin.configurable("fc_encoder", denylist=["observation_shape", "num_latent"])
def fc_encoder(observation_shape, num_latent):
    """The reference's fully connected encoder (Higgins et al. 2017, Table 1): FC 1200, FC 1200."""
    return glorot_uniform_(FullyConnectedEncoder(observation_shape, num_latent, (1200, 1200)))


@gin.configurable("fc_decoder", denylist=["num_latent", "observation_shape"])
def fc_decoder(num_latent, observation_shape):
    """The reference's fully connected decoder: three layers of 1200 with tanh."""
    return glorot_uniform_(FullyConnectedDecoder(num_latent, observation_shape, (1200,) * 3))


@gin.configurable("test_encoder", denylist=["observation_shape"])
def test_encoder(observation_shape, num_latent):
    """Two linear maps of the pixels; for tests.

    ``num_latent`` may be bound, as in the reference, but ``encoder.num_latent`` wins.
    """
    return glorot_uniform_(FullyConnectedEncoder(observation_shape, num_latent, ()))


@gin.configurable("test_decoder", denylist=["num_latent", "observation_shape"])
def test_decoder(num_latent, observation_shape):
    """One linear map to the pixels; for tests."""
    return glorot_uniform_(FullyConnectedDecoder(num_latent, observation_shape, ()))


# They are no tests, whatever their names say to pytest.
test_encoder.__test__ = False
test_decoder.__test__ = False
