import gin
import pytest

from dlib.utils import config_files, gin_utils
from dlib.utils.errors import DlibError


@gin.configurable("orchard_fruit", denylist=["secret"])
def fruit(color=gin.REQUIRED, size=1.0, secret=None):
    return color, size, secret


@gin.configurable("press_juice")
def juice(fruit_fn, litres=1):
    return fruit_fn, litres


@gin.configurable("always_failing")
def failing(amount=1):
    raise DlibError(f"{amount} is too much.")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A folder of shipped configurations."""
    folder = tmp_path / "gin_configs"
    for name in ("deft.gin", "metric/mig.gin", "metric/dci.gin", "train/dci.gin"):
        write(folder / name, "")
    monkeypatch.setattr(config_files, "CONFIG_FOLDER", folder)
    return folder


def message(*args, **kwargs):
    with pytest.raises(DlibError) as error, gin_utils.configured(*args, **kwargs):
        pass
    assert "\n" not in str(error.value)
    return str(error.value)


def test_later_bindings_win_and_everything_is_cleared(tmp_path):
    first = write(tmp_path / "1.gin", "orchard_fruit.color = 'red'")
    second = write(tmp_path / "2.gin", "orchard_fruit.color = 'green'")
    with gin_utils.configured([first, second], ["orchard_fruit.size = 2."]):
        assert fruit() == ("green", 2.0, None)
    with pytest.raises(RuntimeError):
        fruit()
    assert not gin.config_is_locked()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_everything_is_cleared_after_an_error(error):
    with (
        pytest.raises(error),
        gin_utils.configured(bindings=["orchard_fruit.color = 'red'"]),
    ):
        raise error
    assert not gin.config_is_locked()
    assert gin.config_str().strip() == ""


def test_nested_use_starts_empty_and_restores_the_outer_configuration():
    with (
        gin_utils.configured(bindings=["orchard_fruit.color = 'red'", "press_juice.litres = 2"]),
        gin.config_scope("outer"),
    ):
        fruit()
        before = gin_utils.operative_config()
        with gin_utils.configured(bindings=["orchard_fruit.color = 'blue'"]):
            assert fruit() == ("blue", 1.0, None)
            assert juice(None) == (None, 1)
            assert "outer" not in gin_utils.operative_config()
        assert gin_utils.operative_config() == before
        assert gin.config_is_locked()
        assert gin.current_scope_str() == "outer"
        assert fruit() == ("red", 1.0, None)
        assert juice(None) == (None, 2)


def test_a_failed_nested_parse_restores_the_outer_configuration():
    with gin_utils.configured(bindings=["orchard_fruit.color = 'red'"]):
        message(bindings=["orchard_fruit.colour = 'blue'"])
        assert fruit() == ("red", 1.0, None)


def test_includes_are_found_below_the_shipped_folder(tmp_path, caplog):
    config = write(tmp_path / "a.gin", "include 'postprocess/mean.gin'")
    with gin_utils.configured([config]):
        assert gin_utils.query("dataset.name") == "auto"
    assert not caplog.records  # gin would log an error for each place where the file is not


def test_a_module_of_the_working_directory_can_be_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [entry for entry in __import__("sys").path if entry])
    write(
        tmp_path / "gin_utils_test_plugin.py",
        "import gin\n\n@gin.configurable('gin_utils_test_plugged')\ndef f(x=1):\n    return x\n",
    )
    config = write(
        tmp_path / "a.gin", "import gin_utils_test_plugin\ngin_utils_test_plugged.x = 5\n"
    )
    with gin_utils.configured([config]):
        import gin_utils_test_plugin

        assert gin_utils_test_plugin.f() == 5
        saved = gin_utils.operative_config()
    assert "import gin_utils_test_plugin" in saved
    gin_utils.run_imports(saved)


def test_misspelt_names_come_with_suggestions(tmp_path):
    config = write(
        tmp_path / "a.gin",
        "# one\norchard_fruit.color = 'red'\norchard_friut.size = 1\n",
    )
    assert message([config]) == (
        f"{config}, line 3: No configurable matching 'orchard_friut'. Did you mean 'orchard_fruit'?"
    )
    text = message(bindings=["orchard_fruit.colr = 1"])
    assert text.startswith("'orchard_fruit.colr = 1': Configurable 'orchard_fruit' doesn't")
    assert text.endswith("Did you mean 'color'?")
    text = message(bindings=["press_juice.fruit_fn = @x/orchard_frut()"])
    assert "No configurable matching reference '@" in text
    assert text.endswith("Did you mean 'orchard_fruit'?")
    assert message(bindings=["orchard_fruit.zzz = 1"]).endswith("It has: color, size.")


def test_every_other_mistake_is_one_line(tmp_path):
    assert "denylisted kwarg 'secret'" in message(bindings=["orchard_fruit.secret = 1"])
    assert "orchard_fruit.size = 1,5" in message(bindings=["orchard_fruit.size = 1,5"])
    assert "not closed" in message(bindings=["orchard_fruit.size = [1,"])
    assert "no_such_module" in message(bindings=["import no_such_module"])
    assert "Unable to open file: no/such.gin" in message(bindings=["include 'no/such.gin'"])
    assert "orchard_fruit.color set to `%gin.REQUIRED`" in message(
        bindings=["orchard_fruit.color = %gin.REQUIRED"]
    )
    config = write(tmp_path / "a.gin", "orchard_fruit.size 3\n")
    assert message([config]).startswith(f"{config}, line 1: ")


def test_a_binding_that_cannot_be_read_is_quoted():
    opened = "orchard_fruit.size = ["
    for others in ([], ["press_juice.litres = 2"], ["press_juice.litres = 'a]'"]):
        text = message(bindings=["orchard_fruit.color = 'red'", opened, *others])
        assert text.startswith(f"'{opened}': ")
        assert text.endswith("(a bracket or a string is not closed).")
    assert message(bindings=["orchard_fruit.size = 1\n" + opened]).startswith(
        "'orchard_fruit.size = 1 ...': "
    )
    assert message(bindings=["garbage"]).startswith("'garbage': Couldn't parse statement")
    assert message(bindings=["orchard_fruit.size = 1", "garbage"]).startswith("'garbage': ")


@pytest.mark.parametrize("included", [False, True])
def test_a_file_that_cannot_be_read_is_named(tmp_path, included):
    opened = tmp_path / "opened.gin"
    opened.write_text("# one\norchard_fruit.size = [1,\n")
    latin = tmp_path / "latin.gin"
    latin.write_bytes("orchard_fruit.color = 'grün'\n".encode("latin-1"))

    def told(path):
        if included:
            path = write(tmp_path / "outer.gin", f"include '{path}'\n")
        return message([path])

    assert told(opened).startswith(f"{opened}: ")
    assert told(opened).endswith("(a bracket or a string is not closed).")
    assert told(latin).startswith(f"{latin} is no UTF-8 text (")
    assert told(latin).endswith("): save it as UTF-8.")


def test_a_missing_value_is_named():
    with (
        pytest.raises(DlibError, match=r"^orchard_fruit\.color is not set: set it in"),
        gin_utils.configured(),
    ):
        fruit()
    with (
        pytest.raises(DlibError, match=r"^press_juice\.fruit_fn is not set"),
        gin_utils.configured(),
    ):
        juice()


def test_errors_of_configured_functions_keep_their_one_line():
    with pytest.raises(DlibError) as error, gin_utils.configured():
        failing()
    assert str(error.value) == "1 is too much."


def test_a_type_error_of_the_code_stays_one():
    with pytest.raises(TypeError), gin_utils.configured():
        fruit("red", wrong=1)


def test_query_and_bind():
    with gin_utils.configured(bindings=["hue = 'red'", "orchard_fruit.color = %hue"]):
        assert gin_utils.query("orchard_fruit.color") == "red"
        assert gin_utils.query("orchard_fruit.size", 7) == 7
        with pytest.raises(DlibError, match=r"orchard_fruit\.size is not set"):
            gin_utils.query("orchard_fruit.size")
        gin_utils.bind("orchard_fruit.size", 3)
        assert fruit() == ("red", 3, None)
        assert gin.config_is_locked()
        with pytest.raises(DlibError, match="Did you mean 'size'"):
            gin_utils.bind("orchard_fruit.siz", 3)


def test_as_dict_gives_the_literals():
    text = """
