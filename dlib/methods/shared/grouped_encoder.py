"""G independent encoders of one image, computed together.

Axes: B batch, C H W image, G groups, K latents of a group, D = sum of K.
"""

import torch
import torch.nn.functional as F
from torch import nn

from dlib.methods.shared import blank_margins
from dlib.methods.shared.conv_networks import ConvEncoder


class GroupedEncoder(nn.Module):
    """The encoders of DEFT: one module a group, their latents side by side.

    The groups share nothing but the image. Where all are convolutional and of one layout, their
    layers run as grouped convolutions and batched matrix products, which costs half of running
    them one after another and gives the same values; any other modules run one by one.
    """

    def __init__(self, encoders):
        super().__init__()
        self.encoders = nn.ModuleList(encoders)
        first = self.encoders[0]
        self.together = len(self.encoders) > 1 and all(
            type(encoder) is ConvEncoder and encoder.layout == first.layout
            for encoder in self.encoders
        )

    def forward(self, images):  # [B, C, H, W]
        """Mean and log-variance of all groups, each ``[B, D]``."""
        if self.together:
            return _encode_together(self.encoders, images)
        pairs = [encoder(images) for encoder in self.encoders]
        means, logvars = zip(*pairs, strict=True)
        return torch.cat(means, dim=1), torch.cat(logvars, dim=1)


def _joined(layers, name):
    return torch.cat([getattr(layer, name) for layer in layers])


def _encode_together(encoders, images):
    groups, first = len(encoders), encoders[0]
    # All groups read the same image, so the first layer is one convolution to G times the
    # channels; from then on each group sees its own channels only.
    layers = [
        (_joined(of_all, "weight"), _joined(of_all, "bias"), 1 if index == 0 else groups)
        for index, of_all in enumerate(zip(*(e.convolutions for e in encoders), strict=True))
    ]
    paddings = [layer.padding for layer in first.convolutions]
    features = images
    if first.sees_windows and blank_margins.applies(images, first.layout[1]):
        features = blank_margins.two_layers(images, layers[:2], first.activate)
        layers, paddings = layers[2:], paddings[2:]
    for (weight, bias, groups_of_layer), padding in zip(layers, paddings, strict=True):
        features = F.conv2d(
            features, weight, bias, stride=2, padding=padding, groups=groups_of_layer
        )
        features = first.activate(features)  # [B, G C, H, W]
    features = features.permute(0, 2, 3, 1).unflatten(3, (groups, -1))  # [B, H, W, G, C]
    features = features.permute(3, 0, 1, 2, 4).flatten(2)  # [G, B, H W C]
    weight = torch.stack([e.hidden.weight for e in encoders]).transpose(1, 2)
    bias = torch.stack([e.hidden.bias for e in encoders]).unsqueeze(1)
    features = first.activate(torch.baddbmm(bias, features, weight))  # [G, B, hidden]
    means = [e.mean(f) for e, f in zip(encoders, features, strict=True)]
    logvars = [e.logvar(f) for e, f in zip(encoders, features, strict=True)]
    return torch.cat(means, dim=1), torch.cat(logvars, dim=1)
