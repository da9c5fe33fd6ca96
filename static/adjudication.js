// Keys on a dispute: a number chooses a verdict, n leaves for the next, Ctrl+Enter sends the form.
"use strict";
document.addEventListener("keydown", (event) => {
  const form = document.getElementById("verdict");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  const typing = event.target.closest("textarea, select, input:not([type=radio])");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "n") {
    document.getElementById("next")?.click();
    return;
  }
  const choice = form.querySelectorAll("input[name=label]")[Number(event.key) - 1];
  if (choice) {
    choice.checked = true;
    choice.focus();
  }
});
