"""Studies are frozen: a number means the same model for good."""

import hashlib

import pytest

from dlib import pipeline
from dlib.config import reproduce
from dlib.config.abstract_reasoning_study_v1.stage1.sweep import AbstractReasoningStudyV1
from dlib.config.deft_study_v1.sweep import DeftStudyV1
from dlib.config.deft_tuning_v1.sweep import DeftTuningV1
from dlib.config.fairness_study_v1.sweep import FairnessStudyV1
from dlib.config.study import Study
from dlib.config.unsupervised_study_v1.sweep import UnsupervisedStudyV1
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

NETWORKS = ["encoder.encoder_fn = @conv_encoder", "decoder.decoder_fn = @deconv_decoder"]


def model(data, seed, *lines):
    return [f"dataset.name = '{data}'", *NETWORKS, *lines, f"model.random_seed = {seed}"]


# Numbers by hand: 1800 data set + 300 method + 50 setting + seed.
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (
            0,
            model(
                "dsprites_full", 0,
                "model.name = 'beta_vae'", "vae.beta = 1.0", "model.model = @vae()",
            ),
        ),
        (
            1800 + 300 + 5 * 50 + 3,
            model(
                "color_dsprites", 3,
                "model.name = 'factor_vae'", "factor_vae.gamma = 100.0",
                "model.model = @factor_vae()",
                "discriminator.discriminator_fn = @fc_discriminator",
            ),
        ),
        (
            2 * 1800 + 2 * 300 + 3 * 50 + 20,
            model(
                "noisy_dsprites", 20,
                "model.name = 'dip_vae_i'", "model.model = @dip_vae()",
                "dip_vae.lambda_od = 10.0", "dip_vae.lambda_d_factor = 10.0",
                "dip_vae.dip_type = 'i'",
            ),
        ),
        (
            4 * 1800 + 3 * 300 + 2 * 50 + 17,
            model(
                "smallnorb", 17,
                "model.name = 'dip_vae_ii'", "model.model = @dip_vae()",
                "dip_vae.lambda_od = 5.0", "dip_vae.lambda_d_factor = 1.0",
                "dip_vae.dip_type = 'ii'",
            ),
        ),
        (
            3 * 1800 + 4 * 300 + 3 * 50,
            model(
                "scream_dsprites", 0,
                "model.name = 'beta_tc_vae'", "model.model = @beta_tc_vae()",
                "beta_tc_vae.beta = 6.0",
            ),
        ),
        (
            12599,
            model(
                "shapes3d", 49,
                "model.name = 'annealed_vae'", "annealed_vae.c_max = 100.0",
                "annealed_vae.iteration_threshold = 100000", "annealed_vae.gamma = 1000",
                "model.model = @annealed_vae()",
            ),
        ),
    ],
)  # fmt: skip
def test_models_of_the_unsupervised_study_by_hand(number, expected):
    assert UnsupervisedStudyV1().get_model_config(number)[0] == expected
    assert FairnessStudyV1().get_model_config(number)[0] == expected


def test_the_first_stage_of_abstract_reasoning_by_hand():
    # 180 data set + 30 method + 5 setting + seed.
    bindings, _ = AbstractReasoningStudyV1().get_model_config(180 + 4 * 30 + 5 * 5 + 4)
    lines = ["model.name = 'beta_tc_vae'", "model.model = @beta_tc_vae()"]
    expected = model("abstract_dsprites", 4, *lines, "beta_tc_vae.beta = 10.0")
    assert bindings == expected


def test_models_of_our_studies_by_hand():
    study = DeftStudyV1()
    assert [len(study), len(DeftTuningV1())] == [1000, 480]
    bindings, file = study.get_model_config(250 + 49)
    assert file.endswith("/deft_color.gin")
    assert bindings == [
        "dataset.name = 'color_dsprites'",
        "model.name = 'deft'",
        "model.random_seed = 49",
    ]
    _, file = study.get_model_config(3 * 250 + 4 * 50)
    assert file.endswith("/cascade_vae_c_smallnorb.gin")
    # 120 data set + 30 method + 5 setting + seed.
    bindings, file = DeftTuningV1().get_model_config(2 * 120 + 2 * 30 + 1 * 5 + 3)
    assert file.endswith("/annealed_vae_scream.gin")
    assert bindings[2:] == ["annealed_vae.c_max = 10.0", "model.random_seed = 3"]


