//! `create_ask`, and `ask_human`, which waits for the answer at once.

use std::time::Duration;

use bellboard_core::ask::{Answer, Audience, Form, NoAnswer, Options, Question};
use bellboard_core::id::{AskId, EngagementId, PersonId, RunId};
use bellboard_core::membership::{Capability, Designations, allows};
use bellboard_core::number::Whole;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::read::wait_for;
use super::view::{AskMade, AskView};
use super::{Viewer, await_answer, hint, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::run::{self, RunEvent};
use crate::waiting::WaitSeconds;

/// The longest time for an answer, in seconds: 400 days.
const LONGEST_SECONDS: u32 = 34_560_000;

/// A question.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAsk {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// The question in one line, at most 200 characters.
    pub title: Bounded<200>,
    /// What a person should know to answer, at most 4000 characters.
    #[serde(default)]
    pub detail: Option<Multiline<4000>>,
    /// The options to choose from; this or `form`.
    #[serde(default)]
    pub options: Option<Options>,
    /// A form to fill in; this or `options`.
    #[serde(default)]
    pub form: Option<Form>,
    /// The run that waits for the answer; it shows what it waits for.
    #[serde(default)]
    pub run_id: Option<RunId>,
    /// Whom it is for; whoever may decide when absent.
    #[serde(default, rename = "for")]
    pub audience: Option<Audience>,
    /// Until when it can be answered; needs `fallback`.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// For how many seconds it can be answered, instead of `expires_at`.
    #[serde(default)]
    pub expires_in_seconds: Option<Whole<1, LONGEST_SECONDS>>,
    /// What holds when nobody answers in time: `{"option": …}` or `{"values": …}`.
    #[serde(default)]
    pub fallback: Option<Answer>,
    /// Your own key of this ask, at most 200 characters: asked again under it, it is the same ask.
    #[serde(default)]
    pub key: Option<Bounded<200>>,
    /// For how many seconds to wait for the answer, 0 to 30, of which at most 25 are waited. When absent `create_ask` does
    /// not wait and `ask_human` waits as long as it can.
    #[serde(default)]
    pub wait_seconds: Option<WaitSeconds>,
}

/// An ask about to be stored.
pub(super) struct NewAsk<'a> {
    pub(super) id: AskId,
    pub(super) input: &'a CreateAsk,
    pub(super) options: String,
    pub(super) form: Option<String>,
    pub(super) audience: Designations,
    pub(super) for_person: Option<PersonId>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) fallback: Option<String>,
    pub(super) now: Timestamp,
}

/// `create_ask`.
pub async fn create_ask(call: Call, input: CreateAsk) -> Outcome<AskMade> {
    let wait = input.wait_seconds.unwrap_or_default();
    ask_and_wait(call, input, wait).await
}

/// `ask_human`: the same, and then the answer if it comes soon.
pub async fn ask_human(call: Call, input: CreateAsk) -> Outcome<AskMade> {
    let wait = input.wait_seconds.unwrap_or(WaitSeconds::MOST);
    ask_and_wait(call, input, wait).await
}

async fn ask_and_wait(call: Call, input: CreateAsk, wait: WaitSeconds) -> Outcome<AskMade> {
    let made = make(call.clone(), input).await?;
    if wait == WaitSeconds::default() || made.ask.closed {
        return Ok(made);
    }
    let ask = wait_for(&call, made.ask.id, wait).await?;
    Ok(AskMade { ask, ..made })
}

async fn make(call: Call, input: CreateAsk) -> Outcome<AskMade> {
    let checked = Checked::of(&input, call.now)?;
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                keep(sql, &call, &member, (&input, &checked)).await
            })
        })
        .await
}

/// Asks within the transaction of another verb, which has proved that the caller may ask there.
pub(crate) async fn ask_in(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: CreateAsk,
) -> Outcome<AskView> {
    let checked = Checked::of(&input, call.now)?;
    let made = keep(sql, call, member, (&input, &checked)).await?;
    Ok(made.ask)
}

