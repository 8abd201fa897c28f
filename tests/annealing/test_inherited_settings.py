import sys

from dlib.annealing import inherited_settings
from dlib.utils import gin_utils


def test_loss_decoder_and_optimizer_come_with_their_own_settings_and_nothing_else():
    bindings = [
        "dataset.name = 'dummy_data'",
        "reconstruction_loss.loss_fn = @measured/bernoulli_loss",
        "reconstruction_loss.activation = %how",
        "how = 'tanh'",
        "other = 3",
        "bernoulli_loss.subtract_true_image_entropy = True",
        "decoder.decoder_fn = @standard_decoder",
        "standard_decoder.start = 'he_uniform'",
        "standard_decoder.channels = (64, 64, 32, 4)",
        "lite_encoder.start = 'he_uniform'",
        "vae_optimizer.optimizer_fn = @measured/AdamOptimizer",
        "measured/AdamOptimizer.learning_rate = 0.1",
        "discriminator_optimizer.optimizer_fn = @GradientDescentOptimizer",
    ]
    with gin_utils.configured(bindings=bindings):
        lines = inherited_settings.lines_of_networks()
    assert sorted(lines) == [
        "bernoulli_loss.subtract_true_image_entropy = True",
        "decoder.decoder_fn = @standard_decoder",
        "how = 'tanh'",
        "measured/AdamOptimizer.learning_rate = 0.1",
        "measured/bernoulli_loss.subtract_true_image_entropy = True",
        "reconstruction_loss.activation = %how",
        "reconstruction_loss.loss_fn = @measured/bernoulli_loss",
        "standard_decoder.channels = (64, 64, 32, 4)",
        "standard_decoder.start = 'he_uniform'",
        "vae_optimizer.optimizer_fn = @measured/AdamOptimizer",
    ]
    # They mean the same again, over what a configuration has.
    paper = ["reconstruction_loss.loss_fn = @l2_loss", "decoder.decoder_fn = @deconv_decoder"]
    with gin_utils.configured(bindings=[*paper, *lines]):
        assert sorted(inherited_settings.lines_of_networks()) == sorted(lines)


def test_a_value_from_outside_a_scope_wins_over_an_included_one_inside():
    bindings = [
        "vae_optimizer.optimizer_fn = @vae/AdamOptimizer",
        "AdamOptimizer.learning_rate = 0.1",
        "AdamOptimizer.beta1 = 0.5",
        "vae/AdamOptimizer.beta1 = 0.25",
    ]
    with gin_utils.configured(bindings=bindings):
        lines = inherited_settings.lines_of_networks()
    with gin_utils.configured(["train/paper.gin"], lines):
        assert gin_utils.query("vae/AdamOptimizer.learning_rate") == 0.1
        assert gin_utils.query("vae/AdamOptimizer.beta1") == 0.25


def test_what_registers_names_is_imported_again(tmp_path, monkeypatch):
    (tmp_path / "annealing_my_loss.py").write_text(
        "import gin\n\n\n@gin.configurable\ndef annealing_my_loss(a, b, c):\n    pass\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    lines = ["import annealing_my_loss", "reconstruction_loss.loss_fn = @annealing_my_loss"]
    with gin_utils.configured(bindings=lines):
        assert inherited_settings.import_lines() == lines[:1]
        assert inherited_settings.lines_of_networks() == lines[1:]
    with gin_utils.configured():
        assert inherited_settings.import_lines() == []
