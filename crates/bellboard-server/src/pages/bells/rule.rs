//! The rule of a bell as a sentence with controls: what stands in the controls becomes a rule, and a rule that the sentence
//! can say becomes controls. Any other rule is written as JSON.

use std::collections::BTreeMap;

use bellboard_core::dashboard::{Baseline, CellKind, Threshold};
use bellboard_hub::dashboard::DashboardView;
use serde_json::{Value, json};

use super::words::{percent, plain};

/// Conditions in the sentence, at most; more are written as JSON.
const ROWS_AT_MOST: usize = 12;

/// What somebody has put together.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleForm {
    /// One condition is enough; else all of them.
    pub any: bool,
    /// Which snapshot a new one is compared with.
    pub baseline: Baseline,
    /// The conditions, and behind them the exceptions.
    pub rows: Vec<Condition>,
    /// The rule as JSON, where the sentence cannot say it.
    pub json: Option<String>,
}

/// One line of the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What it looks at.
    pub kind: Kind,
    /// It counts.
    pub on: bool,
    /// It keeps the bell from ringing.
    pub except: bool,
    /// The field that it is about; empty for other kinds.
    pub field: String,
    /// The number as it was typed.
    pub number: String,
}

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A field of a row changes by a share.
    Value,
    /// The order of the first rows changes.
    Order,
    /// Rows are new.
    New,
    /// Rows are gone.
    Gone,
    /// The one number changes by a share.
    Metric,
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Value,
        Self::Order,
        Self::New,
        Self::Gone,
        Self::Metric,
    ];

    /// The word in a form.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Order => "order",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Metric => "metric",
        }
    }

    /// What a person chooses.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Value => "a value changes",
            Self::Order => "the order changes",
            Self::New => "rows are new",
            Self::Gone => "rows are gone",
            Self::Metric => "the main figure changes",
        }
    }

    /// Its number is a share, written in per cent; else a count.
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Value | Self::Metric)
    }

    const fn usual(self) -> &'static str {
        match self {
            Self::Value | Self::Metric => "10",
            Self::Order => "5",
            Self::New | Self::Gone => "1",
        }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == word)
    }
}

/// What a dashboard lets rules name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nameable {
    /// The fields that hold numbers, of those that the dashboard shows; a number that is an id is a name.
    pub fields: Vec<String>,
}

impl Nameable {
    /// What this dashboard has. First comes what its rows are ordered by: most likely a rule is about that.
    pub fn of(dashboard: &DashboardView) -> Self {
        let spec = &dashboard.view_spec_json;
        let fields = dashboard.shown_fields().into_iter();
        let mut fields: Vec<String> = fields
            .filter(|field| field.kind == CellKind::Number && field.name != spec.id_field)
            .map(|field| field.name)
            .collect();
        let order = &spec.order_by;
        let place = |name: &String| order.iter().position(|by| by.field == *name);
        fields.sort_by_key(|name| place(name).unwrap_or(order.len()));
        Self { fields }
    }

    /// Whether a rule can name this here.
    pub fn has(&self, kind: Kind) -> bool {
        kind != Kind::Value || !self.fields.is_empty()
    }

    fn condition(&self, kind: Kind) -> Condition {
        let field = self.fields.first().filter(|_| kind == Kind::Value);
        Condition {
            kind,
            on: true,
            except: false,
            field: field.cloned().unwrap_or_default(),
            number: kind.usual().to_owned(),
        }
    }
}

impl RuleForm {
    /// What stands in the controls; without any, what is proposed for a new bell.
    pub fn read(typed: &BTreeMap<String, String>, nameable: &Nameable) -> Self {
        let said = |name: &str| typed.get(name).map_or("", |said| said.trim());
        let baseline = Baseline::parse(said("baseline")).unwrap_or(Baseline::Previous);
        if !said("rule").is_empty() {
            return Self::of_json(said("rule"), baseline);
        }
        let rows = (0..ROWS_AT_MOST).filter_map(|at| Condition::read(typed, at));
        let mut form = Self {
            any: said("match") != "all",
            baseline,
            rows: rows.collect(),
            json: None,
        };
        if form.rows.is_empty() {
            form.rows = proposed(nameable);
        }
        if !said("rung").is_empty()
            && said("rung") != said("rung-was")
            && let Some(main) = form.main_row()
        {
            said("rung").clone_into(&mut form.rows[main].number);
        }
        form.add(said("add"), said("new"), nameable);
        form
    }

