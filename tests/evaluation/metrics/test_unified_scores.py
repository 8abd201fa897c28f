import gin
import numpy as np
import pytest

from dlib.data.ground_truth.dummy_data import IdentityObservationsData
from dlib.evaluation.metrics import discretization, mig, unified_scores
from dlib.utils.errors import DlibError

TWO_BITS = np.log([2.0, 2.0])


@pytest.fixture(autouse=True)
def _histogram_of_20_bins():
    gin.clear_config()
    gin.bind_parameter("discretizer.discretizer_fn", discretization.histogram_discretizer)
    gin.bind_parameter("discretizer.num_bins", 20)
    yield
    gin.clear_config()


def test_aggregates_of_a_perfect_matrix():
    scores = unified_scores.matrix_scores(np.eye(2) * np.log(2), TWO_BITS)
    for key in ("dci", "dci_disentanglement", "dci_completeness", "mig", "modularity"):
        assert scores[key] == pytest.approx(1.0, abs=1e-8), key
    assert scores["sap"] == pytest.approx(np.log(2))
    assert scores["max_precision"] == 2
    assert scores["area_precision"] == pytest.approx(2 * np.log(2))
    assert scores["merge_1_0"] == 2.0  # by the entry of code 0 and factor 1


def test_aggregates_by_hand():
    matrix = np.array([[0.3, 0.1], [0.1, 0.5]])
    entropies = np.array([0.5, 1.0])
    scores = unified_scores.matrix_scores(matrix, entropies)
    assert scores["mig.factor_0"] == pytest.approx(0.2 / 0.5)
    assert scores["mig.factor_1"] == pytest.approx(0.4 / 1.0)
    assert scores["mig"] == pytest.approx(0.4)
    assert scores["sap.factor_0"] == pytest.approx(0.2)
    assert scores["sap"] == pytest.approx(0.3)
    assert scores["modularity.code_0"] == pytest.approx(1 - (0.1 / 0.3) ** 2)
    assert scores["modularity.code_1"] == pytest.approx(1 - (0.1 / 0.5) ** 2)
    rows = [1 - _entropy_base_2(0.75), 1 - _entropy_base_2(1 / 6)]  # shares of each code
    assert scores["dci_disentanglement.code_0"] == pytest.approx(rows[0], abs=1e-8)
    assert scores["dci"] == pytest.approx(0.4 * rows[0] + 0.6 * rows[1], abs=1e-8)
    assert scores["dci_completeness.code_1"] == pytest.approx(rows[1], abs=1e-8)
    assert scores["max_precision"] == 2
    assert scores["area_precision"] == pytest.approx(0.2 * 1.5 + 0.2 * 1.5)  # 0.5, 0.3, 0.1, 0.1


def _entropy_base_2(p):
    return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))


def test_a_duplicated_code_loses_the_gaps_and_keeps_disentanglement():
    matrix = np.concatenate([np.eye(2), np.eye(2)]) * np.log(2)
    scores = unified_scores.matrix_scores(matrix, TWO_BITS)
    assert scores["mig"] == scores["sap"] == 0.0
    assert scores["dci_disentanglement"] == pytest.approx(1.0, abs=1e-8)
    assert scores["dci_completeness"] == pytest.approx(0.5, abs=1e-8)  # 1 - log 2 / log 4
    assert scores["modularity"] == 1.0


@pytest.mark.parametrize("matrix", [np.zeros((3, 2)), np.ones((1, 2)), np.ones((2, 1))])
def test_dead_and_single_codes_give_finite_numbers(matrix):
    scores = unified_scores.matrix_scores(matrix, TWO_BITS[: matrix.shape[1]])
    assert np.isfinite(list(scores.values())).all()


def test_matrices_of_perfect_codes():
    scores = unified_scores.compute_unified_scores(
        IdentityObservationsData(), np.asarray, np.random.RandomState(0), None, 600, 300,
        [unified_scores.mutual_information_matrix, unified_scores.accuracy_svm_matrix],
    )  # fmt: skip
    codes, factors = _points(600)
    expected = mig.mig(codes, factors)
    assert scores["mutual_information_matrix.mig"] == pytest.approx(expected)
    assert scores["mutual_information_matrix.modularity"] > 0.9
    assert scores["mutual_information_matrix.max_precision"] == 10
    assert "accuracy_svm_matrix.merge_0_1" in scores or "accuracy_svm_matrix.merge_1_0" in scores
    assert all(type(value) in (float, int) for value in scores.values())


def _points(num_points):
    random_state = np.random.RandomState(0)
    draws = [random_state.randint(10, size=(16, 10)) for _ in range(-(-num_points // 16))]
    factors = np.concatenate(draws)[:num_points]
    return factors.astype(np.float32), factors


def test_a_factor_of_one_value_is_left_out_of_the_means():
    codes = np.tile([[0.0, 0, 1, 1], [0, 1, 0, 1]], 20)
    factors = np.concatenate([codes.astype(int), np.full([1, 80], 3)])
    matrix_fns = [unified_scores.mutual_information_matrix]
    scores = unified_scores.unified_scores(codes, factors, codes, factors, matrix_fns)
    assert scores["mutual_information_matrix.mig"] == pytest.approx(1.0)
    assert scores["mutual_information_matrix.mig.factor_2"] == 0.0
    assert scores["mutual_information_matrix.dci"] == pytest.approx(1.0, abs=1e-8)
    with pytest.raises(DlibError, match="single value"):
        unified_scores.unified_scores(codes, 0 * factors, codes, factors, matrix_fns)


def test_pictures_go_into_the_artifact_folder_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    unified_scores.compute_unified_scores(
        IdentityObservationsData(), np.asarray, np.random.RandomState(0), str(tmp_path / "a" / "b"),
        50, 50, [unified_scores.mutual_information_matrix],
    )  # fmt: skip
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    name = "a/b/mutual_information_matrix"
    assert found == [f"{name}.png", f"{name}_dendrogram.png", f"{name}_pr.png"]


def test_scores_of_given_observations():
    observations = np.tile([[0.0, 0], [0, 1], [1, 0], [1, 1]], [20, 1])
    scores = unified_scores.compute_unified_score_on_fixed_data(
        observations, observations.T.astype(int), np.asarray, 0.5,
        [unified_scores.mutual_information_matrix],
    )  # fmt: skip
    assert scores["mutual_information_matrix.mig"] == pytest.approx(1.0)
