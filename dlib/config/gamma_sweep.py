"""What gamma does in DEFT's second stage (the paper's section 5.2 and Figure 6).

The first stage is trained once, with gamma = 0.1, and the second goes on from it with each gamma.
(Algorithm 1 has gamma in the first stage too, where it slows the groups whose turn has not come;
``anew`` trains both stages with each gamma.) Then: did I(x; z) increase in the second stage, as the
paper says that it does not at gamma = 0? Measured for the first group of latents, which gamma acts
on, and for all latents.

N points, D latents.
"""

from pathlib import Path

import gin
import numpy as np

from dlib.data.ground_truth import named_data
from dlib.evaluation import track_record
from dlib.evaluation.metrics.kl_decomposition import kl_decomposition
from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.methods.unsupervised.branch import train_branch
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import gin_utils

CONFIG = "gamma_sweep_dsprites.gin"
GAMMAS = (0.0, 0.1, 0.3, 0.5, 1.0)
TRUNK = 0.1  # gamma of the first stage where it is trained once
# A smaller change of a mutual information, nats, is within what the same posteriors give from
# other draws.
NOTICED = 0.05


def train(folder, gin_bindings=(), gammas=GAMMAS, anew=False, overwrite=False, config=CONFIG):
    """Trains what is missing.

    Args:
      folder: ``gamma_<gamma>/model`` is made in it for each gamma, ``gamma_<gamma>_anew/model``
        where both stages are trained with it.
      gin_bindings: further lines of gin, such as those of a budget.
      gammas: of the second stage.
      anew: whether each gamma acts in the first stage too.
      overwrite: whether to start anew.
      config: name of the configuration: two stages, ``@stage_checkpoints()`` among the callbacks.

    Returns:
      ``{gamma: folder of the training}``.
    """
    ending = "_anew" if anew else ""
    folders = {g: Path(folder) / f"gamma_{g:g}{ending}" / "model" for g in gammas}
    trunk = folders.get(TRUNK, Path(folder) / f"gamma_{TRUNK:g}" / "model")
    if not anew:
        train_with_gin(trunk, overwrite, [config], _lines(gin_bindings, TRUNK))
    for gamma, model_dir in folders.items():
        lines = _lines(gin_bindings, gamma)
        if anew:
            train_with_gin(model_dir, overwrite, [config], lines)
        elif model_dir != trunk:
            train_branch(trunk, 0, model_dir, [config], lines, overwrite)
    return folders


def _lines(gin_bindings, gamma):
    return [*gin_bindings, f"deft.gamma = {gamma}"]


def measure(folders, gin_bindings=(), config=CONFIG):
    """What the second stage changed, for each gamma.

    Args:
      folders: as `train` returns them.
      gin_bindings, config: as for `train`; the tracker's settings decide the points.

    Returns:
      a list of dictionaries: ``gamma``; ``kl_first``, ``mi_first`` (of the first group of latents),
      ``kl``, ``mi`` (of all; nats), ``nmi1``, ``nmi2``, each with ``_before`` and ``_after`` the
      second stage; ``encoder_change``, the largest change of a weight of the first encoder.
    """
    with gin_utils.configured([config], gin_bindings):
        data = named_data.get_named_ground_truth_data()
        tracker = gin.get_configurable("tracker")()
        return [_of_one(gamma, folder, tracker, data) for gamma, folder in folders.items()]


def _of_one(gamma, folder, tracker, data):
    row = {"gamma": gamma}
    encoders = []
    for when, module in (("before", folder / "stages" / "0"), ("after", folder / "module")):
        model = gaussian_encoder_model.load(module).model
        encoders.append(model.encoder.encoders[0].state_dict())
        found = _of_posteriors(*tracker.encoded(model, data), model.group_sizes[0], tracker)
        row |= {f"{name}_{when}": value for name, value in found.items()}
    before, after = encoders
    row["encoder_change"] = max(float((after[n] - before[n]).abs().max()) for n in before)
    return row


def _of_posteriors(mean, logvar, factors, group_size, tracker):
    kl = track_record.kl_of_latents(mean, logvar)  # [D]
    of_factors = track_record.of_factors(mean, factors, range(factors.shape[1]), tracker.num_bins)
    return {
        "kl_first": float(kl[:group_size].sum()),
        "mi_first": _information(mean[:, :group_size], logvar[:, :group_size], tracker),
        "kl": float(kl.sum()),
        "mi": _information(mean, logvar, tracker),
        "nmi1": of_factors["nmi1"],
        "nmi2": of_factors["nmi2"],
    }


def _information(mean, logvar, tracker):
    random_state = np.random.RandomState([tracker.random_seed, 1])
    parts = kl_decomposition(mean, logvar, random_state, num_samples=tracker.num_samples)
    return parts["mutual_information"]


def answer(row):
    """Whether "I(x; z) will not increase" holds for one gamma: a sentence with its numbers."""
    weights = (
        "the first encoder is the same to the bit"
        if row["encoder_change"] == 0
        else f"weights of the first encoder change by up to {row['encoder_change']:.2g}"
    )
    return (
        f"gamma {row['gamma']:g}: I(x; z) of the first group {_change(row, 'mi_first')}, its KL "
        f"{row['kl_first_before']:.2f} -> {row['kl_first_after']:.2f}; of all latents "
        f"{_change(row, 'mi')}, their KL {row['kl_before']:.2f} -> {row['kl_after']:.2f}; {weights}"
    )


def _change(row, name):
    before, after = row[f"{name}_before"], row[f"{name}_after"]
    if abs(after - before) <= NOTICED:
        verb = "does not change"
    else:
        verb = "increases" if after > before else "decreases"
    return f"{verb} ({before:.2f} -> {after:.2f} nats)"
