"""Figure 3: NMI(c, 1) and NMI(c, 2) of each factor of dSprites while AnnealedVAE trains.

python reproduce/figure03.py --budget=cpu
"""

import sys

import exhibit
import tracked

CLAIM = (
    "NMI(c, 1) of many factors decreases after it was largest, that of scale from 50 000 updates "
    "on: information diffuses into other latents (section 3.3)."
)


def draw(report):
    """Trains and draws; tells how far each factor's information has left its best latent."""
    from dlib.evaluation import diffusion
    from dlib.visualize import run_groups, visualize_training

    found = tracked.train(report, ["annealed_vae"])
    (group,) = run_groups.by_method(found)
    visualize_training.draw_training(group, report.output / "nmi")
    rows = [
        diffusion.report(track.nmi(), track.factor_names, diffusion.above_noise(track.noise))
        for track in found
    ]
    for k, name in enumerate(found[0].factor_names):
        learned = [row[k]["index"] for row in rows if row[k]["index"] is not None]
        if learned:
            report.add_scores(f"diffusion index, {name}", learned)
        else:
            report.add(f"diffusion index, {name}", "never learned", runs=len(rows))
    for seed, row in enumerate(rows):
        report.notes += [f"seed {seed}, {line}" for line in diffusion.lines(row)]


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run("figure03", __doc__, CLAIM, draw, argv, seeds=1)


if __name__ == "__main__":
    sys.exit(main())
