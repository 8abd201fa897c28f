import math

import pandas as pd
import pytest

from dlib.report import chosen_settings, printed


def summary(*rows):
    """Rows ``(metric, dataset, method, setting, stands, median)`` as ``summaries.summary`` has."""
    names = ("metric", "dataset", "method", "setting", "stands", "median")
    same = {"budget": "cpu", "protocol": "", "runs": 3, "median_low": 0.1, "median_high": 0.4}
    return pd.DataFrame([dict(zip(names, row, strict=True)) | same for row in rows])


def test_the_setting_that_stands_is_told_beside_the_paper_s():
    made = chosen_settings.table(summary(
        ("mig", "dsprites_full", "beta_vae", "beta=4", False, 0.2),
        ("mig", "dsprites_full", "beta_vae", "beta=16", True, 0.3),
        ("dci", "dsprites_full", "beta_vae", "beta=4", True, 0.9),
        ("mig", "smallnorb", "annealed_vae", "c_max=25, encoder.num_latent=10", True, 0.25),
        ("mig", "smallnorb", "annealed_vae", "c_max=5, encoder.num_latent=10", False, 0.2),
        ("mig", "cars3d", "vae", "beta=1", True, 0.1),
        ("mig", "cars3d", "vae", "beta=2", False, 0.05),
        ("mig", "cars3d", "beta_tc_vae", "beta=2", True, 0.05),  # one setting: nothing was chosen
        ("mig", "dsprites_full", "deft", "betas=[70, 4]", True, 0.3),
        ("mig", "dsprites_full", "deft", "betas=[30, 4]", False, 0.2),
    ))  # fmt: skip
    found = made[["dataset", "method", "parameter", "chosen", "settings", "median"]]
    assert found.values.tolist() == [
        ["dsprites_full", "beta_vae", "beta", 16.0, 2, 0.3],
        ["smallnorb", "annealed_vae", "c_max", 25.0, 2, 0.25],
        ["cars3d", "vae", "beta", 1.0, 2, 0.1],
    ]
    assert made["paper"].tolist()[:2] == [16, 5]
    assert math.isnan(made["paper"].iloc[2])
    texts = printed.chosen_settings(made)
    assert texts["chosen"].tolist() == ["16", "25", "1"]
    assert texts["paper"].tolist() == ["16", "5", "–"]


@pytest.mark.parametrize(
    ("dataset", "values"),
    [
        ("color_dsprites", [16, 10, 10, 10]),
        ("dsprites_full", [16, 10, 5, 10]),
        ("scream_dsprites", [6, 6, 25, 10]),
        ("smallnorb", [1, 1, 5, 10]),
    ],
)
def test_the_paper_s_values(dataset, values):
    place = chosen_settings.DATASETS.index(dataset)
    order = ("beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c")
    assert [chosen_settings.PAPER[method][1][place] for method in order] == values