@pytest.mark.parametrize(
    ("name", "size", "digest"),
    [
        (
            "unsupervised_study_v1",
            12600,
            "7aa19dee15f29895d1e38265d4b9aecfa315539e583d1b4da8076a6dd3df52a0",
        ),
        (
            "fairness_study_v1",
            12600,
            "7aa19dee15f29895d1e38265d4b9aecfa315539e583d1b4da8076a6dd3df52a0",
        ),
        (
            "abstract_reasoning_study_v1",
            360,
            "9696109968c4ac66c1a953f67a9bcea02ee30320bb37481a3e93d44e10ac60ab",
        ),
        ("deft_study_v1", 1000, "43a5942dd494e37ad3936920cb3f898ea74e50121858dad57b8d49b2b0eaf1c9"),
        ("deft_tuning_v1", 480, "8fa46b4d8b05ee055392fb2a459c1b7a1cbe5e3490b68a6ab8c2063979ba7a69"),
    ],
)
def test_no_model_of_a_study_has_changed(name, size, digest):
    study = reproduce.find_study(name)
    assert len(study) == size
    text = hashlib.sha256()
    for number in range(size):
        bindings = study.get_model_config(number)[0] if number % 97 == 0 else None
        lines = reproduce.STUDIES[name].bindings(number)
        assert bindings in (None, lines)
        text.update("\n".join([str(number), *lines, ""]).encode())
    assert text.hexdigest() == digest


# Table 2 (betas, G, K, epochs) and Table 3 of the paper.
TABLE_2 = {
    "color_dsprites": ([160, 105, 30, 4], 4, 3, 7),
    "dsprites_full": ([70, 30, 12, 4], 4, 3, 7),
    "smallnorb": ([50, 1], 2, 5, 100),
    "scream_dsprites": ([140, 1], 2, 5, 10),
}
TABLE_3 = {  # Color, dSprites, Scream, SmallNORB
    "annealed_vae": ("annealed_vae.c_max", (10, 5, 25, 5)),
    "beta_tc_vae": ("beta_tc_vae.beta", (10, 10, 6, 1)),
    "beta_vae": ("vae.beta", (16, 16, 6, 1)),
    "cascade_vae_c": ("cascade_vae_c.beta_h", (10, 10, 10, 10)),
}


@pytest.mark.parametrize("number", range(0, 1000, 50))
def test_our_study_has_the_paper_s_settings(number):
    files, lines = DeftStudyV1().training(number)
    with gin_utils.configured(files, lines):
        pipeline.check()
        data, method = gin_utils.query("dataset.name"), gin_utils.query("model.name")
        assert gin_utils.query("model.batch_size") == 256
        assert gin_utils.query("model.random_seed") == 0
        if method == "deft":
            betas, groups, size, epochs = TABLE_2[data]
            assert gin_utils.query("deft.betas") == betas
            assert gin_utils.query("deft.group_size") == size
            assert gin_utils.query("encoder.num_latent") == groups * size
            assert gin_utils.query("deft.epochs_per_stage") == epochs
            assert gin_utils.query("deft.gamma") == 0.1
        else:
            parameter, values = TABLE_3[method]
            order = ("color_dsprites", "dsprites_full", "scream_dsprites", "smallnorb")
            assert gin_utils.query(parameter) == values[order.index(data)]


def test_the_tuning_holds_all_of_table_3():
    from dlib.config.deft_tuning_v1.sweep import SETTINGS

    for method, (parameter, values) in TABLE_3.items():
        assert SETTINGS[method][0] == parameter
        assert len(SETTINGS[method][1]) == 6
        assert set(values) <= set(SETTINGS[method][1])