/// What holds of an input that can be asked.
struct Checked {
    question: Question,
    expires_at: Option<Timestamp>,
}

impl Checked {
    fn of(input: &CreateAsk, now: Timestamp) -> Outcome<Self> {
        let question = question(input)?;
        let expires_at = deadline(input, now)?;
        check_fallback(&question, input, expires_at)?;
        Ok(Self {
            question,
            expires_at,
        })
    }
}

async fn keep(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (input, checked): (&CreateAsk, &Checked),
) -> Outcome<AskMade> {
    let new = new_ask(call, input, &checked.question, checked.expires_at)?;
    let viewer = Viewer::of(call, member)?;
    if !store::insert(sql, member, &new).await? {
        let ask = under_key(sql, member, viewer, &new, &checked.question).await?;
        return Ok(AskMade {
            ask,
            created: false,
        });
    }
    require_person(sql, member, new.for_person).await?;
    let ask = load(sql, member, viewer, new.id, call.now).await?;
    await_answer(sql, &ask).await?;
    make_run_wait(sql, call, member, &ask).await?;
    hint(sql, ask.engagement_id, ask.id.uuid(), call.now).await?;
    Ok(AskMade { ask, created: true })
}

fn question(input: &CreateAsk) -> Outcome<Question> {
    match (&input.options, &input.form) {
        (Some(options), None) => Ok(Question::Options(options.clone())),
        (None, Some(form)) => Ok(Question::Form(form.clone())),
        (None, None) => Err(Fault::invalid(
            "options",
            "An ask needs 2 to 10 `options`, or a `form`.",
        )),
        (Some(_), Some(_)) => Err(Fault::invalid(
            "form",
            "An ask has `options` or a `form`, not both. Leave one out.",
        )),
    }
}

fn deadline(input: &CreateAsk, now: Timestamp) -> Outcome<Option<Timestamp>> {
    match (input.expires_at, input.expires_in_seconds) {
        (Some(_), Some(_)) => Err(Fault::invalid(
            "expires_in_seconds",
            "Say `expires_at` or `expires_in_seconds`, not both.",
        )),
        (Some(at), None) if at <= now => Err(Fault::invalid(
            "expires_at",
            format!("Must lie ahead; the hub's clock shows {now}."),
        )),
        (Some(at), None) => Ok(Some(at)),
        (None, Some(seconds)) => Ok(Some(now + Duration::from_secs(seconds.get().into()))),
        (None, None) => Ok(None),
    }
}

fn check_fallback(
    question: &Question,
    input: &CreateAsk,
    expires_at: Option<Timestamp>,
) -> Outcome<()> {
    match (&input.fallback, expires_at) {
        (Some(_), None) => Err(Fault::invalid(
            "fallback",
            "A fallback holds when the time is over; give `expires_in_seconds` or `expires_at` with it.",
        )),
        (None, Some(_)) => {
            let field = if input.expires_at.is_some() {
                "expires_at"
            } else {
                "expires_in_seconds"
            };
            Err(Fault::invalid(
                field,
                "An ask that expires needs a `fallback`: what holds when nobody has answered in time.",
            ))
        }
        (Some(fallback), Some(_)) => {
            question
                .check(fallback)
                .map_err(|NoAnswer { field, detail }| {
                    Fault::invalid(format!("fallback.{field}"), detail)
                })
        }
        (None, None) => Ok(()),
    }
}

