// The reader's choice of colours, remembered. Runs before the first paint, so that it never flashes.

const KEY = "tocsin-scheme";
const root = document.documentElement;

function apply(scheme) {
  root.dataset.scheme = scheme;
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    const own = meta.dataset.scheme;
    meta.media = scheme ? (scheme === own ? "all" : "not all") : `(prefers-color-scheme: ${own})`;
  }
  const choice = document.querySelector(`#scheme [value="${scheme}"]`);
  if (choice) choice.checked = true;
}

function remembered() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // a browser that keeps nothing for us
  }
}

apply(remembered());

addEventListener("DOMContentLoaded", () => {
  apply(remembered());
  const choices = document.getElementById("scheme");
  if (!choices) return;
  choices.hidden = false;
  choices.addEventListener("change", ({ target }) => {
    apply(target.value);
    localStorage.setItem(KEY, target.value);
  });
});

addEventListener("storage", ({ key }) => key === KEY && apply(remembered()));
