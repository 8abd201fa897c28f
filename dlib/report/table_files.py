"""Tables as files: CSV with all digits, Markdown and LaTeX as people read them."""

import re

from dlib.utils import files

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "β": r"$\beta$",
    "–": "--",
    "≥": r"$\geq$",
    "<": r"$<$",
    ">": r"$>$",
}


# Cells of numbers: "0.312 [0.290, 0.331]", "8 % (4/50)", "< 0.001", "–"; not "3D Chairs".
_NUMBER = re.compile(r"–|[<\[-]? ?[\d.]*\d(?!\w)")


def is_words(cells):
    """Whether a column of a printed table holds words, which stand to the left, not numbers.

    Args:
      cells: its texts.
    """
    told = [text for text in map(str, cells) if text]
    return not told or not all(map(_NUMBER.match, told))


def write_csv(frame, path):
    """Writes a table with all digits; what is not known is empty."""
    files.write_text(path, frame.to_csv(index=False, lineterminator="\n"))
    return path


def write_markdown(printed, path, title, notes=()):
    """Writes a table of texts with its title, and the notes as a list below."""
    lines = [f"**{title}**", "", _row(printed.columns)]
    ends = ("| :--- " if is_words(cells) else "| ---: " for _, cells in printed.items())
    lines.append("".join(ends) + "|")
    lines += [_row(values) for values in printed.itertuples(index=False)]
    lines += ["", *(f"* {note}" for note in notes)] if notes else []
    files.write_text(path, "\n".join(lines) + "\n")
    return path


def _row(values):
    return "| " + " | ".join(str(value).replace("|", "\\|") for value in values) + " |"


def write_latex(printed, path, title, notes=(), label=""):
    """Writes a ``table`` environment that needs no package, the notes in small print below."""
    columns = "".join("l" if is_words(cells) else "r" for _, cells in printed.items())
    rows = [" & ".join(map(latex, values)) + r" \\" for values in printed.itertuples(index=False)]
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{latex(title)}}}",
        rf"\label{{{label}}}" if label else "",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\hline",
        " & ".join(map(latex, printed.columns)) + r" \\",
        r"\hline",
        *rows,
        r"\hline",
        r"\end{tabular}",
        *(rf"\par\footnotesize {latex(note)}" for note in notes),
        r"\end{table}",
    ]
    files.write_text(path, "\n".join(line for line in lines if line) + "\n")
    return path


def latex(text):
    """A text with LaTeX's special characters made plain."""
    return "".join(_LATEX.get(letter, letter) for letter in str(text))


def number(value, digits=3):
    """A number for people; an en dash where there is none."""
    if value is None or value != value:
        return "–"
    return f"{value:.{digits}f}" if abs(value) < 100 else f"{value:.1f}"


def with_interval(value, low, high, digits=3):
    """``"0.312 [0.290, 0.331]"``, without the brackets where the interval is not known."""
    if low != low or high != high:
        return number(value, digits)
    return f"{number(value, digits)} [{number(low, digits)}, {number(high, digits)}]"


def p_value(value):
    """A p-value for people."""
    if value != value:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
