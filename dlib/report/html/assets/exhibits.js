// The exhibits: each a picture, a table, and links to its files.
"use strict";

const LONG = 40; // rows that a table has before it stands behind a click
const NOTES = 2; // notes that are read without a click
// Columns of names that the paper prints otherwise, and heads that read better than in the file.
const NAMED = ["dataset", "method", "method_a", "method_b", "metric", "metric_a", "metric_b"];
const HEADS = {
  dataset: "data set", failure_rate_percent: "failure rate (%)", paper_percent: "paper (%)",
  ci_low: "95 % from", ci_high: "to", iqm: "IQM", p_value: "p", p_holm: "p (Holm)",
  method_a: "method A", method_b: "method B", metric_a: "metric A", metric_b: "metric B",
};

function drawExhibits() {
  show("exhibits", report.exhibits.map((exhibit, index) => exhibitCard(exhibit, index)));
}

function exhibitCard(exhibit, index) {
  const name = `exhibit-${index}`;
  const links = exhibit.files.map(({ label, href }) => element("a", { href }, label));
  const pictures = exhibit.pictures.map(({ label, src, href, width }) => element(
    "figure", {}, element("a", { href, title: "The whole picture" },
      element("img", { src, width, alt: `${exhibit.title} (${label})`, loading: "lazy" })),
    exhibit.pictures.length > 1 ? element("figcaption", { class: "quiet" }, label) : null,
  ));
  const notes = exhibit.notes.map((note) => element("p", { class: "quiet" }, note));
  const more = notes.splice(NOTES);
  return element(
    "article", { class: "card exhibit", "aria-labelledby": name },
    element("h3", { id: name }, exhibit.title),
    notes,
    more.length ? element("details", {}, element("summary", {}, `More notes (${more.length})`), more) : null,
    element("div", { class: "pictures" }, pictures), element("div", { id: `${name}-table` }), element("p", { class: "files" }, links),
  );
}

/** Tables follow the filters where they have a column of that name; pictures show all runs. */
function drawExhibitTables() {
  report.exhibits.forEach((exhibit, index) => {
    if (!exhibit.table) return;
    const { columns, rows, left_out: leftOut } = exhibit.table;
    const kinds = columns.map((column) => (column in chosen ? column : null));
    const shown = rows.filter((row) =>
      passes(Object.fromEntries(kinds.flatMap((kind, place) => (kind ? [[kind, row[place]]] : [])))));
    const made = columns.map((column, place) => ({
      name: column, label: HEADS[column] || column.replaceAll("_", " "), value: (row) => row[place],
      cell: (row) => text(NAMED.includes(column) ? labelOf(row[place]) : row[place]),
      number: rows.every((row) => row[place] === null || typeof row[place] === "number"),
    }));
    exhibit.order ||= { column: "", direction: 1 };
    exhibit.page ||= { size: PAGE };
    const caption = leftOut ? `The first ${text(rows.length)} rows; ${text(leftOut)} more are in the file.` : null;
    const drawnTable = table(made, shown, exhibit.order, { caption, page: exhibit.page });
    // Long tables stand behind a click, so that the page can be read from top to bottom.
    const count = text(shown.length + leftOut);
    show(`exhibit-${index}-table`, rows.length <= LONG ? drawnTable
      : element("details", { open: exhibit.isOpen ? "" : null, ontoggle: (event) => { exhibit.isOpen = event.target.open; } },
        element("summary", {}, `Table of ${count} rows`), drawnTable));
  });
}
