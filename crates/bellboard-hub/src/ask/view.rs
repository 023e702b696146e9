//! An ask as everybody who may see it sees it. Until an answer is in effect only whoever gave it reads it.

use bellboard_core::ask::{Answer, AskOption, Form, Options, Question, State};
use bellboard_core::id::{AskId, EngagementId, PersonId, RunId};
use bellboard_core::membership::Designations;
use bellboard_core::text::humanise;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Viewer;
use crate::access::designations;
use crate::db::Row;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// An ask.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AskView {
    /// The ask.
    pub id: AskId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its name.
    pub engagement_name: String,
    /// Its slug.
    pub engagement_slug: String,
    /// `open`, `answered`, `withdrawn` or `expired`.
    pub state: State,
    /// The question in one line.
    pub title: String,
    /// What a person should know to answer; may be empty.
    pub detail: String,
    /// The options to choose from; none for a form.
    pub options: Vec<AskOption>,
    /// The form to fill in, as a small JSON Schema; null for options.
    pub form: Option<Form>,
    /// Who asked, by their name at that moment.
    pub asked_by_name: String,
    /// The run that waits for the answer.
    pub run_id: Option<RunId>,
    /// Whom it is for, in words.
    #[serde(rename = "for")]
    pub for_words: String,
    /// Until when it can be answered.
    pub expires_at: Option<Timestamp>,
    /// What holds after that.
    pub fallback: Option<Answer>,
    /// The answer; null until it is in effect, except for who gave it. Of an expired ask the fallback.
    pub answer: Option<AnswerView>,
    /// Who answered; null when nobody did.
    pub answered_by_name: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// When the answer is, or was, told to who asked; until then it can be undone.
    pub effective_at: Option<Timestamp>,
    /// Whether it is closed: whoever asked may act on what is here.
    pub closed: bool,
    /// Whether you may answer it now.
    pub may_answer: bool,
    /// When it was asked.
    pub created_at: Timestamp,
    /// Who asked.
    #[serde(skip)]
    pub asked_by: PersonId,
    /// Who answered.
    #[serde(skip)]
    pub answered_by: Option<PersonId>,
    /// Who took the question back, when and why.
    #[serde(skip)]
    pub withdrawn: Option<Withdrawn>,
    /// The one person whom it is for.
    #[serde(skip)]
    pub for_person: Option<PersonId>,
    #[serde(skip)]
    pub(crate) audience: Designations,
    #[serde(skip)]
    pub(crate) version: i64,
    #[serde(skip)]
    pub(crate) question: Question,
    /// What was given, also to those who may not read it yet.
    #[serde(skip)]
    pub(crate) given: Option<Given>,
}

/// How a question was taken back.
#[derive(Debug, Clone)]
pub struct Withdrawn {
    /// Who did.
    pub by: PersonId,
    /// Their name at that moment.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub note: Option<String>,
}

/// An answer that was given.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) by_name: String,
    pub(crate) at: Timestamp,
    pub(crate) label: String,
}

impl View for AskView {}

/// An ask, and whether this call has made it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AskMade {
    /// The ask.
    #[serde(flatten)]
    pub ask: AskView,
    #[serde(skip)]
    pub(super) created: bool,
}

impl View for AskMade {
    fn created(&self) -> bool {
        self.created
    }
}

/// An answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AnswerView {
    /// `option` with its key, or `values`.
    #[serde(flatten)]
    pub answer: Answer,
    /// The same as a person reads it.
    pub label: String,
    /// Why.
    pub note: Option<String>,
}

