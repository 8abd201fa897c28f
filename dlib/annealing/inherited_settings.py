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
    return [f"{key} = {chosen[key]}" for key in settings if key in chosen]


def import_lines():
    """What the configuration in place imports: who registers its data set, loss or networks."""
    config = gin_utils.config_text().splitlines()
    return [line for line in config if line.startswith(("import ", "from "))]


def _owner(key):
    """Whose parameter a key is, without its scope: "bernoulli_loss" of "a/bernoulli_loss.x"."""
    return key.split("/")[-1].rpartition(".")[0]
