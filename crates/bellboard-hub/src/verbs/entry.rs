//! What one entry of the table holds, and how a typed function becomes one.

use bellboard_core::content::ContentDigest;
use bellboard_core::membership::Capability;
use bellboard_core::run::progress::refuse_percentages;
use futures_util::future::BoxFuture;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::tool::Tool;
use crate::call::Call;
use crate::fault::{Fault, Outcome};

/// The HTTP method of a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Changes nothing.
    Get,
    /// Makes or moves something.
    Post,
    /// Sets something to exactly this.
    Put,
    /// Sets what is named and leaves the rest.
    Patch,
    /// Removes something.
    Delete,
}

impl Method {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Who may call a verb, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody who is signed in; what they see is bounded by their memberships.
    SignedIn,
    /// Any human who is signed in.
    Human,
    /// The owner of the hub.
    HubOwner,
    /// A member of the engagement named in the path who has this capability.
    Engagement(Capability),
    /// A member of the engagement of the run named in the path who has this capability.
    Run(Capability),
    /// A member of the engagement of the artifact named in the path who has this capability.
    Artifact(Capability),
    /// A member of the engagement of the ask named in the path who has this capability.
    Ask(Capability),
    /// A member, with this capability, of the engagement that the input leads to: it is named, or it is that of what is
    /// named, or the caller's only one. A list reaches every engagement of the caller unless one is named.
    Chosen(Capability),
    /// A member, with this capability, of the engagement of the planned thing in the path: by its slug, a former slug,
    /// or its id.
    Work(WorkConcept, Capability),
    /// A member, with this capability, of the engagement of what the path names by its id.
    Object(ObjectConcept, Capability),
}

/// What a path can name by its id alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectConcept {
    /// A dashboard.
    Dashboard,
    /// A snapshot of one.
    Snapshot,
    /// Something that is sent out.
    Delivery,
}

/// The concepts of the catalogue and the planned work that a path can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkConcept {
    /// A domain.
    Domain,
    /// A repo.
    Repo,
    /// A topic.
    Topic,
    /// A workstream.
    Workstream,
    /// A task.
    Task,
    /// A decision of the plan.
    Decision,
    /// An extension point.
    ExtensionPoint,
    /// A technical debt.
    TechnicalDebt,
    /// A progress event.
    Progress,
}

impl WorkConcept {
    /// The concept as `slug_aliases` and answers name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Repo => "repo",
            Self::Topic => "topic",
            Self::Workstream => "workstream",
            Self::Task => "task",
            Self::Decision => "decision",
            Self::ExtensionPoint => "extension_point",
            Self::TechnicalDebt => "technical_debt",
            Self::Progress => "progress",
        }
    }

    /// The same as a person reads it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ExtensionPoint => "extension point",
            Self::TechnicalDebt => "technical debt",
            Self::Progress => "progress event",
            named => named.as_str(),
        }
    }
}

/// An answer that can be shown: the same struct for JSON, MCP and HTML.
pub trait View: Serialize + JsonSchema {
    /// Whether the call made something new (201) or not (200).
    fn created(&self) -> bool {
        false
    }

    /// Where the next page begins, for the `Link` header.
    fn next_cursor(&self) -> Option<&str> {
        None
    }

    /// The slug under which what the path names is found today.
    fn slug_today(&self) -> Option<&str> {
        None
    }

    /// Whether it is asked for again and again, so that who has it already need not be sent it.
    fn is_tagged(&self) -> bool {
        false
    }
}

impl<T: Serialize + JsonSchema> View for bellboard_core::page::Page<T> {
    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

/// A view, already written as JSON.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The view as JSON.
    pub json: Vec<u8>,
    /// 201 rather than 200.
    pub created: bool,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
    /// The slug under which what the path names is found today, if it has one.
    pub slug_today: Option<String>,
    /// The SHA-256 of the JSON, for answers that are asked for again and again.
    pub tag: Option<String>,
}

impl Answer {
    pub(super) fn of<V: View>(view: &V) -> Outcome<Self> {
        let json = serde_json::to_vec(view).map_err(Fault::internal)?;
        let tag = view.is_tagged().then(|| {
            let digest = Sha256::digest(&json);
            ContentDigest::from_bytes(digest.into()).hex()
        });
        Ok(Self {
            json,
            tag,
            created: view.created(),
            next_cursor: view.next_cursor().map(str::to_owned),
            slug_today: view.slug_today().map(str::to_owned),
        })
    }
}

/// One entry of the table.
#[derive(Clone, Copy)]
pub struct Verb {
    /// `finish_run`: the operation id, the span's and the audit's name.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path below `/` and `/api`, parameters in braces.
    pub path: &'static str,
    /// Who may call it on what.
    pub access: Access,
    /// One line for people and agents.
    pub doc: &'static str,
    /// Set when the verb is an MCP tool.
    pub tool: Option<Tool>,
    /// Whether the answer can be 201.
    pub creates: bool,
    /// The schema of path, query and body together.
    pub input: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of the answer.
    pub output: fn(&mut SchemaGenerator) -> Schema,
    /// The function: reads the input, acts, writes the answer.
    pub run: fn(Call, Value) -> BoxFuture<'static, Outcome<Answer>>,
}

impl Verb {
    /// The names in braces in the path, in order.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether a caller may send it twice under a key of their own and be answered once.
    pub fn takes_idempotency_key(&self) -> bool {
        self.name == "start_run"
    }

    /// Whether it is sent whole files of a repository, for which the usual limits of a body are too small.
    pub fn takes_files(&self) -> bool {
        matches!(self.name, "sync_repo" | "sync_repos")
    }

    /// The path with its parameters filled in from an input object, or the name of the one that is missing.
    pub fn path_for(&self, input: &Value) -> Result<String, &'static str> {
        let mut path = String::new();
        for part in self.path.split('/').skip(1) {
            path.push('/');
            match part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
            {
                None => path.push_str(part),
                Some(name) => path.push_str(input.get(name).and_then(Value::as_str).ok_or(name)?),
            }
        }
        Ok(path)
    }
}

impl std::fmt::Debug for Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.name, self.method.as_str(), self.path)
    }
}

/// Reads a verb's input; a refusal names the field by its path. Unknown fields are refused by the inputs themselves, and
/// percentages before them wherever somebody reports, so that the answer names the right form.
pub fn read_input<I: DeserializeOwned>(access: Access, json: Value) -> Outcome<I> {
    if access == Access::Run(Capability::Report) {
        refuse_percentages(&json)
            .map_err(|refused| Fault::percentage(refused.field.clone(), &refused.to_string()))?;
    }
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        let detail = error.inner().to_string();
        Fault::invalid(field_named_in(&path, &detail), detail)
    })
}

/// What a field refuses of its own members is reported at the field; the text names the member between backquotes.
fn field_named_in(path: &str, detail: &str) -> String {
    const STARTS: [&str; 4] = [
        "unknown field `",
        "missing field `",
        "unknown count key `",
        "`",
    ];
    // A word that is none of its set is the value itself and no member of it.
    let is_word = detail.contains("` is no ");
    let named = STARTS
        .into_iter()
        .filter(|_| !is_word)
        .find_map(|start| detail.strip_prefix(start)?.split('`').next());
    match (path, named) {
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) if !path.ends_with(name) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    }
}
