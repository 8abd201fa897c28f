"""Pictures of a trained model: the only module here that knows models, data sets and folders.

N points, D latents, K factors, F frames, S values.
"""

import contextlib
import time
from pathlib import Path

import numpy as np

from dlib.data.ground_truth import named_data
from dlib.methods.unsupervised import device as devices
from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.postprocessing import inherited_data
from dlib.utils import files, gin_utils, run_folder, steps
from dlib.utils.errors import DlibError
from dlib.visualize import (
    animation,
    best_run,
    image_grid,
    traversals,
    visualize_irs,
    visualize_pairs,
)
from dlib.visualize.model_points import sample_points
from dlib.visualize.nmi_matrix import nmi_heat_map
from dlib.visualize.visualize_util import save_image

_DONE = "visualize.json"  # written last: what the pictures were made of
_NUM_RECONSTRUCTIONS = 36
_NUM_SAMPLES = 64


def visualize(
    model_dir,
    output_dir,
    overwrite=False,
    num_animations=5,
    num_frames=20,
    fps=10,
    num_points_irs=10000,
    gin_bindings=(),
):
    """Draws a trained model, unless that is done already.

    The reference's (disentanglement_lib) files: ``reconstructions/reconstructions.jpg``,
    ``sampled/samples.jpg``, ``traversals/traversals<i>.jpg`` (as many as latents, from different
    images), ``animated_traversals/<cycle><i>.gif``, ``interventional_effects/
    interventional_effect.png``; and ours: ``traversals.png``, ``traversals.gif``,
    ``reconstructions.png``, ``nmi_matrix.png``. Where no factor is known, there are no effects, no
    matrix, and no factor above a traversal. Methods that are trained on pairs also have
    ``weak/pairs.png`` and ``weak/animation.gif``. Equal models give equal pictures.

    Args:
      model_dir: folder of the training.
      output_dir: where the pictures go.
      overwrite: whether to draw anew what is done; pictures of an earlier model are replaced in any
        case.
      num_animations: images from which each of the five cycles starts.
      num_frames: F, frames of an animation.
      fps: frames per second.
      num_points_irs: N, points from which all numbers on the pictures are estimated.
      gin_bindings: lines of gin of ``traversal``, added to those of the configuration in place:
        the range of ``traversals.png`` and ``traversals.gif``.

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
    trained_with = train_results / "gin" / "train.gin"
    title = _title(model_dir, trained_with)
    lines = [*_of_traversal(gin_utils.config_text()), *gin_bindings]
    made_of = {
        "train": files.read_json(train_results / "json" / "train_results.json"),
        "title": title,
        "gin_bindings": lines,
        **options,
    }
    with run_folder.locked(output_dir) as folder:
        is_done = not overwrite and _is_done(folder, made_of)
        run_folder.prepare(folder, not is_done, kind="visualize")
        if is_done:
            return
        start = time.perf_counter()
        with opened(model_dir, [*_dynamics(trained_with), *lines]) as (model, data):
            draw_model(model, data, folder, np.random.RandomState(0), title=title, **options)
        seconds = time.perf_counter() - start
        files.write_json(folder / _DONE, {"made_of": made_of, "elapsed_time": seconds})


@contextlib.contextmanager
def opened(model_dir, gin_bindings=()):
    """A trained model and its data, with their options in place for the length of a block.

    Args:
      model_dir: folder of the training, or of its run.
      gin_bindings: further lines of gin.

    Yields:
      the model and the data.

    Raises:
      DlibError: as ``visualize``.
    """
    trained_with = steps.find_results(model_dir, "train") / "gin" / "train.gin"
    with gin_utils.configured(bindings=["dataset.name = 'auto'", *gin_bindings]):
        inherited_data.resolve_auto(trained_with)
        data = named_data.get_named_ground_truth_data()
        yield gaussian_encoder_model.load(model_dir, devices.resolve_device("auto")), data


def _title(model_dir, trained_with):
    """The method, the data set, the seed and the MIG, as far as they are known."""
    parameters = gin_utils.as_dict(trained_with.read_text(encoding="utf-8"))
    name = parameters.get("model.name", "'None'").strip("'")
    method = parameters.get("model.model", "").lstrip("@").removesuffix("()")
    words = [
        method if name in ("None", "") else name,
        parameters.get("dataset.name", "").strip("'"),
        f"seed {parameters['model.random_seed']}" if "model.random_seed" in parameters else "",
    ]
    mig = best_run.mig_of(model_dir)
    words.append("" if mig is None else f"MIG {mig:.2f}")
    return ", ".join(word for word in words if word)


def _of_traversal(config):
    return [f"{k} = {v}" for k, v in gin_utils.as_dict(config).items() if k[:10] == "traversal."]


def _dynamics(trained_with):
    """Lines of gin that say how the pairs of a training differ, if it had any."""
    parameters = gin_utils.as_dict(trained_with.read_text(encoding="utf-8"))
    return [f"{k} = {v}" for k, v in parameters.items() if k.startswith("dynamics.")]


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
    title=None,
):
    """Draws all pictures of a model and its data; see ``visualize``.

    Args:
      model: with ``encode``, ``decode`` and ``reconstruct`` of numpy arrays.
      data: ``GroundTruthData`` of images.
      folder: where the pictures go.
      random_state: points and draws from the prior come from it.
      num_animations, num_frames, fps, num_points_irs: as for ``visualize``.
      title: above ``traversals.png``.

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
    _draw_traversals(model, points, folder, title)
    _draw_animations(model, points, folder, num_animations, num_frames, fps)
    if points.factor_names:
        _draw_factors(points, folder)
    if visualize_pairs.is_trained_on_pairs(model):
        visualize_pairs.draw_pairs_of_model(
            model, data, points.latents, folder / "weak", random_state, num_frames, fps
        )


