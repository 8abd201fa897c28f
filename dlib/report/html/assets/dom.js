// Small helpers: elements, numbers, colours. Nothing here knows what a run is.
"use strict";

/** An HTML element: attributes, on* listeners and children (strings become text, never HTML). */
function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** What stands inside a node is replaced. */
function show(id, ...children) {
  document.getElementById(id).replaceChildren(...children.flat().filter(Boolean));
}

/** A number as people read it; whole numbers stay whole, the rest has `digits` after the point. */
function text(value, digits = 3) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return value.toLocaleString("en-US").replaceAll(",", "\u202f");
  const size = Math.abs(value);
  if (size >= 1000) return text(Math.round(value));
  if (size < 0.5 * 10 ** -digits) return value.toExponential(1).replaceAll("-", "\u2212");
  return value.toFixed(size >= 100 ? 1 : digits).replace("-", "\u2212");
}

/** A tick's number with as many digits as tell it from its neighbours. */
function tickText(place, places) {
  const step = places.length > 1 ? places[1] - places[0] : 1;
  return text(place, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

/** The value below which the part `level` of sorted numbers lies, as numpy's quantile. */
function quantile(sorted, level) {
  const place = (sorted.length - 1) * level;
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

/** Order of two cells: numbers by size, texts as a person sorts them, what is missing last. */
function compare(a, b, direction) {
  const missing = (value) => value === null || value === undefined || value === "";
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  if (typeof a === "number" && typeof b === "number") return (a - b) * direction;
  return String(a).localeCompare(String(b), "en", { numeric: true }) * direction;
}

/** Round places for the ticks of an axis from `low` to `high`, about `count` of them. */
function ticks(low, high, count = 5) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const places = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) {
    places.push(Number((n * step).toPrecision(12)));
  }
  return places;
}

/** Items by a key, as a Map in the order in which the keys come. */
function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}
