// Times: the server writes UTC; here they are shown in the browser's zone, and ages tick. Ages are the only text on a
// page that changes without an event.

let offset = Date.parse(document.documentElement.dataset.now ?? "") - Date.now() || 0;

/** The server's clock, as far as it is known. */
export const serverNow = () => Date.now() + offset;

/** Takes over the clock of an answer. @param {Response} response */
export function trustClock(response) {
  const at = Date.parse(response.headers.get("date") ?? "");
  if (at && Math.abs(at - serverNow()) > 2000) offset = at - Date.now();
}

/** "4 s", "6 min", "1 h", "3 d": one unit, rounded down. @param {number} ms */
export function elapsed(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  return s < 86400 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} d`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");
const day = (d) => `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;

/** "17:39" today, "8 Nov 14:00" otherwise. @param {Date} at */
export function clock(at) {
  const now = new Date(serverNow());
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (day(at) === day(now)) return time;
  const date = `${at.getDate()} ${months[at.getMonth()]}`;
  return at.getFullYear() === now.getFullYear() ? `${date} ${time}` : `${date} ${at.getFullYear()} ${time}`;
}

function since(at) {
  const yesterday = new Date(serverNow());
  yesterday.setDate(yesterday.getDate() - 1);
  return day(at) === day(yesterday) ? `yesterday ${two(at.getHours())}:${two(at.getMinutes())}` : clock(at);
}

function words(element) {
  const at = new Date(element.dateTime ?? element.dataset.at);
  switch (element.dataset.as) {
    case "age": return elapsed(serverNow() - at.getTime());
    case "ago": return `${elapsed(serverNow() - at.getTime())} ago`;
    case "exact": return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    case "since": return since(at);
    default: return clock(at) + (element.dataset.more ?? "");
  }
}

/** Rewrites every time below root, also those that are a choice of a list, where its words changed. @param {ParentNode} root */
export function showTimes(root) {
  for (const element of root.querySelectorAll("[data-as]")) {
    const text = words(element);
    if (element.textContent !== text) element.textContent = text;
  }
}

export function startTimes() {
  showTimes(document);
  setInterval(() => { if (!document.hidden) showTimes(document); }, 1000);
}
