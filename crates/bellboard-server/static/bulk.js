// Several decisions in one call. Fetched when somebody first picks a row. Only what is visible and picked is decided.

import { leave } from "./triage.js";
import { receipt, restore, offerUndo, settle } from "./decide.js";
import { changedHere } from "./live.js";
import { say } from "./enhance.js";

const NAMES = { pending_shape: "shape", held_assertion: "assertion", produced_render_for_review: "render", review_report: "report", downstream_specification: "specification" };
const picked = () => [...document.querySelectorAll("#triage > li[data-picked]:not(.receipt,.gone)")];
const first = (row) => row.querySelector(".act button[aria-keyshortcuts=A]");

/** @param {HTMLElement} row */
export function toggle(row) {
  if (!row.dataset.version || !first(row)) return say("This one is decided by itself.");
  const isPicked = row.toggleAttribute("data-picked");
  row.querySelector("[data-pick]").checked = isPicked;
  if (isPicked) mode(true);
  say(isPicked ? `Picked. ${picked().length} in all.` : "No longer picked.");
  draw();
}

/** Whether rows show their boxes; without them nothing stays picked. @param {boolean} [on] */
export function mode(on) {
  if (!document.documentElement.toggleAttribute("data-selecting", on)) picked().forEach(toggle);
  document.dispatchEvent(new Event("bellboard:morphed"));
}

/** The bar names what it does; different kinds get a button each. */
function draw() {
  const list = document.getElementById("triage"), rows = picked();
  let bar = document.getElementById("bulk");
  if (!rows.length || !list) return bar?.remove();
  if (!bar) {
    bar = document.createElement("footer");
    bar.id = "bulk";
    bar.className = "bulk";
  }
  const kinds = Map.groupBy(rows, (row) => row.dataset.kind);
  bar.replaceChildren(...[...kinds].map(([kind, some]) => {
    const button = document.createElement("button");
    button.className = "btn pri";
    button.type = "button";
    button.textContent = `${first(some[0]).firstChild.textContent.trim()} ${some.length} ${NAMES[kind]}${some.length > 1 ? "s" : ""}`;
    button.addEventListener("click", () => decide(some));
    return button;
  }));
  list.after(bar);
}

async function decide(some) {
  const ways = some.map((row) => ({ row, form: first(row).form, act: first(row).value }));
  const items = ways.map(({ row, act }) => ({ artifact_id: row.id.slice(5), decision: act, expected_version: Number(row.dataset.version) }));
  leave(some);
  for (const { row, form, act } of ways) receipt(row, form, act, "");
  draw();
  const back = (why) => { for (const row of some) restore(row, why); };
  try {
    const answer = await fetch("/api/me/decisions", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ items, undo_seconds: Number(document.documentElement.dataset.undo) }) });
    const said = await answer.json();
    if (!answer.ok) return back(said.detail);
    said.results.forEach(({ problem }, place) => {
      const { row, form } = ways[place];
      if (problem) return restore(row, problem.detail);
      offerUndo(row, form.action);
      settle(row);
    });
    say(`${said.results.filter(({ problem }) => !problem).length} decided.`);
    changedHere();
  } catch {
    back("The server cannot be reached, so this may not have been saved.");
  }
}

document.addEventListener("bellboard:morphed", draw);
