// Small improvements that have a working plain form: filters that apply at once, copy buttons.

import { showTimes } from "./times.js";
import { beat } from "./morph.js";

/** The one polite live region. @param {string} words */
export function say(words) {
  const region = document.getElementById("say");
  if (region) region.textContent = words;
}

/** Called for the document once, and for every part that was morphed. @param {ParentNode} root */
export function enhance(root) {
  showTimes(root);
  if (navigator.clipboard) for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  for (const button of root.querySelectorAll("[data-nojs]")) button.hidden = true;
  for (const slider of root.querySelectorAll("[data-sets]")) slider.hidden = false;
  for (const strip of root.querySelectorAll(".beat[data-seen]")) beat(strip, strip.dataset.seen);
}

// Details that the server has opened in the page become a dialog over it; their address stays.
for (const dialog of document.querySelectorAll("dialog[data-modal]")) {
  dialog.open = false;
  dialog.showModal();
  dialog.addEventListener("close", () => { location.href = dialog.querySelector("[data-close]").href; });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
    say("Copied");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  } catch {
    getSelection().selectAllChildren(code);
    say("Copying is not allowed here. The text is selected.");
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-scope]");
  if (form && event.target.matches("select")) form.requestSubmit();
});
