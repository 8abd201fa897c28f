from pathlib import Path

from dlib.utils import resources


def test_files_of_the_package():
    assert Path(resources.get_file("version.py")).read_text().count("__version__")
    found = resources.get_files_in_folder("utils")
    assert resources.get_file("utils/errors.py") in found
    assert all(Path(path).is_file() for path in found)
    assert found == sorted(found)
