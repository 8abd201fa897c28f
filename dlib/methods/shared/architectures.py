"""Encoders and decoders by gin name.

An encoder function takes the observation shape ``[H, W, C]`` and the number of latents D and gives
a module from images ``[B, C, H, W]`` to ``(mean [B, D], logvar [B, D])``. A decoder function takes
D and the observation shape and gives a module from latents ``[B, D]`` to images ``[B, C, H, W]``
before their activation. Networks of the reference (disentanglement_lib) start as TensorFlow 1
starts them: Glorot-uniform weights, zero biases. The paper does not say how its Table 1 starts;
those networks start as PyTorch starts its layers, which is what the authors' code does. By
``start = "he_uniform"`` they start with weights that keep the signal's size through layers of ReLU:
under a first stage's pressure latents then wake up sooner.
"""

import gin

from dlib.methods.shared.broadcast_decoder import spatial_broadcast_decoder
from dlib.methods.shared.burgess_networks import burgess_decoder, burgess_encoder
from dlib.methods.shared.conv_networks import (
    ConvEncoder,
    DeconvDecoder,
    glorot_uniform_,
    started,
)
from dlib.methods.shared.discriminators import fc_discriminator, make_discriminator
from dlib.methods.shared.fc_networks import fc_decoder, fc_encoder, test_decoder, test_encoder
from dlib.methods.shared.grouped_encoder import GroupedEncoder
from dlib.methods.shared.settings import function, whole
from dlib.utils.errors import DlibError

# All architectures by one import, as in the reference.
__all__ = ["conv_encoder", "deconv_decoder", "lite_encoder", "standard_decoder", "standard_encoder"]
__all__ += ["burgess_decoder", "burgess_encoder", "fc_decoder", "fc_discriminator", "fc_encoder"]
__all__ += ["make_decoder", "make_discriminator", "make_gaussian_encoder"]
__all__ += ["spatial_broadcast_decoder", "test_decoder", "test_encoder"]


@gin.configurable("encoder", denylist=["observation_shape", "group_sizes"])
def make_gaussian_encoder(
    observation_shape, group_sizes=None, num_latent=gin.REQUIRED, encoder_fn=gin.REQUIRED
):
    """The encoder of a model: one network, or one a group.

    Args:
      observation_shape: ``[H, W, C]``.
      group_sizes: latents of each group; None for a single network of all latents.
      num_latent: D, all latents together.
      encoder_fn: an encoder function.

    Raises:
      DlibError: if the groups and ``num_latent`` contradict each other.
    """
    whole("encoder.num_latent", num_latent)
    function("encoder.encoder_fn", encoder_fn, "@conv_encoder")
    if group_sizes is None:
        return encoder_fn(observation_shape, num_latent)
    if sum(group_sizes) != num_latent:
        raise DlibError(
            f"encoder.num_latent = {num_latent}, but the groups {list(group_sizes)} hold "
            f"{sum(group_sizes)} latents: make the two agree."
        )
    return GroupedEncoder(encoder_fn(observation_shape, size) for size in group_sizes)


@gin.configurable("decoder", denylist=["num_latent", "observation_shape"])
def make_decoder(num_latent, observation_shape, decoder_fn=gin.REQUIRED):
    """The decoder of a model, from D latents to ``[H, W, C]`` images."""
    function("decoder.decoder_fn", decoder_fn, "@deconv_decoder")
    return decoder_fn(num_latent, observation_shape)


@gin.configurable("conv_encoder", denylist=["observation_shape", "num_latent"])
def conv_encoder(observation_shape, num_latent):
    """The reference's encoder: 32, 32, 64, 64 channels, kernels 4, 4, 2, 2, FC 256."""
    return glorot_uniform_(
        ConvEncoder(
            observation_shape, num_latent, (32, 32, 64, 64), (4, 4, 2, 2), 256, name="conv_encoder"
        )
    )


@gin.configurable("deconv_decoder", denylist=["num_latent", "observation_shape"])
def deconv_decoder(num_latent, observation_shape):
    """The reference's decoder: FC 256, FC 4x4x64, transposed convolutions 64, 32, 32, C."""
    return glorot_uniform_(DeconvDecoder(num_latent, observation_shape, name="deconv_decoder"))


@gin.configurable("lite_encoder", denylist=["observation_shape", "num_latent"])
def lite_encoder(observation_shape, num_latent, start="torch"):
    """Table 1, lite encoder: 4x4 convolutions to 8, 8, 16, 16 channels, FC 64, FC 2 x K.

    ``start``: "torch" or "he_uniform".
    """
    encoder = ConvEncoder(
        observation_shape, num_latent, (8, 8, 16, 16), (4, 4, 4, 4), 64, name="lite_encoder"
    )
    return started("lite_encoder", encoder, start)


@gin.configurable("standard_encoder", denylist=["observation_shape", "num_latent"])
def standard_encoder(observation_shape, num_latent, leaky_slope=0.0, start="torch"):
    """Table 1, standard encoder: 4x4 convolutions to 32, 32, 64, 64 channels, FC 256, FC 2 x D.

    ``leaky_slope`` other than 0 turns ReLU into leaky ReLU (the authors' code has 0.01).
    ``start``: "torch" or "he_uniform".
    """
    encoder = ConvEncoder(
        observation_shape,
        num_latent,
        (32, 32, 64, 64),
        (4, 4, 4, 4),
        256,
        leaky_slope,
        name="standard_encoder",
    )
    return started("standard_encoder", encoder, start)


@gin.configurable("standard_decoder", denylist=["num_latent", "observation_shape"])
def standard_decoder(
    num_latent, observation_shape, channels=(64, 64, 32, 32), leaky_slope=0.0, start="torch"
):
    """Table 1, decoder: FC 256, FC 4x4x64, 4x4 transposed convolutions to 64, 32, 32, C.

    ``channels`` are those that enter the four transposed convolutions. The authors' code has 4 in
    place of the last 32, and ``leaky_slope`` 0.01. ``start``: "torch" or "he_uniform".
    """
    decoder = DeconvDecoder(
        num_latent, observation_shape, tuple(channels), leaky_slope, name="standard_decoder"
    )
    return started("standard_decoder", decoder, start)
