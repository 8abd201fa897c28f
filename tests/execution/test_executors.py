"""Executors by name, and that engines which are not asked for are not imported."""

import subprocess
import sys

import pytest

from dlib.execution.executors import make_executor
from dlib.execution.local import LocalExecutor
from dlib.utils.errors import DlibError


def test_a_name_that_is_none_lists_those_that_are():
    with pytest.raises(DlibError, match="no executor 'pbs': use local, ray, slurm"):
        make_executor("pbs")


def test_options_come_from_the_site_and_what_is_given_wins(tmp_path):
    site = tmp_path / "site.gin"
    site.write_text("local_executor.workers = 3\n")
    executor = make_executor("local", str(site))
    assert isinstance(executor, LocalExecutor)
    assert executor.workers == 3
    assert make_executor("local", str(site), workers=None).workers == 3
    assert make_executor("local", str(site), workers=5, overwrite=True).workers == 5


def test_a_site_with_a_mistake_is_told(tmp_path):
    site = tmp_path / "site.gin"
    site.write_text("local_executor.worker = 3\n")
    with pytest.raises(DlibError, match="worker"):
        make_executor("local", str(site))


LOOKS = """
import sys
import dlib.commands.reproduce
from dlib.execution import executors, ledger, place, remote_job, study_state, versions
executors.make_executor("local")
assert "dlib.execution.local" in sys.modules
print([name for name in ("ray", "submitit", "s3fs", "moto", "boto3") if name in sys.modules])
"""


def test_users_without_a_cluster_import_no_engine():
    answer = subprocess.run(
        [sys.executable, "-c", LOOKS], capture_output=True, text=True, timeout=120, check=True
    )
    assert answer.stdout.splitlines()[-1] == "[]"


WITHOUT = """
import sys
sys.modules[{package!r}] = None
from dlib.execution.executors import make_executor
make_executor({name!r})
"""


@pytest.mark.parametrize(("name", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_an_engine_that_is_not_installed_is_named_with_its_extra(name, package):
    code = WITHOUT.format(package=package, name=name)
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    last = answer.stderr.strip().splitlines()[-1]
    assert f"--executor={name} needs the extra: pip install 'deft-dlib[{name}]'" in last
