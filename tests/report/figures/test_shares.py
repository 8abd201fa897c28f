import numpy as np
import pytest

from dlib.report.figures import shares


def test_parts_lie_end_to_end():
    found = {("m", "c"): [0.2, np.nan, 0.8]}
    parts = {"method": "#111111", "hyperparameter": "#222222", "seed": "#333333"}
    made = shares.stacked(found, {"m": "MIG", "n": "SAP"}, {"c": "data"}, parts)
    bars = made.axes[0].patches
    assert [bar.get_x() for bar in bars] == pytest.approx([0, 0.2, 0.2])
    assert [bar.get_width() for bar in bars] == pytest.approx([0.2, 0, 0.8])
    assert [text.get_text() for text in made.axes[0].texts] == ["20", "80", "not known"]
    # No bar has the second part, so that the legend has none.
    assert [text.get_text() for text in made.texts] == ["■", "method", "■", "seed"]
