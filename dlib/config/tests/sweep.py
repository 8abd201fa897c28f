"""The test study: one tiny model, whatever its number, and twelve metrics."""

from dlib.config.study import Study
from dlib.config.unsupervised_study_v1.sweep import METRICS, POSTPROCESS
from dlib.utils.config_files import find_config

CONFIG = "study/test.gin"
MORE_METRICS = ("metric/fairness.gin", "metric/irs.gin", "metric/reduced_downstream_task.gin")


class TestStudy(Study):
    """A study for tests."""

    __test__ = False  # pytest collects what is called Test...

    def get_model_config(self, model_num=0):
        """The same for all numbers."""
        self.check_model_num(model_num)
        return [], str(find_config(CONFIG))

    def get_postprocess_config_files(self):
        """See ``Study``."""
        return [str(find_config(name)) for name in POSTPROCESS]

    def get_eval_config_files(self):
        """See ``Study``."""
        return [str(find_config(name)) for name in sorted((*METRICS, *MORE_METRICS))]
