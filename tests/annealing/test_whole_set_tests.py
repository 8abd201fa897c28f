"""The whole-set test on linear-Gaussian data, whose freezing points are known in closed form."""

import math
import re

import gin
import numpy as np
import pytest

from dlib.annealing import chunks, linear_gaussian, pictures, whole_set_tests
from dlib.annealing.anneal import anneal_with_gin
from dlib.annealing.whole_set_tests import WholeSetTests, medians_of_three
from dlib.commands import anneal as command
from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.registry import register
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import files, gin_utils
from dlib.utils.errors import DlibError

SPECTRUM = np.array([30.0, 24.0, 6.0])  # neighbours at least 1.25 apart
EXPECTED = linear_gaussian.freezing_points(SPECTRUM)


@register("annealing_gaussian")
class Gaussian(IndexedData):
    """Unlabelled points whose covariance is the rotated spectrum, exactly."""

    source = "drawn"
    factor_names = ()
    factors_num_values = ()
    observation_shape = (1, 3, 1)
    num_images = 96

    def __init__(self):
        points = linear_gaussian.make_data(SPECTRUM, copies=16).numpy()
        self.points = points.reshape(-1, 1, 3, 1)

    def sample_factors(self, num, random_state):
        return np.zeros((num, 0), np.int64)

    def sample_indices(self, factors, random_state):
        return random_state.randint(self.num_images, size=len(factors))

    def observations_at(self, indices, random_state):
        return self.points[indices]


@gin.configurable("annealing_linear_encoder", denylist=["observation_shape", "num_latent"])
def linear_encoder(observation_shape, num_latent):
    return linear_gaussian.LinearEncoder(math.prod(observation_shape), num_latent)


@gin.configurable("annealing_linear_decoder", denylist=["num_latent", "observation_shape"])
def linear_decoder(num_latent, observation_shape):
    return linear_gaussian.LinearDecoder(num_latent, math.prod(observation_shape))


gin.external_configurable(linear_gaussian.make_loss(), "annealing_gaussian_loss", allowlist=[])