def _draw_reconstructions(model, data, folder, random_state):
    images = data.sample_observations(_NUM_RECONSTRUCTIONS, random_state)
    picture = image_grid.reconstructions(images, model.reconstruct(images))
    save_image(picture, folder / "reconstructions.png")
    save_image(picture, folder / "reconstructions" / "reconstructions.jpg")


def _draw_samples(model, points, folder, random_state):
    codes = random_state.normal(size=(_NUM_SAMPLES, points.means.shape[1])).astype(np.float32)
    save_image(image_grid.samples(model.decode(codes)), folder / "sampled" / "samples.jpg")


def _draw_traversals(model, points, folder, title):
    picture = traversal_picture(model, points, title)
    save_image(picture, folder / "traversals.png")
    values, labels = traversals.traversal_values(means=points.means)
    for number, base in enumerate(points.means[: len(points.latents)]):
        images = traversals.decode_all(model.decode, traversals.traversal_codes(base, values))
        picture = traversals.draw_traversals(images, points.latents, labels)
        save_image(picture, folder / "traversals" / f"traversals{number}.jpg")


def traversal_picture(model, points, title=None, **options):
    """The traversal of a model from its central code, as in the paper's Figures 13, 15 and 17.

    Args:
      model: see ``draw_model``.
      points: ``model_points.Points`` of it.
      title: above the picture.
      options: of ``traversals.draw_traversals``.

    Returns:
      uint8 ``[H, W, 3]``; where factors are known, the last row shows what each latent does as
      its factor changes.
    """
    values, labels = traversals.traversal_values(means=points.means)
    codes = traversals.traversal_codes(points.central, values)
    images = traversals.decode_all(model.decode, codes)
    effects = _effects(model, points)
    return traversals.draw_traversals(
        images, points.latents, labels, effects, title=title, **options
    )


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
    def draw(path, base, values):
        images = traversals.decode_all(model.decode, traversals.traversal_codes(base, values))
        animation.save_gif(animation.draw_frames(images, points.latents), path, fps)

    values, _ = traversals.traversal_values(means=points.means)
    moving = animation.interval_values(points.central, num_frames, values[0], values[-1])
    draw(folder / "traversals.gif", points.central, moving)
    for number, base in enumerate(points.means[:num_animations]):
        for cycle in animation.CYCLES:
            values = animation.cycle_values(cycle, base, num_frames, points.means, points.logvars)
            draw(folder / "animated_traversals" / f"{cycle}{number}.gif", base, values)


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
