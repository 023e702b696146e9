//! The editor of a new bell: the rule, what it would have done, and who is to be told.

use std::collections::BTreeMap;

use askama::Template;
use bellboard_core::dashboard::Baseline;
use bellboard_core::id::DashboardId;
use bellboard_core::membership::Capability;
use serde_json::Value;

use super::ladder::Ladder;
use super::rule::{Condition, Kind, Nameable, RuleForm};
use super::tried::{Tried, tried};
use super::words::{field_words, span_words};
use crate::pages::dashboards::Place;
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// How seldom a bell may ring, and how long bells are gathered, in seconds.
const SPANS: [u32; 5] = [3_600, 21_600, 43_200, 86_400, 604_800];

/// The editor as the page shows it.
#[derive(Debug, Template)]
#[template(path = "bell_editor.html")]
pub struct Editor {
    id: DashboardId,
    rule: RuleForm,
    rows: Vec<RowView>,
    offered: Vec<Kind>,
    sends: Sends,
    may_address: bool,
    /// The hub sends no mail yet.
    mail_waits: bool,
    tried: Option<Tried>,
    ladder: Ladder,
    /// The ladder's number is the one of this row.
    main_row: Option<usize>,
    /// Why nothing could be tried.
    untried: Option<String>,
    /// Why it was not saved.
    wrong: Option<String>,
    /// Where the list of bells beside it goes on.
    before: String,
    json: String,
    command: Option<Commands>,
}

impl askama::filters::HtmlSafe for Editor {}

/// One condition with what can be chosen in it.
#[derive(Debug)]
struct RowView {
    at: usize,
    condition: Condition,
    fields: Vec<Choice>,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its word in the form.
    pub value: String,
    /// What a person reads.
    pub words: String,
    /// It is chosen.
    pub chosen: bool,
}

/// The same rule on the command line.
#[derive(Debug)]
struct Commands {
    test: String,
    add: String,
}

/// Who is told, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sends {
    /// In Bellboard.
    pub to_me: bool,
    /// By mail.
    pub to_mail: bool,
    /// The address of mail.
    pub mail: String,
    /// By a signed webhook.
    pub to_webhook: bool,
    /// The address of the web.
    pub webhook: String,
    /// Not more often than once in so many seconds.
    pub at_most: Option<u32>,
    /// Gathered for so many seconds.
    pub digest: Option<u32>,
    /// When it begins to be quiet; empty for never.
    pub quiet_from: String,
    /// When it ends to be quiet.
    pub quiet_to: String,
    /// Whose clock.
    pub zone: String,
}

impl Sends {
    /// What stands in the controls; a new bell rings in Bellboard.
    pub fn read(typed: &BTreeMap<String, String>, zone: &str) -> Self {
        let said = |name: &str| typed.get(name).map_or("", |said| said.trim()).to_owned();
        let ticked = |name: &str| typed.contains_key(name);
        let is_fresh = !ticked("sends");
        let zone_said = said("zone");
        Self {
            to_me: is_fresh || ticked("to-me"),
            to_mail: ticked("to-mail"),
            mail: said("mail"),
            to_webhook: ticked("to-webhook"),
            webhook: said("webhook"),
            at_most: said("at-most").parse().ok(),
            digest: said("digest").parse().ok(),
            quiet_from: said("quiet-from"),
            quiet_to: said("quiet-to"),
            zone: if zone_said.is_empty() {
                zone.to_owned()
            } else {
                zone_said
            },
        }
    }
}

impl Editor {
    /// The editor with what stands in it, tried on the past.
    pub async fn load(
        visit: &Visit,
        place: &Place,
        typed: &BTreeMap<String, String>,
        wrong: Option<String>,
    ) -> Result<Self, Problem> {
        let dashboard = &place.view;
        let nameable = Nameable::of(dashboard);
        let form = RuleForm::read(typed, &nameable);
        let rule = form.rule();
        let fault = form.fault();
        let is_rule = fault.is_none();
        let (tried, ladder, untried) = match (&rule, fault) {
            (_, Some(fault)) => (None, Ladder::default(), Some(fault)),
            (None, None) => (None, Ladder::default(), Some(NOTHING.to_owned())),
            (Some(rule), None) => {
                let main = form.main();
                match tried(visit, dashboard, rule, form.baseline, main.as_ref()).await {
                    Ok((tried, ladder)) => (Some(tried), ladder, None),
                    Err(problem) if problem.status.is_client_error() => {
                        (None, Ladder::default(), Some(refusal(&problem)))
                    }
                    Err(problem) => return Err(problem),
                }
            }
        };
        let zone = dashboard.metadata.zone.as_str();
        let command = rule
            .as_ref()
            .filter(|_| is_rule)
            .map(|rule| Commands::of(dashboard.id, rule, form.baseline));
        Ok(Self {
            id: dashboard.id,
            rows: rows(&form, &nameable),
            offered: Kind::ALL
                .into_iter()
                .filter(|kind| nameable.has(*kind))
                .collect(),
            sends: Sends::read(typed, zone),
            may_address: place.may(Capability::Plan),
            mail_waits: !visit.sends_mail(),
            main_row: form.main_row(),
            json: rule.as_ref().map(pretty).unwrap_or_default(),
            rule: form,
            tried,
            ladder,
            untried,
            wrong,
            before: typed.get("before").cloned().unwrap_or_default(),
            command,
        })
    }

