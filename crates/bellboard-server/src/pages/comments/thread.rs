//! The thread as a part of a page: comments with their answers below them, the oldest first, and the form for another one.

use std::collections::{HashMap, HashSet};

use askama::Template;
use bellboard_core::id::{CommentId, PersonId};
use bellboard_core::page::Limit;
use bellboard_core::text::humanise;
use bellboard_hub::comment::{CommentType, CommentView};
use bellboard_hub::engagement::{self, PageOfEngagement};
use serde_json::{Value, json};

use super::Subject;
use crate::pages::moment::{Moment, Reading};
use crate::pages::visit::{Engagements, Visit};
use crate::pages::words::counted;
use crate::problem::Problem;

/// What people may write; alerts are the hub's.
const TYPES: [&str; 7] = [
    "discussion",
    "proposal",
    "question",
    "evidence",
    "objection",
    "review",
    "synthesis",
];

/// A thread.
#[derive(Debug, Template)]
#[template(path = "thread.html")]
pub struct Thread {
    action: String,
    count: String,
    rows: Vec<CommentRow>,
    older_url: Option<String>,
    types: Vec<TypeChoice>,
    people: Vec<PersonChoice>,
    typed: Typed,
    /// It follows what happens while its page is open.
    live: bool,
}

impl askama::filters::HtmlSafe for Thread {}

#[derive(Debug)]
struct CommentRow {
    id: CommentId,
    author: String,
    author_id: Option<PersonId>,
    /// The author is told of an answer, unless it is the reader.
    tells: bool,
    kind: Option<String>,
    bell: bool,
    at: Moment,
    html: String,
    mentions: Option<String>,
    answer: bool,
}

#[derive(Debug)]
struct TypeChoice {
    value: &'static str,
    words: String,
    chosen: bool,
}

#[derive(Debug)]
struct PersonChoice {
    id: PersonId,
    name: String,
    chosen: bool,
}

/// What was typed into the form, and why it was refused.
#[derive(Debug, Default, Clone)]
pub struct Typed {
    body: String,
    comment_type: String,
    parent: String,
    mentions: Vec<String>,
    wrong: Option<String>,
}

impl Thread {
    /// The thread of a subject in the engagement that the page is about, from its newest comments or from before some.
    pub async fn load(
        visit: &Visit,
        engagements: &Engagements,
        subject: Subject,
        (before, typed): (&str, Typed),
    ) -> Result<Self, Problem> {
        let page = subject.comments(visit, before).await?;
        let me = visit.caller.person_id;
        let path = subject.path();
        let older = |cursor: String| format!("/ui/comments/{path}?before={cursor}");
        let rows = in_threads(page.items);
        Ok(Self {
            action: format!("/ui/comments/{path}"),
            count: counted(page.total_count, "comment", "comments"),
            older_url: page.next_cursor.map(older),
            rows: rows
                .into_iter()
                .map(|(view, answer)| CommentRow::new(visit, view, answer))
                .collect(),
            types: TYPES
                .into_iter()
                .map(|value| TypeChoice {
                    value,
                    words: humanise(value),
                    chosen: value == typed.comment_type,
                })
                .collect(),
            people: people(visit, engagements, me, &typed).await?,
            typed,
            live: matches!(subject, Subject::Dashboard(_)),
        })
    }

    /// The newest comments, with an empty form.
    pub async fn newest(
        visit: &Visit,
        engagements: &Engagements,
        subject: Subject,
    ) -> Result<Self, Problem> {
        Self::load(visit, engagements, subject, ("", Typed::default())).await
    }
}

