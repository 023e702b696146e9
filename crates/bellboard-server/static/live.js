// The stream of hints, the Live label and Pause. A hint says only what changed; the page then fetches the parts it
// shows, in one batch. A lost hint costs latency, never truth: while something is active the page also looks by itself.

import { apply, isHeld } from "./morph.js";
import { say } from "./enhance.js";
import { clock, elapsed, serverNow, trustClock } from "./times.js";

const STRUCTURAL_MS = 250, PROGRESS_MS = 1000, LOOK_MS = 30000, HIDDEN_MS = 30000, BADGE_MS = 60000, LEAVING_MS = 60000;
const PARTS = ["answer", "zone-needs", "zone-active", "zone-recent", "nav-links", "tabs", "strip", "runs-list", "notifications"];
const MOVING = ["zone-active", "strip", "runs-list"];

let stream = null, retry = 0, broken = 0, lastData = serverNow(), lastLook = 0, lastProgress = 0;
let paused = sessionStorage.getItem("bellboard.paused") === "1";
let missed = 0, leaving = 0, loadingSince = 0, timer = 0, due = 0, wasNeeding = 0, said = 0;
const wanted = new Set();

const runHere = () => document.querySelector("[data-run]")?.dataset.run;
const parts = (ids) => ids.filter((id) => document.getElementById(id));
const partOf = (element) => element.closest("section, #runs-list").id;
/** Parts that only their own page knows; such a page is fetched whole. */
const ownParts = () => [...document.querySelectorAll("[data-part]")].map((part) => part.id);
const allParts = () => [...parts(PARTS), ...ownParts(), ...(runHere() ? [`run-${runHere()}`] : [])];

function label() {
  const from = `Data from ${clock(new Date(lastData))}.`;
  let words = "Live", dot = "dot";
  if (paused) [words, dot] = [missed === 1 ? "Paused. 1 update waiting." : `Paused. ${missed} updates waiting.`, "dot off"];
  else if (loadingSince && Date.now() - loadingSince > 1000) [words, dot] = [`Loading since ${elapsed(Date.now() - loadingSince)}`, "dot off"];
  else if (broken && Date.now() - broken > 30000) [words, dot] = [`Stale since ${clock(new Date(lastData))}`, "dot off"];
  else if (broken && Date.now() - broken > 3000) [words, dot] = [`Reconnecting. ${from}`, "dot off"];
  for (const live of document.querySelectorAll("[data-live]")) {
    const text = live.querySelector(".w"), mark = live.querySelector(".dot"), button = live.querySelector("[data-pause]");
    if (text.textContent !== words) text.textContent = words;
    mark.className = dot;
    button.hidden = false;
    const verb = paused ? "Resume live updates" : "Pause live updates";
    if (button.getAttribute("aria-label") !== verb) {
      button.setAttribute("aria-label", verb);
      button.title = `${verb} (P)`;
      button.querySelector("use").setAttribute("href", paused ? "#play" : "#pause");
    }
  }
}

/** Fetches these parts soon; many hints become one fetch. */
function want(ids, ms) {
  for (const id of ids) wanted.add(id);
  const at = Date.now() + ms;
  if (!wanted.size || (timer && due <= at)) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(() => { timer = 0; const ids = [...wanted]; wanted.clear(); load(ids, true); }, ms);
}

function address(ids) {
  if (document.querySelector("[data-part]") || (!document.getElementById("zone-active") && !runHere())) return location.href;
  const query = new URLSearchParams({ ids: ids.join(",") });
  const view = new URLSearchParams(location.search);
  for (const name of ["e", "item", "group"]) if (view.get(name)) query.set(name, view.get(name));
  if (runHere()) query.set("run", runHere());
  return `/_ui/fragments?${query}`;
}

/** The server says when a part will read differently although nothing is reported: a run falls silent, or a run that
 * ended has been in the strip long enough. @param {string[]} ids */
function expect(ids) {
  for (const part of ids.map((id) => document.getElementById(id))) {
    if (part) part.lookAt = part.dataset.lookIn ? Date.now() + Number(part.dataset.lookIn) : Infinity;
  }
}

async function load(ids, wait) {
  if (!ids.length) return;
  loadingSince ||= Date.now();
  const dim = setTimeout(() => { for (const id of ids) document.getElementById(id)?.classList.add("slow"); label(); }, 1000);
  try {
    const answer = await fetch(address(ids), { headers: { accept: "text/html" }, signal: AbortSignal.timeout(20000) });
    if (answer.status === 401) return redraw();
    if (!answer.ok) throw new Error(String(answer.status));
    trustClock(answer);
    apply(await answer.text(), ids, wait);
    expect(ids);
    lastData = serverNow();
    lastLook = Date.now();
    if (stream?.readyState === EventSource.OPEN) broken = 0;
    badge();
  } catch {
    broken ||= Date.now();
  } finally {
    clearTimeout(dim);
    for (const id of ids) document.getElementById(id)?.classList.remove("slow");
    loadingSince = 0;
    label();
  }
}