MEAN = [2357136044]
SAMPLED = [2546248239]
OF_MEAN = [
    3071714933, 3626093760, 2588848963, 3684848379, 2340255427, 3638918503, 1819583497,
    2678185683, 2774094101,
]  # fmt: skip
OF_SAMPLED = [
    1650906866, 1879422756, 1277901399, 3830135878, 243580376, 4138900056, 1171049868,
    1646868794, 2051556033,
]  # fmt: skip
FAIR_SAMPLED_AFTER = [1646868794, 2051556033, 3400433126, 3488238119]


def seeds_of(study, monkeypatch, tmp_path):
    """The seed of each step of a study, in order."""
    seeds = []

    def note(*arguments, **_):
        seeds.append(int(arguments[4][0].split(" = ")[1]))
        return {}

    monkeypatch.setattr(pipeline, "postprocess_with_gin", note)
    monkeypatch.setattr(pipeline, "evaluate_with_gin", note)
    files, lines = study.training(0)
    with gin_utils.configured(files, [*lines, "pipeline.visualize = False"]):
        pipeline.pipeline(tmp_path / "model")
    return seeds


def test_the_seeds_of_representations_and_metrics_are_the_reference_s(monkeypatch, tmp_path):
    expected = MEAN + SAMPLED + OF_MEAN + OF_SAMPLED
    assert seeds_of(UnsupervisedStudyV1(), monkeypatch, tmp_path) == expected
    assert seeds_of(AbstractReasoningStudyV1(), monkeypatch, tmp_path) == expected


def test_the_seeds_of_the_fairness_study_are_the_reference_s(monkeypatch, tmp_path):
    seeds = seeds_of(FairnessStudyV1(), monkeypatch, tmp_path)
    # One stream: a tenth metric after the fifth moves all later ones by one, then by two.
    assert seeds == MEAN + SAMPLED + OF_MEAN + OF_SAMPLED + FAIR_SAMPLED_AFTER[2:]


def test_every_configuration_of_every_study_can_be_read():
    for name, study in reproduce.STUDIES.items():
        numbers = (0,) if name == "test" else range(0, len(study), max(1, len(study) // 12))
        for number in numbers:
            files, lines = study.training(number)
            with gin_utils.configured(files, lines):
                pipeline.check()


def test_a_study_of_one_s_own_needs_the_reference_s_methods_only(tmp_path):
    class Own(Study):
        def get_model_config(self, model_num=0):
            return ["vae.beta = 2.0"], str(tmp_path / "own.gin")

        def get_postprocess_config_files(self):
            return [str(tmp_path / "mean.gin")]

        def get_eval_config_files(self):
            return []

    files, lines = Own().training(7)
    assert files == [str(tmp_path / "own.gin")]
    assert lines[:3] == ["model.name = 'own'", "model.model_num = 7", "vae.beta = 2.0"]
    assert f"pipeline.postprocess = ['{tmp_path}/mean.gin']" in lines


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("7", [7]), ("0-3", [0, 1, 2, 3]), ("5, 2-3", [5, 2, 3]), ("999", [999])],
)
def test_model_numbers(text, numbers):
    assert reproduce.model_numbers(text, DeftStudyV1()) == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a model number"),
        ("1-", "'1-' is not"),
        ("3-1", "'3-1' is not"),
        ("a", "'a' is not"),
        ("-1", "'-1' is not"),
        ("1,,2", "'' is not"),
        ("0-5,4", "model number 4 is given twice"),
        ("990-1000", "no model number 1000: they go from 0 to 999"),
    ],
)
def test_model_numbers_that_are_none(text, message):
    with pytest.raises(DlibError, match=message):
        reproduce.model_numbers(text, DeftStudyV1())


def test_an_unknown_study_is_told_with_those_that_there_are():
    with pytest.raises(DlibError, match=r"did you mean deft_study_v1\? there are unsup.*, test"):
        reproduce.find_study("deft_study")
