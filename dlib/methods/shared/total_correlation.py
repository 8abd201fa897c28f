"""Total correlation of the aggregate posterior, estimated on a batch.

Axes: B batch, D latents, N images of the data set; pairs [j, i, l] are draw j, posterior i and
latent l. All information is in nats.
"""

import math

import torch

_LOG_2_PI = math.log(2.0 * math.pi)


def gaussian_log_density(z, z_mean, z_logvar):
    """log N(z; mean, exp(logvar)), elementwise with broadcasting."""
    deviation = (z - z_mean).square() * torch.exp(-z_logvar)
    return -0.5 * (deviation + z_logvar + _LOG_2_PI)


def total_correlation(z_sampled, z_mean, z_logvar):
    """The reference's term: E_j[log q(z_j) - sum_l log q(z_jl)], without constants.

    log q(z_j) is taken as log sum_i q(z_j | x_i), which lacks -log(N B), and so are the D
    marginals; the result is the total correlation less ``weighting_constant``. The gradient lacks
    nothing. (Chen et al. 2018, appendix C.1: minibatch-weighted sampling.)

    Args:
      z_sampled, z_mean, z_logvar: draws and their posteriors, ``[B, D]``.
    """
    log_q_joint, log_q_product = _log_densities(z_sampled, z_mean, z_logvar, None)
    return (log_q_joint - log_q_product).mean()


def weighting_constant(num_latent, batch_size, num_images):
    """(D - 1) log(N B): what ``total_correlation`` lacks."""
    return (num_latent - 1) * math.log(num_images * batch_size)


def stratified_total_correlation(z_sampled, z_mean, z_logvar, num_images):
    """Total correlation by minibatch stratified sampling (Chen et al. 2018, appendix C.2).

    The draw's own posterior stands for itself, 1/N; one of the others for the images outside the
    batch, (N - B + 1)/(N (B - 1)); the rest weigh 1/(B - 1) each. Nothing is left out.

    Args:
      z_sampled, z_mean, z_logvar: draws and their posteriors, ``[B, D]``, B >= 2.
      num_images: N.
    """
    log_weights = stratified_log_weights(len(z_sampled), num_images).to(z_sampled)
    log_q_joint, log_q_product = _log_densities(z_sampled, z_mean, z_logvar, log_weights)
    return (log_q_joint - log_q_product).mean()


def stratified_log_weights(batch_size, num_images):
    """Logarithms of the weights of posterior i for draw j, float64 ``[B, B]``."""
    others = batch_size - 1
    weights = torch.full((batch_size, batch_size), 1.0 / others, dtype=torch.float64)
    index = torch.arange(batch_size)
    weights[index, index] = 1.0 / num_images
    weights[index, (index + 1) % batch_size] = (num_images - others) / (num_images * others)
    return weights.log()


def _log_densities(z_sampled, z_mean, z_logvar, log_weights):
    """log q(z_j) and sum_l log q(z_jl) of each draw, ``[B]`` each, up to the weights."""
    log_q = gaussian_log_density(
        z_sampled.unsqueeze(1), z_mean.unsqueeze(0), z_logvar.unsqueeze(0)
    )  # [B, B, D]
    log_q_pair = log_q.sum(2)  # [B, B]
    if log_weights is not None:
        log_q = log_q + log_weights.unsqueeze(2)
        log_q_pair = log_q_pair + log_weights
    log_q_joint = torch.logsumexp(log_q_pair, dim=1)  # [B]
    log_q_product = torch.logsumexp(log_q, dim=1).sum(1)  # [B, D] -> [B]
    return log_q_joint, log_q_product