    /// The rule of this JSON; what the sentence can say becomes controls.
    pub fn of_json(text: &str, baseline: Baseline) -> Self {
        let rule = serde_json::from_str(text).ok();
        let rule = rule.and_then(|value: Value| Threshold::from_stored(&value).ok());
        let sentence = rule.and_then(|rule| Self::of_rule(&rule, baseline));
        sentence.unwrap_or_else(|| Self {
            any: true,
            baseline,
            rows: Vec::new(),
            json: Some(text.to_owned()),
        })
    }

    /// The controls that say this rule; none where the sentence cannot.
    fn of_rule(rule: &Threshold, baseline: Baseline) -> Option<Self> {
        let (wanted, exceptions): (Vec<&Threshold>, Vec<&Threshold>) = match rule {
            Threshold::And(parts) => parts
                .iter()
                .partition(|part| !matches!(part, Threshold::Not(_))),
            Threshold::Not(_) => (Vec::new(), vec![rule]),
            other => (vec![other], Vec::new()),
        };
        let (any, wanted) = match wanted.as_slice() {
            [Threshold::Or(parts)] => (true, parts.iter().collect()),
            [_] | [] => (true, wanted),
            _ => (false, wanted),
        };
        let rows = wanted
            .into_iter()
            .map(|part| Condition::of_leaf(part, false));
        let except = exceptions.into_iter().map(|part| match part {
            Threshold::Not(inner) => Condition::of_leaf(inner, true),
            _ => None,
        });
        let rows: Option<Vec<Condition>> = rows.chain(except).collect();
        rows.filter(|rows| rows.len() <= ROWS_AT_MOST)
            .map(|rows| Self {
                any,
                baseline,
                rows,
                json: None,
            })
    }

    /// The rule; none while no condition counts.
    pub fn rule(&self) -> Option<Value> {
        if let Some(text) = &self.json {
            // What is no JSON stays as it was typed.
            return Some(serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
        }
        let of = |except: bool| {
            let rows = self.rows.iter();
            rows.filter(move |row| row.on && row.except == except)
                .map(Condition::rule)
        };
        let wanted: Vec<Value> = of(false).collect();
        let exceptions = of(true).map(|rule| json!({ "not": rule }));
        let mut parts: Vec<Value> = if self.any && wanted.len() > 1 {
            vec![json!({ "or": wanted })]
        } else {
            wanted
        };
        parts.extend(exceptions);
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(json!({ "and": parts })),
        }
    }

    /// Why the hub is not asked about what was typed: it is no JSON, or a box for a share holds none.
    pub fn fault(&self) -> Option<String> {
        if let Some(text) = &self.json {
            let fault = serde_json::from_str::<Value>(text).err()?;
            return Some(format!("The rule is no JSON: {fault}."));
        }
        let is_wrong = |row: &Condition| row.on && row.kind.is_share() && row.share().is_none();
        self.rows.iter().any(is_wrong).then(|| {
            "A change in per cent must be a number above zero: 10 is ten per cent.".to_owned()
        })
    }

    /// The condition that the ladder is about, as the back-test chooses it: the first on a value, else the first.
    pub fn main_row(&self) -> Option<usize> {
        let mut on: Vec<usize> = (0..self.rows.len())
            .filter(|at| self.rows[*at].on)
            .collect();
        on.sort_by_key(|at| self.rows[*at].except);
        let is_value = |at: &usize| self.rows[*at].kind == Kind::Value;
        on.iter()
            .copied()
            .find(is_value)
            .or_else(|| on.first().copied())
    }

    /// The same as a condition, also of a rule that is written as JSON.
    pub fn main(&self) -> Option<Condition> {
        let Some(text) = &self.json else {
            return self.main_row().map(|at| self.rows[at].clone());
        };
        let rule = Threshold::from_stored(&serde_json::from_str(text).ok()?).ok()?;
        let leaves = rule.leaves();
        let is_value = |leaf: &&&Threshold| matches!(leaf, Threshold::ValueDeltaPct(_));
        let main = leaves.iter().find(is_value).or_else(|| leaves.first())?;
        Condition::of_leaf(main, false)
    }

