"""Pictures of a trained model: the only module here that knows models, data sets and folders.

N points, D latents, K factors, F frames, S values.
"""

import dataclasses
import time
from pathlib import Path

import numpy as np

from dlib.data.ground_truth import named_data
from dlib.evaluation.metrics import mutual_information, sampling
from dlib.methods.unsupervised import device as devices
from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.postprocessing import inherited_data
from dlib.utils import files, gin_utils, run_folder, steps
from dlib.utils.errors import DlibError
from dlib.visualize import animation, image_grid, traversals, visualize_irs
from dlib.visualize.latents import describe_latents
from dlib.visualize.nmi_matrix import nmi_heat_map
from dlib.visualize.visualize_util import save_image

_DONE = "visualize.json"  # written last: what the pictures were made of
_NUM_RECONSTRUCTIONS = 36
_NUM_SAMPLES = 64
_NUM_VALUES = 9
_SAMPLING_BATCH = 64


def visualize(
    model_dir,
    output_dir,
    overwrite=False,
    num_animations=5,
    num_frames=20,
    fps=10,
    num_points_irs=10000,
):
    """Draws a trained model, unless that is done already.

    The reference's (disentanglement_lib) files: ``reconstructions/reconstructions.jpg``,
    ``sampled/samples.jpg``, ``traversals/traversals<i>.jpg`` (as many as latents, from different
    images), ``animated_traversals/<cycle><i>.gif``, ``interventional_effects/
    interventional_effect.png``; and ours: ``traversals.png``, ``traversals.gif``,
    ``reconstructions.png``, ``nmi_matrix.png``. Where no factor is known, there are no effects, no
    matrix, and no factor above a traversal. Equal models give equal pictures.

    Args:
      model_dir: folder of the training.
      output_dir: where the pictures go.
      overwrite: whether to draw anew what is done; pictures of an earlier model are replaced in any
        case.
      num_animations: images from which each of the five cycles starts.
      num_frames: F, frames of an animation.
      fps: frames per second.
      num_points_irs: N, points from which all numbers on the pictures are estimated.

    Raises:
      DlibError: if there is no finished training, the data set is missing or not of images, or
        ``output_dir`` is not ours.
    """
    train_results = steps.find_results(model_dir, "train")
    options = {
        "num_animations": num_animations,
        "num_frames": num_frames,
        "fps": fps,
        "num_points_irs": num_points_irs,
    }
    made_of = {"train": files.read_json(train_results / "json" / "train_results.json"), **options}
    with run_folder.locked(output_dir) as folder:
        is_done = not overwrite and _is_done(folder, made_of)
        run_folder.prepare(folder, not is_done, kind="visualize")
        if is_done:
            return
        start = time.perf_counter()
        with gin_utils.configured(bindings=["dataset.name = 'auto'"]):
            inherited_data.resolve_auto(train_results / "gin" / "train.gin")
            data = named_data.get_named_ground_truth_data()
            model = gaussian_encoder_model.load(model_dir, devices.resolve_device("auto"))
            draw_model(model, data, folder, np.random.RandomState(0), **options)
        seconds = time.perf_counter() - start
        files.write_json(folder / _DONE, {"made_of": made_of, "elapsed_time": seconds})


def _is_done(folder, made_of):
    path = folder / _DONE
    return path.is_file() and files.read_json(path)["made_of"] == files.plain(made_of)


def draw_model(
    model,
    data,
    folder,
    random_state,
    num_animations=5,
    num_frames=20,
    fps=10,
    num_points_irs=10000,
):
    """Draws all pictures of a model and its data; see ``visualize``.

    Args:
      model: with ``encode``, ``decode`` and ``reconstruct`` of numpy arrays.
      data: ``GroundTruthData`` of images.
      folder: where the pictures go.
      random_state: points and draws from the prior come from it.
      num_animations, num_frames, fps, num_points_irs: as for ``visualize``.

    Raises:
      DlibError: if the observations are not images.
    """
    if len(data.observation_shape) != 3:
        raise DlibError(
            f"{data.name}: observations of shape {list(data.observation_shape)} are no images, so "
            f"there is nothing to draw: set pipeline.visualize = False."
        )
    folder = Path(folder)
    points = sample_points(model, data, num_points_irs, random_state)
    _draw_reconstructions(model, data, folder, random_state)
    _draw_samples(model, points, folder, random_state)
    _draw_traversals(model, points, folder)
    _draw_animations(model, points, folder, num_animations, num_frames, fps)
    if points.factor_names:
        _draw_factors(points, folder)


