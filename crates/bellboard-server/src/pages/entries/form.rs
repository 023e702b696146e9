//! The fields of an extension point or a technical debt as a form: what is typed becomes the input of a verb, and what
//! was refused is shown again with the words that say why.

use bellboard_hub::extension_point::ExtensionPointView;
use bellboard_hub::technical_debt::TechnicalDebtView;
use serde::Deserialize;
use serde_json::{Value, json};

use super::kind::{Choice, Kind};
use crate::pages::domain_filter::{DomainFilter, DomainOption};
use crate::pages::planning::{self, PlaceChoice};
use crate::pages::visit::Engagements;
use crate::problem::Problem;

/// What is typed; what a form does not have is empty.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct EntryForm {
    /// What people call it.
    pub key: String,
    /// In one line.
    pub title: String,
    /// The slug of its domain.
    pub domain: String,
    /// The slug of its domain when the form was made: what stays is not said, so that it may be archived.
    pub was_in: String,
    /// What it is about.
    pub of_type: String,
    /// Where it is.
    pub status: String,
    /// How much it weighs: its priority or its severity.
    pub weight: String,
    /// Where in the code.
    pub location: String,
    /// More words.
    pub description: String,
    /// The slug of its topic; extension points only.
    pub topic: String,
    /// The slug of the workstream that it is planned in; extension points only.
    pub workstream: String,
    /// The slug of the engagement.
    pub at: String,
}

/// A form that was refused.
#[derive(Debug)]
pub struct Refused {
    /// What was typed.
    pub typed: EntryForm,
    /// Why, and the way out.
    pub words: String,
}

/// The form with everything that can be chosen in it.
#[derive(Debug)]
pub struct Fields {
    /// What stands in it.
    pub typed: EntryForm,
    /// The domains.
    pub domains: Vec<DomainOption>,
    /// The types.
    pub types: Vec<Choice>,
    /// The statuses.
    pub statuses: Vec<Choice>,
    /// The priorities or severities.
    pub weights: Vec<Choice>,
    /// The engagements in which a new one can be made.
    pub places: Vec<PlaceChoice>,
    /// Why it was refused.
    pub wrong: Option<String>,
}

impl EntryForm {
    /// What stands in the form of this extension point.
    pub fn of_point(view: &ExtensionPointView) -> Self {
        Self {
            key: view.ep_id.clone(),
            title: view.title.clone(),
            domain: view.domain.clone(),
            was_in: view.domain.clone(),
            of_type: view.extension_type.to_string(),
            status: view.status.to_string(),
            weight: view.priority.to_string(),
            location: view.location.clone(),
            description: view.description.clone(),
            topic: view.topic.clone().unwrap_or_default(),
            workstream: view.workstream.clone().unwrap_or_default(),
            at: view.engagement_slug.clone(),
        }
    }

    /// What stands in the form of this technical debt.
    pub fn of_debt(view: &TechnicalDebtView) -> Self {
        Self {
            key: view.td_id.clone(),
            title: view.title.clone(),
            domain: view.domain.clone(),
            was_in: view.domain.clone(),
            of_type: view.debt_type.to_string(),
            status: view.status.to_string(),
            weight: view.severity.to_string(),
            location: view.location.clone(),
            description: view.description.clone(),
            at: view.engagement_slug.clone(),
            ..Self::default()
        }
    }

    /// The input of the verb that writes a new one down: what is empty is left out.
    pub fn as_new(&self, kind: Kind) -> Value {
        let mut input = json!({});
        let always = [
            (kind.key_field(), &self.key),
            ("title", &self.title),
            ("domain", &self.domain),
        ];
        let some = self
            .fields(kind)
            .into_iter()
            .filter(|(_, said)| !said.trim().is_empty());
        for (name, said) in always.into_iter().chain(some) {
            input[name] = json!(said.trim());
        }
        if !self.at.is_empty() {
            input["engagement"] = json!(self.at);
        }
        input
    }

    /// The input of the verb that changes the one of this key: what is empty becomes nothing.
    pub fn as_change(&self, kind: Kind, key: &str) -> Value {
        let mut input = json!({ kind.key_field(): key, "title": self.title.trim() });
        if self.domain.trim() != self.was_in {
            input["domain"] = json!(self.domain.trim());
        }
        for (name, said) in self.fields(kind) {
            let said = said.trim();
            input[name] = if said.is_empty() {
                Value::Null
            } else {
                json!(said)
            };
        }
        if !self.at.is_empty() {
            input["engagement"] = json!(self.at);
        }
        input
    }

    /// What need not be said of a new one.
    fn fields(&self, kind: Kind) -> Vec<(&'static str, &String)> {
        let mut fields = vec![
            ("type", &self.of_type),
            ("status", &self.status),
            (kind.weight_field(), &self.weight),
            ("location", &self.location),
            ("description", &self.description),
        ];
        if kind == Kind::ExtensionPoints {
            fields.extend([("topic", &self.topic), ("workstream", &self.workstream)]);
        }
        fields
    }

