import math

import numpy as np
import pytest

from dlib.evaluation import diffusion

# Visits of one factor and three latents: z0 holds 0.6 at the second visit, then loses a third of
# it to z2; z1 has a little all the time.
SPREAD = [[[0.3, 0.1, 0.0]], [[0.6, 0.1, 0.05]], [[0.4, 0.1, 0.25]]]


def test_the_index_is_the_share_that_left_the_best_latent_since_its_peak():
    found = diffusion.of_track(SPREAD)
    assert found["visit"] == [1]
    assert found["latent"] == [0]
    assert found["peak"] == pytest.approx(0.6)
    assert found["last"] == pytest.approx(0.4)
    assert found["index"] == pytest.approx((0.6 - 0.4) / 0.6)
    assert found["drop"] == pytest.approx((0.6 - 0.4) / 0.6)
    np.testing.assert_allclose(found["gains"], [[0.0, 0.0, 0.2]])


def test_nothing_has_left_what_still_grows():
    found = diffusion.of_track([[[0.1, 0.0]], [[0.5, 0.2]]])
    assert found["index"] == found["drop"] == [0.0]


def test_information_that_moved_as_a_whole_has_left_but_has_not_dropped():
    track = np.array([[[0.6, 0.0]], [[0.0, 0.6]]])
    found = diffusion.of_track(track)
    assert (found["index"], found["drop"]) == ([1.0], [0.0])
    (row,) = diffusion.report(track, ["scale"])
    assert (row["fate"], row["latent"], row["latent_last"]) == ("moved", 0, 1)
    assert diffusion.lines([row]) == ["scale: 0.60 -> 0.00, moved to z1 (0.60)"]


def test_factors_are_judged_one_by_one_and_the_first_of_equal_peaks_counts():
    track = np.zeros((3, 2, 2))
    track[:, 0, 1] = [0.8, 0.2, 0.8]
    track[:, 1, 0] = [0.2, 0.5, 0.1]
    found = diffusion.of_track(track)
    assert found["visit"].tolist() == [0, 1]
    assert found["latent"].tolist() == [1, 0]
    np.testing.assert_allclose(found["index"], [0.0, 0.8])


@pytest.mark.parametrize(
    ("track", "fate", "line"),
    [
        (SPREAD, "spread", "scale: 0.60 -> 0.40, spread over z2"),
        ([[[0.61, 0, 0, 0]], [[0.38, 0.04, 0.1, 0.2]]], "spread", "spread over z3, z2, z1"),
        ([[[0.6, 0.1]], [[0.2, 0.1]]], "lost", "scale: 0.60 -> 0.20, no other latent has it"),
        ([[[0.6, 0.1]], [[0.58, 0.3]]], "kept", "scale: 0.60 -> 0.58, kept in z0"),
        ([[[0.01, 0.04]], [[0.0, 0.0]]], "never learned", "scale: never learned (at most 0.04)"),
        # A copy that was there before is where it is now.
        ([[[0.6, 0.6]], [[0.0, 0.6]]], "moved", "scale: 0.60 -> 0.00, moved to z1 (0.60)"),
    ],
)
def test_what_became_of_it_in_words(track, fate, line):
    (row,) = diffusion.report(track, ["scale"])
    assert row["fate"] == fate
    assert diffusion.lines([row])[0].endswith(line)


def test_a_factor_that_was_never_learned_has_no_index():
    found = diffusion.of_track([[[0.01, 0.02]], [[0.0, 0.0]]])
    assert math.isnan(found["index"][0])
    assert math.isnan(found["drop"][0])
    assert found["peak"] == pytest.approx(0.02)
    # In nats, or with many points, the bound is another.
    assert diffusion.of_track([[[0.02]], [[0.01]]], least=0.01)["index"] == pytest.approx(0.5)


def test_what_noise_alone_shows_was_not_learned():
    least = diffusion.above_noise([0.01, 0.2])
    np.testing.assert_allclose(least, [0.05, 0.4])
    found = diffusion.of_track([[[0.3], [0.3]], [[0.15], [0.1]]], least)
    np.testing.assert_allclose(found["index"], [0.5, np.nan])


def test_the_summary_is_the_mean_over_what_was_learned():
    track = np.zeros((2, 3, 2))
    track[:, 0, 0] = [0.5, 0.25]
    track[:, 1, 1] = [0.4, 0.4]
    summary = diffusion.summary(diffusion.report(track, ["a", "b", "c"]))
    assert summary["diffusion_index"] == pytest.approx((0.5 + 0.0) / 2)
    assert summary["diffusion"]["a"]["index"] == pytest.approx(0.5)
    assert summary["diffusion"]["c"]["index"] is None
    nothing = diffusion.summary(diffusion.report(np.zeros((1, 1, 1)), ["a"]))
    assert nothing["diffusion_index"] is None
    assert diffusion.lines([]) == []


@pytest.mark.parametrize(
    "track", [np.zeros((2, 3)), np.zeros((0, 1, 1)), [[[np.nan]]], [[[-0.1]]], np.zeros((1, 1, 0))]
)
def test_no_track_is_refused(track):
    with pytest.raises(ValueError, match="track"):
        diffusion.of_track(track)
