"""The convolutional encoders and decoders behind the architectures' names.

Axes: B batch, C H W image, D latents.
"""

import math

import torch.nn.functional as F
from torch import nn

from dlib.methods.shared import blank_margins
from dlib.methods.shared.layers import InterleavedConvTranspose2d, flatten_channels_last
from dlib.utils.errors import DlibError


def glorot_uniform_(module):
    """Glorot-uniform weights and zero biases, as TensorFlow 1 starts its layers."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return module


def he_uniform_(module):
    """He-uniform weights (He et al. 2015, for ReLU) and zero biases.

    Each layer keeps the variance of its inputs: uniform in +-sqrt(6 / n), n being the inputs that
    reach one output. A transposed convolution of kernel k and stride s reaches each output with
    k^2 / s^2 of its taps.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            inputs = layer.weight[0].numel()
            if isinstance(layer, nn.ConvTranspose2d):
                taps = layer.kernel_size[0] * layer.kernel_size[1]
                inputs = layer.in_channels * taps // (layer.stride[0] * layer.stride[1])
            bound = math.sqrt(6 / inputs)
            nn.init.uniform_(layer.weight, -bound, bound)
            nn.init.zeros_(layer.bias)
    return module


def started(name, module, start):
    """A network of Table 1 with the weights that it starts from.

    Args:
      name: the architecture's, for messages.
      start: "torch", as PyTorch starts its layers (uniform in +-1 / sqrt(n), biases too); or
        "he_uniform".

    Raises:
      DlibError: for another start.
    """
    if start == "he_uniform":
        return he_uniform_(module)
    if start != "torch":
        raise DlibError(f"{name}.start must be 'torch' or 'he_uniform', got {start!r}.")
    return module


def coarse_size(observation_shape, num_layers, name):
    """Height and width after ``num_layers`` halvings of ``[H, W, C]``.

    Raises:
      DlibError: if a side cannot be halved that often.
    """
    height, width, _ = observation_shape
    factor = 2**num_layers
    if height % factor or width % factor:
        raise DlibError(
            f"{name} halves the image {num_layers} times and needs sides that are multiples of "
            f"{factor}, got {height}x{width}: resize the images or name another architecture."
        )
    return height // factor, width // factor


class ConvEncoder(nn.Module):
    """Convolutions of stride 2, one hidden layer, two heads: mean and log-variance.

    Attributes:
      layout: channels and kernels; encoders of equal layout can be computed together.
      sees_windows: whether blank margins of images may be left out (``blank_margins``), whose size
        is looked up in the images; off where ``vmap`` must not meet that.
    """

    def __init__(
        self,
        observation_shape,
        num_latent,
        channels,
        kernels,
        hidden,
        leaky_slope=0.0,
        name="encoder",
    ):
        super().__init__()
        height, width = coarse_size(observation_shape, len(channels), name)
        self.layout = (tuple(channels), tuple(kernels), hidden, leaky_slope)
        self.leaky_slope = leaky_slope
        self.sees_windows = True
        inputs = [observation_shape[2], *channels[:-1]]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(c_in, c_out, kernel, stride=2, padding=(kernel - 2) // 2)
            for c_in, c_out, kernel in zip(inputs, channels, kernels, strict=True)
        )
        self.hidden = nn.Linear(height * width * channels[-1], hidden)
        self.mean = nn.Linear(hidden, num_latent)
        self.logvar = nn.Linear(hidden, num_latent)

    def activate(self, features):
        """ReLU, or leaky ReLU where a slope is set."""
        if self.leaky_slope:
            return F.leaky_relu(features, self.leaky_slope, inplace=True)
        return F.relu(features, inplace=True)

    def forward(self, images):  # [B, C, H, W]
        """Mean and log-variance of the posterior, each ``[B, D]``."""
        features, layers = images, self.convolutions
        if self.sees_windows and blank_margins.applies(images, self.layout[1]):
            first = [(layer.weight, layer.bias, 1) for layer in layers[:2]]
            features, layers = blank_margins.two_layers(images, first, self.activate), layers[2:]
        for convolution in layers:
            features = self.activate(convolution(features))
        features = self.activate(self.hidden(flatten_channels_last(features)))
        return self.mean(features), self.logvar(features)


class DeconvDecoder(nn.Module):
    """Two fully connected layers, then transposed convolutions of kernel 4 and stride 2."""

    def __init__(
        self,
        num_latent,
        observation_shape,
        channels=(64, 64, 32, 32),
        leaky_slope=0.0,
        name="decoder",
    ):
        super().__init__()
        self.coarse = coarse_size(observation_shape, len(channels), name)
        self.leaky_slope = leaky_slope
        height, width = self.coarse
        self.first = nn.Linear(num_latent, 256)
        self.second = nn.Linear(256, height * width * channels[0])
        self.deconvolutions = nn.ModuleList(
            nn.ConvTranspose2d(c_in, c_out, kernel_size=4, stride=2, padding=1)
            for c_in, c_out in zip(channels[:-1], channels[1:], strict=True)
        )
        self.last = InterleavedConvTranspose2d(channels[-1], observation_shape[2])

    activate = ConvEncoder.activate

    def forward(self, latents):  # [B, D]
        """Images before their activation (logits), ``[B, C, H, W]``."""
        features = self.activate(self.second(self.activate(self.first(latents))))
        features = features.unflatten(1, (*self.coarse, -1)).permute(0, 3, 1, 2)  # channels-last
        for deconvolution in self.deconvolutions:
            features = self.activate(deconvolution(features))
        return self.last(features)
