"""Every shipped experiment parses, binds its method, and says what it is."""

import re
from pathlib import Path

import gin
import pytest

import gin_configs
from dlib.methods.unsupervised.base_vae import BaseVAE, TrainingSetup
from dlib.methods.unsupervised.training_loop import make_optimizer
from dlib.utils import gin_utils

FOLDER = Path(gin_configs.__path__[0])
# Those of another command (dlib_anneal) are not trainings; those that find their schedule first
# (tests/annealing/test_auto.py) have none to bind.
EXPERIMENTS = sorted(
    path.name
    for path in FOLDER.glob("*.gin")
    if "# command:  dlib_anneal" not in path.read_text() and not path.name.startswith("deft_auto")
)
METHODS = sorted(path.name for path in (FOLDER / "method").glob("*.gin"))
# Shape and number of images; reading them takes no file.
DATA = {
    "dsprites_full": ((64, 64, 1), 737280),
    "color_dsprites": ((64, 64, 3), 737280),
    "scream_dsprites": ((64, 64, 3), 737280),
    "smallnorb": ((64, 64, 1), 48600),
    "triangle_correlated": ((64, 64, 1), 1024),
    "chairs3d": ((64, 64, 1), 86366),
}
# Table 3, by column, and the updates of DEFT on each set.
COLUMNS = {"color": 80640, "dsprites": 80640, "scream": 57600, "smallnorb": 38000}
TABLE_3 = {
    ("annealed_vae", "annealed_vae.c_max"): (10, 5, 25, 5),
    ("beta_tc_vae", "beta_tc_vae.beta"): (10, 10, 6, 1),
    ("beta_vae", "vae.beta"): (16, 16, 6, 1),
    ("cascade_vae_c", "cascade_vae_c.beta_h"): (10, 10, 10, 10),
}
# Table 2: G, K, epochs a stage, pressures.
TABLE_2 = {
    "color": (4, 3, 7, [160, 105, 30, 4]),
    "dsprites": (4, 3, 7, [70, 30, 12, 4]),
    "smallnorb": (2, 5, 100, [50, 1]),
    "scream": (2, 5, 10, [140, 1]),
}


def bind():
    """The configured method, bound to its data's shape."""
    shape, num_images = DATA[gin_utils.query("dataset.name")]
    settings = gin.get_bindings("model")
    setup = TrainingSetup(shape, settings["batch_size"], settings["training_steps"], num_images)
    return settings["model"].bind(setup)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_binds_its_method_and_its_optimizers(name):
    with gin_utils.configured([name]):
        model = bind()
        assert isinstance(model, BaseVAE)
        for optimizer, groups in model.parameter_groups().items():
            assert make_optimizer(optimizer, groups).param_groups
        assert model.stages()[-1].end == model.training_steps
    header = FOLDER.joinpath(name).read_text().split("include")[0]
    assert "# command:  dlib_train --gin_config=" + name in header
    assert "# paper:" in header or "demo" in name  # the paper has no demo
    budget = int(re.search(r"# budget: +([\d ]+) updates", header)[1].replace(" ", ""))
    assert budget == model.training_steps
    if batch_size := re.search(r"updates at batch size (\d+)", header):
        assert int(batch_size[1]) == model.setup.batch_size


@pytest.mark.parametrize("method", METHODS)
def test_every_method_file_is_of_its_name(method):
    with gin_utils.configured([f"method/{method}"]):
        assert gin_utils.query("model.name") == method.removesuffix(".gin")
        assert gin_utils.query("model.model")


@pytest.mark.parametrize(("method", "parameter"), TABLE_3)
@pytest.mark.parametrize("column", range(4))
def test_table_3(method, parameter, column):
    data, steps = list(COLUMNS.items())[column]
    with gin_utils.configured([f"{method}_{data}.gin"]):
        assert gin_utils.query(parameter) == TABLE_3[method, parameter][column]
        assert gin_utils.query("model.training_steps") == steps
        assert gin_utils.query("encoder.num_latent") == 10
        if method == "annealed_vae":
            assert gin_utils.query("annealed_vae.gamma") == 1000
            assert gin_utils.query("annealed_vae.iteration_threshold") == 0.6 * steps
        if method == "cascade_vae_c":
            assert gin_utils.query("cascade_vae_c.beta_l") == 1
            assert gin_utils.query("cascade_vae_c.stage_steps") == steps / 10


@pytest.mark.parametrize("data", TABLE_2)
def test_table_2(data):
    groups, group_size, epochs, betas = TABLE_2[data]
    with gin_utils.configured([f"deft_{data}.gin"]):
        assert gin_utils.query("deft.betas") == betas
        assert len(betas) == groups
        assert gin_utils.query("deft.group_size") == group_size
        assert gin_utils.query("deft.epochs_per_stage") == epochs
        assert bind().training_steps == COLUMNS[data]


def test_the_triangle_and_the_chairs():
    with gin_utils.configured(["deft_triangle.gin"]):
        model = bind()
        assert (model.betas, model.group_sizes) == ([20, 2], [2, 2])
        assert model.training_steps == 10000
    with gin_utils.configured(["deft_chairs3d.gin"]):
        model = bind()
        assert (model.betas, model.group_sizes) == ([36, 16, 1], [3, 3, 3])
        assert model.stages()[0].end == 20 * 338
    for method in ("beta_tc_vae", "cascade_vae_c"):
        with gin_utils.configured([f"{method}_triangle.gin"]):
            assert bind().training_steps == 10000
