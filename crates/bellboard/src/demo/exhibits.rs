//! What the agents of the demo make and put before a person: every kind that is decided about, and a few things about
//! which everything is decided already.

use bellboard_core::artifact::{Decision, Kind};
use serde_json::{Value, json};

use super::cast::{ASTER, HARBOUR, LINDGREN, NORTHRAIL, PAPERBOAT};

/// Something that is made, shown, decided about by whoever looks, and made again.
pub struct Exhibit {
    /// Which of the places.
    pub place: usize,
    /// What it is.
    pub kind: Kind,
    /// The run that makes it.
    pub run_type: &'static str,
    /// What people read about the run.
    pub run_label: &'static str,
    /// What people read, one after the other: the next when the one before is decided.
    pub labels: &'static [&'static str],
    /// What it is about.
    pub detail: &'static str,
    /// What is in the version of this number.
    pub content: fn(u32) -> Content,
    /// What became of the first versions of the first one, so that it comes with a past.
    pub past: &'static [Settled],
    /// When it is made for the first time, after the demo starts.
    pub first_after_seconds: u64,
    /// Between a decision and what follows.
    pub rest_seconds: u64,
}

/// A decision of the demo's reviewer.
#[derive(Debug, Clone, Copy)]
pub struct Settled {
    /// What.
    pub decision: Decision,
    /// Why.
    pub note: Option<&'static str>,
}

/// What is in a version.
pub enum Content {
    /// A JSON object.
    Inline(Value),
    /// Files: name, media type, text.
    Files(Vec<(&'static str, &'static str, String)>),
}

/// Something about which everything is decided, or nothing ever is.
pub struct Past {
    /// Which of the places.
    pub place: usize,
    /// What it is.
    pub kind: Kind,
    /// What people read.
    pub label: &'static str,
    /// What it is about.
    pub detail: &'static str,
    /// What is in it.
    pub content: fn() -> Content,
    /// What was decided.
    pub settled: Option<Settled>,
}

const fn settled(decision: Decision, note: Option<&'static str>) -> Settled {
    Settled { decision, note }
}

/// What waits for a person.
pub const EXHIBITS: [Exhibit; 6] = [
    Exhibit {
        place: ASTER,
        kind: Kind::Shape,
        run_type: "shape.production",
        run_label: "Shape the access policies",
        labels: &["Guest access policy", "Device policy", "Session policy"],
        detail: "Three renders wait for it. Rejecting asks for a reason; the agent gets it as its next instruction.",
        content: access_policy,
        past: &[
            settled(Decision::Confirm, None),
            settled(
                Decision::Reject,
                Some("Guests must not register applications"),
            ),
        ],
        first_after_seconds: 0,
        rest_seconds: 90,
    },
    Exhibit {
        place: ASTER,
        kind: Kind::Assertion,
        run_type: "assertion.production",
        run_label: "Check what is known",
        labels: &[
            "MFA is enforced for all 214 admins",
            "No guest has an admin role",
        ],
        detail: "Held: the evidence is 9 days old",
        content: |_| {
            Content::Inline(json!({
                "claim": "All 214 accounts with an admin role sign in with a second factor",
                "evidence": {"source": "sign-in log", "rows": 1_284, "newest_days_old": 9},
                "exceptions": [],
            }))
        },
        past: &[],
        first_after_seconds: 3,
        rest_seconds: 150,
    },
    Exhibit {
        place: PAPERBOAT,
        kind: Kind::Render,
        run_type: "render.production",
        run_label: "Render the board pack",
        labels: &["Q4 board pack", "Q4 appendix", "Letter to the members"],
        detail: "Two files: the pack and the figures behind it",
        content: board_pack,
        past: &[],
        first_after_seconds: 1,
        rest_seconds: 120,
    },
    Exhibit {
        place: HARBOUR,
        kind: Kind::ReviewReport,
        run_type: "tenant.review.report",
        run_label: "Write the review",
        labels: &["Quarterly tenant review", "Sign-in review, October"],
        detail: "31 findings, 2 of them serious; nothing starts before somebody has read it",
        content: |_| {
            Content::Inline(json!({
                "findings": 31,
                "serious": ["Two accounts sign in without a second factor", "The log has gaps on 2 of 31 days"],
                "compared_with": "the second quarter",
            }))
        },
        past: &[],
        first_after_seconds: 2,
        rest_seconds: 180,
    },
    Exhibit {
        place: NORTHRAIL,
        kind: Kind::DownstreamSpecification,
        run_type: "specification.production",
        run_label: "Specify the next step",
        labels: &["Split the fetch worker", "Move the archive"],
        detail: "What the next agent builds once it is accepted",
        content: |version| {
            Content::Inline(json!({
                "goal": "A refused remote stops one repository, not all of them",
                "steps": ["one queue for each remote", "keep the order inside of a repository"],
                "estimate_hours": 6 + version,
            }))
        },
        past: &[],
        first_after_seconds: 4,
        rest_seconds: 200,
    },
    Exhibit {
        place: LINDGREN,
        kind: Kind::Shape,
        run_type: "shape.production",
        run_label: "Shape the plate layout",
        labels: &["Plate layout, batch 18", "Plate layout, batch 19"],
        detail: "The nightly batch takes the layout that was confirmed last",
        content: |version| {
            Content::Inline(json!({
                "plate": "384 wells",
                "controls": {"negative": 16, "positive": 8 + version},
                "replicates": 3,
            }))
        },
        past: &[],
        first_after_seconds: 6,
        rest_seconds: 240,
    },
];

