// The table of runs, and what a run shows on a click: picture, scores, curves, settings.
"use strict";

const runOrder = { column: "", direction: 1 };
const runPage = { size: PAGE };

function drawRuns(rows) {
  const plain = (name, label, number) => ({ name, label, number, value: (row) => labelOf(row[name]) });
  const columns = [
    { ...plain("name", "Run"), cell: runButton },
    plain("dataset", "Data set"),
    { ...plain("method", "Method"), cell: (row) => methodName(row.method) },
    plain("budget", "Budget"), plain("setting", "Setting"),
    plain("seed", "Seed", true), plain("updates", "Updates", true),
  ].filter(({ name }) => name === "method" || valuesOf(name).length > 1); // the summary tells the one value
  const scores = report.scores.slice(0, report.shown_scores).map(({ label, name }, place) =>
    ({ name, label, number: true, value: (row) => row.scores[place] }));
  const note = "a click shows settings, traversals and curves.";
  show("runs-table", table([...columns, ...scores], rows, runOrder, {
    page: runPage, decorate: runLines, empty: "No run passes the filters.",
  }));
  show("runs-count", `${text(rows.length)} of ${text(report.rows.length)}; ${note}`);
}

function runButton(row) {
  return element("button", {
    type: "button", class: "plain", "aria-expanded": String(isOpen(row)), "data-run": row.id, onkeydown: walk,
  }, row.name);
}

/** A row and, if it is open, what belongs to it. The row listens, so the button's clicks arrive too. */
function runLines(line, row) {
  line.classList.add("run");
  line.addEventListener("click", () => toggleRun(line, row));
  if (!isOpen(row)) return [line];
  line.classList.add("open");
  return [line, detailLine(row, line.children.length)];
}

function isOpen(row) {
  return view.open.has(row.id);
}

function toggleRun(line, row) {
  const opens = !view.open.has(row.id);
  if (opens) view.open.add(row.id);
  else view.open.delete(row.id);
  line.classList.toggle("open", opens);
  line.querySelector("button").setAttribute("aria-expanded", String(opens));
  if (opens) line.after(detailLine(row, line.children.length));
  else if (line.nextElementSibling?.classList.contains("detail")) line.nextElementSibling.remove();
  writeAddress();
}

/** Arrow keys walk from run to run; Escape closes the one that is open. */
function walk(event) {
  const buttons = [...document.querySelectorAll("button[data-run]")];
  const place = buttons.indexOf(event.currentTarget);
  const target = { ArrowDown: buttons[place + 1], ArrowUp: buttons[place - 1] }[event.key];
  if (target) { event.preventDefault(); target.focus(); }
  if (event.key === "Escape" && event.currentTarget.getAttribute("aria-expanded") === "true") event.currentTarget.click();
}

/** Opens a run from elsewhere on the page and brings it into view. */
function openRun(id) {
  view.open.add(id);
  // It may stand far down in the table: then all rows are shown.
  if (!document.querySelector(`button[data-run="${id}"]`)) runPage.size = report.rows.length;
  refresh();
  const button = document.querySelector(`button[data-run="${id}"]`);
  if (!button) return;
  button.focus({ preventScroll: true });
  button.closest("tr").scrollIntoView({ block: "start" });
}

function detailLine(row, width) {
  const cell = element("td", { colspan: width }, detail(row));
  return element("tr", { class: "detail" }, cell);
}

function detail(row) {
  // Parsed only now: a thousand runs wait as text.
  const found = JSON.parse(document.getElementById(`run-${row.id}`).textContent);
  const left = element("div", {}, pictureOf(found, row), linksOf(found));
  const right = element("div", {}, scoresOf(row), curvesOf(found));
  return element("div", { class: "panel" }, left, right, settingsOf(found));
}

function pictureOf(found, row) {
  if (!found.picture) return element("p", { class: "quiet" }, `No picture of traversals was found in ${found.folder}.`);
  // Where so many runs leave no room for pictures in the page, the one beside it is shown.
  const image = element("img", { src: found.thumbnail || found.picture, alt: `Traversals of ${row.name}` });
  return element("figure", {}, element("a", { href: found.picture, title: "The full picture" }, image));
}

function linksOf(found) {
  return element("p", { class: "files" }, found.files.map(({ label, href }) => element("a", { href }, label)));
}

function scoresOf(row) {
  const entries = report.scores.map(({ label }, place) => [label, row.scores[place]])
    .filter(([, value]) => value !== null);
  return element("div", {}, element("h4", {}, "Scores"),
    entries.length ? definitions(entries.map(([label, value]) => [label, text(value)])) : "none");
}

function curvesOf(found) {
  const colors = ["var(--c0)", "var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c8)"];
  const { log, stages } = found;
  const parts = [];
  if (log) parts.push(element("h4", {}, log.note), curveCharts(log.curves, log.steps, log.ends, colors));
  if (stages) parts.push(element("h4", {}, "At each stage's end"), stageTable(stages));
  if (!parts.length) parts.push(element("p", { class: "quiet" }, `No training log was found in ${found.folder}.`));
  return element("div", { style: "margin-top: 1rem" }, parts);
}

function stageTable({ columns, rows }) {
  const made = columns.map((column, place) =>
    ({ name: column, label: column, number: true, value: (row) => row[place] }));
  return table(made, rows, { column: "", direction: 1 });
}

function settingsOf(found) {
  const own = Object.entries(found.settings);
  const shared = Object.entries(report.shared_settings);
  return element(
    "div", { class: "wide" },
    element("h4", {}, "Settings that differ between runs"),
    own.length ? definitions(own) : element("p", { class: "quiet" }, "None: all runs have the same."),
    element("details", {}, element("summary", {}, `${shared.length} settings that all runs share`), definitions(shared)),
  );
}

function definitions(entries) {
  return element("dl", {}, entries.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}
