const rows = () => [...document.querySelectorAll("tr.run")];
const seen = { rows: rows().length };
seen.summary = document.getElementById("summary").textContent;
seen.notices = document.getElementById("notices").textContent;

rows()[1].querySelector("button").click();
const panel = document.querySelector(".panel");
seen.opened = rows()[1].querySelector("button").getAttribute("aria-expanded");
seen.picture = panel.querySelector("img").getAttribute("src").slice(0, 15);
seen.full = panel.querySelector("figure a").getAttribute("href");
const heads = [...panel.querySelectorAll(".curves h4")];
seen.curves = heads.map((head) => head.firstChild.textContent);
const paths = [...panel.querySelectorAll("path.curve")];
seen.lengths = paths.map((path) => path.getAttribute("d").length);
seen.settings = panel.querySelector(".wide").textContent;
seen.hash = location.hash;

document.querySelector('input[value="deft"]').click();
seen.left = rows().map((row) => row.textContent);
seen.exhibit = document.querySelectorAll(".exhibit tbody tr").length;
seen.cells = document.querySelectorAll("#cells tbody tr").length;
seen.filtered = location.hash;
document.getElementById("clear").click();
seen.cleared = rows().length;
seen.evil = document.getElementById("evil");
return seen;
