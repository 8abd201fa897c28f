"""Milliseconds of an update of every method, beside the beta-VAE's and the arithmetic limit.

    python benchmarks/method_steps.py [--channels 1] [--threads 2] [--rounds 8] [--only beta_tc_vae]

Noise of dSprites' (1 channel) or Color's shape (3), which has no blank margins to leave out, batch
256, float32, Table 1's networks and 10 latents. An update and one of the beta-VAE take turns, so
that the ratio is of equal conditions; it is the median of the ratios. The limit is the
multiplications and additions of the method's layers over the best rate that a large convolution
reaches here; for FactorVAE the discriminator's part is told too. Weakly supervised methods see 256
pairs.
"""

import argparse
import statistics
import time

import gin
import torch
from train_step import best_rate, forward_flops

from dlib.methods.unsupervised.base_vae import TrainingSetup, built
from dlib.methods.unsupervised.training_loop import make_optimizer
from dlib.utils import memory
from dlib.utils.gin_utils import configured

BATCH, LABELS = 256, 5
NETWORKS = """
encoder.encoder_fn = @standard_encoder
encoder.num_latent = 10
decoder.decoder_fn = @standard_decoder
discriminator.discriminator_fn = @fc_discriminator
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
discriminator_optimizer.optimizer_fn = @AdamOptimizer
supervised_loss.loss_fn = @xent
annealer.anneal_fn = @fixed
annealer.iteration_threshold = 1
"""
METHODS = {
    "vae": "vae.beta = 4.",
    "annealed_vae": """
annealed_vae.gamma = 1000.
annealed_vae.c_max = 5.
annealed_vae.iteration_threshold = 1000""",
    "beta_tc_vae": "beta_tc_vae.beta = 6.",
    "factor_vae": "factor_vae.gamma = 10.",
    "dip_vae": "dip_vae.lambda_od = 2.\ndip_vae.lambda_d_factor = 1.\ndip_vae.dip_type = 'ii'",
    "cascade_vae_c": """
cascade_vae_c.beta_l = 1.
cascade_vae_c.beta_h = 10.
cascade_vae_c.stage_steps = 100""",
    "control_vae": "control_vae.c_max = 18.\ncontrol_vae.ramp_steps = 1000",
    "dynamic_vae": "dynamic_vae.c_max = 18.\ndynamic_vae.ramp_steps = 1000",
    "factorized_support": "factorized_support.beta = 1.\nfactorized_support.gamma = 1.",
    "ada_gvae": "group_vae.beta = 1.",
    "ada_ml_vae": "mlvae.beta = 1.",
    "s2_vae": "s2_vae.beta = 4.\ns2_vae.gamma_sup = 1.",
    "s2_factor_vae": "s2_factor_vae.gamma = 10.\ns2_factor_vae.gamma_sup = 1.",
    "s2_mine_vae": "s2_mine_vae.beta = 4.\ns2_mine_vae.gamma_sup = 1.",
}


def main(argv=None):
    """Prints the table."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--channels", type=int, choices=(1, 3), default=1)
    flags.add_argument("--threads", type=int, default=2)
    flags.add_argument("--rounds", type=int, default=8, help="updates behind each median")
    flags.add_argument("--only", nargs="*", choices=METHODS, default=list(METHODS)[1:])
    args = flags.parse_args(argv)
    torch.set_num_threads(args.threads)
    memory.keep_pages()
    rate = best_rate()
    print(f"a large convolution reaches {rate / 1e9:.0f} GFLOP/s on {args.threads} threads")
    print(f"{'':20}{'update':>10}{'beta-VAE':>10}{'ratio':>8}{'limit':>10}")
    for name in args.only:
        with configured(bindings=[NETWORKS, METHODS["vae"], f"model.model = @{name}"] + (
            [METHODS[name]] if name != "vae" else []
        )):  # fmt: skip
            print_row(name, rate, args)


def print_row(name, rate, args):
    """One method's line of the table."""
    setup = TrainingSetup((64, 64, args.channels), BATCH, 10**6, 737280, (3,) * LABELS)
    model = built(gin.get_bindings("model")["model"]).bind(setup)
    with configured(bindings=[NETWORKS, METHODS["vae"], "model.model = @vae"]):
        plain = built(gin.get_bindings("model")["model"]).bind(setup)
    ours, others = update_of(model, args.channels), update_of(plain, args.channels)
    pairs = [(seconds(ours), seconds(others)) for _ in range(args.rounds + 2)][2:]
    times, plain_times = (statistics.median(part) * 1e3 for part in zip(*pairs, strict=True))
    ratio = statistics.median(one / two for one, two in pairs)
    flops, of_discriminator = update_flops(model, args.channels)
    print(
        f"{name:20}{times:7.1f} ms{plain_times:7.1f} ms{ratio:7.2f}x"
        f"{flops / rate * 1e3:7.0f} ms" + (
            f", of it the discriminator {of_discriminator / rate * 1e3:.0f} ms"
            if of_discriminator else ""
        )
    )  # fmt: skip


def seconds(action):
    """Wall-clock time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def batch_of(model, channels):
    """A batch as the method takes it: images, pairs of them, or images and labels."""
    generator = torch.Generator().manual_seed(0)
    shape = (BATCH, 64, 64, channels)
    images, others = (
        (torch.rand(shape, generator=generator) < 0.1).float().permute(0, 3, 1, 2) for _ in range(2)
    )
    if hasattr(model, "kept"):
        return images, others, torch.zeros(BATCH, LABELS, dtype=torch.bool)
    if hasattr(model, "supervision"):
        return images, others, torch.randint(3, (BATCH, LABELS), generator=generator).float()
    return (images, others) if getattr(model, "permutation", "") == "second_batch" else images


def update_of(model, channels):
    """A function that makes one update of every optimizer, as the training loop does."""
    groups = model.parameter_groups()
    optimizers = {name: make_optimizer(name, parameters) for name, parameters in groups.items()}
    batch = batch_of(model, channels)

    def update():
        losses = model.losses(batch)
        names = list(losses)
        for name in names:
            optimizers[name].zero_grad(set_to_none=True)
        for name in names:
            parameters = [p for group in groups[name].values() for p in group]
            losses[name].backward(inputs=parameters, retain_graph=name != names[-1])
        for name in names:
            optimizers[name].step()

    return update


def update_flops(model, channels):
    """Multiplications and additions of an update, and the discriminator's part.

    A layer that learns costs its forward pass three times. The discriminator sees two kinds of
    draws; forward twice, gradients of inputs and weights for both, and once more of the inputs for
    the VAE: seven times one pass. Codes that are permuted are encoded without gradients.
    """
    batch = batch_of(model, channels)
    total = forward_flops(model, lambda: model.terms(batch))
    if not hasattr(model, "discriminator"):
        return 3 * total, 0
    once = forward_flops(model.discriminator, lambda: model.terms(batch)) / 2
    second = forward_flops(model.encoder, lambda: model.encode(batch[1])) if (
        model.permutation == "second_batch"
    ) else 0  # fmt: skip
    return 3 * (total - 2 * once - second) + second + 7 * once, 7 * once


if __name__ == "__main__":
    main()
