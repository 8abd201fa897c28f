"""Weights by name into a model, or one line that says how the two differ."""

from dlib.utils.errors import DlibError

_NAMED = 3  # tensors of each kind; a model has hundreds


def fill(model, weights, source, advice):
    """Puts weights into a model.

    Args:
      model: a ``torch.nn.Module``.
      weights: tensors by name.
      source: what the weights are of, the start of the message.
      advice: what to do if they do not fit, its end.

    Raises:
      DlibError: if names or shapes differ; it tells how many do, and the first of them.
    """
    if differing := difference(model.state_dict(), weights):
        raise DlibError(f"{source} does not fit the model ({differing}): {advice}.")
    model.load_state_dict(weights)


def difference(expected, found):
    """How the tensors of two dictionaries differ in names and shapes, "" if they do not."""
    kinds = {
        "sizes differ": [n for n in expected if n in found and expected[n].shape != found[n].shape],
        "missing": [n for n in expected if n not in found],
        "not of this model": [n for n in found if n not in expected],
    }
    return "; ".join(_told(kind, names) for kind, names in kinds.items() if names)


def _told(kind, names):
    """A kind of difference with the number of tensors and the first names."""
    more = ", ..." if len(names) > _NAMED else ""
    number = f"{len(names)} tensor{'s' if len(names) > 1 else ''}"
    return f"{kind}, {number}: {', '.join(names[:_NAMED])}{more}"