impl CommentRow {
    fn new(visit: &Visit, view: CommentView, answer: bool) -> Self {
        let names: Vec<&str> = view.mentions.iter().map(|one| one.name.as_str()).collect();
        let bell = view.comment_type == CommentType::SnapshotAlert;
        let is_talk = view.comment_type == CommentType::Discussion;
        Self {
            id: view.id,
            tells: view
                .author_id
                .is_some_and(|who| who != visit.caller.person_id),
            author_id: view.author_id,
            kind: (!is_talk).then(|| {
                if bell {
                    "Bell".to_owned()
                } else {
                    humanise(view.comment_type.as_str())
                }
            }),
            bell,
            at: Moment::new(view.created_at, Reading::Clock, visit.now),
            mentions: (!names.is_empty()).then(|| format!("told {}", names.join(", "))),
            author: view.author_name,
            html: view.body_html,
            answer,
        }
    }
}

/// The oldest first, each with all that answers it right below; whether it answers another one.
fn in_threads(newest_first: Vec<CommentView>) -> Vec<(CommentView, bool)> {
    let here: HashSet<CommentId> = newest_first.iter().map(|one| one.id).collect();
    let parents: HashMap<CommentId, CommentId> = newest_first
        .iter()
        .filter_map(|one| Some((one.id, one.parent_id?)))
        .filter(|(_, parent)| here.contains(parent))
        .collect();
    let root = |id: CommentId| {
        let mut at = id;
        while let Some(parent) = parents.get(&at) {
            at = *parent;
        }
        at
    };
    let mut order: Vec<CommentId> = Vec::new();
    let mut below: HashMap<CommentId, Vec<CommentView>> = HashMap::new();
    for one in newest_first.into_iter().rev() {
        let root = root(one.id);
        if root == one.id {
            order.push(root);
        }
        below.entry(root).or_default().push(one);
    }
    order
        .into_iter()
        .flat_map(|root| below.remove(&root).unwrap_or_default())
        .map(|one| {
            let answers = one.parent_id.is_some();
            (one, answers)
        })
        .collect()
}

/// Who can be told: members of the engagement, but for the reader.
async fn people(
    visit: &Visit,
    engagements: &Engagements,
    me: PersonId,
    typed: &Typed,
) -> Result<Vec<PersonChoice>, Problem> {
    let Some(engagement_id) = engagements.scope_id() else {
        return Ok(Vec::new());
    };
    let input = PageOfEngagement {
        engagement_id,
        limit: Limit::default(),
        cursor: None,
    };
    let page = engagement::list_members(visit.call("list_members"), input).await?;
    let others = page.items.into_iter().filter(|one| one.person_id != me);
    Ok(others
        .map(|one| PersonChoice {
            chosen: typed.mentions.contains(&one.person_id.to_string()),
            id: one.person_id,
            name: one.name,
        })
        .collect())
}

impl Typed {
    /// What a form sent; people to tell may come several times.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, said) in fields {
            match name.as_str() {
                "body" => typed.body = said,
                "comment_type" => typed.comment_type = said,
                "parent" => typed.parent = said,
                "mention" => typed.mentions.push(said),
                _ => {}
            }
        }
        typed
    }

    /// Puts it into the input of the verb.
    pub fn say(&self, input: &mut Value) {
        input["body"] = json!(self.body.trim());
        input["mentions"] = json!(self.mentions);
        for (name, said) in [
            ("comment_type", &self.comment_type),
            ("parent_id", &self.parent),
        ] {
            if !said.is_empty() {
                input[name] = json!(said);
            }
        }
    }

    /// The same with the reason why it was refused.
    pub fn refused(self, problem: &Problem) -> Self {
        Self {
            wrong: Some(format!("{} Nothing was posted.", problem.detail)),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_was_typed_and_nothing_else() {
        let fields = [
            ("body", " Look "),
            ("mention", "a"),
            ("mention", "b"),
            ("comment_type", "question"),
            ("parent", ""),
            ("colour", "red"),
        ];
        let fields = fields.map(|(name, said)| (name.to_owned(), said.to_owned()));
        let mut input = json!({});
        Typed::of(fields.into()).say(&mut input);
        assert_eq!(
            input,
            json!({"body": "Look", "mentions": ["a", "b"], "comment_type": "question"})
        );
    }
}
