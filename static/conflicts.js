/* Keys for the conflict workbench: j and k go from edge to edge, digits choose an outcome, n goes to the note. The page works without. */
"use strict";

const edges = () => [...document.querySelectorAll("[data-edge]")];

function isTyping(target) {
  return target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
}

function go(step) {
  const all = edges();
  const here = all.findIndex((edge) => edge.contains(document.activeElement));
  const next = here === -1 ? (step > 0 ? 0 : all.length - 1) : here + step;
  if (all[next]) {
    all[next].focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "start" });
  }
}

function formAt(target) {
  return target.closest("[data-verdict]") || target.closest("[data-edge], #settle")?.querySelector("[data-verdict]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    go(event.key === "j" ? 1 : -1);
    return;
  }
  const form = formAt(event.target);
  if (!form) return;
  const choice = /^[1-9]$/.test(event.key) && form.querySelector(`[data-key="${event.key}"]`);
  if (choice) {
    event.preventDefault();
    choice.checked = true;
    choice.focus({ preventScroll: true });
  } else if (event.key === "n") {
    event.preventDefault();
    form.querySelector("[name=note]").focus();
  }
});
