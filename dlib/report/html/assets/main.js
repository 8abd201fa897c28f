// Puts the page together, and again whenever a filter changes.
"use strict";

function refresh() {
  const rows = shownRows();
  drawScores(rows);
  drawExhibitTables();
  drawRuns(rows);
  drawNotices(rows);
  writeAddress();
}

function drawSummary() {
  const counted = (count, name) => `${text(count)} ${name}${count === 1 ? "" : "s"}`;
  const datasets = report.values.dataset;
  const budgets = valuesOf("budget");
  show("summary", [
    counted(report.rows.length, "run"), counted(report.values.method.length, "method"),
    datasets.length === 1 ? labelOf(datasets[0]) : counted(datasets.length, "data set"),
    budgets.length === 1 ? `budget ${budgets[0]}` : counted(budgets.length, "budget"),
  ].join(" · "));
}

/** What a reader must know before comparing anything. */
function drawNotices(rows) {
  const notices = [...report.notices];
  const budgets = [...new Set(rows.map((row) => row.budget))];
  if (budgets.length > 1) {
    notices.push(`Runs of different budgets are shown together (${budgets.join(", ")}); each is a line of its own. Choose one to compare methods.`);
  }
  show("notices", notices.map((notice) => element("p", { class: "notice" }, notice)));
}

function start() {
  readAddress();
  document.getElementById("theme").addEventListener("click", nextTheme);
  applyTheme();
  drawSummary();
  drawFilters();
  drawScoreChoice();
  drawExhibits();
  refresh();
  const [first] = view.open;
  if (first !== undefined) openRun(first);
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return; // a phone's address bar changes the height only
    width = window.innerWidth;
    drawScores(shownRows());
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.filter[open]").forEach((box) => {
      if (!box.contains(event.target)) box.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector("details.filter[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
  // How long it took until the page could be used, in milliseconds since it was asked for.
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

start();