    fn at_most(&self) -> Vec<Choice> {
        spans(self.sends.at_most)
    }

    fn digest(&self) -> Vec<Choice> {
        spans(self.sends.digest)
    }

    fn is_drift(&self) -> bool {
        self.rule.baseline == Baseline::LastNotified
    }

    /// The number that the ladder stands at, as the form has it.
    fn own_rung(&self) -> &str {
        let own = self.ladder.rungs.iter().find(|rung| rung.own);
        own.map_or("", |own| &own.number)
    }
}

/// What is said while no condition counts.
pub const NOTHING: &str = "Tick at least one condition; without one there is nothing to ring for.";

/// Why a rule is refused, with the place in it.
pub fn refusal(problem: &Problem) -> String {
    match problem.field.as_deref() {
        Some(field) if field.starts_with("threshold_json") => {
            let place = field
                .trim_start_matches("threshold_json")
                .trim_start_matches('.');
            if place.is_empty() {
                format!("The rule: {}", problem.detail)
            } else {
                format!("The rule, {place}: {}", problem.detail)
            }
        }
        Some("quiet_hours" | "quiet_hours.zone") => format!("Quiet hours: {}", problem.detail),
        _ => problem.detail.clone(),
    }
}

fn rows(form: &RuleForm, nameable: &Nameable) -> Vec<RowView> {
    let rows = form.rows.iter().enumerate();
    rows.map(|(at, condition)| RowView {
        at,
        condition: condition.clone(),
        fields: fields(condition, nameable),
    })
    .collect()
}

/// The fields to choose from; one that is there no more stays to be seen.
fn fields(condition: &Condition, nameable: &Nameable) -> Vec<Choice> {
    if condition.kind != Kind::Value {
        return Vec::new();
    }
    let is_known = nameable.fields.contains(&condition.field);
    let unknown = (!is_known && !condition.field.is_empty()).then_some(&condition.field);
    let all = nameable.fields.iter().chain(unknown);
    all.map(|field| Choice {
        value: field.clone(),
        words: field_words(field),
        chosen: *field == condition.field,
    })
    .collect()
}

fn spans(chosen: Option<u32>) -> Vec<Choice> {
    let other = chosen.filter(|seconds| !SPANS.contains(seconds));
    let all = SPANS.into_iter().chain(other);
    all.map(|seconds| Choice {
        value: seconds.to_string(),
        words: span_words(seconds),
        chosen: chosen == Some(seconds),
    })
    .collect()
}

fn pretty(rule: &Value) -> String {
    match rule {
        Value::String(text) => text.clone(),
        rule => serde_json::to_string_pretty(rule).unwrap_or_default(),
    }
}

impl Commands {
    fn of(dashboard: DashboardId, rule: &Value, baseline: Baseline) -> Self {
        let rule = rule.to_string().replace('\'', "'\\''");
        let baseline = match baseline {
            Baseline::Previous => "",
            Baseline::LastNotified => " --baseline last-notified",
        };
        let said = format!("{dashboard} --rule '{rule}'{baseline}");
        Self {
            test: format!("bellboard bells test {said} --days 30"),
            add: format!("bellboard bells add {said}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(name, said): &(&str, &str)| ((*name).to_owned(), (*said).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn a_new_bell_rings_in_bellboard_until_somebody_says_otherwise() {
        let fresh = Sends::read(&typed(&[("kind-0", "order")]), "Europe/Berlin");
        assert!(fresh.to_me && !fresh.to_mail);
        assert_eq!(fresh.zone, "Europe/Berlin");
        let said = Sends::read(
            &typed(&[
                ("sends", "1"),
                ("to-mail", "1"),
                ("mail", " a@b.org "),
                ("at-most", "21600"),
            ]),
            "UTC",
        );
        assert!(!said.to_me && said.to_mail);
        assert_eq!(
            (said.mail.as_str(), said.at_most),
            ("a@b.org", Some(21_600))
        );
    }

    #[test]
    fn a_refusal_names_the_place_in_the_rule() {
        for (field, words) in [
            ("threshold_json", "The rule: Must be more."),
            (
                "threshold_json.or[0].value_delta_pct",
                "The rule, or[0].value_delta_pct: Must be more.",
            ),
            ("quiet_hours", "Quiet hours: Must be more."),
            ("subscriber_id", "Must be more."),
        ] {
            assert_eq!(refusal(&Problem::invalid(field, "Must be more.")), words);
        }
    }

    #[test]
    fn the_command_line_takes_the_rule_in_one_piece() {
        let id = "00000000-0000-7000-8000-000000000000".parse().unwrap();
        let rule = json!({"value_delta_pct": 0.1, "on_field": "it's"});
        let commands = Commands::of(id, &rule, Baseline::LastNotified);
        assert!(
            commands.add.ends_with(
                r#"'{"on_field":"it'\''s","value_delta_pct":0.1}' --baseline last-notified"#
            ),
            "{}",
            commands.add
        );
        assert!(commands.test.ends_with("--days 30"), "{}", commands.test);
    }

    #[test]
    fn a_span_that_is_not_offered_stays_chosen() {
        let chosen: Vec<String> = spans(Some(7_200))
            .into_iter()
            .filter(|choice| choice.chosen)
            .map(|choice| choice.words)
            .collect();
        assert_eq!(chosen, ["2 hours"]);
    }
}
