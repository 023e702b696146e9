// Puts fresh fragments into the page. Nothing under the hand moves: a list that is pointed at or focused keeps its
// order; new rows wait behind "2 new", and rows that were dealt with elsewhere stay, greyed, until the hand leaves.

/* global Idiomorph */
import { enhance, say } from "./enhance.js";

const SLOT_MS = 5000, SLOTS = 28;

/** Ticks for the signs of life this page has seen arrive, one slot per five seconds. It draws nothing it did not see. */
export function beat(element, seen) {
  const at = Date.parse(seen);
  const list = (element.signs ??= []);
  if (!at || list.at(-1) >= at) return;
  element.dataset.seen = seen;
  list.push(at);
  if (list.length > 200) list.shift();
  const last = Math.floor(at / SLOT_MS);
  const first = Math.max(Math.floor(list[0] / SLOT_MS), last - SLOTS + 1);
  const tall = new Set(list.map((time) => Math.floor(time / SLOT_MS)));
  const marks = [];
  for (let slot = first; slot <= last; slot++) {
    const mark = document.createElement("i");
    if (tall.has(slot)) mark.className = "b";
    marks.push(mark);
  }
  element.replaceChildren(...marks);
  element.hidden = marks.length < 2;
}

/** Whether the pointer or the focus is in this list, or a receipt is still shown in it. @param {Element} list */
export const isHeld = (list) => list.matches(":hover, :has(> .receipt)") || list.contains(document.activeElement);

/** Gives the fresh list the order and the rows of the held one; counts what has to wait. */
function keepOrder(held, fresh) {
  const arriving = new Map([...fresh.children].map((row) => [row.id, row]));
  const rows = [...held.children];
  // Of a list that is cut, what lies below the last row that came is only not shown; it is not gone.
  const last = fresh.dataset.cut === undefined ? rows.length : rows.findLastIndex((row) => arriving.has(row.id));
  const kept = rows.map((row, place) => {
    const next = arriving.get(row.id);
    arriving.delete(row.id);
    if (!next) return place > last ? row.cloneNode(true) : goneRow(row);
    return next.dataset.version === row.dataset.version ? next : oldRow(row);
  });
  fresh.replaceChildren(...kept);
  return arriving.size;
}

/** The row as it is, with a note of why it is no longer true. */
function noted(row, mark, words) {
  const copy = row.cloneNode(true);
  if (copy.matches(`.receipt, .gone, .${mark}`)) return copy;
  copy.classList.add(mark);
  const note = document.createElement("span");
  note.textContent = words;
  (copy.querySelector(".p") ?? copy.querySelector(".meta, .w, .t") ?? copy).append(" ", note);
  return copy;
}

const goneRow = (row) => noted(row, "gone", "No longer here: it moved or was dealt with.");

/** Whoever looked at one version decides on that one; the hub refuses it and says why. */
function oldRow(row) {
  unpick(row);
  return noted(row, "old", "A new version came. It shows when you look away from the list.");
}

function unpick(row) {
  if (!row.hasAttribute("data-picked")) return;
  row.removeAttribute("data-picked");
  row.querySelector("[data-pick]").checked = false;
  say("A new version came, so it is no longer picked.");
}

/** What a form decides on. */
const about = (form) => form.querySelector?.("[name=expected_version], [name=version]")?.value;
const isWritten = (form) => [...form.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);

function hold(old, fresh, wait) {
  for (const list of old.querySelectorAll("[data-hold]")) {
    if (!wait || !isHeld(list)) continue;
    const next = list.id ? fresh.querySelector(`#${list.id}`) : fresh.querySelector("[data-hold]");
    if (!next) return false;
    const waiting = keepOrder(list, next);
    const more = next.closest("section, table").querySelector("[data-more]");
    if (more && waiting) {
      more.hidden = false;
      more.textContent = `${waiting} new`;
    }
    next.dataset.pending = "";
  }
  return true;
}

const callbacks = {
  beforeNodeMorphed(old, fresh) {
    if (old.nodeType !== 1) return true;
    if (old.matches(".beat")) {
      if (!fresh.dataset?.seen) return true;
      beat(old, fresh.dataset.seen);
      old.classList.toggle("silent", fresh.classList.contains("silent"));
      return false;
    }
    if (old.matches("#triage > li") && old.dataset.version !== fresh.dataset?.version) unpick(old);
    // A form under the hand goes on to mean the version that it was opened on.
    if (old.matches("form") && about(old) !== about(fresh) && (old.matches(":hover, :focus-within") || isWritten(old))) return false;
    // What somebody is writing or choosing stays, also when it was sent and refused.
    if (old.matches("input:not([type=hidden]),textarea") && (old.value !== old.defaultValue || old.checked !== old.defaultChecked)) return false;
    if (old.matches("select") && old.value !== ([...old.options].findLast((one) => one.defaultSelected) ?? old.options[0])?.value) return false;
    return !old.matches("li.busy,[data-keep]");
  },
  beforeAttributeUpdated(name, element) {
    if (element.matches("#triage > li")) return !["aria-current", "tabindex", "data-picked"].includes(name);
    return !(name === "open" && element.matches("details"));
  },
};

/** Morphs every part of the answer whose id is asked for and on the page.
 * @param {string} html @param {Iterable<string>} ids @param {boolean} wait whether held lists are held */
export function apply(html, ids, wait) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  for (const id of ids) {
    const old = document.getElementById(id), fresh = answer.getElementById(id);
    if (!old || !fresh || !hold(old, fresh, wait)) continue;
    Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", ignoreActiveValue: true, callbacks });
    const now = document.getElementById(id);
    now.classList.remove("slow");
    enhance(now);
  }
  document.dispatchEvent(new Event("bellboard:morphed"));
}
