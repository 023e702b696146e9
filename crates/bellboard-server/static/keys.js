// Single-key shortcuts: one registry, one sheet (?), one switch. A key is never the only way.

import { togglePause } from "./live.js";

const registry = [];
const prefixes = { g: "Go to" };
let prefix = "", prefixTimer = 0;

/** The switch is a setting of the person, so it comes with the page. */
export const keysOn = () => document.documentElement.dataset.keys !== "off";

/** @param {string} keys such as "j" or "g h" @param {string} words @param {(event: KeyboardEvent) => void} run */
export function register(keys, words, run) {
  registry.push({ keys, words, run });
}

/** What the palette offers. */
export const commands = () => registry.filter((entry) => entry.words);

function sheet() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Keyboard shortcuts");
  const list = document.createElement("dl");
  list.className = "kv";
  for (const { keys, words } of registry.filter((entry) => entry.words)) {
    const name = document.createElement("dt"), what = document.createElement("dd");
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key.length === 1 ? key.toUpperCase() : key.replace("Arrow", "");
      name.append(cap, " ");
    }
    what.textContent = words;
    list.append(name, what);
  }
  const head = document.createElement("header"), title = document.createElement("h2"), grow = document.createElement("span"), close = document.createElement("button");
  title.textContent = "Keyboard shortcuts";
  grow.className = "grow";
  close.className = "btn quiet";
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  head.append(title, grow, close);
  dialog.append(head, list);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !keysOn()) return;
  if (event.target.closest?.("input:not([type=checkbox],[type=radio]),textarea,select,dialog,[contenteditable]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const found = registry.find((entry) => entry.keys === (prefix ? `${prefix} ${key}` : key));
  clearTimeout(prefixTimer);
  prefix = "";
  if (found) {
    found.run(event);
  } else if (prefixes[key]) {
    prefix = key;
    prefixTimer = setTimeout(() => { prefix = ""; }, 1500);
  }
}

export function startKeys() {
  register("p", "Pause or resume live updates", togglePause);
  for (const [key, place, path] of [["h", "Home", ""], ["r", "Runs", "ui/runs"], ["b", "Dashboards", "ui/dashboards"], ["l", "Bells", "ui/bells"], ["d", "Domains", "ui/domains"], ["w", "Workstreams", "ui/workstreams"], ["n", "Notifications", "ui/notifications"]]) {
    register(`g ${key}`, `Go to ${place}`, () => { location.href = `/${path}`; });
  }
  for (const [key, way, words] of [["[", "prev", "Previous"], ["]", "next", "Next"]]) {
    register(key, `${words} snapshot`, () => document.querySelector(`[rel=${way}]`)?.click());
  }
  register("?", "Show this list", sheet);
  document.addEventListener("keydown", press);
}
