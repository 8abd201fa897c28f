import numpy as np
import pandas as pd
import pytest

from dlib.report import cells, failure_rate, names, pictures, summaries

FEW, MANY = "num_train=1000", "num_train=10000"
ORDER = ["β-VAE", "β-TCVAE", "AnnealedVAE", "CascadeVAEC", "DEFT"]


def frame(scores, metric="mig", **columns):
    """The tidy table of ``{(dataset, method): [value]}``."""
    rows = [
        dict.fromkeys(cells.COLUMNS, "")
        | {"dataset": dataset, "method": method, "stage": pd.NA, "metric": metric}
        | {"value": value, "budget": "cpu", "run": f"{dataset}{method}{seed}", "stands": True}
        | columns
        for (dataset, method), values in scores.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=list(cells.COLUMNS)).astype({"stage": "Int64"})


@pytest.fixture
def mixed():
    """Three runs of each of two methods by one protocol; then two that are better by another."""
    many = {("a", "deft"): [0.05, 0.5, 0.6], ("a", "beta_vae"): [0.3, 0.4, 0.55]}
    few = {("a", "deft"): [0.9, 0.95], ("a", "beta_vae"): [0.05, 0.06]}
    # The rarer one comes last, as what was drawn over the other.
    return pd.concat([frame(many, protocol=MANY), frame(few, protocol=FEW)])


def state():
    return np.random.RandomState(0)


def captions(made):
    return [text.get_text() for text in made.texts]


def dots(made, panel=0):
    """Values of a panel's dots, from top to bottom."""
    lines = made.axes[panel].lines
    return [line.get_xdata()[0] for line in lines if line.get_marker() == "o"]


TOLD = f"MIG: of 2 protocols only that of most runs, {MANY}."


def test_failure_rates_are_of_one_protocol(mixed):
    made = pictures.failure_rates(failure_rate.table(mixed), 0.1, "cpu")
    assert dots(made) == pytest.approx([100 / 3, 0])  # by the other protocol 0 and 100
    assert TOLD in captions(made)


def test_the_summary_is_of_one_protocol(mixed):
    made = pictures.summary(summaries.summary(mixed, state()), "cpu")[""]
    assert dots(made) == pytest.approx([1.15 / 3, 1.25 / 3])
    assert TOLD in captions(made)


def test_metrics_of_one_data_set_stand_in_rows_and_of_several_in_columns_of_data_sets(mixed):
    more = [mixed.assign(metric=metric) for metric in ("mig", "sap", "irs", "nmi1", "modularity")]
    one = pd.concat(more)
    made = pictures.summary(summaries.summary(one, state()), "cpu")[""]
    shown = [axes.get_title() for axes in made.axes if axes.get_visible()]
    assert shown == ["MIG", "SAP", "Modularity", "IRS", "NMI1"]
    width, height = made.get_size_inches()
    assert width > height
    two = pd.concat([one, one.assign(dataset="b")])
    made = pictures.summary(summaries.summary(two, state()), "cpu")[""]
    assert len(made.axes) == 5 * 2


def test_scores_over_data_sets_are_of_one_protocol(mixed):
    both = pd.concat([mixed, mixed.assign(dataset="b")])
    made = pictures.across_datasets(summaries.across_datasets(both, state()), "cpu")[""]
    assert dots(made) == pytest.approx([1.65 / 4] * 2)  # the middle four of six
    assert TOLD in captions(made)


def test_comparisons_are_of_one_protocol(mixed):
    # A third method by the rarer protocol makes more pairs, but not more runs.
    mixed = pd.concat([mixed, frame({("a", "vae"): [0.1]}, protocol=FEW)])
    made = pictures.comparisons(summaries.comparisons(mixed, state()), "cpu")[""]
    assert made.axes[0].images[0].get_array()[0, 1] == pytest.approx(5 / 9)
    assert TOLD in captions(made)


def test_variance_shares_are_of_one_protocol(mixed):
    made = summaries.variance_shares(mixed)
    shares = made.set_index("protocol")["method"]
    drawn = pictures.variance_shares(made, "cpu")[""]
    bars = [patch.get_width() for patch in drawn.axes[0].patches]
    assert bars[0] == pytest.approx(shares[MANY])
    assert shares[MANY] < 0.1 < 0.9 < shares[FEW]
    assert TOLD in captions(drawn)


