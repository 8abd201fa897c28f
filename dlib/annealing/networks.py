"""Many equal networks that are trained side by side, each on images of its own.

Axes: R networks, V images, B = V x copies examples, C H W image, D latents.
"""

import copy

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from dlib.methods.shared import architectures
from dlib.methods.shared.conv_networks import ConvEncoder
from dlib.methods.shared.layers import InterleavedConvTranspose2d

WAYS = ("auto", "vmap", "loop")


class AutoEncoder(nn.Module):
    """An encoder and a decoder as one module."""

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, images, noise):  # [V, C, H, W], [B, D]
        """Mean and log-variance of the images, ``[V, D]``, and their reconstructions.

        Each image is encoded once, then drawn and decoded B / V times: ``[B, C, H, W]``, copy
        after copy.
        """
        mean, logvar = self.encoder(images)
        copies = noise.shape[0] // images.shape[0]
        latents = mean.repeat(copies, 1) + torch.exp(0.5 * logvar).repeat(copies, 1) * noise
        return mean, logvar, self.decoder(latents)


def make_network(observation_shape, num_latent, encoder_fn, seed):
    """A network by the configured decoder, with initial weights that the seed decides."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = encoder_fn(observation_shape, num_latent)
        return AutoEncoder(encoder, architectures.make_decoder(num_latent, observation_shape))


class SideBySide:
    """R networks of one architecture that are computed and updated together.

    Args:
      networks: R modules of one architecture; they are copied.
      way: "vmap": all networks by batched operations, for GPUs and small networks. "loop": one
        after another in each update; on CPUs grouped convolutions are slower than this. "auto":
        the loop for convolutional networks on CPUs. The values are the same but for rounding.
      device: where they live.
    """

    def __init__(self, networks, way="auto", device="cpu"):
        is_convolutional = any(
            isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) for layer in networks[0].modules()
        )
        on_cpu = torch.device(device).type == "cpu"
        self.loops = way == "loop" or (way == "auto" and is_convolutional and on_cpu)
        make = _Loop if self.loops else _Stack
        self._networks = make(networks, device)

    def __len__(self):
        return len(self._networks)

    def __call__(self, images, noise):
        """Outputs of all networks: images ``[R, V, C, H, W]``, noise ``[R, B, D]``."""
        return self._networks(images, noise)

    def leaves(self):
        """Every parameter tensor, for one optimizer."""
        return self._networks.leaves()

    def network(self, row):
        """One of the networks as a module; its parameters are those of now."""
        return self._networks.network(row)

    def keep(self, rows, optimizer):
        """Goes on with some of the networks, and with their part of the optimizer's state.

        Args:
          rows: positions of those that stay.
          optimizer: of ``leaves()``.
        """
        self._networks.keep(rows, optimizer)


class _Loop:
    """One module after another; convolutions are fastest in channels-last memory."""

    def __init__(self, networks, device):
        self.modules = [
            copy.deepcopy(network).to(device, memory_format=torch.channels_last)
            for network in networks
        ]

    def __len__(self):
        return len(self.modules)

    def __call__(self, images, noise):
        if images.dim() == 5:
            images = [part.contiguous(memory_format=torch.channels_last) for part in images]
        outputs = [
            network(*inputs) for network, *inputs in zip(self.modules, images, noise, strict=True)
        ]
        return tuple(torch.stack(parts) for parts in zip(*outputs, strict=True))

    def leaves(self):
        return [values for network in self.modules for values in network.parameters()]

    def network(self, row):
        return self.modules[row]

    def keep(self, rows, optimizer):
        self.modules = [self.modules[row] for row in rows]
        staying = self.leaves()
        optimizer.param_groups[0]["params"] = staying
        known = set(staying)
        for values in [values for values in optimizer.state if values not in known]:
            del optimizer.state[values]


class _Stack:
    """All networks as one set of stacked parameters, ``{name: [R, ...]}``."""

    def __init__(self, networks, device):
        stacked, _ = stack_module_state(networks)
        self.parameters = {
            name: values.detach().clone().to(device).requires_grad_()
            for name, values in stacked.items()
        }
        self.skeleton = copy.deepcopy(networks[0]).to("meta")
        _make_batchable(self.skeleton)

    def __len__(self):
        return len(next(iter(self.parameters.values())))

    def __call__(self, images, noise):
        return vmap(self._one)(self.parameters, images, noise)

    def _one(self, parameters, images, noise):
        return functional_call(self.skeleton, parameters, (images, noise))

    def leaves(self):
        return list(self.parameters.values())

    def network(self, row):
        module = copy.deepcopy(self.skeleton)
        rows = {name: values[row].detach() for name, values in self.parameters.items()}
        module.load_state_dict(rows, assign=True)
        return module

    def keep(self, rows, optimizer):
        for values in self.parameters.values():
            count = len(values)
            state = optimizer.state[values]
            for name, moment in state.items():  # the moments have the parameters' shapes
                if torch.is_tensor(moment) and moment.dim() and len(moment) == count:
                    state[name] = moment[rows].clone()
            values.grad = None
            values.data = values.data[rows].clone()


def _make_batchable(module):
    """Takes away what vmap cannot batch: hand-written gradients, and looking into images."""
    for parent in list(module.modules()):
        if isinstance(parent, ConvEncoder):
            parent.sees_windows = False
        for name, child in parent.named_children():
            if isinstance(child, InterleavedConvTranspose2d):
                plain = nn.ConvTranspose2d(
                    child.in_channels, child.out_channels, 4, 2, 1, device="meta"
                )
                setattr(parent, name, plain)
