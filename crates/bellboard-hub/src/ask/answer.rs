//! `answer_ask` and `undo_ask`. Of any number who answer at once one does, and the others are told who did.

use bellboard_core::ask::{Answer, Move, NoAnswer};
use bellboard_core::id::{AskId, DecisionId};
use bellboard_core::text::{Multiline, sanitise};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::orphan::settle_reopened;
use super::store::Moved;
use super::view::AskView;
use super::{OfAsk, ROUNDS, Viewer, await_answer, hint, hold_run, load, moved, settle, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::decision::{self, Concept, DecisionView, Made, Released, UndoTime};
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::plan_decision;
use crate::run::{self, RunEvent};
use crate::world::World;

/// A note is shown in one line of a run's history, cut after this many characters.
const NOTE_CHARACTERS: usize = 200;

/// An answer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerAsk {
    /// The ask.
    pub ask_id: AskId,
    /// The key of the chosen option.
    #[serde(default)]
    pub option: Option<String>,
    /// The values of the form.
    #[serde(default)]
    pub values: Option<Map<String, Value>>,
    /// Why, at most 2000 characters. An option may ask for it.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
    /// For how many seconds it can be undone before anybody is told, 0 to 60; 0 when absent.
    #[serde(default)]
    pub undo_seconds: UndoTime,
}

/// `answer_ask`.
pub async fn answer_ask(call: Call, input: AnswerAsk) -> Outcome<AskView> {
    let answer = match (&input.option, &input.values) {
        (Some(key), None) => Answer::Option(key.clone()),
        (None, Some(values)) => Answer::Values(values.clone()),
        _ => {
            return Err(Fault::invalid(
                "option",
                "Answer with `option`, or with `values` if the ask has a form.",
            ));
        }
    };
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of_ask(sql, &call, input.ask_id).await?;
                answer_in(sql, &call, &member, (&input, &answer)).await
            })
        })
        .await
}

/// Answers within the transaction of another verb, which has proved that the caller may decide there.
pub(crate) async fn answer_in(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (input, answer): (&AnswerAsk, &Answer),
) -> Outcome<AskView> {
    for _ in 0..ROUNDS {
        if let Some(ask) = try_answer(sql, call, member, input, answer).await? {
            return Ok(ask);
        }
    }
    Err(run::too_busy())
}

/// One round; `None` when somebody else changed the row meanwhile.
async fn try_answer(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &AnswerAsk,
    answer: &Answer,
) -> Outcome<Option<AskView>> {
    let viewer = Viewer::of(call, member)?;
    let ask = load(sql, member, viewer, input.ask_id, call.now).await?;
    refuse_others(&ask, viewer)?;
    if same_again(&ask, member, input, answer) {
        return Ok(Some(ask));
    }
    let to = moved(&ask, Move::Answer, call.now)?;
    check(&ask, answer, input.note.as_deref())?;
    hold_run(sql, &ask).await?;
    let json = serde_json::to_string(answer).map_err(Fault::internal)?;
    let id = DecisionId::from_uuid(call.new_id());
    let change = Moved {
        state: to,
        answer: Some(&json),
        decision: Some(id),
        closed_at: None,
    };
    if !store::advance(sql, &ask, &change).await? {
        return Ok(None);
    }
    let made = Made {
        id,
        concept: Concept::Ask,
        object: ask.id.uuid(),
        version: ask.version,
        decision: answer.word(),
        from_state: ask.state.as_str(),
        to_state: to.as_str(),
        note: input.note.as_deref(),
        answer: Some(&json),
        undo: input.undo_seconds,
    };
    let decision = decision::record(sql, call.now, member, &made).await?;
    settle(sql, &ask).await?;
    hint(sql, ask.engagement_id, ask.id.uuid(), call.now).await?;
    if decision.released {
        let now = Released::at_once(ask.engagement_id, &made, &decision);
        released(sql, call.hub.world(), &now).await?;
    }
    let ask = load(sql, member, viewer, ask.id, call.now).await?;
    Ok(Some(ask))
}

