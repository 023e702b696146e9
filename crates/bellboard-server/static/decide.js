// A decision on home: the row becomes a receipt at once, with Undo until its time; if the server refuses, it comes back
// with the reason.

import { select, leave, focusZone, wrong } from "./triage.js";
import { say, enhance } from "./enhance.js";
import { changedHere } from "./live.js";

const DONE = { confirm: "confirmed", reject: "rejected", commit: "committed", discard: "discarded", accept: "accepted", return: "returned", acknowledge: "acknowledged", snooze: "put off", done: "marked done" };
const UNDONE = /^(done|snooze)$/;
let decisions = 0;
const undoMs = () => 1000 * Number(document.documentElement.dataset.undo || 8);

/** The row says what was done; the rows that it had are kept for its return. */
export function receipt(row, form, act, label) {
  const saved = row.cloneNode(true), words = document.createElement("p"), what = document.createElement("b");
  saved.removeAttribute("data-picked");
  words.className = "meta";
  what.textContent = form.dataset.decide;
  words.append(`You ${DONE[act] ?? `answered “${label}” to`} `, what, ".");
  const mark = row.querySelector(".k").cloneNode(true);
  mark.className = "k green";
  mark.querySelector("use").setAttribute("href", "#s-ok");
  row.removeAttribute("data-picked");
  row.replaceChildren(mark, words);
  row.classList.add("receipt", "busy");
  row.saved = saved;
  row.decided = UNDONE.test(act) ? 0 : ++decisions;
  row.undoing = false;
}

export function restore(row, why) {
  clearTimeout(row.leaving);
  row.decided = 0;
  row.classList.remove("receipt", "busy");
  row.replaceChildren(...row.saved.childNodes);
  for (const menu of row.querySelectorAll("details[open]")) if (!why) menu.open = false;
  if (why) wrong(row, why);
  enhance(row);
  select(row);
}

/** Somebody else was first: the row stays, greyed, and says who. */
function second(row, { decided_by: by, answered_by: other, decision, decided_at: at }, detail) {
  const ago = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
  row.querySelector(".meta").textContent = by && at ? `${by.name ?? by} ${DONE[decision] ?? "answered"} this ${ago} s ago.` : detail || String(other);
  say(row.querySelector(".meta").textContent);
  row.querySelector(".k").className = "k";
  settle(row);
}

async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" }, redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.ok) return;
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? `The server answered ${answer.status}.`), { problem });
}

/** A receipt goes when it can no longer be undone. */
export function settle(row) {
  clearTimeout(row.leaving);
  row.leaving = setTimeout(() => {
    if (row.contains(document.activeElement)) focusZone();
    row.remove();
    changedHere();
  }, undoMs());
}

/** When the decision takes effect, and the button that takes it back until then. */
export function offerUndo(row, action) {
  const two = (number) => String(number).padStart(2, "0"), at = new Date(Date.now() + undoMs());
  row.querySelector(".meta").append(` Takes effect at ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.`);
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  form.dataset.undo = "";
  form.innerHTML = '<button class="btn quiet undo" name="act" value="undo" aria-keyshortcuts="U">Undo <kbd aria-hidden="true">U</kbd></button>';
  row.append(form);
  if (row.undoing) form.querySelector("button").click();
}

const unreachable = (error) => error instanceof TypeError ? "The server cannot be reached, so this may not have been saved." : error.message;

export async function decide(form, submitter) {
  const row = form.closest("li"), act = submitter?.value ?? "done", label = submitter?.firstChild.textContent.trim();
  const sending = send(form, submitter);
  leave([row]);
  receipt(row, form, act, label);
  say(row.querySelector(".meta").textContent);
  try {
    await sending;
    if (!UNDONE.test(act)) offerUndo(row, form.action);
    changedHere();
    settle(row);
  } catch (error) {
    const { problem } = error;
    if (/^already_/.test(problem?.code)) return second(row, problem, error.message);
    restore(row, unreachable(error));
  }
}

export async function undo(form, submitter) {
  const row = form.closest("li");
  clearTimeout(row.leaving);
  try {
    await send(form, submitter);
    restore(row, "");
    say("Undone.");
    changedHere();
  } catch (error) {
    say(unreachable(error));
    row.querySelector(".meta").textContent = unreachable(error);
    form.remove();
    settle(row);
  }
}
