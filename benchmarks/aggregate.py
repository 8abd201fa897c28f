"""How fast result files are collected: seconds, files and peak memory, beside the reference's way.

    python benchmarks/aggregate.py                    50 000 files in a temporary folder
    python benchmarks/aggregate.py --files 5000 --folder /somewhere

The files are those of a study of 5 methods on 4 data sets with 18 results a run (2
representations, 9 metrics), each with its configuration, as dlib_reproduce writes them. Every
measure is a process of its own; the files lie in the system's cache already when it starts.

Rows: reading (with the search for broken and repeated files), and writing JSON, CSV, Parquet;
Table 4 from the rows; and the reference's way (disentanglement_lib): a pool of processes that read
one file each, one data frame of all rows, pandas' ``to_json``. ``appended`` is a data frame that
grows by a row a file, as scripts often do it; its time grows with the square of the files, so it
is taken on few and told for those.
"""

import argparse
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATTERN = "output/*/*/metrics/*/*/results/aggregate/evaluation.json"
METRICS = ("beta_vae_sklearn", "dci", "downstream_task_boosted_trees")
METRICS += ("downstream_task_logistic_regression", "factor_vae_metric", "mig")
METRICS += ("modularity_explicitness", "sap_score", "unsupervised")
METHODS = {
    "beta_vae": ("@vae()", "vae.beta"),
    "beta_tc_vae": ("@beta_tc_vae()", "beta_tc_vae.beta"),
    "annealed_vae": ("@annealed_vae()", "annealed_vae.c_max"),
    "cascade_vae_c": ("@cascade_vae_c()", "cascade_vae_c.beta_h"),
    "deft": ("@deft()", "deft.betas"),
}
DATASETS = ("color_dsprites", "dsprites_full", "smallnorb", "scream_dsprites")
FEW = 1000  # files of the way whose time grows with the square


def main():
    """Parses flags; measures one way in a child process, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=50000, help="how many (50000)")
    parser.add_argument("--folder", type=Path, help="for the files; kept. Default: removed")
    parser.add_argument("--measure", choices=list(MEASURES), help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.measure:
        print(json.dumps(MEASURES[flags.measure](flags.folder, flags.files)))
    elif flags.folder:
        run(flags.folder, flags.files)
    else:
        with tempfile.TemporaryDirectory(prefix="dlib_benchmark_") as folder:
            run(Path(folder), flags.files)


def run(folder, count):
    """Makes the files and prints a row for each way."""
    make(folder, count)
    print(f"{'way':<34}{'files':>8}{'read s':>9}{'write s':>9}{'all s':>8}{'peak MB':>9}")
    for name in MEASURES:
        print(_row(name, _child(name, folder, count)), flush=True)


def make(folder, count):
    """Writes ``count`` result files, unless as many are there."""
    done = folder / f"{count}_files"
    if done.exists():
        return
    for number in range(count):
        run_number, place = divmod(number, 2 * len(METRICS))
        representation, metric = ("mean", "sampled")[place % 2], METRICS[place // 2]
        path = folder / "output" / "study" / str(run_number) / "metrics" / representation / metric
        path /= "results/aggregate/evaluation.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content(run_number, representation, metric), indent=2))
    done.touch()


def content(run_number, representation, metric):
    """One result file's dictionary."""
    seed, cell = divmod(run_number, len(METHODS) * len(DATASETS))
    method = list(METHODS)[cell % len(METHODS)]
    model, parameter = METHODS[method]
    score = (run_number * 7919 % 1000) / 2000
    return {
        "evaluation_config.dataset.name": f"'{DATASETS[cell // len(METHODS)]}'",
        "evaluation_config.evaluation.evaluation_fn": f"@{metric}",
        "evaluation_config.evaluation.name": f"'{metric}'",
        "evaluation_config.evaluation.random_seed": "2546248239",
        f"evaluation_config.{metric}.num_train": "10000",
        **_scores(metric, score),
        "evaluation_results.elapsed_time": 12.5 + run_number / 7,
        "evaluation_results.uuid": f"{run_number:08x}-{representation}-{metric}",
        "postprocess_config.postprocess.name": f"'{representation}'",
        "postprocess_config.postprocess.postprocess_fn": f"@{representation}_representation",
        "postprocess_config.postprocess.random_seed": "2357136044",
        "train_config.dataset.name": f"'{DATASETS[cell // len(METHODS)]}'",
        "train_config.model.batch_size": "64",
        "train_config.model.model": model,
        "train_config.model.model_num": str(run_number),
        "train_config.model.name": f"'{method}'",
        "train_config.model.random_seed": str(seed),
        "train_config.model.training_steps": "300000",
        f"train_config.{parameter}": "4.0",
        **{f"train_config.vae/AdamOptimizer.{k}": "0.0001" for k in ("beta1", "beta2", "epsilon")},
        **{f"train_environment.{k}": "2.13.0" for k in ("torch", "numpy", "scipy", "python")},
        **{f"train_results.{k}": 30.0 + score for k in ("loss", "reconstruction_loss", "elbo")},
        "train_results.global_step": 300000,
        "train_results.uuid": f"{run_number:08x}",
    }