/// Whether this very answer stands: whoever got no reply sends it again, and is answered as the first time.
fn same_again(ask: &AskView, member: &Member, input: &AnswerAsk, answer: &Answer) -> bool {
    ask.answered_by == Some(member.person_id())
        && ask.answer.as_ref().is_some_and(|stands| {
            stands.answer == *answer && stands.note.as_deref() == input.note.as_deref()
        })
}

/// Agents ask people, and people answer for themselves.
fn refuse_others(ask: &AskView, viewer: Viewer) -> Outcome<()> {
    if !viewer.is_human {
        return Err(Fault::forbidden(
            "people_only",
            "Only people answer asks; an agent may not.",
        ));
    }
    if !ask.is_for(viewer) {
        return Err(Fault::forbidden(
            "not_for_you",
            format!(
                "This ask is for somebody else: {}. They, who asked, or an owner can delegate it.",
                ask.for_words
            ),
        ));
    }
    Ok(())
}

fn check(ask: &AskView, answer: &Answer, note: Option<&str>) -> Outcome<()> {
    ask.question
        .check(answer)
        .map_err(|NoAnswer { field, detail }| Fault::invalid(field, detail))?;
    if ask.question.needs_note(answer) && note.is_none() {
        return Err(Fault::invalid(
            "note",
            format!("To answer `{}` needs a note: say why.", answer.word()),
        )
        .with_code("note_missing"));
    }
    Ok(())
}

/// `undo_ask`: nobody was told yet, so nothing has to be taken back but the answer.
pub async fn undo_ask(call: Call, input: OfAsk) -> Outcome<DecisionView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of_ask(sql, &call, input.ask_id).await?;
                let viewer = Viewer::of(&call, &member)?;
                let ask = load(sql, &member, viewer, input.ask_id, call.now).await?;
                let to = moved(&ask, Move::Undo, call.now)?;
                hold_run(sql, &ask).await?;
                let id = ask.id.uuid();
                let undone = decision::undo(sql, &call, &member, Concept::Ask, id).await?;
                let change = Moved {
                    state: to,
                    answer: None,
                    decision: None,
                    closed_at: None,
                };
                if !store::advance(sql, &ask, &change).await? {
                    return Err(run::too_busy());
                }
                await_answer(sql, &ask).await?;
                settle_reopened(sql, &call, &member, &ask).await?;
                hint(sql, ask.engagement_id, id, call.now).await?;
                Ok(undone)
            })
        })
        .await
}

/// What follows from an answer once it is in effect: the run goes on, and whoever waits is woken.
pub(crate) async fn released(
    sql: &mut Sql<'_>,
    world: &dyn World,
    released: &Released,
) -> Outcome<()> {
    let engagement = released.engagement;
    let member = Member::hub_itself(engagement);
    let ask = AskId::from_uuid(released.object);
    if !store::close(sql, engagement, ask, released.at).await? {
        return Ok(());
    }
    let ask = load(sql, &member, Viewer::hub_itself(&member), ask, released.at).await?;
    if let (Some(run), Some(answer)) = (ask.run_id, &ask.answer) {
        let note = answer.note.as_deref();
        let why = note.map(|note| format!(". {}", sanitise(note, NOTE_CHARACTERS)));
        let event = RunEvent {
            kind: "answered",
            summary: format!(
                "Answered “{}”: {}{}",
                ask.title,
                answer.label,
                why.unwrap_or_default()
            ),
            diagnostics: None,
            at: released.at,
        };
        run::store::wait_less(sql, engagement, run, released.at).await?;
        let who = &released.decided_by_name;
        run::tell(sql, world, engagement, run, who, &event).await?;
    }
    plan_decision::resolved(sql, world, released).await?;
    event::store::append(
        sql,
        engagement,
        HintKind::AskChanged,
        released.object,
        released.at,
    )
    .await
}
