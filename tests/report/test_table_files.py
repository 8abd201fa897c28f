import pandas as pd
import pytest

from dlib.report import table_files

TEXTS = pd.DataFrame({"method": ["β-VAE", "a|b"], "rate": ["8 %", "–"]})


def test_csv_has_all_digits(tmp_path):
    frame = pd.DataFrame({"a": [1 / 3, float("nan")], "b": ["x,y", ""]})
    path = table_files.write_csv(frame, tmp_path / "t.csv")
    assert path.read_text() == f'a,b\n{1 / 3!r},"x,y"\n,\n'


def test_markdown(tmp_path):
    path = table_files.write_markdown(TEXTS, tmp_path / "t.md", "Rates", ["One note."])
    assert path.read_text() == (
        "**Rates**\n\n| method | rate |\n| :--- | ---: |\n| β-VAE | 8 % |\n| a\\|b | – |\n\n"
        "* One note.\n"
    )


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["8 %", "–", "100 %"], False),
        (["100 % (3/3)\n[44, 100]\npaper 8", "– (0 of 3 usable)"], False),
        (["0.312 [0.290, 0.331]", "-0.10"], False),
        (["< 0.001", "–"], False),
        (["3, 3"], False),
        (["[70, 30]", "10"], False),
        (["3D Chairs"], True),
        (["dSprites", "3"], True),
        (["yes", ""], True),
        (["", ""], True),
    ],
)
def test_columns_of_words_are_told_by_their_cells(cells, words):
    assert table_files.is_words(cells) == words


def test_a_column_of_percent_called_method_stands_to_the_right(tmp_path):
    texts = pd.DataFrame({"metric": ["MIG"], "method": ["74 %"]})
    path = table_files.write_markdown(texts, tmp_path / "t.md", "Shares")
    assert "| :--- | ---: |" in path.read_text()
    assert "{lr}" in table_files.write_latex(texts, tmp_path / "t.tex", "Shares").read_text()


def test_latex_needs_no_package(tmp_path):
    path = table_files.write_latex(TEXTS, tmp_path / "t.tex", "Rates", ["beta_1"], "tab:r")
    text = path.read_text()
    assert text.isascii()
    assert "\\begin{tabular}{lr}" in text
    assert "$\\beta$-VAE & 8 \\% \\\\" in text
    assert "a|b & -- \\\\" in text
    assert "\\par\\footnotesize beta\\_1" in text
    assert text.count("\\begin") == text.count("\\end") == 2


def test_numbers_for_people():
    nan = float("nan")
    assert table_files.number(0.12345) == "0.123"
    assert table_files.number(234.56) == "234.6"
    assert table_files.number(nan) == table_files.number(None) == "–"
    assert table_files.with_interval(0.5, 0.25, 0.75, 2) == "0.50 [0.25, 0.75]"
    assert table_files.with_interval(0.5, nan, nan) == "0.500"
    assert [table_files.p_value(p) for p in (nan, 0.0001, 0.04)] == ["–", "< 0.001", "0.040"]
