"""Scores of representations."""

__all__ = ["scores"]


def __getattr__(name):
    """`scores` is imported when it is first used: importing the package stays cheap."""
    if name == "scores":
        from dlib.evaluation.array_scores import scores

        return scores
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