    /// The same, refused.
    pub fn refused(self, problem: &Problem) -> Refused {
        Refused {
            typed: self,
            words: words(problem),
        }
    }
}

/// Why, with the label of the field before it.
fn words(problem: &Problem) -> String {
    let label = match problem.field.as_deref() {
        Some("ep_id" | "td_id") => "Key",
        Some("title") => "Title",
        Some("domain") => "Domain",
        Some("type") => "Type",
        Some("status") => "Status",
        Some("priority") => "Priority",
        Some("severity") => "Severity",
        Some("location") => "Where",
        Some("description") => "More words",
        Some("topic") => "Topic",
        Some("workstream") => "Workstream",
        Some("engagement") => "Engagement",
        _ => return problem.detail.clone(),
    };
    format!("{label}: {}", problem.detail)
}

impl Fields {
    /// The form for a new one, where the reader may plan at all.
    pub fn new(
        kind: Kind,
        engagements: &Engagements,
        filter: &DomainFilter,
        refused: Option<Refused>,
    ) -> Option<Self> {
        let (typed, wrong) = match refused {
            Some(refused) => (refused.typed, Some(refused.words)),
            None => (EntryForm::blank(filter), None),
        };
        let at = (!typed.at.is_empty()).then_some(typed.at.as_str());
        let places = planning::places(engagements, at);
        if places.is_empty() {
            return None;
        }
        Some(Self {
            places,
            ..Self::of(kind, typed, &filter.options, wrong)
        })
    }

    /// The form with what stands in it.
    pub fn of(
        kind: Kind,
        typed: EntryForm,
        domains: &[DomainOption],
        wrong: Option<String>,
    ) -> Self {
        Self {
            domains: domains
                .iter()
                .map(|option| DomainOption {
                    chosen: option.slug == typed.domain,
                    ..option.clone()
                })
                .collect(),
            types: kind.types(&typed.of_type),
            statuses: kind.statuses(&typed.status),
            weights: kind.weights(&typed.weight),
            places: Vec::new(),
            typed,
            wrong,
        }
    }

    /// The only engagement in which a new one can be made.
    pub fn only_place(&self) -> Option<&str> {
        planning::only_place(&self.places)
    }
}

impl EntryForm {
    /// A new one in the domain that the list is narrowed to, with the words that the API takes when nothing is said.
    fn blank(filter: &DomainFilter) -> Self {
        Self {
            domain: filter.asked.clone(),
            of_type: "other".to_owned(),
            status: "open".to_owned(),
            weight: "medium".to_owned(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> EntryForm {
        EntryForm {
            key: " EP-1 ".to_owned(),
            title: "More trains".to_owned(),
            domain: "rail".to_owned(),
            weight: "high".to_owned(),
            workstream: "lay".to_owned(),
            at: "aster".to_owned(),
            ..EntryForm::default()
        }
    }

    #[test]
    fn a_new_one_says_only_what_was_typed() {
        assert_eq!(
            typed().as_new(Kind::ExtensionPoints),
            json!({ "ep_id": "EP-1", "title": "More trains", "domain": "rail", "priority": "high",
                    "workstream": "lay", "engagement": "aster" })
        );
        assert_eq!(
            typed().as_new(Kind::TechnicalDebts),
            json!({ "td_id": "EP-1", "title": "More trains", "domain": "rail", "severity": "high",
                    "engagement": "aster" })
        );
    }

    #[test]
    fn a_change_empties_what_was_emptied() {
        let change = EntryForm {
            of_type: "api".to_owned(),
            status: "open".to_owned(),
            at: String::new(),
            ..typed()
        };
        assert_eq!(
            change.as_change(Kind::ExtensionPoints, "EP-1"),
            json!({ "ep_id": "EP-1", "title": "More trains", "domain": "rail", "type": "api", "status": "open",
                    "priority": "high", "location": null, "description": null, "topic": null, "workstream": "lay" })
        );
        let stays = EntryForm {
            was_in: "rail".to_owned(),
            ..change
        };
        let said = stays.as_change(Kind::ExtensionPoints, "EP-1");
        assert_eq!(said.get("domain"), None, "{said}");
    }

    #[test]
    fn a_refusal_names_the_field_as_the_form_does() {
        let problem = Problem::invalid("td_id", "It is taken.");
        assert_eq!(words(&problem), "Key: It is taken.");
        let problem = Problem::invalid("files", "No such field.");
        assert_eq!(words(&problem), "No such field.");
    }

    #[test]
    fn a_blank_form_begins_where_the_list_is() {
        let filter = DomainFilter {
            asked: "rail".to_owned(),
            options: Vec::new(),
            unknown: false,
        };
        for kind in [Kind::ExtensionPoints, Kind::TechnicalDebts] {
            let blank = EntryForm::blank(&filter);
            let fields = Fields::of(kind, blank, &[], None);
            for choices in [&fields.types, &fields.statuses, &fields.weights] {
                let chosen = choices.iter().filter(|choice| choice.chosen);
                assert_eq!(chosen.count(), 1, "{choices:?}");
            }
            assert_eq!(fields.typed.domain, "rail");
        }
    }
}
