// Light or dark: the system's choice until the reader makes another. It runs before the first paint.
"use strict";

const THEMES = ["auto", "light", "dark"];
const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");
let theme = remembered();

function remembered() {
  try {
    return THEMES.includes(localStorage.dlibTheme) ? localStorage.dlibTheme : "auto";
  } catch {
    return "auto"; // some browsers keep nothing for files
  }
}

function applyTheme() {
  const isDark = theme === "dark" || (theme === "auto" && systemIsDark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  const button = document.getElementById("theme");
  if (button) button.textContent = `Theme: ${theme}`;
}

function nextTheme() {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  try {
    localStorage.dlibTheme = theme;
  } catch {
    // The choice then lasts as long as the page.
  }
  applyTheme();
}

systemIsDark.addEventListener("change", applyTheme);
applyTheme();
