//! The lines between both orders, as paths of SVG over a gutter of fixed width.

use std::collections::HashMap;

use super::ROW;
use super::fold::{Kept, Place};

/// A path with what it says.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// `pu` pushed by others, `mv` changed itself, `go` and `gx` gone, `nw`, `nd` and `ni` new.
    pub class: &'static str,
    /// The path.
    pub path: String,
}

/// The lines, those of rows that were pushed below all others.
pub fn lines(old: &[Place<'_>], new: &[Place<'_>], kept: &Kept<'_>) -> Vec<Line> {
    let heights = heights_of(old);
    let mut pushed = Vec::new();
    let mut rest = Vec::new();
    for (place, y) in old.iter().zip(middles()) {
        if let Place::Row(id, _) = place
            && !kept.after.contains_key(id)
        {
            rest.push(line("go", format!("M0 {y}H36")));
            rest.push(line("gx", format!("m41 {} 8 8m0-8-8 8", y - 4)));
        }
    }
    for (place, y) in new.iter().zip(middles()) {
        let Place::Row(id, _) = place else { continue };
        if let Some(from) = heights.get(id) {
            let path = format!("M0 {from}C75 {from} 75 {y} 150 {y}");
            if kept.own.contains(id) {
                rest.push(line("mv", path));
            } else {
                pushed.push(line("pu", path));
            }
        } else {
            rest.push(line("nw", format!("M111 {y}H150")));
            // A point that is drawn with round ends keeps its shape, however wide the gutter is.
            rest.push(line("nd", format!("M106 {y}h.01")));
            rest.push(line("ni", format!("M106 {y}h.01")));
        }
    }
    pushed.append(&mut rest);
    pushed
}

fn heights_of<'p>(places: &[Place<'p>]) -> HashMap<&'p str, usize> {
    let rows = places.iter().zip(middles());
    rows.filter_map(|(place, y)| match place {
        Place::Row(id, _) => Some((*id, y)),
        Place::Fold(_) => None,
    })
    .collect()
}

/// The middle of each row, from the top.
fn middles() -> impl Iterator<Item = usize> {
    (0..).map(|row| row * ROW + ROW / 2)
}

fn line(class: &'static str, path: String) -> Line {
    Line { class, path }
}