def _scores(metric, score):
    named = {
        "mig": {"discrete_mig": score, "nmi1": 0.5, "nmi2": 0.5 - score},
        "dci": {"disentanglement": score, "completeness": score},
        "sap_score": {"SAP_score": score / 5},
        "modularity_explicitness": {"modularity_score": 0.9, "explicitness_score_test": score},
    }
    if metric.startswith("downstream"):
        sizes = (10, 100, 1000, 10000)
        parts = ("mean_train_accuracy", "mean_test_accuracy", "test_accuracy_factor_0")
        found = {f"{size}:{part}": score + 0.1 for size in sizes for part in parts}
    else:
        found = named.get(metric, {"train_accuracy": score + 0.2, "eval_accuracy": score + 0.2})
    return {f"evaluation_results.{key}": value for key, value in found.items()}


def _child(name, folder, count):
    command = [sys.executable, __file__, "--measure", name, "--files", str(count)]
    command += ["--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _row(name, told):
    return (
        f"{name:<34}{told['files']:>8}{told['read']:>9.1f}{told['write']:>9.1f}"
        f"{told['read'] + told['write']:>8.1f}{told['peak']:>9.0f}"
    )


# --- measures, each in a process of its own ---------------------------------------------------


def _told(count, start, middle, children=False):
    """Seconds of both halves, and the peak of resident memory, of child processes too."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if children:  # the largest child; as many as there are lived at once
        peak += 2 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "files": count,
        "read": middle - start,
        "write": time.perf_counter() - middle,
        "peak": peak,
    }


def _ours(suffix):
    def measure(folder, _):
        from dlib.utils import aggregate_results

        start = time.perf_counter()
        rows, left_out = aggregate_results.collect(str(folder / PATTERN))
        assert not left_out
        middle = time.perf_counter()
        aggregate_results.write_rows(rows, folder / f"results{suffix}")
        return _told(len(rows), start, middle)

    return measure


def measure_table(folder, _):
    """Reading, then the tidy table and Table 4."""
    from dlib.report import cells, failure_rate
    from dlib.utils import aggregate_results

    start = time.perf_counter()
    rows, _ = aggregate_results.collect(str(folder / PATTERN))
    middle = time.perf_counter()
    failure_rate.as_printed(failure_rate.table(cells.tidy(rows)))
    return _told(len(rows), start, middle)


def measure_reference(folder, _):
    """A pool of processes, one data frame, pandas' JSON."""
    import glob

    import pandas as pd

    start = time.perf_counter()
    with multiprocessing.Pool(processes=2) as pool:
        rows = pool.map(read_one, glob.glob(str(folder / PATTERN)))
    frame = pd.DataFrame(rows)
    middle = time.perf_counter()
    frame.to_json(path_or_buf=folder / "reference.json")
    return _told(len(rows), start, middle, children=True)


def read_one(path):
    """One file with its path."""
    with open(path, encoding="utf-8") as file:
        row = json.load(file)
    row["path"] = path
    return row


def measure_appended(folder, count):
    """A data frame that grows by a row a file."""
    import glob

    import pandas as pd

    start = time.perf_counter()
    frame = pd.DataFrame()
    paths = glob.glob(str(folder / PATTERN))[: min(FEW, count)]
    for path in paths:
        frame = pd.concat([frame, pd.DataFrame([read_one(path)])], ignore_index=True)
    middle = time.perf_counter()
    frame.to_json(path_or_buf=folder / "appended.json")
    return _told(len(paths), start, middle)


MEASURES = {
    "dlib_aggregate, JSON": _ours(".json"),
    "dlib_aggregate, CSV": _ours(".csv"),
    "dlib_aggregate, Parquet": _ours(".parquet"),
    "dlib_aggregate, Table 4": measure_table,
    "reference's way (pool, pandas)": measure_reference,
    "appended row by row": measure_appended,
}

if __name__ == "__main__":
    main()
