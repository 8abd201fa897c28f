// One score of all runs that are shown: as dots by data set and method, and as numbers.
"use strict";

const cellOrder = { column: "", direction: 1 };

function drawScoreChoice() {
  const options = report.scores.map(({ name, label }) =>
    element("option", { value: name, selected: name === view.score ? "" : null }, label));
  const choose = (event) => { view.score = event.target.value; refresh(); };
  show("score-choice", element("label", {}, "Score ", element("select", { id: "score", onchange: choose }, options)));
}

function drawScores(rows) {
  const place = report.scores.findIndex(({ name }) => name === view.score);
  const scored = rows.filter((row) => typeof row.scores[place] === "number");
  const cells = cellsOf(scored, place);
  if (!cells.length) {
    show("panels", element("p", { class: "empty" }, "None of the runs shown has this score."));
    show("cells");
    return;
  }
  const values = scored.map((row) => row.scores[place]);
  // Scores between 0 and 1, which most are, share their axis from 0; other axes fit their values.
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = low >= 0 && high <= 1 ? [0, ticks(0, high || 1).at(-1) < high ? high : Math.max(high, 0.1)]
    : [low, high > low ? high : low + 1];
  const label = report.scores[place].label;
  // All panels are there before the first is measured: each is as wide as the grid makes it.
  const panels = [...grouped(cells, (cell) => cell.dataset)].map(([dataset, group]) =>
    ({ dataset, group, node: element("div", { class: "card" }, element("h3", {}, labelOf(dataset))) }));
  show("panels", panels.map(({ node }) => node));
  for (const { dataset, group, node } of panels) {
    const groups = group.map((cell) => ({
      label: cell.label, color: colorOf(cell.method),
      points: cell.rows.map((row) => ({ value: row.scores[place], label: row.name, open: () => openRun(row.id) })),
    }));
    node.append(stripChart(groups, range, node.clientWidth - 36, `${label} on ${labelOf(dataset)}`));
  }
  show("cells", cellTable(cells, place, label, rows.length - scored.length));
}

/** Runs by data set, method, budget and setting: what may be compared stands together. */
function cellsOf(rows, place) {
  const { protocols } = report.scores[place];
  const protocolOf = (row) => protocols[row.protocols?.[place] || 0];
  const key = (row) => [row.dataset, row.method, row.budget, row.setting, protocolOf(row)].join("\n");
  const cells = [...grouped(rows, key).values()].map((members) => {
    const { dataset, method, budget, setting } = members[0];
    const sorted = members.map((row) => row.scores[place]).sort((a, b) => a - b);
    return { dataset, method, budget, setting, protocol: protocolOf(members[0]), rows: members, sorted };
  });
  for (const cell of cells) {
    // The label tells what tells cells of one method apart, and no more: where the budget does, it
    // is enough, and the table has the rest.
    const others = cells.filter(({ dataset, method }) => dataset === cell.dataset && method === cell.method);
    const told = ["budget", "setting", "protocol"].filter((kind) => new Set(others.map((other) => other[kind])).size > 1);
    const least = ["budget", "setting", "protocol"].find((kind) => new Set(others.map((other) => other[kind])).size === others.length);
    cell.label = [labelOf(cell.method), ...(least ? [least] : told).map((kind) => cell[kind])].join(", ");
  }
  const rank = (kind, cell) => report.values[kind].indexOf(cell[kind]);
  return cells.sort((a, b) => rank("dataset", a) - rank("dataset", b)
    || rank("method", a) - rank("method", b) || compare(a.label, b.label, 1));
}

function cellTable(cells, place, label, missing) {
  const named = (name, title) => ({ name, label: title, value: (cell) => labelOf(cell[name]) });
  const level = (name, title, part) =>
    ({ name, label: title, number: true, value: (cell) => quantile(cell.sorted, part) });
  const columns = [
    named("dataset", "Data set"),
    { ...named("method", "Method"), cell: (cell) => methodName(cell.method) },
    named("budget", "Budget"), named("setting", "Setting"),
    { name: "runs", label: "Runs", number: true, value: (cell) => cell.sorted.length },
    level("median", "Median", 0.5), level("low", "25 %", 0.25), level("high", "75 %", 0.75),
    level("min", "Lowest", 0), level("max", "Highest", 1),
    ...(report.scores[place].protocols.length > 1 ? [named("protocol", "Protocol")] : []),
  ];
  const left = missing ? ` ${text(missing)} of them do not have it.` : "";
  return table(columns, cells, cellOrder, { caption: `${label} of the runs shown.${left}` });
}

function methodName(method) {
  return [element("span", { class: "swatch", style: `background: ${colorOf(method)}` }), labelOf(method)];
}
