// Deciding on what needs you, by keyboard or pointer, without leaving the page. The row becomes a receipt at once; if
// the server refuses, it comes back with the reason.

import { register, keysOn } from "./keys.js";
import { say, enhance } from "./enhance.js";
import { changedHere } from "./live.js";

const RECEIPT_MS = 8000;
const rows = () => [...document.querySelectorAll("#triage > li:not(.receipt,.gone)")];
const current = () => document.querySelector("#triage > li[aria-current]");

function select(row) {
  for (const other of document.querySelectorAll("#triage > li")) {
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
  }
  if (!row) return;
  row.setAttribute("aria-current", "true");
  row.tabIndex = 0;
  row.focus();
}

function move(step) {
  const list = rows(), at = list.indexOf(current());
  if (list.length) select(list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.max(0, Math.min(list.length - 1, at + step))]);
}

function open() {
  const row = current();
  if (row && row.contains(document.activeElement)) row.querySelector("h3 a").click();
}

/** After the last row the focus goes to the heading of the list, not to nowhere. */
function focusZone() {
  const heading = document.getElementById("h-needs");
  heading.tabIndex = -1;
  heading.focus();
}

function receipt(row, title) {
  const saved = row.cloneNode(true);
  const words = document.createElement("p");
  words.className = "meta";
  words.textContent = `You marked “${title}” done.`;
  const mark = row.querySelector(".k").cloneNode(true);
  mark.className = "k green";
  mark.querySelector("use").setAttribute("href", "#s-ok");
  row.replaceChildren(mark, words);
  row.classList.add("receipt", "busy");
  return saved;
}

function restore(row, saved, why) {
  row.classList.remove("receipt", "busy");
  row.replaceChildren(...saved.childNodes);
  const wrong = document.createElement("p");
  wrong.className = "wrong";
  wrong.setAttribute("role", "alert");
  wrong.textContent = why;
  row.append(wrong);
  enhance(row);
  select(row);
}

async function send(form) {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { accept: "application/json" }, redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.ok) return;
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail ?? `The server answered ${answer.status}.`);
}

async function decide(form) {
  const row = form.closest("li"), list = rows(), title = form.dataset.decide;
  const next = list[list.indexOf(row) + 1] ?? list[list.indexOf(row) - 1];
  const sending = send(form), hadFocus = row.contains(document.activeElement);
  const saved = receipt(row, title);
  row.removeAttribute("aria-current");
  if (hadFocus) next ? select(next) : focusZone();
  say(`Done: ${title}`);
  try {
    await sending;
    changedHere();
    setTimeout(() => { row.remove(); changedHere(); }, RECEIPT_MS);
  } catch (error) {
    restore(row, saved, error instanceof TypeError ? "The server cannot be reached, so this may not have been saved." : error.message);
  }
}

export function startTriage() {
  register("j", "Next thing that needs you; also ↓", () => move(1));
  register("k", "Previous thing that needs you; also ↑", () => move(-1));
  register("ArrowDown", "", (event) => { if (current()?.contains(document.activeElement)) { event.preventDefault(); move(1); } });
  register("ArrowUp", "", (event) => { if (current()?.contains(document.activeElement)) { event.preventDefault(); move(-1); } });
  register("Enter", "Open the selected one", (event) => { if (event.target === current()) open(); });
  register("e", "Mark the selected one done", () => current()?.querySelector("form[data-decide]")?.requestSubmit());
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#triage form[data-decide]")) return;
    event.preventDefault();
    decide(event.target);
  });
  const hints = () => { for (const foot of document.querySelectorAll("[data-keys]")) foot.hidden = !keysOn(); };
  document.addEventListener("bellboard:morphed", hints);
  hints();
}
