//! Other ways to look at a page than a screen with its own colours: forced colours, and paper.

use serde_json::{Value, json};

use super::driver::Window;

/// Says of each selector what cannot be seen: nothing fits, it is not drawn, or its colour stands out too little from what
/// lies behind it.
const UNSEEN: &str = r"
const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const read = colour => {
  paint.clearRect(0, 0, 1, 1);
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  return [...paint.getImageData(0, 0, 1, 1).data];
};
const ground = element => {
  for (let one = element; one; one = one.parentElement) {
    const colour = one instanceof SVGElement ? [0, 0, 0, 0] : read(getComputedStyle(one).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255, 255];
};
const light = ([r, g, b]) => [r, g, b].map(part => part / 255)
  .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
  .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
const faults = [];
for (const [selector, property, least] of arguments[0]) {
  const found = [...document.querySelectorAll(selector)];
  if (!found.length) faults.push(`${selector}: there is none`);
  for (const element of found) {
    if (!element.getClientRects().length) { faults.push(`${selector}: not drawn`); break; }
    const style = getComputedStyle(element), value = style[property], behind = ground(element);
    if (value === 'none') { faults.push(`${selector}: no ${property}`); break; }
    const colour = read(value), covers = colour[3] / 255 * Number(style.opacity);
    const seen = behind.map((part, place) => part + (colour[place] - part) * covers);
    const [dark, bright] = [light(seen), light(behind)].sort((a, b) => a - b);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < least) { faults.push(`${selector}: ${value} on ${behind}: ${contrast.toFixed(2)}`); break; }
  }
}
return faults;
";

/// What has to be seen: a selector, the property that gives its colour, and how far that stands out at least.
pub type Seen<'a> = (&'a str, &'a str, f64);

/// A line or a mark; text; and what only divides.
pub const MARK: f64 = 3.0;
pub const TEXT: f64 = 4.5;
pub const QUIET: f64 = 1.2;

/// Fails when something of this cannot be seen as the page is shown now.
pub async fn is_seen(window: &Window, all: &[Seen<'_>]) {
    let faults = window.client.execute(UNSEEN, vec![json!(all)]).await;
    let faults = faults.unwrap();
    assert_eq!(faults, json!([]), "{faults}");
}

/// Shows the page with the colours that a system of this scheme forces on it.
pub async fn force_colours(window: &Window, scheme: &str) {
    let features = json!([
        {"name": "forced-colors", "value": "active"}, {"name": "prefers-color-scheme", "value": scheme},
    ]);
    emulate(window, "", features).await;
    window
        .wait_until(&format!(
            "matchMedia('(forced-colors: active) and (prefers-color-scheme: {scheme})').matches"
        ))
        .await;
}

/// Shows the page as it is printed, and looks that nothing of the navigation is.
pub async fn print(window: &Window) {
    let features = json!([{"name": "forced-colors", "value": "none"}, {"name": "prefers-color-scheme", "value": ""}]);
    emulate(window, "print", features).await;
    window.wait_until("matchMedia('print').matches").await;
    // Where a page belongs is worth its line on paper too.
    let around = "nav:not(.crumbs), .top, .strip, .toasts, .pager, form.pair";
    let printed = format!(
        "[...document.querySelectorAll('{around}')].filter(one => one.getClientRects().length).map(one => one.className)"
    );
    assert_eq!(window.value(&printed).await, json!([]));
    let width = "document.querySelector('main').getBoundingClientRect().width / innerWidth";
    let share = window.value(width).await.as_f64().unwrap();
    assert!(share > 0.9, "the page has its paper for itself: {share}");
    let ink = window.value("getComputedStyle(document.body).color").await;
    assert_eq!(ink, "rgb(28, 26, 23)", "dark on paper, whatever the theme");
}

async fn emulate(window: &Window, media: &str, features: Value) {
    let how = json!({ "media": media, "features": features });
    window.command("Emulation.setEmulatedMedia", how).await;
}