SETTINGS = """
dataset.name = "annealing_gaussian"
annealing.variant = "whole_set"
annealing.repeats = 5
annealing.random_seed = 0
annealing.stage_steps = 1
annealing.processes = 1
whole_set_test.num_latent = 3
whole_set_test.encoder_fn = @annealing_linear_encoder
whole_set_test.batch_size = 96
whole_set_test.at_once = 5
decoder.decoder_fn = @annealing_linear_decoder
annealing_schedule.start = 40.0
annealing_schedule.end = 4.0
annealing_schedule.steps = 1800
annealing_schedule.hold = 300
annealing_schedule.settle = 0
freezing_point.window = 25
information_curve.num_steps = 50
information_curve.draws = 200
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.1
reconstruction_loss.loss_fn = @annealing_gaussian_loss
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("anneal") / "out"
    return folder, anneal_with_gin(folder, gin_bindings=[SETTINGS])


def test_points_of_the_latents_are_those_of_the_spectrum_within_ten_percent(done):
    from dlib.annealing.pictures import read_points

    points = read_points(done[0])
    assert list(points) == ["whole_set", "latent_1", "latent_2", "latent_3"]
    medians = [np.median(values) for values in points.values()]
    # The whole set's own point lies a little above the first latent's: the others add to it.
    np.testing.assert_allclose(medians, [EXPECTED[0], *EXPECTED], rtol=0.1)
    assert medians[0] > medians[1]


def test_the_spectrums_clusters_become_groups(done):
    _, found = done
    assert found["group_sizes"] == [2, 1]
    assert SPECTRUM[2] < found["betas"][0] < EXPECTED[1]
    assert found["betas"][1] < EXPECTED[2]
    first, last = found["change_points"][0], found["change_points"][-1]
    assert first["beta"] == pytest.approx(math.sqrt(30 * 24), rel=0.2)
    assert last["beta"] == pytest.approx(6, rel=0.12)
    assert (last["before"], last["after"]) == pytest.approx((1, 1.5), abs=0.12)


def test_a_faster_fall_lags(done):
    fast = "annealing_schedule.steps = 100", "freezing_point.window = 9"
    with gin_utils.configured(bindings=[SETTINGS, *fast]):
        test = WholeSetTests(Gaussian(), 0)
        (chunk,) = chunks.plan(test.subjects, 5, 5)
        curves = [done.curve for done in test.run(chunk)]
        points = [test.criterion.find(curve.betas, curve.information).beta for curve in curves]
    assert np.median(points) < 0.9 * EXPECTED[0]


def test_by_mutual_information_the_first_point_is_the_same_and_the_kl_is_kept():
    # 6 distinct points tell at most log 6 nats, but near the first point that is no bound.
    more = (
        "whole_set_test.information = 'mutual_information'",
        "whole_set_test.num_points = 240",
        "annealing_schedule.end = 18.0",
        "annealing_schedule.steps = 500",
        "whole_set_test.num_looks = 30",
    )
    with gin_utils.configured(bindings=[SETTINGS, *more]):
        test = WholeSetTests(Gaussian(), 0)
        (chunk,) = chunks.plan(test.subjects, 2, 5)
        curves = [done.curve for done in test.run(chunk)]
    for curve in curves:
        point = test.criterion.find(curve.betas, curve.information).beta
        assert point == pytest.approx(EXPECTED[0], rel=0.15)
        # Near the optimum the aggregate posterior is close to the prior, so the two agree; each
        # look is one draw a point, hence the mean over the second half.
        kl = curve.per_latent.sum(1)
        assert curve.information[-250:].mean() == pytest.approx(kl[-250:].mean(), rel=0.15)
        assert not np.array_equal(curve.information, kl)


@pytest.mark.parametrize("noisy", [[], [0], [3], [20, 28], [29]])
def test_one_noisy_look_does_not_count(noisy, monkeypatch):
    # 30 looks, 8 % apart, which see one nat below beta 15, and in noisy ones five.
    marks = np.geomspace(40, 4, 30)
    seen = iter(5.0 if k in noisy else float(marks[k] < 15) for k in range(30))
    monkeypatch.setattr(
        whole_set_tests, "kl_decomposition", lambda *_: {"mutual_information": next(seen)}
    )
    more = (
        "whole_set_test.information = 'mutual_information'",
        "whole_set_test.num_points = 6",
        "whole_set_test.num_looks = 30",
        "annealing_schedule.steps = 300",
        "freezing_point.window = 3",
    )
    with gin_utils.configured(bindings=[SETTINGS, *more]):
        test = WholeSetTests(Gaussian(), 0)
        (done,) = test.run(chunks.Chunk(0, "whole_set", 0, 1))
    point = test.criterion.find(done.curve.betas, done.curve.information)
    assert point.beta == pytest.approx(15, rel=0.09)
    assert done.curve.information.max() == 1


def test_medians_of_three_leave_what_rises_and_remove_what_stands_out():
    line = np.linspace(1, 3, 9)
    np.testing.assert_allclose(medians_of_three(line), line)
    for k in range(9):
        noisy = line.copy()
        noisy[k] = 50
        np.testing.assert_allclose(medians_of_three(noisy), line, atol=0.51)  # two steps
    assert medians_of_three([0, 0, 9]).tolist() == [0, 0, 0]
    assert medians_of_three([0, 9]).tolist() == [0, 9]


def test_a_repeat_is_the_same_alone_and_among_others():
    short = "annealing_schedule.steps = 20", "annealing_schedule.hold = 40"
    with gin_utils.configured(bindings=[SETTINGS, *short]):
        test = WholeSetTests(Gaussian(), 7)
        together = test.run(chunks.Chunk(0, "whole_set", 0, 3))
        (alone,) = test.run(chunks.Chunk(0, "whole_set", 2, 1))
    np.testing.assert_allclose(
        together[2].curve.information, alone.curve.information, rtol=1e-3, atol=1e-5
    )
    assert abs(together[1].curve.information - alone.curve.information).max() > 1e-3


def test_tables_and_figures_are_whole(done):
    folder, _ = done
    pictures.draw(folder)
    for name in ("information", "increment", "latents", "freezing_points"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    header = (folder / "curves.csv").read_text().splitlines()[0]
    assert header == "factor,repeat,update,beta,information,reconstruction,kl_0,kl_1,kl_2"
    aggregate = files.read_json(folder / "results" / "aggregate" / "anneal.json")
    assert aggregate["anneal_config.whole_set_test.batch_size"] == "96"
    assert aggregate["anneal_config.AdamOptimizer.learning_rate"] == "0.1"
    assert not (folder / "chunks").exists()


def test_the_proposal_is_told_with_its_change_points_and_overlaps(done, capsys):
    command.tell(done[1])
    text = capsys.readouterr().out
    assert "2 latents  latent_1, latent_2" in text
    told = re.findall(r"change at beta (\S+) \((\S+) to (\S+), in (\d+)% of draws\): .* nats", text)
    assert len(told) == len(done[1]["change_points"]) >= 2
    for beta, low, high, found in (map(float, numbers) for numbers in told):
        assert low <= beta <= high
        assert found > 50
    pair = r"latent_1 and latent_2: \d+% on the wrong side \(one group, no change point here\)"
    assert re.search(pair, text)
    part = "between latent_2 and latent_3: 0% on the wrong side (parted; 100% of draws part them)"
    assert part in text
    points = re.findall(r"freezing point of latent_\d: (\S+) \((\S+) to (\S+)\)", text)
    assert len(points) == 3
    for expected, (middle, low, high) in zip(EXPECTED, points, strict=True):
        assert float(middle) == pytest.approx(expected, rel=0.1)
        assert float(low) <= float(middle) <= float(high)


def test_what_is_told_of_a_boundary_is_what_decided(capsys):
    found = {
        "groups": [["A", "B", "C"]], "betas": [20.0], "group_sizes": [3], "change_points": [],
        "overlaps": [
            {"upper": "A", "lower": "B", "overlap": 0.4, "may_part": True, "parted_in": 0.12},
            {"upper": "B", "lower": "C", "overlap": 0.0, "may_part": False, "parted_in": 0.0},
        ],
    }  # fmt: skip
    command.tell(found)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "between A and B: 40% on the wrong side (one group; 12% of draws part them)",
        "between B and C: 0% on the wrong side (one group, no change point here)",
    ]


def test_deft_trains_from_the_file_without_labels(done, tmp_path):
    config = str(done[0] / "deft.gin")
    networks = (
        "encoder.encoder_fn = @annealing_linear_encoder",
        "model.batch_size = 4",
        "model.eval_steps = 1",
        "train.callbacks = []",
    )
    with gin_utils.configured([config]):
        assert gin_utils.query("pipeline.evaluation") == ["metric/unsupervised.gin"]
        # train/paper.gin has another loss, method/deft.gin another decoder than the test had.
        trained_with = gin_utils.as_dict(gin_utils.config_text())
        assert trained_with["reconstruction_loss.loss_fn"] == "@annealing_gaussian_loss"
        assert trained_with["decoder.decoder_fn"] == "@annealing_linear_decoder"
        assert trained_with["vae_optimizer.optimizer_fn"] == "@AdamOptimizer"
    train_with_gin(tmp_path / "model", False, [config], networks)
    trained = files.read_json(tmp_path / "model" / "results" / "aggregate" / "train.json")
    assert trained["train_results.global_step"] == 2
    assert trained["train_config.reconstruction_loss.loss_fn"] == "@annealing_gaussian_loss"
    assert trained["train_config.AdamOptimizer.learning_rate"] == "0.1"
    assert "train_config.vae/AdamOptimizer.learning_rate" not in trained


@pytest.mark.parametrize(
    ("binding", "words"),
    [
        ("annealing.factors = [0]", "chooses factors"),
        ("annealing.repeats = 4", "too few"),
        ("annealing.variant = 'both'", "annealing.variant"),
        ("annealing.processes = 0", "annealing.processes"),
        ("whole_set_test.num_latent = 0", "whole_set_test.num_latent"),
        ("whole_set_test.encoder_fn = None", "whole_set_test.encoder_fn"),
        ("annealing_schedule.steps = 99", "at most half"),
        ("annealing_schedule.hold = 24", "must be at least freezing_point.window = 25"),
        ("change_points.least_ratio = 0.5", "change_points.least_ratio"),
    ],
)
def test_wrong_settings_are_told_before_any_work(binding, words, tmp_path):
    with pytest.raises(DlibError, match=words):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS, binding])
    assert not (tmp_path / "out").exists()


def test_nothing_that_freezes_is_told_and_the_curves_are_there_to_look_at(tmp_path):
    high = "annealing_schedule.end = 35.0", "annealing_schedule.steps = 100"
    with pytest.raises(DlibError, match="no latent passed 0.1 nats"):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS, *high])
    assert (tmp_path / "out" / "curves.csv").is_file()
    assert not (tmp_path / "out" / "deft.gin").exists()
