import json

import numpy as np
import pytest

from dlib.evaluation import tracks
from dlib.utils.errors import DlibError


def write(folder, rows, settings=None):
    folder.mkdir(parents=True)
    (folder / "train_log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    if settings is not None:
        (folder / ".dlib.json").write_text(json.dumps({"settings": settings}))


def row(step, mig, nmi, **metrics):
    record = {"mig": mig, "nmi": nmi, "factor_names": ["a", "b"], "metrics": metrics}
    return {"step": step, "track": {**record, "noise": [0.0, 0.0]}}


def test_a_track_is_read_from_the_log(tmp_path):
    nmi = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]  # [D, K]
    rows = [
        {"step": 1, "loss": 3.0},
        row(2, 0.1, nmi),
        row(4, None, nmi, **{"dci.completeness": 1}),
    ]
    write(tmp_path / "r" / "model", rows, {"model.random_seed": "3", "vae.beta": "4.0"})
    track = tracks.read(tmp_path / "r")
    assert track.steps.tolist() == [2, 4]
    np.testing.assert_array_equal(track.values("mig"), [0.1, np.nan])
    np.testing.assert_array_equal(track.values("dci.completeness"), [np.nan, 1.0])
    assert track.metric_names == ("dci.completeness",)
    assert track.nmi().shape == (2, 2, 3)  # [T, K, D]
    assert track.nmi()[0, 1].tolist() == [0.2, 0.4, 0.6]
    assert track.method_settings() == {"vae.beta": "4.0"}


def test_patterns_find_each_training_once(tmp_path):
    for name in ("x", "y"):
        write(tmp_path / name / "model", [row(1, 0.5, [[0, 0]])])
    (tmp_path / "z").mkdir()
    found = tracks.find([tmp_path / "*", tmp_path / "x" / "model"])
    assert [track.folder.parent.name for track in found] == ["x", "y"]


def test_what_is_not_there_is_told(tmp_path):
    write(tmp_path / "untracked", [{"step": 1, "loss": 3.0}])
    told = r"untracked was not tracked: train it with include .* --overwrite or another --model_dir"
    with pytest.raises(DlibError, match=told):
        tracks.find(str(tmp_path / "*"))
    with pytest.raises(DlibError, match="matches no training's folder"):
        tracks.find([tmp_path / "nothing*"])
    with pytest.raises(DlibError, match="holds no training"):
        tracks.read(tmp_path / "nothing")


def test_data_without_factors_has_no_nmi(tmp_path):
    write(tmp_path / "m", [{"step": 1, "track": {"factor_names": [], "kl": 2.0}}])
    track = tracks.read(tmp_path / "m")
    assert track.values("kl").tolist() == [2.0]
    with pytest.raises(DlibError, match="the data has no factors"):
        track.nmi()