    /// Another line, as the buttons below the sentence add it.
    fn add(&mut self, what: &str, kind: &str, nameable: &Nameable) {
        let kind = Kind::named(kind).filter(|kind| nameable.has(*kind));
        let Some(kind) = kind.filter(|_| self.json.is_none() && self.rows.len() < ROWS_AT_MOST)
        else {
            return;
        };
        let except = match what {
            "condition" => false,
            "exception" => true,
            _ => return,
        };
        let new = Condition {
            except,
            ..nameable.condition(kind)
        };
        self.rows.push(new);
        self.rows.sort_by_key(|row| row.except);
    }
}

/// What is proposed before anybody has chosen: a tenth of a value, or the order of the first five where there are none.
fn proposed(nameable: &Nameable) -> Vec<Condition> {
    let first = Kind::ALL.into_iter().find(|kind| nameable.has(*kind));
    let offered = Kind::ALL.into_iter().filter(|kind| nameable.has(*kind));
    offered
        .map(|kind| Condition {
            on: Some(kind) == first,
            ..nameable.condition(kind)
        })
        .collect()
}

impl Condition {
    fn read(typed: &BTreeMap<String, String>, at: usize) -> Option<Self> {
        let said = |name: &str| typed.get(&format!("{name}-{at}")).map(|said| said.trim());
        Some(Self {
            kind: Kind::named(said("kind")?)?,
            on: said("on").is_some(),
            except: said("not").is_some(),
            field: said("field").unwrap_or_default().to_owned(),
            number: said("n").unwrap_or_default().replace(',', "."),
        })
    }

    fn of_leaf(leaf: &Threshold, except: bool) -> Option<Self> {
        let count = |count: &u32| count.to_string();
        let (kind, field, number) = match leaf {
            Threshold::ValueDeltaPct(delta) => (
                Kind::Value,
                delta.on_field.clone(),
                percent(delta.value_delta_pct),
            ),
            Threshold::TopNReordering(top) => (Kind::Order, String::new(), count(top)),
            Threshold::SetAddedMin(least) => (Kind::New, String::new(), count(least)),
            Threshold::SetRemovedMin(least) => (Kind::Gone, String::new(), count(least)),
            Threshold::PrimaryMetricDeltaPct(share) => {
                (Kind::Metric, String::new(), percent(*share))
            }
            Threshold::And(_) | Threshold::Or(_) | Threshold::Not(_) => return None,
        };
        Some(Self {
            kind,
            on: true,
            except,
            field,
            number,
        })
    }

    /// The share that stands in its box.
    fn share(&self) -> Option<f64> {
        let percent: f64 = self.number.parse().ok()?;
        let share = plain(percent / 100.0);
        (share.is_finite() && share > 0.0).then_some(share)
    }

