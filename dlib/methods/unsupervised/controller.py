"""Proportional-integral control of the pressure: beta follows from how far the KL is from its set
point.

Both controllers are functions of what they are told; their memory is a tuple of numbers that the
caller keeps.
"""

import math


def set_point(c_start, c_max, ramp_steps, ramp_every, step):
    """The wanted KL at ``step`` in nats: from ``c_start`` in equal rises to ``c_max``.

    It rises every ``ramp_every`` updates and is at ``c_max`` from ``ramp_steps`` on.
    """
    done = min(1.0, step // ramp_every * ramp_every / ramp_steps)
    return c_start + (c_max - c_start) * done


def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * x))


def position_form(error, integral, beta_before, k_p, k_i, beta_min, beta_max):
    """The PI controller of ControlVAE (Shao et al. 2020, eq. 9 and algorithm 1).

    beta = k_p / (1 + exp(e)) - k_i sum(e) + beta_min, kept within [beta_min, beta_max]. The sum
    does not grow while beta was outside (no wind-up).

    Args:
      error: e, the set point minus the KL.
      integral: -k_i sum(e) so far.
      beta_before: beta of the update before, before it was kept within its limits.

    Returns:
      ``(beta, integral, beta before the limits)``.
    """
    if beta_min <= beta_before <= beta_max:
        integral = integral - k_i * error
    wanted = k_p * sigmoid(-error) + integral + beta_min
    return min(max(wanted, beta_min), beta_max), integral, wanted


def incremental_form(error, error_before, beta_before, k_p, k_i, beta_min):
    """The incremental PI controller of DynamicVAE (Shao et al. 2022).

    beta = beta(t - 1) + k_p (sigmoid(-e) - sigmoid(-e(t - 1))) - k_i e, at least beta_min.
    """
    change = k_p * (sigmoid(-error) - sigmoid(-error_before)) - k_i * error
    return max(beta_before + change, beta_min)