@dataclasses.dataclass(frozen=True)
class Points:
    """Encoded observations, and what they say about the latents.

    Attributes:
      means: of posteriors, ``[N, D]``.
      logvars: their log-variances, ``[N, D]``.
      factors: ``[N, K]``.
      factor_names: K names, of factors with more than one value among the points.
      nmi: normalised mutual information, ``[D, K]``; None where K is 0.
      latents: D ``Latent``, the most informative first.
    """

    means: np.ndarray
    logvars: np.ndarray
    factors: np.ndarray
    factor_names: tuple
    nmi: np.ndarray | None
    latents: list

    @property
    def active(self):
        """Columns of latents that carry information; all if none does."""
        return [z.index for z in self.latents if not z.is_dead] or [z.index for z in self.latents]

    @property
    def central(self):
        """The code of the point that is nearest to the mean of all codes, ``[D]``."""
        spread = self.means.std(axis=0)
        distances = (self.means - self.means.mean(axis=0)) / np.where(spread > 0, spread, 1)
        return self.means[np.square(distances).sum(axis=1).argmin()]


def sample_points(model, data, num_points, random_state):
    """Draws and encodes points; factors of one value are left out."""
    codes, factors = sampling.sample_codes(
        data,
        lambda images: np.concatenate(model.encode(images), axis=1),
        num_points,
        random_state,
        _SAMPLING_BATCH,
    )
    means, logvars = np.split(codes, 2, axis=1)
    varying = [k for k in range(factors.shape[1]) if len(np.unique(factors[:, k])) > 1]
    factors, names = factors[:, varying], tuple(data.factor_names[k] for k in varying)
    nmi = mutual_information.nmi_matrix(means, factors) if names else None
    latents = describe_latents(means, logvars, nmi, names)
    return Points(means, logvars, factors, names, nmi, latents)


def _draw_reconstructions(model, data, folder, random_state):
    images = data.sample_observations(_NUM_RECONSTRUCTIONS, random_state)
    picture = image_grid.reconstructions(images, model.reconstruct(images))
    save_image(picture, folder / "reconstructions.png")
    save_image(picture, folder / "reconstructions" / "reconstructions.jpg")


def _draw_samples(model, points, folder, random_state):
    codes = random_state.normal(size=(_NUM_SAMPLES, points.means.shape[1])).astype(np.float32)
    save_image(image_grid.samples(model.decode(codes)), folder / "sampled" / "samples.jpg")


def _draw_traversals(model, points, folder):
    values, labels = traversals.traversal_values(_NUM_VALUES, means=points.means)

    def picture(base, footers=None):
        images = traversals.decode_all(model.decode, traversals.traversal_codes(base, values))
        return traversals.draw_traversals(images, points.latents, labels, footers)

    save_image(picture(points.central, _effects(model, points)), folder / "traversals.png")
    for number, base in enumerate(points.means[: len(points.latents)]):
        save_image(picture(base), folder / "traversals" / f"traversals{number}.jpg")


def _effects(model, points):
    """The row below a traversal: what each latent that is not dead does as its factor changes."""
    shown = [z.index for z in points.latents[: traversals.MAX_LATENTS] if not z.is_dead]
    if not shown or not points.factor_names:
        return None
    width = image_grid.fit(image_grid.to_rgb(model.decode(points.means[:1]))).shape[2]
    size = traversals.label_size(width) - 2
    return visualize_irs.small_effects(
        points.means, points.factors, points.factor_names, shown, width, size=size
    )


def _draw_animations(model, points, folder, num_animations, num_frames, fps):
    def draw(path, base, cycle):
        values = animation.cycle_values(cycle, base, num_frames, points.means, points.logvars)
        images = traversals.decode_all(model.decode, traversals.traversal_codes(base, values))
        animation.save_gif(animation.draw_frames(images, points.latents), path, fps)

    draw(folder / "traversals.gif", points.central, "fixed_interval_cycle")
    for number, base in enumerate(points.means[:num_animations]):
        for cycle in animation.CYCLES:
            draw(folder / "animated_traversals" / f"{cycle}{number}.gif", base, cycle)


def _draw_factors(points, folder):
    picture = nmi_heat_map(points.nmi, points.factor_names, points.latents)
    save_image(picture, folder / "nmi_matrix.png")
    picture = visualize_irs.interventional_effects(
        points.means,
        points.factors,
        points.factor_names,
        points.active[: visualize_irs.MAX_LATENTS],
    )
    save_image(picture, folder / "interventional_effects" / "interventional_effect.png")
