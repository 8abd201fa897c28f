"""Tables of the report in the terminal."""

from rich.table import Table

from dlib.commands import tables


def print_failure_rate(frame, threshold):
    """Table 4 of the paper with the notes that belong to it, or why there is none."""
    from dlib.report import cells, failure_rate, names, notes, printed

    made = failure_rate.table(frame, threshold)
    if not made["runs"].any():
        print(f"No Table 4: {failure_rate.why_none(frame)}.")
        return
    print(f"\nTable 4. Failure rate: runs with a MIG below {threshold:g}")
    print_texts(failure_rate.as_printed(made, in_lines=True))
    if not made["stands"].all():
        print("Each setting:")
        print_texts(printed.failure_rates(made[~made["dataset"].map(names.is_average)]))
    print("Failures of all runs, 95 % Wilson interval in brackets, the paper's value below.")
    about = cells.final(frame, names.MIG, standing=False)
    for note in (*failure_rate.notes(made), *notes.of(about)):
        print(f"* {note}")
    print()


def print_texts(texts):
    """A data frame of texts."""
    from dlib.report import table_files

    shown = Table(show_lines=any("\n" in str(cell) for cell in texts.to_numpy().ravel()))
    for name, column in texts.items():
        shown.add_column(name, justify="left" if table_files.is_words(column) else "right")
    for row in texts.itertuples(index=False):
        shown.add_row(*map(str, row))
    tables.console().print(shown)


def print_exhibits(written, notices, page):
    """What was written, and what must be said about it."""
    shown = Table("exhibit", "files", show_edge=False)
    for exhibit in written:
        endings = " ".join(dict.fromkeys(path.suffix[1:] for path in exhibit.files))
        shown.add_row(exhibit.title, f"{exhibit.name}: {endings}")
    tables.console().print(shown)
    for notice in notices:
        print(f"* {notice}")
    print(f"report: {page}")