    fn rule(&self) -> Value {
        let number = if self.kind.is_share() {
            // What is no share stays as it was written.
            let share = self.share().map(Value::from);
            share.unwrap_or_else(|| json!(self.number))
        } else {
            let count = self.number.parse::<u64>().map(Value::from);
            count.unwrap_or_else(|_| json!(self.number))
        };
        match self.kind {
            Kind::Value => json!({ "value_delta_pct": number, "on_field": self.field }),
            Kind::Order => json!({ "top_n_reordering": number }),
            Kind::New => json!({ "set_added_min": number }),
            Kind::Gone => json!({ "set_removed_min": number }),
            Kind::Metric => json!({ "primary_metric_delta_pct": number }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nameable() -> Nameable {
        Nameable {
            fields: vec!["score".to_owned(), "age".to_owned()],
        }
    }

    fn read(pairs: &[(&str, &str)]) -> RuleForm {
        let own = |(name, said): &(&str, &str)| ((*name).to_owned(), (*said).to_owned());
        RuleForm::read(&pairs.iter().map(own).collect(), &nameable())
    }

    #[test]
    fn a_new_bell_is_proposed_and_conditions_that_are_off_do_not_count() {
        let form = read(&[]);
        assert_eq!(form.rows.len(), 5);
        assert_eq!(
            form.rule(),
            Some(json!({"value_delta_pct": 0.1, "on_field": "score"}))
        );
        assert_eq!(form.main_row(), Some(0));
        let nothing = RuleForm::read(&BTreeMap::new(), &Nameable::default());
        assert_eq!(nothing.rule(), Some(json!({"top_n_reordering": 5})));
        assert_eq!(read(&[("kind-0", "new"), ("n-0", "1")]).rule(), None);
    }

    #[test]
    fn what_stands_in_the_controls_is_the_rule() {
        let all = [
            ("match", "all"),
            ("baseline", "last_notified"),
            ("kind-0", "value"),
            ("on-0", "1"),
            ("field-0", "age"),
            ("n-0", "2,5"),
            ("kind-1", "gone"),
            ("on-1", "1"),
            ("n-1", "3"),
            ("kind-2", "metric"),
            ("on-2", "1"),
            ("not-2", "1"),
            ("n-2", "7"),
        ];
        let form = read(&all);
        assert_eq!(form.baseline, Baseline::LastNotified);
        let rule = json!({"and": [
            {"value_delta_pct": 0.025, "on_field": "age"},
            {"set_removed_min": 3},
            {"not": {"primary_metric_delta_pct": 0.07}},
        ]});
        assert_eq!(form.rule(), Some(rule.clone()));
        // And back: the sentence says every rule that it can make.
        let again = RuleForm::of_json(&rule.to_string(), Baseline::LastNotified);
        assert_eq!((again.any, again.rule()), (false, Some(rule)));
        let wrong = read(&[("kind-0", "order"), ("on-0", "1"), ("n-0", "five")]);
        assert_eq!(wrong.rule(), Some(json!({"top_n_reordering": "five"})));
        assert_eq!(wrong.fault(), None, "the hub says it, with its path");
    }

    #[test]
    fn what_is_no_rule_is_told_in_the_words_of_its_box() {
        for (number, is_wrong) in [("10", false), ("ten", true), ("0", true), ("NaN", true)] {
            let typed = [("kind-0", "value"), ("on-0", "1"), ("n-0", number)];
            assert_eq!(read(&typed).fault().is_some(), is_wrong, "{number}");
            // What is not ticked does not count.
            let off = [("kind-0", "metric"), ("n-0", number)];
            assert_eq!(read(&off).fault(), None, "{number}");
        }
        for (text, fault) in [
            (r#"{"or": "#, Some("at line 1 column")),
            (r#"{"set_added_min": 1}"#, None),
            (r#"["a"]"#, None),
        ] {
            let said = RuleForm::of_json(text, Baseline::Previous).fault();
            assert_eq!(said.is_some(), fault.is_some(), "{said:?}");
            assert!(said.unwrap_or_default().contains(fault.unwrap_or_default()));
        }
    }

    #[test]
    fn every_rule_of_the_sentence_comes_back_as_the_same_sentence() {
        let leaf = json!({"top_n_reordering": 3});
        for rule in [
            leaf.clone(),
            json!({"not": leaf}),
            json!({"or": [leaf, {"set_added_min": 2}]}),
            json!({"and": [{"or": [leaf, {"set_added_min": 2}]}, {"not": {"set_removed_min": 1}}]}),
            json!({"and": [leaf, {"set_added_min": 2}, {"not": {"set_removed_min": 1}}]}),
        ] {
            let form = RuleForm::of_json(&rule.to_string(), Baseline::Previous);
            assert_eq!((&form.json, form.rule()), (&None, Some(rule)));
        }
        for text in [
            r#"{"or": [{"and": [{"set_added_min": 1}, {"set_removed_min": 1}]}, {"top_n_reordering": 1}]}"#,
            r#"{"not": {"not": {"set_added_min": 1}}}"#,
            "no JSON",
        ] {
            let form = RuleForm::of_json(text, Baseline::Previous);
            assert_eq!(form.json.as_deref(), Some(text));
        }
    }

    #[test]
    fn a_rung_of_the_ladder_is_the_number_of_its_condition_once_it_is_chosen() {
        let base = [
            ("kind-0", "order"),
            ("on-0", "1"),
            ("n-0", "5"),
            ("kind-1", "value"),
            ("on-1", "1"),
            ("field-1", "score"),
            ("n-1", "12"),
            ("rung-was", "10"),
        ];
        let with = |rung| {
            let mut pairs = base.to_vec();
            pairs.push(("rung", rung));
            let form = read(&pairs);
            (form.main_row(), form.rows[1].number.clone())
        };
        assert_eq!(with("15"), (Some(1), "15".to_owned()));
        assert_eq!(
            with("10"),
            (Some(1), "12".to_owned()),
            "the number was typed"
        );
    }

    #[test]
    fn a_line_is_added_where_it_belongs() {
        let typed = [("kind-0", "order"), ("on-0", "1"), ("n-0", "5")];
        let add = |what, kind| {
            let mut pairs = typed.to_vec();
            pairs.extend([("add", what), ("new", kind)]);
            read(&pairs).rule()
        };
        assert_eq!(
            add("exception", "gone"),
            Some(json!({"and": [{"top_n_reordering": 5}, {"not": {"set_removed_min": 1}}]}))
        );
        assert_eq!(
            add("condition", "value"),
            Some(
                json!({"or": [{"top_n_reordering": 5}, {"value_delta_pct": 0.1, "on_field": "score"}]})
            )
        );
        assert_eq!(
            add("condition", "colour"),
            Some(json!({"top_n_reordering": 5}))
        );
    }

    /// Every way of filling in up to three lines, read as a form sends it and as JSON: the rule is the same.
    #[test]
    fn form_and_json_say_the_same_rule() {
        let mut said = 0;
        for (first, second, third) in triples() {
            for any in ["any", "all"] {
                let mut pairs = vec![("match".to_owned(), any.to_owned())];
                for (at, (kind, on, except)) in [first, second, third].into_iter().enumerate() {
                    let mut put = |name: &str, value: &str| {
                        pairs.push((format!("{name}-{at}"), value.to_owned()));
                    };
                    put("kind", kind.key());
                    put("field", "age");
                    put("n", if kind.is_share() { "12.5" } else { "4" });
                    if on {
                        put("on", "1");
                    }
                    if except {
                        put("not", "1");
                    }
                }
                let form = RuleForm::read(&pairs.into_iter().collect(), &nameable());
                let Some(rule) = form.rule() else {
                    assert!(form.rows.iter().all(|row| !row.on));
                    continue;
                };
                said += 1;
                let parsed = Threshold::from_stored(&rule).expect("a form says a rule");
                let again = RuleForm::of_json(&rule.to_string(), Baseline::Previous);
                assert_eq!(again.json, None, "{rule}");
                let back = Threshold::from_stored(&again.rule().unwrap()).unwrap();
                assert_eq!(back.canonical(), parsed.canonical(), "{rule}");
                assert_eq!(
                    again.main().unwrap().kind,
                    form.main().unwrap().kind,
                    "{rule}"
                );
            }
        }
        assert!(said > 1_000, "{said}");
    }

    type Line = (Kind, bool, bool);

    fn triples() -> Vec<(Line, Line, Line)> {
        let lines: Vec<Line> = Kind::ALL
            .into_iter()
            .flat_map(|kind| {
                [
                    (kind, true, false),
                    (kind, true, true),
                    (kind, false, false),
                ]
            })
            .collect();
        let mut triples = Vec::new();
        for first in &lines {
            for second in &lines {
                for third in lines.iter().step_by(2) {
                    triples.push((*first, *second, *third));
                }
            }
        }
        triples
    }

    #[test]
    fn the_main_condition_of_json_is_the_one_that_the_ladder_is_about() {
        for (rule, kind, number) in [
            (
                json!({"or": [{"and": [{"set_added_min": 2}, {"value_delta_pct": 0.3, "on_field": "age"}]}, {"top_n_reordering": 1}]}),
                Kind::Value,
                "30",
            ),
            (
                json!({"or": [{"and": [{"set_added_min": 2}, {"set_removed_min": 1}]}, {"top_n_reordering": 1}]}),
                Kind::New,
                "2",
            ),
        ] {
            let form = RuleForm::of_json(&rule.to_string(), Baseline::Previous);
            let main = form.main().unwrap();
            assert_eq!((main.kind, main.number.as_str()), (kind, number));
        }
        assert_eq!(RuleForm::of_json("{", Baseline::Previous).main(), None);
    }
}
