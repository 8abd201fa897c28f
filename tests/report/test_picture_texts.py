"""Every picture of the report holds all of its texts, whatever stands beside, above and below."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from dlib.report import cells, failure_rate, names, pictures, study_runs, summaries

METHODS = ("beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c", "deft")
METRICS = ("beta_vae_score", "mig", "dci_disentanglement", "nmi2", names.RECONSTRUCTION)
LONG = "mutual_information_matrix.dci_disentanglement"


def frame(datasets, methods=METHODS, metrics=METRICS, seeds=6, settings=1):
    """Random scores, those of DEFT at its stages' ends among them."""
    random_state = np.random.RandomState(0)
    rows = []
    for dataset in datasets:
        for method in methods:
            for setting in range(settings):
                for seed in range(seeds):
                    run = f"{dataset}/{method}/{setting}/{seed}"
                    ends = [(metric, None) for metric in metrics]
                    ends += [("mig", stage) for stage in (1, 2, 3, 4) if method == "deft"]
                    for metric, stage in ends:
                        scale = 600 if metric == names.RECONSTRUCTION else 1
                        rows.append(
                            dict.fromkeys(cells.COLUMNS, "")
                            | {"dataset": dataset, "method": method, "setting": f"beta={setting}"}
                            | {"stage": stage, "metric": metric, "run": run, "budget": "cpu"}
                            | {"value": scale * random_state.rand(), "stands": setting == 0}
                            | {"study": study_runs.UNSUPERVISED}
                        )
    made = pd.DataFrame(rows, columns=list(cells.COLUMNS))
    return made.astype({"stage": "Int64", "value": float, "stands": bool})


def everything(made):
    """Each picture of the report, by its name."""
    state = np.random.RandomState(0)
    tables = {
        "summary": (summaries.summary(made, state), pictures.summary),
        "across": (summaries.across_datasets(made, state), pictures.across_datasets),
        "comparisons": (summaries.comparisons(made, state), pictures.comparisons),
        "correlations": (summaries.rank_correlations(made), pictures.rank_correlations),
        "shares": (summaries.variance_shares(made), pictures.variance_shares),
    }
    for name, (table, draw) in tables.items():
        if len(table):
            yield name, draw(table, "cpu")[""]
    rates = failure_rate.table(made)
    yield "failure rates", pictures.failure_rates(rates, failure_rate.THRESHOLD, "cpu")
    if not pictures.of_figure_1(made).empty:
        yield "figure 1", pictures.figure_1(pictures.of_figure_1(made), "cpu")
    yield "figure 10", pictures.figure_10(pictures.of_figure_10(made), "cpu", 0.1)
    if not pictures.of_figure_11(made).empty:
        yield "figure 11", pictures.figure_11(pictures.of_figure_11(made), "cpu")
    if not pictures.of_figure_12(made).empty:
        yield "figure 12", pictures.figure_12(pictures.of_figure_12(made), "cpu")


def outside(made):
    """Texts of a figure that are not wholly inside of it."""
    made.canvas.draw()
    width, height = made.canvas.get_width_height()
    found, hidden = [], [text for axes in made.axes for text in _not_drawn(axes)]
    for text in made.findobj(Text):
        if text in hidden or not (text.get_visible() and text.get_text().strip()):
            continue
        box = text.get_window_extent()
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height:
            found.append(text.get_text())
    return found


def _not_drawn(axes):
    """Texts of hidden panels, and of ticks that lie beyond their axes."""
    if not axes.get_visible():
        return axes.findobj(Text)
    found = []
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.majorTicks, *axis.minorTicks):
            if not low <= tick.get_loc() <= high:
                found += [tick.label1, tick.label2]
    return found


CASES = {
    "one of all": frame(["dsprites_full"], ["deft"], ["mig"], seeds=1),
    "one metric of two methods": frame(["dsprites_full"], ["deft", "vae"], ["mig"], seeds=2),
    "one data set": frame(["dsprites_full"]),
    "four data sets": frame(list(names.DATASETS)[:4]),
    "several settings": frame(["dsprites_full"], settings=2),
    "long names": frame(
        ["dsprites_noshape", "mpi3d_realistic"],
        ["a_method_of_one_s_own_with_a_long_name", "vae"],
        [LONG, "mig"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_all_texts_lie_inside(case):
    found = {name: outside(made) for name, made in everything(CASES[case])}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_text_that_is_cut_is_found():
    from dlib.visualize import style

    made = style.figure(100, 50)
    made.text(0.5, 0.5, "much too long for so little room")
    made.text(0.1, 0.5, "ok")
    assert outside(made) == ["much too long for so little room"]
