// Which runs are shown. The choice stands in the address, so that it can be kept and sent.
"use strict";

const report = JSON.parse(document.getElementById("report").textContent);
const KINDS = { dataset: "Data set", method: "Method", budget: "Budget" };
const chosen = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, new Set()]));
const view = { score: "", search: "", open: new Set() };

/** All values of one kind, in the paper's order. */
function valuesOf(kind) {
  return report.values[kind] || [...new Set(report.rows.map((row) => row[kind]))];
}

/** A data set, a method or a metric as the paper prints it. */
function labelOf(value) {
  return report.labels[value] || value;
}

/** A colour that stands for a method everywhere on the page, pictures included. */
function colorOf(method) {
  return report.colors[method];
}

/** Rows that all filters let through; a kind of which nothing is chosen lets everything through. */
function shownRows() {
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  return report.rows.filter((row) => passes(row) && words.every((word) => searched(row).includes(word)));
}

/** Whether the filters let something through that has a data set, a method, a budget, or less. */
function passes(row) {
  return Object.entries(chosen).every(([kind, values]) => {
    const known = row[kind] !== undefined && row[kind] !== null && row[kind] !== "";
    return !values.size || !known || values.has(row[kind]);
  });
}

function searched(row) {
  const told = [row.name, row.dataset, labelOf(row.dataset), row.method, labelOf(row.method), row.budget, row.setting];
  return `${told.join(" ")} seed ${row.seed}`.toLowerCase();
}

function drawFilters() {
  const kinds = Object.keys(KINDS).filter((kind) => valuesOf(kind).length > 1);
  const search = element("input", {
    type: "search", placeholder: "Search runs", "aria-label": "Search runs", value: view.search,
    oninput: (event) => { view.search = event.target.value; refresh(); },
  });
  const clear = element("button", { type: "button", id: "clear", onclick: clearFilters }, "Clear");
  show("filters", kinds.map(filter), search, clear);
}

function filter(kind) {
  const rows = report.rows;
  const boxes = valuesOf(kind).map((value) => {
    const change = (event) => {
      if (event.target.checked) chosen[kind].add(value);
      else chosen[kind].delete(value);
      label();
      refresh();
    };
    const checked = chosen[kind].has(value);
    const box = element("input", { type: "checkbox", name: kind, value, onchange: change, checked: checked ? "" : null });
    const count = rows.filter((row) => row[kind] === value).length;
    return element("label", {}, box, element("span", {}, labelOf(value)), element("span", {}, text(count)));
  });
  const summary = element("summary");
  const legend = element("legend", { class: "quiet" }, KINDS[kind]);
  const node = element("details", { class: "filter", name: "filter" }, summary, element("fieldset", {}, legend, boxes));
  function label() {
    summary.textContent = `${KINDS[kind]}: ${[...chosen[kind]].map(labelOf).join(", ") || "all"}`;
    node.classList.toggle("active", chosen[kind].size > 0);
  }
  label();
  return node;
}

function clearFilters() {
  Object.values(chosen).forEach((values) => values.clear());
  view.search = "";
  drawFilters();
  refresh();
}

/** The choice as the address's last part, such as #method=deft&run=3. */
function writeAddress() {
  const parts = new URLSearchParams();
  for (const [kind, values] of Object.entries(chosen)) values.forEach((value) => parts.append(kind, value));
  if (view.score && view.score !== report.scores[0]?.name) parts.set("score", view.score);
  if (view.search) parts.set("search", view.search);
  view.open.forEach((id) => parts.append("run", id));
  const hash = parts.toString();
  // The browser refuses this where a page has no address of its own; the page works all the same.
  try { history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search); } catch { return; }
}

function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const [kind, values] of Object.entries(chosen)) {
    const known = valuesOf(kind);
    parts.getAll(kind).filter((value) => known.includes(value)).forEach((value) => values.add(value));
  }
  const score = parts.get("score");
  view.score = report.scores.some(({ name }) => name === score) ? score : report.scores[0]?.name || "";
  view.search = parts.get("search") || "";
  const ids = new Set(report.rows.map((row) => String(row.id)));
  parts.getAll("run").filter((id) => ids.has(id)).forEach((id) => view.open.add(Number(id)));
}
