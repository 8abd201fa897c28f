const start = performance.now();
document.querySelector("tr.run").click();
const panels = document.querySelectorAll(".panel").length;
document.querySelector('input[value="deft"]').click();
document.querySelectorAll("#runs-table .more button")[1].click(); // show all
return {
  ready: Number(document.documentElement.dataset.ready),
  use: performance.now() - start,
  panels,
  rows: document.querySelectorAll("tr.run").length,
  dots: document.querySelectorAll(".dot").length,
};
