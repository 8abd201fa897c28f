"""Pairs drawn anew and what a model that was trained on pairs makes of them.

Axes: B pairs, D latents, F frames, H W C image.
"""

import numpy as np
import torch

from dlib.methods.weak.dynamics import simple_dynamics
from dlib.methods.weak.weak_vae import WeakVAE, distance_per_latent
from dlib.visualize import animation, traversals, weak_pairs
from dlib.visualize.visualize_util import save_image


def is_trained_on_pairs(model):
    """Whether a ``LoadedModel`` is of a weakly supervised method."""
    return isinstance(getattr(model, "model", None), WeakVAE)


def draw_pairs_of_model(model, data, latents, folder, random_state, num_frames=20, fps=10):
    """Writes ``pairs.png`` and ``animation.gif``.

    How pairs differ is what the configuration in place says (``dynamics``).

    Args:
      model: a ``LoadedModel`` of a weakly supervised method.
      data: a labelled data set.
      latents: D ``Latent``, the most informative first.
      folder: where the pictures go.
      random_state: draws the pairs.
      num_frames: F, frames of the animation.
      fps: frames per second.
    """
    factors = data.sample_factors(weak_pairs.NUM_PAIRS, random_state)
    others, told = simple_dynamics(factors, data, random_state)
    images = np.stack(
        [data.sample_observations_from_factors(f, random_state) for f in (factors, others)]
    )
    codes, own, distances = encode_pairs(model, images, told)
    changed = [
        [name for name, differs in zip(data.factor_names, row, strict=True) if differs]
        for row in factors != others
    ]
    decoded = traversals.decode_all(model.decode, codes)
    picture = weak_pairs.draw_pairs(images, decoded, own, distances, changed, latents)
    save_image(picture, folder / "pairs.png")
    decoded = traversals.decode_all(model.decode, weak_pairs.walk_codes(codes, num_frames))
    frames = weak_pairs.pair_frames(images, decoded, own, changed, latents)
    animation.save_gif(frames, folder / "animation.gif", fps)


@torch.no_grad()
def encode_pairs(model, images, told):
    """What a model makes of pairs.

    Args:
      model: a ``LoadedModel`` of a weakly supervised method.
      images: ``[2, B, H, W, C]`` in [0, 1].
      told: which factors changed, as the training tells the method, bool ``[B, K]``.

    Returns:
      means of the pairs' posteriors ``[2, B, D]``; latents that are not shared, bool ``[B, D]``;
      KL(first || second) of each latent of the posteriors before anything is shared, ``[B, D]``.
    """
    method = model.model
    batch = method.to_batch(*images, told)
    z_mean, _, own = method.pair_posterior(batch)
    means, logvars = zip(*map(method.posterior, batch[:2]), strict=True)
    distances = 0.5 * distance_per_latent(means, logvars)
    return (
        np.stack([part.cpu().numpy() for part in z_mean.chunk(2)]),
        own.cpu().numpy(),
        distances.cpu().numpy(),
    )
