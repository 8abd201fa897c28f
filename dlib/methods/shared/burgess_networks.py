"""The convolutional networks of Burgess et al. (2018), as the public PyTorch ports have them.

Every layer has 32 channels, kernel 4, stride 2; their number follows from the image's sides, which
are halved to 4: three layers for 32, four for 64, five for 128. Two hidden layers of 256 on either
side. They start as PyTorch starts them.

Axes: B batch, C H W image, D latents.
"""

import gin
import torch
from torch import nn

from dlib.methods.shared.layers import InterleavedConvTranspose2d, flatten_channels_last
from dlib.utils.errors import DlibError

_CHANNELS, _COARSE = 32, 4


def num_halvings(observation_shape, name):
    """How often a square image of side 4 x 2^n is halved until its side is 4.

    Raises:
      DlibError: for any other shape.
    """
    height, width, _ = observation_shape
    halvings = (height // _COARSE).bit_length() - 1
    if height != width or halvings < 1 or height != _COARSE * 2**halvings:
        raise DlibError(
            f"{name} needs square images with a side of 8, 16, 32, 64, 128, ..., got "
            f"{height}x{width}: resize the images or name another architecture."
        )
    return halvings


class BurgessEncoder(nn.Module):
    """Convolutions to 4x4, two hidden layers, two heads."""

    def __init__(self, observation_shape, num_latent):
        super().__init__()
        layers = num_halvings(observation_shape, "burgess_encoder")
        channels = [observation_shape[2], *[_CHANNELS] * layers]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(c_in, c_out, kernel_size=4, stride=2, padding=1)
            for c_in, c_out in zip(channels[:-1], channels[1:], strict=True)
        )
        self.first = nn.Linear(_COARSE * _COARSE * _CHANNELS, 256)
        self.second = nn.Linear(256, 256)
        self.mean = nn.Linear(256, num_latent)
        self.logvar = nn.Linear(256, num_latent)

    def forward(self, images):  # [B, C, H, W]
        """Mean and log-variance of the posterior, each ``[B, D]``."""
        features = images
        for convolution in self.convolutions:
            features = torch.relu(convolution(features))
        features = torch.relu(self.first(flatten_channels_last(features)))
        features = torch.relu(self.second(features))
        return self.mean(features), self.logvar(features)


class BurgessDecoder(nn.Module):
    """The encoder's mirror image."""

    def __init__(self, num_latent, observation_shape):
        super().__init__()
        layers = num_halvings(observation_shape, "burgess_decoder")
        self.hidden = nn.ModuleList(
            nn.Linear(inputs, outputs)
            for inputs, outputs in [(num_latent, 256), (256, 256), (256, _COARSE**2 * _CHANNELS)]
        )
        self.deconvolutions = nn.ModuleList(
            nn.ConvTranspose2d(_CHANNELS, _CHANNELS, kernel_size=4, stride=2, padding=1)
            for _ in range(layers - 1)
        )
        self.last = InterleavedConvTranspose2d(_CHANNELS, observation_shape[2])

    def forward(self, latents):  # [B, D]
        """Images before their activation, ``[B, C, H, W]``."""
        features = latents
        for layer in self.hidden:
            features = torch.relu(layer(features))
        features = features.unflatten(1, (_COARSE, _COARSE, _CHANNELS)).permute(0, 3, 1, 2)
        for deconvolution in self.deconvolutions:
            features = torch.relu(deconvolution(features))
        return self.last(features)


@gin.configurable("burgess_encoder", denylist=["observation_shape", "num_latent"])
def burgess_encoder(observation_shape, num_latent):
    """Burgess et al. 2018: 4x4 convolutions of 32 channels, FC 256, FC 256, FC 2 x D."""
    return BurgessEncoder(observation_shape, num_latent)


@gin.configurable("burgess_decoder", denylist=["num_latent", "observation_shape"])
def burgess_decoder(num_latent, observation_shape):
    """Burgess et al. 2018: FC 256, FC 256, FC 4x4x32, 4x4 transposed convolutions of 32."""
    return BurgessDecoder(num_latent, observation_shape)
