"""The page of a study's progress."""

import re

import pytest

from dlib.report.html.progress import duration, progress_page

STATE = {
    "title": "deft_study_v1",
    "updated": 1_700_000_000.0,
    "done": 12,
    "running": 2,
    "waiting": 984,
    "failed": 2,
    "images_per_second": 1234.4,
    "seconds_left": 7260.0,
    "jobs": [
        {"name": "deft_study_v1/3", "status": "running", "step": 500, "total": 2000,
         "images_per_second": 617.2},
        {"name": "deft_study_v1/4", "status": "running"},
        {"name": "deft_study_v1/7", "status": "failed", "error": "no <space> left"},
        {"name": "deft_study_v1/8", "status": "failed"},
    ],
}  # fmt: skip


def words(text):
    """What a reader sees, in one line."""
    body = text[text.index("<body>") :]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def test_it_tells_counts_speed_and_the_time_left():
    text = words(progress_page(STATE))
    assert "12 of 1 000 done, 2 failed, 2 h 1 min left" in text
    for tile in ("12 done", "2 running", "984 waiting", "2 failed", "1 234 images/s"):
        assert tile in text


def test_failed_jobs_come_first_with_their_reasons_and_running_ones_with_their_steps():
    text = words(progress_page(STATE))
    assert "deft_study_v1/7 no &lt;space&gt; left deft_study_v1/8 no reason was told" in text
    assert "deft_study_v1/3 500 of 2 000 updates, 617 images/s" in text
    assert "deft_study_v1/4 starting" in text
    assert text.index("deft_study_v1/7") < text.index("deft_study_v1/3")


def test_the_bar_shows_the_shares():
    text = progress_page(STATE)
    assert re.findall(r'<span class="(\w+)" style="flex-grow: (\d+)"', text) == [
        ("done", "12"), ("failed", "2"), ("running", "2"), ("waiting", "984"),
    ]  # fmt: skip


def test_it_looks_anew_until_it_is_over():
    assert '<meta http-equiv="refresh" content="10">' in progress_page(STATE)
    over = {**STATE, "running": 0, "waiting": 0, "failed": 0, "jobs": [], "is_over": True}
    text = progress_page(over)
    assert "refresh" not in text
    assert "all 12 done" in words(text)


def test_it_loads_nothing_and_escapes_names():
    text = progress_page({**STATE, "title": "<script>x</script>", "where": "s3://a&b"})
    assert "<script" not in text
    assert not re.search(r"(src|href)=", text)
    assert "<code>s3://a&amp;b</code>" in text


def test_before_the_first_end_the_time_is_not_known():
    empty = dict.fromkeys(("done", "running", "waiting", "failed"), 0)
    text = words(progress_page({**STATE, **empty, "seconds_left": None, "jobs": []}))
    assert "0 of 0 done" in text
    assert "not known yet left" in text


def test_long_lists_are_cut_and_counted():
    jobs = [{"name": f"job{n}", "status": "failed", "error": "x"} for n in range(250)]
    assert "and 50 more" in words(progress_page({**STATE, "jobs": jobs}))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(40, "40 s"), (720, "12 min"), (12_000, "3 h 20 min"), (446_400, "5 d 4 h")],
)
def test_durations_as_people_say_them(seconds, text):
    assert duration(seconds) == text
