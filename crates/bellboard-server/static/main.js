// Makes the server's pages live and quick. Without this file every page and form still works.
import { changedHere, startLive } from "./live.js";
import { startKeys } from "./keys.js";
import { startTriage } from "./triage.js";
import { startTimes } from "./times.js";
import { enhance } from "./enhance.js";
import { startToasts } from "./toast.js";

startTimes();
enhance(document);
startTriage();
startKeys();
startToasts();
startLive();

// The palette is fetched when somebody asks for it; without it the search field is a plain form.
async function find(event, words = "") {
  event.preventDefault();
  (await import("./palette.js")).openPalette(words);
}
addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") find(event); });
addEventListener("click", (event) => { if (event.target.closest?.("[data-palette]")) find(event); });
addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-palette] input")) return;
  find(event, event.target.value);
  event.target.value = "";
});

// A rule is tried on the past while it is put together: what stands in the form becomes the address, and its parts are
// fetched again. Addresses of people stay out of it.
addEventListener("change", ({ target }) => {
  const form = target.closest?.("form[data-try]");
  if (!form || target.matches("[data-own]")) return;
  if (target.dataset.sets) form.elements[target.dataset.sets].value = target.value;
  const said = new FormData(form);
  for (const one of form.elements) {
    if (one.matches("[data-own]")) said.delete(one.name);
    else if (one.options) for (const option of one.options) option.defaultSelected = option.selected;
    else [one.defaultValue, one.defaultChecked] = [one.value, one.checked];
  }
  form.closest("[data-keep]")?.removeAttribute("data-keep");
  history.replaceState(null, "", `?${new URLSearchParams(said)}`);
  changedHere();
});
