//! What a reader may do about an ask, each as a plain form, filled in again with what was typed when it was refused.

use bellboard_core::ask::{AskOption, State};
use bellboard_core::id::PersonId;
use bellboard_core::membership::{Capability, allows};
use bellboard_core::page::Limit;
use bellboard_hub::ask::AskView;
use bellboard_hub::call::PersonKind;
use bellboard_hub::engagement::{self, PageOfEngagement};

use super::controls::{Control, Typed, controls};
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// How many members can be chosen from; the API takes any of them.
const PEOPLE_AT_MOST: u32 = 100;

/// The forms that this reader may send.
#[derive(Debug)]
pub struct Forms {
    pub answer: Option<AnswerForm>,
    /// Give the question to somebody else.
    pub delegate: Option<DelegateForm>,
    /// Take it back.
    pub withdraw: Option<NoteForm>,
    /// Put it off for oneself.
    pub may_snooze: bool,
}

/// The answer: one of the options, or the fields of a form.
#[derive(Debug)]
pub struct AnswerForm {
    pub options: Vec<AskOption>,
    pub controls: Vec<Control>,
    pub note: NoteForm,
    /// It was refused and holds what was typed.
    pub refused: bool,
}

/// Another person to answer.
#[derive(Debug)]
pub struct DelegateForm {
    pub people: Vec<Candidate>,
    pub note: NoteForm,
    pub wrong: Option<String>,
}

/// Somebody who could answer.
#[derive(Debug)]
pub struct Candidate {
    pub id: PersonId,
    pub name: String,
    pub chosen: bool,
}

/// The words beside a form.
#[derive(Debug, Default)]
pub struct NoteForm {
    pub said: String,
    pub wrong: Option<String>,
    /// It was refused and is shown unfolded.
    pub refused: bool,
}

/// Why a form was not taken.
#[derive(Debug)]
pub struct Refused {
    action: String,
    field: String,
    why: String,
    /// The same for the top of the page.
    pub words: String,
}

impl Refused {
    /// What the hub said about the form `action`, in the words of the page.
    pub fn new(action: &str, problem: &Problem, ask: &AskView) -> Self {
        let field = problem.field.clone().unwrap_or_default();
        let why = match field.as_str() {
            "person_id" => "Choose who is to answer.".to_owned(),
            _ => problem.detail.clone(),
        };
        let form = ask.form.as_ref();
        let mut fields = form.into_iter().flat_map(bellboard_core::ask::Form::fields);
        let at_fault = fields.find(|(name, ..)| field.strip_prefix("values.") == Some(name));
        Self {
            words: match at_fault {
                Some((name, about, _)) => format!("{}: {why}", about.label(name)),
                None => why.clone(),
            },
            action: action.to_owned(),
            field,
            why,
        }
    }
}

impl Forms {
    /// The forms for this reader. Whoever asked may withdraw; they, whoever may answer, and managers may delegate.
    pub async fn load(
        visit: &Visit,
        ask: &AskView,
        may_manage: bool,
        typed: &Typed,
        refused: Option<&Refused>,
    ) -> Result<Self, Problem> {
        let is_open = ask.state == State::Open && ask.expires_at.is_none_or(|at| visit.now < at);
        let is_theirs = ask.asked_by == visit.caller.person_id || may_manage;
        let may_delegate = is_open && (ask.may_answer || is_theirs);
        let about = |action| refused.filter(|refused| refused.action == action);
        Ok(Self {
            answer: ask
                .may_answer
                .then(|| AnswerForm::new(ask, typed, about("answer"))),
            delegate: if may_delegate {
                DelegateForm::load(visit, ask, typed, about("delegate")).await?
            } else {
                None
            },
            withdraw: (is_open && is_theirs).then(|| NoteForm::new(typed, about("withdraw"))),
            may_snooze: ask.may_answer,
        })
    }

    /// Nothing can be sent any more.
    pub fn are_gone(&self) -> bool {
        self.answer.is_none() && self.delegate.is_none() && self.withdraw.is_none()
    }
}

impl AnswerForm {
    fn new(ask: &AskView, typed: &Typed, refused: Option<&Refused>) -> Self {
        let wrong = refused.map(|refused| (refused.field.as_str(), refused.why.as_str()));
        let form = ask.form.as_ref();
        Self {
            options: ask.options.clone(),
            controls: form.map_or_else(Vec::new, |form| controls(form, typed, wrong)),
            note: NoteForm::new(typed, refused),
            refused: refused.is_some(),
        }
    }

    /// The options that cannot be chosen without a word why, as a sentence names them.
    pub fn needing_a_note(&self) -> Option<String> {
        let options = self.options.iter().filter(|option| option.needs_note);
        let labels: Vec<String> = options
            .map(|option| format!("“{}”", option.label))
            .collect();
        (!labels.is_empty()).then(|| labels.join(", "))
    }
}

impl DelegateForm {
    /// The people of the engagement who may decide; nothing when there is nobody else.
    async fn load(
        visit: &Visit,
        ask: &AskView,
        typed: &Typed,
        refused: Option<&Refused>,
    ) -> Result<Option<Self>, Problem> {
        let input = PageOfEngagement {
            engagement_id: ask.engagement_id,
            limit: Limit::new(PEOPLE_AT_MOST).unwrap_or_default(),
            cursor: None,
        };
        let members = engagement::list_members(visit.call("list_members"), input).await?;
        let mut people: Vec<Candidate> = members
            .items
            .into_iter()
            .filter(|member| member.kind == PersonKind::Human)
            .filter(|member| allows(member.designations, Capability::Decide))
            .filter(|member| Some(member.person_id) != ask.for_person)
            .map(|member| Candidate {
                chosen: refused.is_some() && member.person_id.to_string() == typed.get("person_id"),
                id: member.person_id,
                name: if member.person_id == visit.caller.person_id {
                    format!("{}, you", member.name)
                } else {
                    member.name
                },
            })
            .collect();
        people.sort_by_key(|person| person.name.to_lowercase());
        let wrong = refused.filter(|refused| refused.field == "person_id");
        Ok((!people.is_empty()).then(|| Self {
            people,
            wrong: wrong.map(|refused| refused.why.clone()),
            note: NoteForm::new(typed, refused),
        }))
    }
}

impl NoteForm {
    fn new(typed: &Typed, refused: Option<&Refused>) -> Self {
        let Some(refused) = refused else {
            return Self::default();
        };
        Self {
            said: typed.get("note").to_owned(),
            wrong: (refused.field == "note").then(|| refused.why.clone()),
            refused: true,
        }
    }
}
