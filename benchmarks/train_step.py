"""Milliseconds of a training update: ours, the plainest PyTorch, and the arithmetic limit.

    python benchmarks/train_step.py [--threads 2] [--steps 20] [--device cpu]

DEFT (G = 4, K = 3) and beta-VAE (10 latents) on dSprites, batch 256, float32, Table 1's networks,
whole update: forward, backward, Adam. The plain form is what one would write first (separate
encoders, ``ConvTranspose2d``, default allocator and memory order) and runs in a process of its own,
since the allocator's settings hold for a whole process. The limit is the multiplications and
additions of a plain update over the best rate that a large convolution reaches here; of images with
blank margins ours needs fewer (``blank_margins``). "filled" is ours on images without margins.
Then: encoding in batches of 64, 128 and 256, and what the training loop adds to the bare update.

    python benchmarks/train_step.py --methods [--channels 3] [--threads 2]

Every method beside the beta-VAE, and its limit: see ``method_steps``.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
import unittest.mock
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from dlib.data.ground_truth import named_data
from dlib.data.ground_truth.loader import Loader
from dlib.methods.shared import blank_margins
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.deft import DEFT
from dlib.methods.unsupervised.device import RunSettings
from dlib.methods.unsupervised.training_loop import TrainingLoop, make_optimizer
from dlib.methods.unsupervised.vae import BetaVAE
from dlib.utils import memory
from dlib.utils.gin_utils import configured

BATCH, SHAPE = 256, (64, 64, 1)
WARM_UP = 4  # updates that are not counted
LOOP_UPDATES = 200
METHODS = {"deft": "DEFT", "vae": "beta-VAE"}
BINDINGS = """
encoder.encoder_fn = @{encoder}
encoder.num_latent = {latents}
decoder.decoder_fn = @standard_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.0005
"""


def main():
    """Prints the table."""
    if "--methods" in sys.argv:
        import method_steps  # which is built on this module

        method_steps.main([word for word in sys.argv[1:] if word != "--methods"])
        return
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--threads", type=int, default=2)
    flags.add_argument("--steps", type=int, default=20, help="updates behind each median")
    flags.add_argument("--device", default="cpu")
    flags.add_argument("--plain", choices=METHODS, help="(internal) time the plain form alone")
    args = flags.parse_args()
    torch.set_num_threads(args.threads)
    if args.plain:
        print(milliseconds(plain_update(args.plain, args.device), args))
        return
    rate = None
    if args.device == "cpu":
        rate = best_rate()
        print(f"a large convolution reaches {rate / 1e9:.0f} GFLOP/s on {args.threads} threads")
    print(f"{'':10}{'plain':>10}{'ours':>10}{'ratio':>8}{'filled':>10}{'ratio':>8}{'limit':>10}")
    for method, name in METHODS.items():
        print_row(method, name, rate, args)
    print_encoding(rate, args)
    print_loop(args)


def print_row(method, name, rate, args):
    """One method's line of the table."""
    command = [sys.executable, __file__, "--plain", method, "--threads", str(args.threads)]
    command += ["--steps", str(args.steps), "--device", args.device]
    plain = float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    memory.keep_pages()
    with configured(bindings=[bindings_of(method)]):
        times = [
            milliseconds(our_update(our_model(method, args.device), batch), args)
            for batch in (sprites(args.device), images(args.device))
        ]
        flops = update_flops(our_model(method, args.device))
    limit = f"{flops / rate * 1e3:7.0f} ms" if rate else "-"
    columns = "".join(f"{ours:7.1f} ms{plain / ours:7.2f}x" for ours in times)
    print(f"{name:10}{plain:7.1f} ms{columns}{limit:>10}")


def milliseconds(update, args):
    """Median time of an update after a few that are not counted."""
    times = []
    for step in range(args.steps + WARM_UP):
        start = time.perf_counter()
        update()
        synchronize(args.device)
        if step >= WARM_UP:
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def synchronize(device):
    """Waits until the device has done what it was given."""
    if device != "cpu":
        torch.cuda.synchronize()


def sprites(device):
    """A batch of dSprites."""
    data = named_data.get_named_ground_truth_data("dsprites_full")
    batch = data.sample_observations(BATCH, np.random.RandomState(0))
    return torch.from_numpy(batch).permute(0, 3, 1, 2).to(device)


def images(device):
    """Black and white noise without blank margins, in memory as the loader gives images."""
    generator = torch.Generator().manual_seed(0)
    batch = (torch.rand(BATCH, *SHAPE, generator=generator) < 0.1).float()
    return batch.permute(0, 3, 1, 2).to(device)


