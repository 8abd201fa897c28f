"""A study's models as jobs."""

from pathlib import Path

from dlib.config.reproduce import find_study
from dlib.execution.jobs import Job
from dlib.utils.errors import DlibError

PLACE = "output"
FOLDER = "{study}/{model_num}"


def study_job(study_name, model_num, budget="paper", folder=FOLDER, gin_bindings=()):
    """The job that trains and scores one model of a study.

    Args:
      study_name: see ``dlib.config.reproduce.STUDIES``.
      model_num: which of its models.
      budget: see ``dlib.config.budget``.
      folder: the job's folder; "{study}" and "{model_num}" are replaced.
      gin_bindings: further lines of gin, which win over the study's.

    Raises:
      DlibError: if there is no such study or model.
    """
    files, lines = find_study(study_name).training(model_num)
    return Job(
        name=f"{study_name}/{model_num}",
        gin_config_files=files,
        gin_bindings=[*lines, *gin_bindings],
        folder=fill(folder, study_name, model_num),
        budget=budget,
    )


def place_and_folder(output_directory):
    """An output directory as ``--output_directory`` takes it, as a place and a job's folder in it.

    The part before the first replaced name is the place: all jobs' folders lie below it.
    """
    if output_directory is None:
        return PLACE, FOLDER
    if "://" in str(output_directory):  # an address, whose slashes are its own
        protocol, _, rest = str(output_directory).partition("://")
        place, folder = place_and_folder(rest)
        return f"{protocol}://{place}", folder
    parts = Path(output_directory).parts
    fixed = next((i for i, part in enumerate(parts) if "{" in part), len(parts) - 1)
    return str(Path(*parts[:fixed])), str(Path(*parts[fixed:]))


def fill(pattern, study_name, model_num):
    """A pattern with study and number in the places of their names.

    Raises:
      DlibError: if the pattern has other names.
    """
    try:
        return str(pattern).format(study=study_name, model_num=model_num)
    except (KeyError, IndexError, ValueError):
        raise DlibError(
            f"{pattern!r} may hold {{study}} and {{model_num}} and no other braces."
        ) from None