impl AskView {
    /// Reads `ask_columns!`.
    pub(super) fn read(row: &Row, viewer: Viewer, now: Timestamp) -> Outcome<Self> {
        let state = State::parse(&row.text(4)?)
            .ok_or_else(|| Fault::internal("asks.state holds no state"))?;
        let (options, form) = (row.text(8)?, row.opt_text(9)?);
        let question = match &form {
            Some(form) => Question::Form(from_json(form)?),
            None => Question::Options(from_json::<Options>(&options)?),
        };
        let (for_person, audience) = (row.opt_id::<PersonId>(13)?, designations(row.int(15)?)?);
        let expires_at = row.opt_time(16)?;
        let closed = row.opt_time(20)?.is_some();
        let told = Told::read(row, &question, state)?;
        let answer = told.shown_to(viewer.person, closed);
        let is_open = state == State::Open && expires_at.is_none_or(|at| now < at);
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_name: row.text(1)?,
            engagement_slug: row.text(2)?,
            id: row.id(3)?,
            state,
            version: row.int(5)?,
            title: row.text(6)?,
            detail: row.text(7)?,
            options: match &question {
                Question::Options(options) => options.as_slice().to_vec(),
                Question::Form(_) => Vec::new(),
            },
            form: match &question {
                Question::Options(_) => None,
                Question::Form(form) => Some(form.clone()),
            },
            asked_by: row.id(10)?,
            answered_by: told.by,
            withdrawn: withdrawn(row, state)?,
            asked_by_name: row.text(11)?,
            run_id: row.opt_id(12)?,
            for_words: for_words(row.opt_text(14)?, audience),
            expires_at,
            fallback: row.opt_text(17)?.as_deref().map(from_json).transpose()?,
            answer,
            answered_by_name: told.given.as_ref().map(|given| given.by_name.clone()),
            answered_at: told.given.as_ref().map(|given| given.at),
            effective_at: told.effective_at,
            closed,
            may_answer: is_open && is_for(viewer, for_person, audience) && viewer.is_human,
            created_at: row.time(19)?,
            for_person,
            audience,
            question,
            given: told.given,
        })
    }

    /// An answer to it as a person reads it.
    pub fn words(&self, answer: &Answer) -> String {
        self.question.label(answer)
    }

    /// Whether it is for the viewer, who may be an agent all the same.
    pub(super) fn is_for(&self, viewer: Viewer) -> bool {
        is_for(viewer, self.for_person, self.audience)
    }
}

/// What was told as the answer, by whoever.
struct Told {
    answer: Option<AnswerView>,
    by: Option<PersonId>,
    given: Option<Given>,
    effective_at: Option<Timestamp>,
}

impl Told {
    /// The decision of a withdrawn ask is about its withdrawal, and an expired one has none.
    fn read(row: &Row, question: &Question, state: State) -> Outcome<Self> {
        let answer: Option<Answer> = row.opt_text(18)?.as_deref().map(from_json).transpose()?;
        let label = answer.as_ref().map(|answer| question.label(answer));
        let is_answered = state == State::Answered;
        let given = match (row.opt_text(23)?, row.opt_time(24)?, &label) {
            (Some(by_name), Some(at), Some(label)) if is_answered => Some(Given {
                by_name,
                at,
                label: label.clone(),
            }),
            _ => None,
        };
        let note = row.opt_text(21)?;
        Ok(Self {
            answer: answer.zip(label).map(|(answer, label)| AnswerView {
                answer,
                label,
                note,
            }),
            by: row.opt_id(22)?.filter(|_| is_answered),
            given,
            effective_at: row.opt_time(25)?.filter(|_| is_answered),
        })
    }

    fn shown_to(&self, person: PersonId, closed: bool) -> Option<AnswerView> {
        let may_read = closed || self.by == Some(person);
        self.answer.clone().filter(|_| may_read)
    }
}

/// The decision of a withdrawn ask is about its withdrawal.
fn withdrawn(row: &Row, state: State) -> Outcome<Option<Withdrawn>> {
    let told = (row.opt_id(22)?, row.opt_text(23)?, row.opt_time(24)?);
    let (Some(by), Some(by_name), Some(at)) = told else {
        return Ok(None);
    };
    let note = row.opt_text(21)?;
    Ok((state == State::Withdrawn).then_some(Withdrawn {
        by,
        by_name,
        at,
        note,
    }))
}

fn is_for(viewer: Viewer, person: Option<PersonId>, audience: Designations) -> bool {
    match person {
        Some(person) => person == viewer.person && !viewer.designations.read_only(),
        None => viewer.designations.meets(audience),
    }
}

fn for_words(person: Option<String>, audience: Designations) -> String {
    let mut designations = audience.iter();
    match (person, designations.next(), designations.next()) {
        (Some(name), ..) => name,
        (None, Some(only), None) => format!("{}s", humanise(only.as_str())),
        _ => "Whoever may decide".to_owned(),
    }
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Outcome<T> {
    serde_json::from_str(text).map_err(Fault::internal)
}
