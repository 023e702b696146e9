//! The kinds that each zone knows, and the `?kind=a,b` filter over them. The source's kinds are all accepted, so that a
//! strict client can ask for its own only.

use super::Zone;
use crate::fault::{Fault, Outcome};

const ACTIVE: &[&str] = &[
    "shape_production",
    "render_production",
    "composition",
    "external_polling",
    "run",
];
const NEEDS_YOU: &[&str] = &[
    "pending_shape",
    "held_assertion",
    "produced_render_for_review",
    "review_report",
    "external_failure",
    "downstream_specification",
    "ask",
    "run_follow_up",
    "run_stale",
    "task_needs_human",
    "snapshot_alert",
];
const RECENT: &[&str] = &["render", "review_report", "transformed_artifact", "run"];

/// A checked filter over kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds(String);

impl Kinds {
    /// Reads `a,b`; an unknown kind is refused, naming those that the zone knows.
    pub fn parse(zone: Zone, text: Option<&str>) -> Outcome<Self> {
        let known = match zone {
            Zone::Active => ACTIVE,
            Zone::NeedsYou => NEEDS_YOU,
            Zone::Recent => RECENT,
        };
        let Some(text) = text else {
            return Ok(Self(String::new()));
        };
        let mut asked: Vec<&str> = text.split(',').map(str::trim).collect();
        if let Some(unknown) = asked.iter().find(|kind| !known.contains(*kind)) {
            return Err(Fault::invalid(
                "kind",
                format!(
                    "There is no kind `{}` here. The kinds are {}.",
                    unknown.chars().take(40).collect::<String>(),
                    known.join(", ")
                ),
            ));
        }
        asked.sort_unstable();
        asked.dedup();
        Ok(Self(format!(",{},", asked.join(","))))
    }

    /// `,a,b,`, or an empty text for every kind.
    pub fn as_pattern(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_checked_against_the_zone() {
        let parse = |zone, text| Kinds::parse(zone, text).map(|kinds| kinds.0);
        assert_eq!(parse(Zone::Active, None).unwrap(), "");
        assert_eq!(
            parse(Zone::Active, Some("run, composition,run")).unwrap(),
            ",composition,run,"
        );
        assert_eq!(parse(Zone::Recent, Some("render")).unwrap(), ",render,");
        let fault = parse(Zone::Recent, Some("composition")).unwrap_err();
        assert_eq!(fault.field.as_deref(), Some("kind"));
        assert!(
            fault.detail.contains("render, review_report"),
            "{}",
            fault.detail
        );
        assert!(parse(Zone::NeedsYou, Some("")).is_err());
    }
}
