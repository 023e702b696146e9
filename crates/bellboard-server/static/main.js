// Makes the server's pages live and quick. Without this file every page and form still works.
import { startLive } from "./live.js";
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
