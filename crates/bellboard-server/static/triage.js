// Going through what needs you, by keyboard or pointer, without leaving the page. What a decision does to its row is in
// decide.js, fetched when somebody first selects or decides.

import { register, keysOn } from "./keys.js";

const rows = () => [...document.querySelectorAll("#triage > li:not(.receipt,.gone)")];
export const current = () => document.querySelector("#triage > li[aria-current]");

export function select(row) {
  for (const other of document.querySelectorAll("#triage > li")) {
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
  }
  if (!row) return;
  row.setAttribute("aria-current", "true");
  row.tabIndex = 0;
  row.focus();
  import("./decide.js").catch(() => {});
}

function move(step) {
  const list = rows(), at = list.indexOf(current());
  if (list.length) select(list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.max(0, Math.min(list.length - 1, at + step))]);
}

function open() {
  const row = current();
  if (row && row.contains(document.activeElement)) row.querySelector("h3 a").click();
}

/** Presses what the selected row, or the page of one thing, has for a key; a note field opens and takes the focus. */
function press(key) {
  const place = document.getElementById("triage") ? current() : document.getElementById("main");
  const control = place?.querySelector(`[aria-keyshortcuts=${key}]`);
  if (!control) return;
  const note = "needsNote" in control.dataset && control.form.elements.note;
  if (note && !note.value) return note.focus();
  if (control.localName !== "summary") return control.click();
  control.parentElement.open = true;
  control.parentElement.querySelector("textarea").focus();
}

/** After the last row the focus goes to the heading of the list, not to nowhere. */
export function focusZone() {
  const heading = document.getElementById("h-needs");
  heading.tabIndex = -1;
  heading.focus();
}

/** Moves the selection on from rows that are about to become receipts. @param {Element[]} leaving */
export function leave(leaving) {
  const list = rows(), held = leaving.some((row) => row.contains(document.activeElement));
  const from = list.indexOf(leaving.at(-1)), stays = (row) => !leaving.includes(row);
  const next = list.slice(from + 1).find(stays) ?? list.slice(0, from).findLast(stays);
  for (const row of leaving) row.removeAttribute("aria-current");
  if (held) next ? select(next) : focusZone();
}

/** Says in the row what went wrong. @param {Element} row @param {string} why */
export function wrong(row, why) {
  const words = row.querySelector(":scope > .wrong") ?? document.createElement("p");
  words.className = "wrong";
  words.setAttribute("role", "alert");
  words.textContent = why;
  row.append(words);
}

/** Bulk selection is fetched when somebody first picks a row. */
async function pick() {
  const row = current();
  if (row) (await import("./bulk.js")).toggle(row);
}

/** Takes back what was decided last. A decision that is still on its way is taken back when it has arrived. */
function undoLast() {
  const decided = [...document.querySelectorAll("#triage > li.receipt")].filter((row) => row.decided);
  const last = decided.sort((one, other) => one.decided - other.decided).at(-1);
  const button = (last ?? document).querySelector("[aria-keyshortcuts=U]");
  if (button) button.click();
  else if (last) last.undoing = true;
}

export function startTriage() {
  register("j", "Next thing that needs you; also ↓", () => move(1));
  register("k", "Previous thing that needs you; also ↑", () => move(-1));
  register("ArrowDown", "", (event) => { if (current()?.contains(document.activeElement)) { event.preventDefault(); move(1); } });
  register("ArrowUp", "", (event) => { if (current()?.contains(document.activeElement)) { event.preventDefault(); move(-1); } });
  register("Enter", "Open the selected one", (event) => { if (event.target === current()) open(); });
  register("a", "Accept, confirm, or the first answer", (event) => { event.preventDefault(); press("A"); });
  register("r", "Reject with a reason, or the second answer", (event) => { event.preventDefault(); press("R"); });
  register("e", "Mark the selected one done", () => press("E"));
  register("s", "Snooze the selected one for an hour", () => press("S"));
  register("x", "Pick the selected one for deciding several at once", pick);
  register("u", "Undo the last decision", undoLast);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#triage form")) return;
    event.preventDefault();
    const { target, submitter } = event;
    import("./decide.js").then(
      ({ decide, undo }) => (target.matches("[data-undo]") ? undo : decide)(target, submitter),
      () => wrong(target.closest("li"), "The server cannot be reached, so this was not saved."),
    );
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("#triage [data-pick]")) import("./bulk.js").then(({ toggle }) => toggle(target.closest("li")));
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-select]")) import("./bulk.js").then(({ mode }) => mode());
  });
  const hints = () => {
    for (const foot of document.querySelectorAll("footer[data-keys]")) foot.hidden = !keysOn();
    const button = document.querySelector("[data-select]");
    if (!button) return;
    button.hidden = !document.querySelector("#triage [data-pick]");
    button.setAttribute("aria-pressed", String(document.documentElement.hasAttribute("data-selecting")));
  };
  document.addEventListener("bellboard:morphed", hints);
  hints();
}
