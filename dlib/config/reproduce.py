"""The studies by name, and their models as jobs."""

import difflib
from collections import Counter

from dlib.config.abstract_reasoning_study_v1.stage1 import sweep as abstract_reasoning_study_v1
from dlib.config.deft_study_v1 import sweep as deft_study_v1
from dlib.config.deft_tuning_v1 import sweep as deft_tuning_v1
from dlib.config.fairness_study_v1 import sweep as fairness_study_v1
from dlib.config.tests import sweep as tests
from dlib.config.unsupervised_study_v1 import sweep as unsupervised_study_v1
from dlib.utils.errors import DlibError

STUDIES = {
    "unsupervised_study_v1": unsupervised_study_v1.UnsupervisedStudyV1(),
    "fairness_study_v1": fairness_study_v1.FairnessStudyV1(),
    "abstract_reasoning_study_v1": abstract_reasoning_study_v1.AbstractReasoningStudyV1(),
    "deft_study_v1": deft_study_v1.DeftStudyV1(),
    "deft_tuning_v1": deft_tuning_v1.DeftTuningV1(),
    "test": tests.TestStudy(),
}


def find_study(name):
    """A study by name.

    Raises:
      DlibError: if there is no such study; it lists those that there are.
    """
    if name in STUDIES:
        return STUDIES[name]
    close = difflib.get_close_matches(str(name), STUDIES, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise DlibError(f"there is no study {name!r}; {hint}there are {', '.join(STUDIES)}.")


def model_numbers(text, study):
    """Model numbers from text such as "0-49,250-299", in the order given.

    Args:
      text: numbers and ranges, both ends included, with commas between them.
      study: the ``Study`` that they are of.

    Raises:
      DlibError: for anything else, for a number twice, and for one that the study has not.
    """
    numbers = []
    for part in str(text).split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        last = last if dash else first
        if not (_is_number(first) and _is_number(last)) or int(last) < int(first):
            raise DlibError(
                f"{part.strip()!r} is not a model number or a range of them: write them as in "
                f"0-49,250,300-349."
            )
        study.check_model_num(int(last))
        numbers += range(int(first), int(last) + 1)
    if len(set(numbers)) < len(numbers):
        twice = min(number for number, count in Counter(numbers).items() if count > 1)
        raise DlibError(f"model number {twice} is given twice in {text!r}: give it once.")
    return numbers


def _is_number(text):
    return text.isascii() and text.isdigit()
