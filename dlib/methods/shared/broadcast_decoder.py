"""The spatial broadcast decoder (Watters et al. 2019).

Axes: B batch, C H W image, D latents.
"""

import gin
import torch
from torch import nn

from dlib.methods.shared.settings import whole


class SpatialBroadcastDecoder(nn.Module):
    """The latents at every pixel, beside its coordinates, then convolutions of stride 1."""

    def __init__(self, num_latent, observation_shape, channels, num_layers):
        super().__init__()
        height, width, image_channels = observation_shape
        rows, columns = torch.meshgrid(
            torch.linspace(-1.0, 1.0, height), torch.linspace(-1.0, 1.0, width), indexing="ij"
        )
        self.register_buffer("coordinates", torch.stack([rows, columns]), persistent=False)
        inputs = [num_latent + 2, *[channels] * (num_layers - 1)]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(c_in, channels, kernel_size=3, padding=1) for c_in in inputs
        )
        self.last = nn.Conv2d(channels, image_channels, kernel_size=3, padding=1)

    def forward(self, latents):  # [B, D]
        """Images before their activation, ``[B, C, H, W]``."""
        _, height, width = self.coordinates.shape
        everywhere = latents[:, :, None, None].expand(-1, -1, height, width)  # [B, D, H, W]
        coordinates = self.coordinates.expand(len(latents), -1, -1, -1)  # [B, 2, H, W]
        features = torch.cat([everywhere, coordinates], dim=1)
        for convolution in self.convolutions:
            features = torch.relu(convolution(features))
        return self.last(features)


@gin.configurable("spatial_broadcast_decoder", denylist=["num_latent", "observation_shape"])
def spatial_broadcast_decoder(num_latent, observation_shape, channels=64, num_layers=4):
    """Watters et al. 2019: four convolutions of 64 channels, then one to the image's.

    The kernels are 3x3 and padded, where the paper has 4x4, so that images of any size keep it.

    Args:
      num_latent: D.
      observation_shape: ``[H, W, C]``.
      channels: of the hidden layers.
      num_layers: hidden layers.
    """
    return SpatialBroadcastDecoder(
        num_latent,
        observation_shape,
        whole("spatial_broadcast_decoder.channels", channels),
        whole("spatial_broadcast_decoder.num_layers", num_layers),
    )