def test_violins_are_of_one_protocol(mixed):
    for made in (
        pictures.figure_1(mixed, "cpu"),
        pictures.figure_10(mixed, "cpu", 0.1),
        pictures.figure_10(pd.concat([mixed, mixed.assign(dataset="b")]), "cpu", 0.1),
    ):
        points = made.axes[0].lines[0].get_ydata()
        assert points.tolist() == [0.3, 0.4, 0.55]
        assert TOLD in captions(made)


def test_figures_have_the_papers_order_of_methods_and_tables_theirs():
    methods = ["deft", "cascade_vae_c", "annealed_vae", "beta_tc_vae", "beta_vae"]
    scores = {("a", name): [0.1 * (place + 1)] for place, name in enumerate(methods)}
    made = pictures.figure_10(frame(scores), "cpu", 0.1)
    assert [tick.get_text() for tick in made.axes[0].get_xticklabels()] == ORDER
    points = [line.get_ydata()[0] for line in made.axes[0].lines if line.get_marker() == "o"]
    assert points == pytest.approx([0.5, 0.4, 0.3, 0.2, 0.1])
    assert captions(made) == [
        "Data: a. Budget: cpu. One run each: no spread is known.",
        "Dashed: a MIG of 0.1, below which a run has failed.",
    ]
    made = pictures.summary(summaries.summary(frame(scores), state()), "cpu")[""]
    labels = [tick.get_text() for tick in made.axes[0].get_yticklabels()]
    assert labels == [ORDER[-1], *ORDER[:-1]]


def test_scores_that_leave_the_unit_interval_have_a_scale_of_their_own():
    scores = {("a", "deft"): [1.5, 2.5]}
    both = pd.concat([frame(scores, "mine:nats"), frame({("a", "deft"): [0.1, 1.0]}, "mine:share")])
    nats, share = pictures.figure_10(both, "cpu", 0.1).axes
    assert nats.get_ylim() == pytest.approx((1.43, 2.57))
    assert share.get_ylim() == pytest.approx((0, 1.04))
    drawn = pictures.summary(summaries.summary(both, state()), "cpu")[""]
    assert [axes.get_title() for axes in drawn.axes] == ["mine:share"]
    assert pictures.summary(summaries.summary(frame(scores, "mine:nats"), state()), "cpu") == {}


def test_of_which_scores_less_is_better_is_said():
    both = pd.concat([frame({("a", "deft"): [0.1, 0.2]}, metric) for metric in ("mig", "nmi2")])
    assert "Less is better: NMI2." in captions(pictures.figure_10(both, "cpu", 0.1))
    made = pictures.summary(summaries.summary(both, state()), "cpu")[""]
    assert captions(made)[1:] == [
        "Less is better: NMI2.",
        "Of fewer than 6 runs an interval holds less than 95 %.",
    ]


def test_errors_of_very_different_size_are_on_a_logarithmic_scale():
    errors = {("a", "deft"): [30.0, 31.0], ("a", "annealed_vae"): [569.0, 570.0]}
    made = pictures.figure_11(frame(errors, names.RECONSTRUCTION), "cpu").axes[0]
    assert made.get_yscale() == "log"
    assert made.get_ylabel() == "reconstruction error\n(nats per image, log scale)"
    near = {("a", "deft"): [30.0], ("a", "annealed_vae"): [140.0], ("a", "vae"): [0.0]}
    made = pictures.figure_11(frame(near, names.RECONSTRUCTION), "cpu").axes[0]
    assert made.get_yscale() == "linear"


def test_figure_1_of_no_study_is_empty(mixed):
    assert pictures.of_figure_1(mixed).empty
    assert list(pictures.of_figure_1(mixed).columns) == list(cells.COLUMNS)


def test_figure_11_is_of_the_reconstruction_errors():
    errors = frame({("a", "deft"): [30.0, 31.0]}, names.RECONSTRUCTION)
    both = pd.concat([errors, frame({("a", "deft"): [0.1]})])
    assert pictures.of_figure_11(both)["value"].tolist() == [30.0, 31.0]
    assert pictures.of_figure_10(both)["value"].tolist() == [0.1]
    made = pictures.figure_11(errors, "not named")
    assert made.axes[0].lines[0].get_ydata().tolist() == [30.0, 31.0]
    assert captions(made) == ["2 runs each; the line is the median."]