import somewhere
# Macros:
seed = 3

# Parameters for a/vae.Adam:
a/vae.Adam.rate = 1e-08
conv.None_here = None
# None.
model.model = @x/vae()
model.encoder = @conv
model.seed = %seed
text.equals = 'a = b = c'
text.long = \\
    ('first part, '
     'second part')
list.values = \\
    [1,
     @conv, {'a': (1, 2)}]
block.inside:
  x = 1.0
"""
    assert gin_utils.as_dict(text) == {
        "seed": "3",
        "a/vae.Adam.rate": "1e-08",
        "conv.None_here": "None",
        "model.model": "@x/vae()",
        "model.encoder": "@conv",
        "model.seed": "%seed",
        "text.equals": "'a = b = c'",
        "text.long": "'first part, second part'",
        "list.values": "[1, @conv, {'a': (1, 2)}]",
        "block.inside.x": "1.0",
    }


def test_operative_config_reads_back():
    values = [f"value {i} = {i}" for i in range(30)]
    bindings = [f"orchard_fruit.color = {values!r}"]
    with gin_utils.configured(bindings=bindings):
        fruit()
        saved = gin_utils.as_dict(gin_utils.operative_config())
    assert saved == {"orchard_fruit.color": repr(values), "orchard_fruit.size": "1.0"}


def test_find_config(shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "mine.gin", "")
    assert str(config_files.find_config("mine.gin")) == "mine.gin"
    assert config_files.find_config("metric/mig.gin") == shipped / "metric/mig.gin"
    assert config_files.find_config("metric/mig") == shipped / "metric/mig.gin"
    assert config_files.find_config("deft") == shipped / "deft.gin"
    assert config_files.find_config("mig") == shipped / "metric/mig.gin"
    assert config_files.find_config("mig.gin") == shipped / "metric/mig.gin"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dci.gin", "Which configuration is 'dci.gin'? One of: metric/dci.gin, train/dci.gin."),
        ("metric/mgi.gin", "Did you mean metric/mig.gin?"),
        ("nothing_like_it", "Shipped experiments: deft.gin."),
        ("elsewhere/mig.gin", "Did you mean metric/mig.gin?"),
    ],
)
def test_find_config_lists_candidates(shipped, name, expected):
    with pytest.raises(DlibError) as error:
        config_files.find_config(name)
    assert expected in str(error.value)


def test_a_folder_of_data_in_the_working_directory_hides_no_configuration(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "method").mkdir()
    monkeypatch.chdir(tmp_path)
    with gin_utils.configured(["deft_dsprites.gin"]):
        assert gin_utils.query("dataset.name") == "dsprites_full"
