import json

import numpy as np
import pytest

from dlib.postprocessing import representation
from dlib.utils.errors import DlibError


def first_code(mean, logvar, random_state):
    return mean[:, :1].astype(np.float64)


def test_codes_are_float32():
    found = representation.Representation(lambda x: (x, x), first_code, None)(np.ones((2, 3)))
    assert found.dtype == np.float32
    assert found.shape == (2, 1)


def test_a_function_of_the_user_is_found_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "representation_test_user.py").write_text(
        "def codes(mean, logvar, state):\n    return mean\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import representation_test_user

    representation.save_representation(tmp_path, representation_test_user.codes)
    name = json.loads((tmp_path / "representation.json").read_text())["code_function"]
    assert name == "representation_test_user:codes"
    found = representation._function_named(name, tmp_path)
    assert found is representation_test_user.codes


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DlibError, match=r"holds no representation .*dlib_postprocess"):
        representation.load_representation(tmp_path, None)
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "representation.json").write_text(
        '{"code_function": "no_such_module:f"}'
    )
    with pytest.raises(DlibError, match=r"needs no_such_module:f: No module named"):
        representation.load_representation(tmp_path, None)
    (tmp_path / "module" / "representation.json").write_text('{"code_function": "math:no_such"}')
    with pytest.raises(DlibError, match=r"needs math:no_such: module 'math' has no attribute"):
        representation.load_representation(tmp_path, None)
