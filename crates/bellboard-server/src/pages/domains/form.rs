//! What is typed into the forms of domains, kept when it is refused, with the words that say why.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::pages::planning::{self, PlaceChoice};
use crate::pages::visit::Engagements;
use crate::problem::Problem;

/// The fields of every form here; what a form does not have is empty.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct DomainForm {
    /// The new slug.
    pub slug: String,
    /// The new name.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// The slug of the engagement.
    pub at: String,
    /// `list` when the form stands in the dialog over the list.
    pub from: String,
    /// The status that the list shows.
    pub status: String,
    /// The engagement that the list is narrowed to.
    pub e: String,
}

/// A form that was refused.
#[derive(Debug, Clone)]
pub struct Typed {
    /// The slug that was typed.
    pub slug: String,
    /// The name that was typed.
    pub name: String,
    /// The description that was typed.
    pub description: String,
    /// The engagement that was chosen.
    pub at: String,
    /// Why it was refused, and the way out.
    pub words: String,
}

/// The form for a new domain.
#[derive(Debug)]
pub struct NewDomain {
    /// Where it can be made; asked only where there is a choice.
    pub places: Vec<PlaceChoice>,
    /// What was typed.
    pub typed: Option<Typed>,
}

impl NewDomain {
    /// The form, where the reader may plan at all.
    pub fn load(engagements: &Engagements, typed: Option<Typed>) -> Option<Self> {
        let chosen = typed.as_ref().map(|typed| typed.at.as_str());
        let places = planning::places(engagements, chosen);
        (!places.is_empty()).then_some(Self { places, typed })
    }

    /// The only engagement in which it can be made.
    pub fn only_place(&self) -> Option<&str> {
        planning::only_place(&self.places)
    }

    /// One field of what was typed.
    pub fn said(&self, field: &str) -> &str {
        let Some(typed) = &self.typed else {
            return "";
        };
        match field {
            "slug" => &typed.slug,
            "name" => &typed.name,
            _ => &typed.description,
        }
    }

    /// Why it was refused.
    pub fn wrong(&self) -> Option<&str> {
        self.typed.as_ref().map(|typed| typed.words.as_str())
    }
}

impl DomainForm {
    /// The input of `create_domain`.
    pub fn as_new(&self) -> Value {
        let mut input = json!({ "slug": self.slug.trim(), "name": self.name.trim() });
        if !self.description.trim().is_empty() {
            input["description"] = json!(self.description.trim());
        }
        if !self.at.is_empty() {
            input["engagement"] = json!(self.at);
        }
        input
    }

    /// The input of `rename_domain` for the domain of this slug.
    pub fn as_rename(&self, slug: &str) -> Value {
        let mut input = self.of(slug);
        input["new_slug"] = json!(self.slug.trim());
        input["new_name"] = json!(self.name.trim());
        input
    }

    /// The input of a verb that needs nothing but the domain.
    pub fn of(&self, slug: &str) -> Value {
        let mut input = json!({ "slug": slug });
        if !self.at.is_empty() {
            input["engagement"] = json!(self.at);
        }
        input
    }

    /// The same, refused.
    pub fn refused(self, problem: &Problem) -> Typed {
        Typed {
            words: words(problem),
            slug: self.slug,
            name: self.name,
            description: self.description,
            at: self.at,
        }
    }
}

/// Why, with the label of the field before it where the sentence does not name it.
fn words(problem: &Problem) -> String {
    let label = match problem.field.as_deref() {
        Some("slug" | "new_slug") => "Slug",
        Some("name" | "new_name") => "Name",
        Some("description") => "Description",
        Some("engagement") => "Engagement",
        _ => return problem.detail.clone(),
    };
    format!("{label}: {}", problem.detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> DomainForm {
        DomainForm {
            slug: " rail ".to_owned(),
            name: "Rail".to_owned(),
            at: "aster".to_owned(),
            ..DomainForm::default()
        }
    }

    #[test]
    fn a_form_becomes_the_input_of_its_verb() {
        let new = json!({ "slug": "rail", "name": "Rail", "engagement": "aster" });
        assert_eq!(form().as_new(), new);
        let described = DomainForm {
            description: "Trains".to_owned(),
            at: String::new(),
            ..form()
        };
        let new = json!({ "slug": "rail", "name": "Rail", "description": "Trains" });
        assert_eq!(described.as_new(), new);
        let rename =
            json!({ "slug": "old", "engagement": "aster", "new_slug": "rail", "new_name": "Rail" });
        assert_eq!(form().as_rename("old"), rename);
    }

    #[test]
    fn a_refusal_names_the_field_as_the_form_does_and_keeps_what_was_typed() {
        let problem = Problem::invalid("new_slug", "Choose another.");
        let typed = form().refused(&problem);
        assert_eq!(typed.words, "Slug: Choose another.");
        assert_eq!(typed.slug, " rail ");
        let other = Problem::new(
            axum::http::StatusCode::CONFLICT,
            "active_topics",
            "It has some.",
        );
        assert_eq!(form().refused(&other).words, "It has some.");
    }
}