def bindings_of(method):
    """Table 1's networks for a method, and the paper's optimizer."""
    is_deft = method == "deft"
    return BINDINGS.format(
        encoder="lite_encoder" if is_deft else "standard_encoder", latents=12 if is_deft else 10
    )


def our_model(method, device):
    """A bound method."""
    if method == "deft":
        model = DEFT(betas=[70, 30, 12, 4], group_size=3, stage_steps=10**6)
        return model.bind(TrainingSetup(SHAPE, BATCH), 0, device)
    return BetaVAE(beta=4.0).bind(TrainingSetup(SHAPE, BATCH, 10**6), 0, device)


def our_update(model, batch):
    """A function that makes one update in our form."""
    optimizer = make_optimizer("vae", model.parameter_groups()["vae"])

    def update():
        loss = model.losses(batch)["vae"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return update


class PlainEncoder(nn.Module):
    """Table 1's encoders as one would write them first."""

    def __init__(self, channels, hidden, latents):
        super().__init__()
        layers, inputs = [], SHAPE[2]
        for outputs in channels:
            layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.ReLU()]
            inputs = outputs
        layers += [nn.Flatten(), nn.Linear(16 * inputs, hidden), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.mean, self.logvar = nn.Linear(hidden, latents), nn.Linear(hidden, latents)

    def forward(self, batch):
        """Mean and log-variance."""
        features = self.body(batch)
        return self.mean(features), self.logvar(features)


def plain_decoder(latents):
    """Table 1's decoder as one would write it first."""
    layers = [nn.Linear(latents, 256), nn.ReLU(), nn.Linear(256, 1024), nn.ReLU()]
    layers.append(nn.Unflatten(1, (64, 4, 4)))
    for inputs, outputs in [(64, 64), (64, 32), (32, 32)]:
        layers += [nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(32, SHAPE[2], 4, stride=2, padding=1))


def plain_update(method, device):
    """A function that makes one update in the plainest form."""
    if method == "deft":
        encoders = nn.ModuleList(PlainEncoder((8, 8, 16, 16), 64, 3) for _ in range(4))
    else:
        encoders = nn.ModuleList([PlainEncoder((32, 32, 64, 64), 256, 10)])
    decoder = plain_decoder(12 if method == "deft" else 10)
    encoders.to(device)
    decoder.to(device)
    optimizer = torch.optim.Adam([*encoders.parameters(), *decoder.parameters()], lr=5e-4)
    batch = sprites(device).contiguous(memory_format=torch.contiguous_format)

    def update():
        means, logvars = zip(*(encoder(batch) for encoder in encoders), strict=True)
        mean, logvar = torch.cat(means, 1), torch.cat(logvars, 1)
        outputs = decoder(mean + torch.exp(0.5 * logvar) * torch.randn_like(mean))
        reconstruction = F.binary_cross_entropy_with_logits(outputs, batch, reduction="sum")
        kl = 0.5 * (mean.square() + logvar.exp() - logvar - 1).sum()
        loss = (reconstruction + 4 * kl) / BATCH
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return update


def update_flops(model):
    """Multiplications and additions of an update: three times the forward pass of the layers."""
    if hasattr(model.encoder, "together"):
        model.encoder.together = False  # hooks see the encoders' layers one by one only
    batch = images(next(model.parameters()).device)
    return 3 * forward_flops(model, lambda: model.terms(batch))


def forward_flops(module, forward):
    """Multiplications and additions of the layers of ``module`` in one call of ``forward``."""
    total = 0

    def count(layer, inputs, output):
        nonlocal total
        positions = output if not isinstance(layer, nn.ConvTranspose2d) else inputs[0]
        each = positions[0, 0].numel() if positions.ndim == 4 else 1
        total += 2 * layer.weight.numel() * each * len(output)

    layers = [m for m in module.modules() if hasattr(m, "weight")]
    handles = [layer.register_forward_hook(count) for layer in layers]
    with unittest.mock.patch.object(blank_margins, "applies", return_value=False):
        forward()
    for handle in handles:
        handle.remove()
    return total


def best_rate():
    """Floating-point operations a second of a large convolution, forward and backward."""
    layer = nn.Conv2d(128, 128, 3, padding=1).to(memory_format=torch.channels_last)
    batch = torch.randn(32, 128, 32, 32).to(memory_format=torch.channels_last).requires_grad_()
    times = []
    for _ in range(8):
        start = time.perf_counter()
        layer(batch).sum().backward()
        times.append(time.perf_counter() - start)
    return 3 * 2 * layer.weight.numel() * 32 * 32 * 32 / min(times)


def print_encoding(rate, args):
    """Images of dSprites a second through the standard encoder, without gradients, and the limit.

    The limit is that of whole images; see ``blank_margins`` for what lies above it.
    """
    with configured(bindings=[bindings_of("vae")]):
        encoder = our_model("vae", args.device).encoder
    if rate:
        limit = rate * BATCH / forward_flops(encoder, lambda: encoder(images(args.device)))
        print(f"encoding, arithmetic limit:  {limit:8.0f} images/s")
    # As metrics ask for them: in the order of the factors, one in six.
    data = named_data.get_named_ground_truth_data("dsprites_full")
    starts = np.random.RandomState(0).randint(data.num_images - 6 * 256, size=(24, 1))
    batch = data.observations_at((starts + np.arange(0, 6 * 256, 6)).ravel(), None)
    batch = torch.from_numpy(batch).permute(0, 3, 1, 2).to(args.device)
    applies = blank_margins.applies
    for what in ("whole", "windows"):
        blank_margins.applies = applies if what == "windows" else lambda images, kernels: False
        for size in (64, 128, 256):
            with torch.inference_mode():
                parts = batch.split(size)
                for part in parts:
                    encoder(part)
                synchronize(args.device)
                start = time.perf_counter()
                for part in parts:
                    encoder(part)
                synchronize(args.device)
                rate = len(batch) / (time.perf_counter() - start)
            print(f"encoding {what:<7}, batches of {size:3}: {rate:8.0f} images/s")


def print_loop(args):
    """What the loop (data, learning rates, log, progress, checkpoints) adds to DEFT's bare update.

    The mean over ``LOOP_UPDATES`` updates in one go, with log and progress as they come and a
    checkpoint in the middle (by default they are five times as far apart), beside that of bare
    updates before and after it.
    """
    data = named_data.get_named_ground_truth_data("dsprites_full")
    device = torch.device(args.device)
    with tempfile.TemporaryDirectory() as folder, configured(bindings=[bindings_of("deft")]):
        update = our_update(our_model("deft", args.device), sprites(args.device))
        bare = [mean_milliseconds(update, args.device)]
        model = DEFT(betas=[70, 30, 12, 4], group_size=3, stage_steps=LOOP_UPDATES)
        model.bind(TrainingSetup(SHAPE, BATCH), 0, args.device)
        times = FirstUpdates()
        settings = RunSettings(checkpoint_every=LOOP_UPDATES // 2, callbacks=(times,))
        loader = Loader(data, BATCH, np.random.RandomState(0), args.device)
        with contextlib.suppress(FirstUpdates.Enough):
            TrainingLoop(model, data, loader, settings, device, folder, "").run()
        bare.append(mean_milliseconds(update, args.device))
    looped, bare = times.mean_milliseconds(), statistics.mean(bare)
    print(
        f"the loop, dSprites: {looped:.1f} ms an update; bare {bare:.1f} ms; "
        f"overhead {100 * (looped / bare - 1):.1f} %"
    )
    print_memory()


def mean_milliseconds(update, device):
    """Mean time of an update over half as many as the loop makes, after a few not counted."""
    for _ in range(WARM_UP):
        update()
    synchronize(device)
    start = time.perf_counter()
    for _ in range(LOOP_UPDATES // 2):
        update()
    synchronize(device)
    return (time.perf_counter() - start) / (LOOP_UPDATES // 2) * 1e3


def print_memory():
    """What this process holds, as Linux counts it; pages of the images' file can be shared."""
    path = Path("/proc/self/smaps_rollup")
    if not path.exists():
        return
    megabytes = {
        line.split(":")[0]: int(line.split()[1]) / 1024
        for line in path.read_text().splitlines()[1:]
    }
    print(
        f"memory: resident {megabytes['Rss']:.0f} MB, of it anonymous (never shared) "
        f"{megabytes['Anonymous']:.0f} MB"
    )


class FirstUpdates(Callback):
    """When the first updates of a training were done; ends it then."""

    class Enough(Exception):
        """All that are wanted are done."""

    def __init__(self):
        self.moments = []

    def on_update(self, loop):
        """Looks at the clock after the warm-up and at the end."""
        if loop.step in (WARM_UP, WARM_UP + LOOP_UPDATES):
            synchronize(loop.device.type)
            self.moments.append(time.perf_counter())
        if len(self.moments) == 2:
            raise FirstUpdates.Enough

    def mean_milliseconds(self):
        """Of the updates after the warm-up."""
        return (self.moments[1] - self.moments[0]) / LOOP_UPDATES * 1e3


if __name__ == "__main__":
    main()
