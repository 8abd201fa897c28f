"""Settings of a test that its proposal holds for, and that the training must therefore share.

Pressures are prices of information in units of the reconstruction loss: under another loss or
decoder the same numbers freeze other factors. A network that learns more slowly freezes at a lower
pressure of the same fall (docs/annealing.md: half with a fifth of the learning rate), so the
optimizer is shared, too.
"""

import re

from dlib.utils import gin_utils

# The roles, by their names in gin. The encoder is not among them: DEFT has one for each group.
_ROLES = ("reconstruction_loss", "decoder", "vae_optimizer")


def lines_of_networks():
    """Loss, decoder and optimizer of the configuration in place with their own settings, as gin."""
    settings = gin_utils.as_dict(gin_utils.config_text())
    chosen, waiting = {}, list(_ROLES)
    while waiting:
        name = waiting.pop()
        for key, value in settings.items():
            if key not in chosen and name in (_owner(key), key):
                chosen[key] = value
                waiting += [n.split("/")[-1] for n in re.findall(r"[@%]([\w./]+)", value)]
    lines = {key: chosen[key] for key in settings if key in chosen} | _of_scopes(chosen)
    return [f"{key} = {value}" for key, value in lines.items()]


def _of_scopes(chosen):
    """What a configurable that is used in a scope has from outside it, bound in the scope.

    The files that the training includes may bind it in that scope (``train/paper.gin`` does so
    with the learning rate), which would win over a binding without one.
    """
    used = {name for value in chosen.values() for name in re.findall(r"@([\w./]+/[\w.]+)", value)}
    return {
        f"{scope}/{key}": value
        for scope, _, name in (reference.rpartition("/") for reference in sorted(used))
        for key, value in chosen.items()
        if key.rpartition(".")[0] == name and f"{scope}/{key}" not in chosen
    }


def import_lines():
    """What the configuration in place imports: who registers its data set, loss or networks."""
    config = gin_utils.config_text().splitlines()
    return [line for line in config if line.startswith(("import ", "from "))]


def _owner(key):
    """Whose parameter a key is, without its scope: "bernoulli_loss" of "a/bernoulli_loss.x"."""
    return key.split("/")[-1].rpartition(".")[0]