/// What was decided before anybody looked.
pub const PAST: [Past; 4] = [
    Past {
        place: PAPERBOAT,
        kind: Kind::Render,
        label: "Incident summary",
        detail: "4 pages",
        content: || {
            let text = "# Incident summary\n\nMail was late on 3 November, from 09:12 to 10:40.\n";
            Content::Files(vec![(
                "incident-summary.md",
                "text/markdown",
                text.to_owned(),
            )])
        },
        settled: Some(settled(Decision::Accept, Some("Clear, and short enough"))),
    },
    Past {
        place: HARBOUR,
        kind: Kind::ReviewReport,
        label: "Access review, second quarter",
        detail: "18 findings, all of them closed",
        content: || Content::Inline(json!({"findings": 18, "open": 0})),
        settled: Some(settled(Decision::Acknowledge, None)),
    },
    Past {
        place: LINDGREN,
        kind: Kind::TransformedArtifact,
        label: "Measurements of October, cleaned",
        detail: "From the raw export: doubles removed, units made equal",
        content: || {
            let rows =
                (1..=96).map(|well| format!("{well},{}\n", 0.42 + f64::from(well % 7) / 100.0));
            let text = format!("well,absorbance\n{}", rows.collect::<String>());
            Content::Files(vec![("measurements.csv", "text/csv", text)])
        },
        settled: None,
    },
    Past {
        place: NORTHRAIL,
        kind: Kind::DownstreamSpecification,
        label: "Close stale tasks after 90 days",
        detail: "Built since; the weekly run follows it",
        content: || Content::Inline(json!({"after_days": 90, "except": ["blocked"]})),
        settled: Some(settled(
            Decision::Accept,
            Some("90 days, as the team agreed"),
        )),
    },
];

/// Each version adds rules to the one before, and answers what was said about it.
fn access_policy(version: u32) -> Content {
    let mut rules = json!({
        "guests.may_invite": false,
        "guests.see_directory": false,
        "guests.may_register_applications": version < 3,
        "sessions.end_after_hours": if version < 3 { 24 } else { 12 },
    });
    if version > 1 {
        rules["guests.need_compliant_device"] = json!(true);
        rules["guests.review_every_days"] = json!(90);
    }
    if version > 2 {
        rules["guests.accept_terms"] = json!("each year");
        rules["guests.sign_in_risk"] = json!("block when high");
    }
    if version > 3 {
        rules["revision"] = json!(version);
    }
    Content::Inline(json!({"applies_to": "Guests of Aster Bank", "rules": rules}))
}

fn board_pack(version: u32) -> Content {
    let pack = format!(
        "# Q4 board pack, draft {version}\n\nRevenue is up 8 % on the third quarter. Two risks are new.\n"
    );
    let figures = "month,revenue\nOctober,412000\nNovember,431500\n".to_owned();
    Content::Files(vec![
        ("board-pack.md", "text/markdown", pack),
        ("figures.csv", "text/csv", figures),
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::demo::cast::PLACES;

    #[test]
    fn every_kind_that_is_decided_about_waits_and_every_place_has_something() {
        let kinds: BTreeSet<&str> = EXHIBITS.iter().map(|one| one.kind.as_str()).collect();
        let decided = Kind::ALL
            .iter()
            .filter(|kind| kind.decisions().next().is_some());
        assert_eq!(kinds, decided.map(|kind| kind.as_str()).collect());
        let places: BTreeSet<usize> = EXHIBITS.iter().map(|one| one.place).collect();
        assert_eq!(places.len(), PLACES.len());
        let past: BTreeSet<&str> = PAST.iter().map(|one| one.kind.as_str()).collect();
        let recent = Kind::ALL.iter().filter(|kind| kind.is_recent());
        assert!(
            recent
                .map(|kind| kind.as_str())
                .all(|kind| past.contains(kind))
        );
    }

    #[test]
    fn what_was_decided_is_what_the_kind_knows() {
        let of_exhibits = EXHIBITS
            .iter()
            .flat_map(|one| one.past.iter().map(|settled| (one.kind, *settled)));
        let of_past = PAST.iter().filter_map(|one| Some((one.kind, one.settled?)));
        for (kind, settled) in of_exhibits.chain(of_past) {
            assert!(
                kind.decisions().any(|known| known == settled.decision),
                "{kind}"
            );
            assert!(
                settled.note.is_some() || !settled.decision.needs_note(),
                "{kind}"
            );
        }
    }
}
