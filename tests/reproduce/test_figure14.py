"""What Figure 14 tells of the orientation's latent."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dlib.visualize.latents import Latent

SCRIPTS = Path(__file__).resolve().parents[2] / "reproduce"


@pytest.fixture
def figure14(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    return importlib.import_module("figure14")


def points(nmi, nats):
    """What ``about_orientation`` reads of a model, its latents from the most informative down."""
    order = np.argsort(np.negative(nats), kind="stable")
    latents = [Latent(int(d), nats[d]) for d in order]
    names = ("posX", "posY", "orientation")
    return SimpleNamespace(nmi=np.array(nmi), latents=latents, factor_names=names)


def test_the_latent_of_the_orientation(figure14):
    nmi = [[0.1, 0.7, 0.4], [0.8, 0.1, 0.5], [0.1, 0.2, 0.45], [0.0, 0.0, 0.27]]
    assert figure14.about_orientation(points(nmi, [1, 2, 3, 3])) == (0.27, 0.0)  # out by 0.27
    assert figure14.about_orientation(points(nmi, [1, 2, 3, 0.09])) == (0.45, 0.2)  # it is unused
    assert figure14.about_orientation(points(nmi, [1, 2, 0.05, 0.09])) == (0.4, 0.7)
    assert figure14.about_orientation(points(nmi, [0.09] * 4)) is None


def test_runs_without_an_active_latent_are_told(figure14, tmp_path):
    exhibit = importlib.import_module("exhibit")
    report = exhibit.Report("x", "a claim", SimpleNamespace(output=tmp_path))
    figure14._add_orientation(report, "DEFT", [(0.4, 0.1), None, (0.6, 0.3)])
    figure14._add_orientation(report, "β-TCVAE", [None, None])
    some, _, none, _ = report.rows
    assert (some["obtained"], some["runs"]) == (pytest.approx(0.5), 2)
    assert some["note"] == "1 more without a latent that carries 0.1 nats"
    assert (none["obtained"], none["runs"]) == ("no latent carries 0.1 nats", 2)
