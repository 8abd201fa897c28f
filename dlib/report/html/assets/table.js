// A table that sorts by a click on a column's head, and shows its rows page by page.
"use strict";

const PAGE = 100;

/**
 * Makes a table.
 * columns: [{name, label, number, cell(row) -> Node or text, value(row) -> what is sorted by}]
 * rows: any objects. sorted: {column, direction} to start with; kept by the caller, changed here.
 * options.caption; options.decorate(tr, row): what a row is beyond its cells;
 * options.page: {size}: how many rows are shown; kept by the caller, changed here.
 */
function table(columns, rows, sorted, options = {}) {
  const page = options.page || { size: PAGE };
  const body = element("tbody");
  const more = element("div", { class: "more" });
  const heads = columns.map((column) => head(column, sorted, refresh));

  function refresh() {
    const key = columns.find((column) => column.name === sorted.column);
    const ordered = key
      ? [...rows].sort((a, b) => compare(key.value(a), key.value(b), sorted.direction))
      : rows;
    heads.forEach((made) => made.refresh());
    body.replaceChildren(...ordered.slice(0, page.size).flatMap((row) => line(columns, row, options)));
    more.replaceChildren(...moreButtons(rows.length, page, refresh));
    more.hidden = rows.length <= page.size;
  }

  refresh();
  if (!rows.length) return element("p", { class: "empty" }, options.empty || "No rows.");
  const caption = options.caption ? element("caption", {}, options.caption) : null;
  const headRow = element("tr", {}, heads.map((made) => made.node));
  return element(
    "div", { class: "scroll", tabindex: "-1" },
    element("table", {}, caption, element("thead", {}, headRow), body), more,
  );
}

/** A column's head: a button, so that the keyboard sorts too; the state is told by aria-sort. */
function head(column, sorted, refresh) {
  const arrow = element("span", { class: "arrow", "aria-hidden": "true" });
  const sort = () => {
    const again = sorted.column === column.name;
    // Scores are read from the highest down, names from A to Z.
    sorted.direction = again ? -sorted.direction : column.number ? -1 : 1;
    sorted.column = column.name;
    refresh();
  };
  const button = element("button", { type: "button", onclick: sort, title: column.hint },
    // The arrow stands where it moves no letter of the column: before a number's head, after others.
    column.number ? [arrow, " ", column.label] : [column.label, " ", arrow]);
  const node = element("th", { scope: "col", class: column.number ? "number" : null }, button);
  return {
    node,
    refresh() {
      const active = sorted.column === column.name;
      const ascending = sorted.direction > 0;
      arrow.textContent = active ? (ascending ? "↑" : "↓") : "";
      node.setAttribute("aria-sort", active ? (ascending ? "ascending" : "descending") : "none");
    },
  };
}

function line(columns, row, options) {
  const cells = columns.map((column) => {
    const content = column.cell ? column.cell(row) : text(column.value(row));
    return element("td", { class: column.number ? "number" : null }, content);
  });
  const node = element("tr", {}, cells);
  return options.decorate ? options.decorate(node, row) : [node];
}

function moreButtons(count, page, refresh) {
  const grow = (size) => () => { page.size = size; refresh(); };
  const next = Math.min(PAGE, count - page.size);
  return [
    element("button", { type: "button", onclick: grow(page.size + PAGE) }, `Show ${next} more`),
    element("button", { type: "button", onclick: grow(count) }, `Show all ${text(count)}`),
  ];
}
