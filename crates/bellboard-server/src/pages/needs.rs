//! Rows of "Needs you" as they can be decided: what each kind looks like, its buttons, and the one that is open.

use bellboard_core::artifact::Kind;
use bellboard_core::time::Timestamp;
use bellboard_hub::home::{Action, NeedsYouItem};
use bellboard_hub::verbs;
use serde_json::Value;

use super::detail::Detail;
use super::mark::Mark;
use super::rows::need_row;
use super::zones::NeedRow;

/// An ask with more options than this shows them when it is opened.
const OPTIONS_IN_A_ROW: usize = 2;

/// One row with its buttons.
#[derive(Debug)]
pub struct NeedCard {
    /// What every row says.
    pub row: NeedRow,
    /// The kind, as the API names it.
    pub kind: String,
    /// The engagement, for the forms.
    pub place: String,
    /// The version that a decision is about.
    pub version: Option<i64>,
    /// What settles it, the usual way first.
    pub ways: Vec<Way>,
    /// The button that leads to where it is looked at, when nothing settles it at once: its word, and where.
    pub look: Option<(&'static str, String)>,
    /// Whether it can be put off.
    pub snooze: bool,
    /// What is shown when it is the selected one.
    pub detail: Option<Detail>,
}

/// One button that settles a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// What the form sends.
    pub act: String,
    /// What the button says.
    pub label: String,
    /// Whether it must say why.
    pub needs_note: bool,
    /// The key that presses it.
    pub key: &'static str,
}

/// The kind of artifact behind a kind of need.
pub fn artifact_kind(kind: &str) -> Option<Kind> {
    let mut kinds = Kind::ALL.iter().copied();
    kinds.find(|known| known.needs_you_kind() == Some(kind))
}

/// The address of home with this row selected, in the view that the person is in.
pub fn item_url(view: &str, kind: &str, id: impl std::fmt::Display) -> String {
    let joint = if view.contains('?') { '&' } else { '?' };
    format!("{view}{joint}item={kind}:{id}")
}

/// The row of `item`, opened with `detail`.
pub fn need_card(
    item: &NeedsYouItem,
    detail: Option<Detail>,
    view: &str,
    now: Timestamp,
) -> NeedCard {
    let kind = item.item_kind.as_str();
    let mut row = need_row(item, now);
    if let Some(mark) = mark_of(kind) {
        row.mark = mark;
        row.title.clone_from(&item.item_label);
        row.url = item_url(view, kind, item.item_id);
    }
    let ways = ways(item);
    let opened_elsewhere = ways.iter().all(|way| way.key == "E");
    NeedCard {
        look: look(item, &row, opened_elsewhere, detail.is_some()),
        snooze: verbs::find("snooze_need").is_some(),
        version: version(item),
        kind: kind.to_owned(),
        place: item.engagement_id.to_string(),
        row,
        ways,
        detail,
    }
}

/// A form has too many fields for a row, so it is filled in on its own page.
fn look(
    item: &NeedsYouItem,
    row: &NeedRow,
    opened_elsewhere: bool,
    is_open: bool,
) -> Option<(&'static str, String)> {
    let kind = item.item_kind.as_str();
    let has_form = kind == "ask" && in_bodies(item, "answer_ask", "option").next().is_none();
    match opened_elsewhere {
        true if has_form => Some((look_word(kind), format!("/ui/asks/{}", item.item_id))),
        true if !is_open => Some((look_word(kind), row.url.clone())),
        _ => None,
    }
}

fn look_word(kind: &str) -> &'static str {
    match kind {
        "ask" => "Answer",
        "run_stale" => "Look",
        _ => "Review",
    }
}

/// Shape and word of what is decided here; runs have their own.
fn mark_of(kind: &str) -> Option<Mark> {
    let (icon, word) = match kind {
        "pending_shape" => ("shape", "Shape"),
        "held_assertion" => ("words", "Assertion"),
        "produced_render_for_review" => ("doc", "Render"),
        "review_report" => ("doc", "Report"),
        "downstream_specification" => ("doc", "Specification"),
        "ask" => ("ask", "Question"),
        _ => return None,
    };
    Some(Mark {
        icon,
        hue: "",
        word,
    })
}

/// A field of the body that the API asks for, in each action `verb`.
fn in_bodies<'a>(
    item: &'a NeedsYouItem,
    verb: &'a str,
    field: &'a str,
) -> impl Iterator<Item = (&'a Value, &'a Action)> {
    let actions = item
        .actions
        .iter()
        .filter(move |action| action.verb == verb);
    actions.filter_map(move |action| Some((action.body.as_ref()?.get(field)?, action)))
}

fn version(item: &NeedsYouItem) -> Option<i64> {
    let (version, _) = in_bodies(item, "decide_artifact", "expected_version").next()?;
    version.as_i64()
}

fn ways(item: &NeedsYouItem) -> Vec<Way> {
    let kind = item.item_kind.as_str();
    if let Some(kind) = artifact_kind(kind) {
        if version(item).is_none() {
            return Vec::new();
        }
        return kind
            .decisions()
            .enumerate()
            .map(|(place, decision)| Way {
                act: decision.as_str().to_owned(),
                label: decision.label(),
                needs_note: decision.needs_note(),
                key: if place == 0 { "A" } else { "R" },
            })
            .collect();
    }
    match kind {
        "ask" => answers(item),
        "run_follow_up" | "external_failure" | "task_needs_human" => {
            vec![plain("done", "Done", "E")]
        }
        "run_stale" => vec![plain("snooze", "Keep waiting", "E")],
        _ => Vec::new(),
    }
}

fn answers(item: &NeedsYouItem) -> Vec<Way> {
    let options: Vec<_> = in_bodies(item, "answer_ask", "option").collect();
    if options.len() > OPTIONS_IN_A_ROW {
        return Vec::new();
    }
    options
        .into_iter()
        .zip(["A", "R"])
        .filter_map(|((option, action), key)| {
            let act = format!("answer:{}", option.as_str()?);
            Some(Way {
                needs_note: action.needs_note,
                ..plain(&act, &action.label, key)
            })
        })
        .collect()
}

fn plain(act: &str, label: &str, key: &'static str) -> Way {
    Way {
        act: act.to_owned(),
        label: label.to_owned(),
        needs_note: false,
        key,
    }
}
