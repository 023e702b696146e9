// The command palette: what can be done with the thing at hand, what the page can do, and where to go. Fetched when it
// is first opened. Everything in it also has a visible control or a plain page.

import { commands } from "./keys.js";

const WAIT_MS = 150;
let dialog = null, input = null, list = null, foundHere = [], foundFor = "", timer = 0, entries = [], at = 0;

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** What a control says, without the caps of its keys. @param {Element} control */
function wordsOf(control) {
  const copy = control.cloneNode(true);
  for (const cap of copy.querySelectorAll("kbd, svg, .c, .mk")) cap.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

const go = (url) => () => { location.href = url; };
const iconOf = (element, other) => element.querySelector("use")?.getAttribute("href").slice(1) ?? other;

function onThisItem() {
  const item = document.querySelector("#triage > li[aria-current]") ?? document.querySelector("main [data-item]");
  const controls = item ? [...item.querySelectorAll("form .btn, .act a.btn, summary.btn, a.btn")] : [];
  return [...new Set(controls)].filter((control) => !control.hidden && control.checkVisibility?.() !== false).map((control) => ({
    words: wordsOf(control), icon: iconOf(control, "doc"), keys: control.getAttribute("aria-keyshortcuts") ?? "",
    run: () => { control.focus(); control.click(); },
  }));
}

function places() {
  const links = [...document.querySelectorAll(".side a.nav")];
  return links.map((link) => ({ words: wordsOf(link).replace(/ \d+ (need you|active|unread)$/, ""), icon: iconOf(link, "home"), url: link.href, run: go(link.href) }));
}

function groups() {
  const known = commands(), isPlace = ({ keys }) => keys.startsWith("g ");
  const keyFor = new Map(known.filter(isPlace).map(({ keys, words }) => [words.replace("Go to ", ""), keys]));
  const actions = known.filter((entry) => /^[p?]$/.test(entry.keys)).map(({ keys, words, run }) => ({ words, keys, icon: "play", run }));
  actions.push({ words: "Start a run", icon: "runs", run: go("/ui/start") });
  const nav = places().map((place) => ({ ...place, keys: keyFor.get(place.words) ?? "" }));
  const here = new Set(nav.map((place) => place.words));
  const sought = input.value.trim().toLowerCase(), fits = ({ words }) => words.toLowerCase().includes(sought);
  const found = sought && foundFor === sought ? foundHere.filter(({ words }) => !here.has(words)) : [];
  return [["On this item", onThisItem().filter(fits)], ["Commands", actions.filter(fits)], ["Go to", [...nav.filter(fits), ...found.filter(fits)]]];
}

/** The words with the part that was sought in bold. */
function marked(words, sought) {
  const from = sought ? words.toLowerCase().indexOf(sought) : -1;
  if (from < 0) return [words];
  return [words.slice(0, from), make("b", {}, words.slice(from, from + sought.length)), words.slice(from + sought.length)];
}

function option(entry, number, sought) {
  const row = make("div", { role: "option", id: `do-${number}`, "aria-selected": "false" }, icon(entry.icon), make("span", { class: "grow" }, ...marked(entry.words, sought)));
  if (entry.place) row.append(make("span", { class: "dim" }, entry.place));
  for (const key of (entry.keys ?? "").split(" ").filter(Boolean)) row.append(make("kbd", {}, key.length === 1 ? key.toUpperCase() : key));
  row.addEventListener("pointermove", () => choose(number));
  row.addEventListener("click", () => { choose(number); act(); });
  return row;
}

function draw() {
  const sought = input.value.trim().toLowerCase();
  entries = [];
  list.replaceChildren(...groups().filter(([, rows]) => rows.length).map(([name, rows]) =>
    make("div", { role: "group", "aria-label": name }, make("div", { class: "h", "aria-hidden": "true" }, name), ...rows.map((entry) => option(entry, entries.push(entry) - 1, sought)))));
  dialog.querySelector(".none").hidden = entries.length > 0;
  choose(0);
}

function choose(number) {
  at = Math.max(0, Math.min(entries.length - 1, number));
  for (const row of list.querySelectorAll("[role=option]")) row.setAttribute("aria-selected", String(row.id === `do-${at}`));
  const chosen = document.getElementById(`do-${at}`);
  chosen ? input.setAttribute("aria-activedescendant", chosen.id) : input.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
}

function act() {
  const entry = entries[at];
  if (!entry) return;
  dialog.close();
  entry.run();
}

function keys(event) {
  const to = { ArrowDown: (at + 1) % (entries.length || 1), ArrowUp: (at || entries.length) - 1 }[event.key];
  if (to !== undefined) choose(to);
  else if (event.key === "Enter") act();
  else return;
  event.preventDefault();
}

/** Asks the hub for what has this name; the page's own search page answers the same. */
async function look() {
  const sought = input.value.trim().toLowerCase();
  if (!sought) return;
  const answer = await fetch(`/_ui/found?${new URLSearchParams({ q: sought })}`, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || input.value.trim().toLowerCase() !== sought) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  foundHere = [...part.querySelectorAll("li")].map((row) => {
    const link = row.querySelector("a"), url = link.getAttribute("href");
    return { words: link.textContent, icon: iconOf(row, "doc"), place: row.querySelector(".w").textContent, run: go(url) };
  });
  foundFor = sought;
  if (foundHere.length) draw();
}

function build() {
  input = make("input", { role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list", "aria-label": "Command, page, run or artifact", autocomplete: "off", spellcheck: "false", maxlength: "200", placeholder: "Search or do" });
  list = make("div", { role: "listbox", id: "palette-list", "aria-label": "Results" });
  const close = make("button", { class: "btn quiet", type: "button" }, make("span", { class: "vh" }, "Close "), make("kbd", {}, "Esc"));
  close.addEventListener("click", () => dialog.close());
  const none = make("p", { class: "none empty", role: "status" }, "Nothing is called so.");
  const foot = make("footer", { class: "keys" }, make("span", {}, make("kbd", {}, "↑"), make("kbd", {}, "↓"), " choose"), make("span", {}, make("kbd", {}, "Enter"), " do"));
  dialog = make("dialog", { id: "palette", "aria-label": "Search and commands" }, make("header", {}, icon("find"), input, close), list, none, foot);
  input.addEventListener("input", () => { draw(); clearTimeout(timer); timer = setTimeout(look, WAIT_MS); });
  input.addEventListener("keydown", keys);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
}

/** @param {string} words what was typed already */
export function openPalette(words) {
  if (!dialog) build();
  if (dialog.open) return;
  input.value = words;
  dialog.showModal();
  draw();
  look();
}
