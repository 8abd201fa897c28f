import pytest

from dlib.methods.unsupervised import progress
from dlib.methods.unsupervised.base_vae import Stage
from dlib.methods.unsupervised.progress import LineProgress, LiveProgress, SilentProgress


class Model:
    training_steps = 20
    global_step = 0

    def stages(self):
        return [Stage(0, 10, "stage 1/2"), Stage(10, 20, "stage 2/2")]

    def stage_index(self, step):
        return 0 if step < 10 else 1


ROW = {"step": 10, "beta": 70.0, "reconstruction_loss": 123.44, "kl_loss": 2.5}
ROW["images_per_second"] = 2500.4


def test_a_row_reads_as_one_line():
    # Update 10 is the last of stage 1.
    assert progress.describe(Model(), ROW) == (
        "stage 1/2  beta 70  recon.   123.4  KL  2.50   2500 images/s"
    )


def test_a_method_without_pressure_shows_none():
    assert "beta" not in progress.describe(Model(), ROW | {"beta": None})


def test_lines_come_now_and_then_and_at_the_end(capsys):
    lines = LineProgress(Model())
    for step in (1, 2, 20):
        lines.update(ROW | {"step": step})
    shown = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in shown] == ["1/20", "20/20"]


def test_lines_tell_the_time_that_is_left(monkeypatch, capsys):
    seconds = iter([100.0, 110.0, 170.0, 190.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(seconds))
    model = Model()
    model.global_step = 4  # where this sitting begins
    lines = LineProgress(model)
    lines.update(ROW | {"step": 5})  # 10 s an update, 15 updates
    model.training_steps = 600  # 70 s for 7 updates, 589 updates
    lines.update(ROW | {"step": 11})
    lines.update(ROW | {"step": 600})
    shown = capsys.readouterr().err.splitlines()
    assert [line.split("images/s  ")[1] for line in shown] == [
        "0:02:30 left",
        "1:38:10 left",
        "0:00:00 left",
    ]


def test_eighty_columns_have_room_for_the_time_that_is_left(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    bar = LiveProgress(Model())
    bar.update(ROW | {"reconstruction_loss": 1234.5, "images_per_second": 12500.0})
    with bar.bar.console.capture() as captured:
        bar.bar.console.print(bar.bar.get_renderable())
    assert "12500 images/s" in captured.get()
    assert captured.get().rstrip().endswith("-:--:--")


def test_a_bar_moves(monkeypatch):
    with LiveProgress(Model()) as bar:
        bar.update(ROW)
        assert bar.bar.tasks[0].completed == 10


@pytest.mark.parametrize(("enabled", "kind"), [(False, SilentProgress), (True, LineProgress)])
def test_the_kind_follows_the_setting(enabled, kind):
    assert type(progress.make_progress(Model(), enabled)) is kind
