// What came of a start, told once: the words leave the address at once, so that they are gone after a reload, and the
// page after ten seconds, unless somebody is reading them.

const SHOWN_MS = 10000, ANNOUNCE_MS = 100;

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) return setTimeout(() => leave(toast), 1000);
  toast.remove();
}

export function startToasts() {
  const region = document.getElementById("toasts"), toasts = [...(region?.children ?? [])];
  if (!toasts.length) return;
  const address = new URL(location.href);
  for (const name of ["started", "as"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
  // A live region speaks only of what arrives in it.
  region.replaceChildren();
  setTimeout(() => region.append(...toasts), ANNOUNCE_MS);
  for (const toast of toasts) setTimeout(() => leave(toast), SHOWN_MS);
  region.addEventListener("click", (event) => {
    if (!event.target.closest("[data-dismiss]")) return;
    event.preventDefault();
    event.target.closest(".toast").remove();
    document.getElementById("main").focus();
  });
}