/** Title, favicon and app badge follow the count in the navigation. */
function badge(count = Number(document.getElementById("nav-links")?.dataset.needs ?? 0)) {
  const title = document.querySelector("[data-run]")?.dataset.title ?? document.documentElement.dataset.title, icon = document.getElementById("favicon");
  document.title = count ? `(${count}) ${title}` : title;
  const href = count ? icon.dataset.dot : icon.dataset.plain;
  if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
  if (count !== wasNeeding) navigator.setAppBadge?.(count).catch(() => {});
  if (count > wasNeeding && Date.now() - said > 30000) {
    say(`${count - wasNeeding} more need you`);
    said = Date.now();
  }
  wasNeeding = count;
}

/** Draws the whole page anew; whoever is just leaving it is not called back. */
function redraw() {
  if (Date.now() < leaving) return setTimeout(redraw, LEAVING_MS);
  location.reload();
}

function hint(event) {
  if (paused) { missed++; return label(); }
  // The set-up list gives way to home with the first run.
  if (event.type === "run.started" && document.querySelector("[data-setup]")) return redraw();
  let id = "";
  try { id = JSON.parse(event.data).id ?? ""; } catch { /* a hint without data still says that something changed */ }
  // What a run asks and makes has ids of its own.
  const run = runHere(), mine = run && (run === id || /^a/.test(event.type)) ? [`run-${run}`] : [];
  if (event.type === "run.progress") {
    const ids = [...parts(MOVING), ...mine];
    if (ids.length) want(ids, Math.max(0, lastProgress + PROGRESS_MS - Date.now()));
    lastProgress = Math.max(lastProgress, Date.now());
  } else {
    want([...parts(PARTS), ...ownParts(), ...mine], STRUCTURAL_MS);
  }
}

function open() {
  stream?.close();
  stream = new EventSource("/events");
  // Whoever looks from outside sees in the markup whether the stream is there.
  const told = document.documentElement.dataset;
  stream.onopen = () => {
    told.stream = "open";
    retry = 0;
    broken = 0;
    label();
  };
  stream.onerror = () => {
    delete told.stream;
    broken ||= Date.now();
    if (stream.readyState !== EventSource.CLOSED) return;
    const wait = Math.min(30000, 1000 * 2 ** retry++) * (0.5 + Math.random() / 2);
    setTimeout(() => { if (!document.hidden) { open(); resync(); } }, wait);
  };
  for (const type of ["run.started", "run.progress", "run.ended", "needs_you.changed", "ask.changed", "artifact.changed", "engagement.changed", "work.changed", "dashboard.changed", "snapshot.taken", "delivery.changed", "comment.added", "reset"]) stream.addEventListener(type, hint);
}

/** Jumps to the present state. */
export function resync() {
  missed = 0;
  if (!paused) want(allParts(), 0);
  label();
}

export function togglePause() {
  paused = !paused;
  sessionStorage.setItem("bellboard.paused", paused ? "1" : "0");
  say(paused ? "Live updates are paused." : "Live updates go on.");
  resync();
}

/** A row was dealt with here: its list and the counts are fetched again. */
export const changedHere = () => want(allParts(), STRUCTURAL_MS);

let hiddenTimer = 0, badgeTimer = 0;
function visibility() {
  clearTimeout(hiddenTimer);
  clearInterval(badgeTimer);
  if (!document.hidden) {
    if (!stream || stream.readyState === EventSource.CLOSED) open();
    return resync();
  }
  hiddenTimer = setTimeout(() => {
    stream.close();
    badgeTimer = setInterval(async () => {
      const answer = await fetch("/me/badge", { headers: { accept: "application/json" } }).catch(() => null);
      if (answer?.ok) badge((await answer.json()).needs_you);
    }, BADGE_MS);
  }, HIDDEN_MS);
}

/** Every second: the label, lists whose hand has left, and a look of our own while something is active. */
function tick() {
  if (document.hidden) return;
  label();
  if (paused) return;
  for (const list of document.querySelectorAll("[data-hold][data-pending]")) {
    if (isHeld(list)) continue;
    delete list.dataset.pending;
    want([partOf(list)], 0);
  }
  const active = document.querySelector("#zone-active li, [data-run] .now, #strip .chip, #runs-list progress"), all = allParts();
  const due = all.filter((id) => document.getElementById(id).lookAt <= Date.now());
  for (const id of due) document.getElementById(id).lookAt = Infinity;
  if (due.length || (Date.now() - lastLook > LOOK_MS && (active || broken))) { lastLook = Date.now(); want(all, 0); }
}

export function startLive() {
  wasNeeding = Number(document.getElementById("nav-links")?.dataset.needs ?? 0);
  if (!document.querySelector("[data-live]")) return;
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-pause]")) togglePause();
    const more = event.target.closest?.("[data-more]");
    if (more) load([partOf(more)], false);
  });
  lastLook = Date.now();
  expect(allParts());
  navigator.setAppBadge?.(wasNeeding).catch(() => {});
  document.addEventListener("visibilitychange", visibility);
  addEventListener("pageshow", (event) => { if (event.persisted) { open(); resync(); } });
  addEventListener("beforeunload", () => { leaving = Date.now() + LEAVING_MS; });
  addEventListener("pagehide", () => stream?.close());
  setInterval(tick, 1000);
  open();
  label();
}