fn new_ask<'a>(
    call: &Call,
    input: &'a CreateAsk,
    question: &Question,
    expires_at: Option<Timestamp>,
) -> Outcome<NewAsk<'a>> {
    let json = |value: Result<String, serde_json::Error>| value.map_err(Fault::internal);
    let audience = Audience::designations(input.audience);
    let readers = input.audience.is_some() && !allows(audience, Capability::Decide);
    if readers {
        return Err(Fault::invalid(
            "for.designation",
            "Readers only look on. Name owner, operator, contributor or domain_expert.",
        ));
    }
    Ok(NewAsk {
        id: AskId::from_uuid(call.new_id()),
        input,
        options: match question {
            Question::Options(options) => json(serde_json::to_string(options))?,
            Question::Form(_) => "[]".to_owned(),
        },
        form: match question {
            Question::Options(_) => None,
            Question::Form(form) => Some(json(serde_json::to_string(form))?),
        },
        audience,
        for_person: input.audience.and_then(Audience::person),
        expires_at,
        fallback: input
            .fallback
            .as_ref()
            .map(|fallback| json(serde_json::to_string(fallback)))
            .transpose()?,
        now: call.now,
    })
}

/// Refuses a person who could never answer.
async fn require_person(
    sql: &mut Sql<'_>,
    member: &Member,
    person: Option<PersonId>,
) -> Outcome<()> {
    match person {
        Some(person) => super::close::require_answerer(sql, member, person, "for.person_id").await,
        None => Ok(()),
    }
}

/// The ask that was made under the key before. Another question under the same key is refused: its answer would be taken
/// for the answer to this one.
async fn under_key(
    sql: &mut Sql<'_>,
    member: &Member,
    viewer: Viewer,
    new: &NewAsk<'_>,
    question: &Question,
) -> Outcome<AskView> {
    let key = new.input.key.as_deref().unwrap_or_default();
    let row = store::of_key(sql, member, key).await?;
    let ask = AskView::read(&row.ok_or_else(run::too_busy)?, viewer, new.now)?;
    let other = difference(&ask, new, question);
    let was_given_on = other == Some("for")
        && ask.audience == new.audience
        && store::was_delegated(sql, &ask).await?;
    match other {
        None => Ok(ask),
        Some(_) if was_given_on => Ok(ask),
        Some(field) => Err(Fault::invalid(
            "key",
            format!(
                "This key stands for another ask of yours, with another `{field}`. Choose a fresh key for a new question."
            ),
        )
        .with_code("idempotency_key_reused")
        .with("ask_id", ask.id.to_string())),
    }
}

/// The first field in which what is asked differs from what was asked. The deadline may differ: it is counted from when a
/// question is sent. Whom it is for comes last, because that changes when it is delegated.
fn difference(before: &AskView, new: &NewAsk<'_>, question: &Question) -> Option<&'static str> {
    let input = new.input;
    let same = [
        ("title", before.title == input.title.as_str()),
        (
            "detail",
            before.detail == input.detail.as_deref().unwrap_or_default(),
        ),
        (
            if input.form.is_some() {
                "form"
            } else {
                "options"
            },
            before.question == *question,
        ),
        ("run_id", before.run_id == input.run_id),
        ("fallback", before.fallback == input.fallback),
        (
            "for",
            before.audience == new.audience && before.for_person == new.for_person,
        ),
    ];
    same.into_iter().find(|(_, is)| !is).map(|(field, _)| field)
}

/// The run shows what it waits for, and nobody takes its silence amiss.
async fn make_run_wait(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    ask: &AskView,
) -> Outcome<()> {
    let Some(run) = ask.run_id else {
        return Ok(());
    };
    if !run::store::wait_more(sql, ask.engagement_id, run).await? {
        return Err(Fault::invalid(
            "run_id",
            "There is no such run in this engagement that has not ended. Leave `run_id` out, or name one that goes on.",
        ));
    }
    run::may_be_silent(sql, ask.engagement_id, run, call.now).await?;
    let event = RunEvent {
        kind: "asked",
        summary: format!("Asked: {}", ask.title),
        diagnostics: None,
        at: call.now,
    };
    let (engagement, world) = (ask.engagement_id, call.hub.world());
    run::tell(sql, world, engagement, run, member.name(), &event).await
}
