from dlib.report import study_runs


def run(number, method="beta_tc_vae", parameter="beta_tc_vae.beta", value="6.0", seed=7, **more):
    config = {"model.model_num": str(number), "model.batch_size": "64", parameter: value}
    return {
        "dataset": "smallnorb",
        "method": method,
        "seed": seed,
        "config": config | {key.replace("__", "."): text for key, text in more.items()},
    }


def test_a_model_of_the_study_is_known_by_its_number():
    # SmallNORB is the fifth data set, beta-TCVAE the fifth block, 6 the fourth value.
    number = 1800 * 4 + 300 * 4 + 50 * 3 + 7
    assert study_runs.study_of(run(number)) == "unsupervised_study_v1"
    assert study_runs.study_of(run(number + 1)) == ""
    assert study_runs.study_of(run(number, value="6.5")) == ""
    assert study_runs.study_of(run(number, seed=8)) == ""
    assert study_runs.study_of(run(number, model__batch_size="256")) == ""


def test_the_last_model_of_the_study():
    config = {"annealed_vae.c_max": "100.0"}
    assert study_runs.model_number("shapes3d", "annealed_vae", config, 49) == 12599
    assert study_runs.model_number("dsprites_full", "deft", config, 0) is None
    assert study_runs.model_number("dsprites_full", "annealed_vae", {}, 0) is None
