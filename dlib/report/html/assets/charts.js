// The two drawings of the page: runs as dots along a score, and curves of a training.
"use strict";

const DOTS = 6000; // as many circles as a browser draws without delay

/**
 * Runs as dots along a score, a line for each group, with quartiles (bar) and median (tick).
 * groups: [{label, color, points: [{value, label, open()}]}]; range: [low, high] of the score.
 */
function stripChart(groups, range, width, name) {
  const left = Math.min(width / 2.6, Math.max(...groups.map((group) => group.label.length)) * 6.6 + 14);
  const right = 54;
  const rowHeight = 30;
  const height = groups.length * rowHeight + 26;
  const x = (value) => left + ((value - range[0]) / (range[1] - range[0])) * (width - left - right);
  const picture = drawn("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": name });
  const places = ticks(...range);
  for (const place of places) {
    picture.append(
      drawn("line", { class: "grid", x1: x(place), x2: x(place), y1: 0, y2: height - 20 }),
      drawn("text", { x: x(place), y: height - 6, "text-anchor": "middle" }, tickText(place, places)),
    );
  }
  picture.append(drawn("text", { x: width, y: height - 6, "text-anchor": "end" }, "median"));
  groups.forEach((group, row) => stripRow(picture, group, row * rowHeight + rowHeight / 2, x, { left, width }));
  return picture;
}

function stripRow(picture, group, y, x, { left, width }) {
  const values = group.points.map((point) => point.value).sort((a, b) => a - b);
  const [low, median, high] = [0.25, 0.5, 0.75].map((level) => quantile(values, level));
  picture.append(
    drawn("text", { class: "strong", x: left - 10, y: y + 4, "text-anchor": "end" },
      shortened(group.label, Math.floor((left - 14) / 6.4)), drawn("title", {}, group.label)),
    drawn("line", { class: "quartiles", x1: x(low), x2: x(high), y1: y, y2: y }),
  );
  group.points.slice(0, DOTS).forEach((point, index) => {
    const shift = (((index * 0.618034) % 1) - 0.5) * Math.min(16, group.points.length * 2 - 2);
    const dot = drawn("circle", {
      class: "dot", cx: x(point.value), cy: y + shift, r: group.points.length > 60 ? 2.6 : 3.6,
      fill: group.color, onclick: point.open,
    }, drawn("title", {}, `${point.label}: ${text(point.value)}`));
    picture.append(dot);
  });
  picture.append(
    drawn("line", { class: "median", x1: x(median), x2: x(median), y1: y - 11, y2: y + 11 }),
    drawn("text", { class: "strong", x: width, y: y + 4, "text-anchor": "end" }, text(median)),
  );
}

function shortened(label, length) {
  return label.length > length ? `${label.slice(0, length - 1)}…` : label;
}

/**
 * Curves over the same steps, each in its own small picture, read off by one common cursor.
 * curves: {label: [number or null]}; steps: [number]; ends: steps where a stage ends.
 */
function curveCharts(curves, steps, ends, colors) {
  const readers = [];
  const charts = Object.entries(curves).map(([label, values], index) => {
    const output = element("output");
    const chart = curveChart(values, steps, ends, colors[index % colors.length], label);
    readers.push((place) => {
      output.textContent = `${text(values[place], 2)} at ${text(steps[place])}`;
      chart.point(place);
    });
    return element("div", {}, element("h4", {}, label, output), element("p", {}, chart.range), chart.node);
  });
  const read = (place) => readers.forEach((reader) => reader(place));
  read(steps.length - 1);
  const box = element("div", { class: "curves" }, charts);
  // The curves' texts are HTML: inside a picture they would grow with it.
  box.addEventListener("pointermove", (event) => {
    const picture = event.target.closest("svg");
    if (!picture) return;
    const frame = picture.getBoundingClientRect();
    const step = ((event.clientX - frame.left) / frame.width) * steps.at(-1);
    read(nearest(steps, step));
  });
  box.addEventListener("pointerleave", () => read(steps.length - 1));
  return box;
}

function nearest(steps, step) {
  let best = 0;
  steps.forEach((candidate, place) => {
    if (Math.abs(candidate - step) < Math.abs(steps[best] - step)) best = place;
  });
  return best;
}

function curveChart(values, steps, ends, color, label) {
  const [width, height, top, bottom] = [240, 76, 4, 4];
  const finite = values.filter((value) => value !== null);
  if (!finite.length) return { node: null, range: "not recorded", point() {} };
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const isLog = low > 0 && high / low > 20; // a loss that falls by orders of magnitude
  const scale = isLog ? Math.log : (value) => value;
  const span = scale(high) - scale(low) || 1;
  const x = (step) => (step / steps.at(-1)) * width;
  const flat = high === low ? 0.5 : 0; // a curve that stays as it is runs through the middle
  const y = (value) => height - bottom - ((scale(value) - scale(low)) / span + flat) * (height - top - bottom);
  const cursor = drawn("line", { class: "cursor", y1: top, y2: height - bottom, visibility: "hidden" });
  const mark = drawn("circle", { r: 2.8, fill: color, visibility: "hidden" });
  const node = drawn(
    "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${label}: from ${text(values[0], 2)} to ${text(values.at(-1), 2)}` },
    drawn("line", { class: "grid", x1: 0, x2: width, y1: height - bottom, y2: height - bottom }),
    ends.map((end) => drawn("line", { class: "stage", x1: x(end), x2: x(end), y1: top, y2: height - bottom })),
    drawn("path", { class: "curve", stroke: color, d: path(values, steps, x, y) }), cursor, mark,
  );
  const range = high === low ? "constant" : `${text(low, 2)} to ${text(high, 2)}${isLog ? ", log scale" : ""}`;
  const point = (place) => {
    const known = values[place] !== null;
    cursor.setAttribute("visibility", known ? "visible" : "hidden");
    mark.setAttribute("visibility", known ? "visible" : "hidden");
    if (!known) return;
    filled(cursor, { x1: x(steps[place]), x2: x(steps[place]) }, []);
    filled(mark, { cx: x(steps[place]), cy: y(values[place]) }, []);
  };
  return { node, range, point };
}

/** A line through all known values; it is broken where one is missing, alone ones are dots. */
function path(values, steps, x, y) {
  let isDown = false;
  return values.map((value, place) => {
    if (value === null) { isDown = false; return ""; }
    const at = `${x(steps[place]).toFixed(1)} ${y(value).toFixed(1)}`;
    const command = isDown ? `L${at}` : `M${at}h.1`;
    isDown = true;
    return command;
  }).join("");
}
