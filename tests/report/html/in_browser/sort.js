const seen = {};
const heads = [...document.querySelectorAll("#runs-table th")];
const place = heads.findIndex((head) => head.textContent.includes("MIG"));
const rows = () => [...document.querySelectorAll("tr.run")];
const sorted = () => {
  heads[place].querySelector("button").click();
  return [rows().map((row) => row.children[place].textContent), heads[place].getAttribute("aria-sort")];
};
seen.down = sorted();
seen.up = sorted();

const press = (key) =>
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const panels = () => document.querySelectorAll(".panel").length;
const buttons = [...document.querySelectorAll("button[data-run]")];
buttons[0].focus();
press("ArrowDown");
seen.walked = document.activeElement === buttons[1];
document.activeElement.click();
seen.open = panels();
press("Escape");
seen.closed = panels();
document.querySelector(".dot").dispatchEvent(new MouseEvent("click"));
seen.dot = panels();

const themed = () => {
  document.getElementById("theme").click();
  return document.documentElement.dataset.theme;
};
seen.themes = [themed(), themed()];
return seen;
