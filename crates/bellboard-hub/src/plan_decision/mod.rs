//! Decisions of the plan: asks, seen from the planned work. The question waits in needs-you like any other; here stand
//! its context, until when it should be made, what it is about, and why it was made as it was.

use bellboard_core::ask::{Answer, AskOption, Options, Question, State};
use bellboard_core::id::{AskId, DomainId, EngagementId, PersonId, WorkstreamId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::decision_status;
use schemars::JsonSchema;
use serde::Serialize;

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod create;
mod escalate;
mod file;
mod read;
mod resolve;
pub mod store;

pub use bellboard_core::work::DecisionStatus;
pub use create::{CreateDecision, create_decision};
pub use escalate::{EscalateDecision, escalate_decision, escalate_due};
pub(crate) use file::made_for_file;
pub use read::{GetDecision, ListDecisions, get_decision, list_decisions};
pub(crate) use resolve::resolved;
pub use resolve::{ResolveDecision, resolve_decision};

/// A decision of the plan.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlanDecisionView {
    /// The ask behind it, under which it is found.
    pub ask_id: AskId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// The question in one line.
    pub title: String,
    /// What a person should know; may be empty.
    pub context: String,
    /// What can be decided.
    pub options: Vec<AskOption>,
    /// `open`, `escalated`, `resolved` or `withdrawn`.
    pub status: DecisionStatus,
    /// Until when it should be made.
    pub deadline: Option<Timestamp>,
    /// Since when it must not wait any longer.
    pub escalated_at: Option<Timestamp>,
    /// The slug of the workstream that it is about.
    pub workstream: Option<String>,
    /// The slug of the topic that it is about.
    pub topic: Option<String>,
    /// The slug of the repo that it is about.
    pub repo: Option<String>,
    /// The key of the option that was chosen; null until the decision is in effect.
    pub option: Option<String>,
    /// The same as a person reads it.
    pub option_label: Option<String>,
    /// Why.
    pub rationale: Option<String>,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// Who decided, by their name at that moment.
    pub decided_by_name: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Whether it is to be added to `DECISIONS.md` of the repo.
    pub append_to_file: bool,
    /// Who asked, by their name at that moment.
    pub asked_by_name: String,
    /// When.
    pub created_at: Timestamp,
    #[serde(skip)]
    domain_id: Option<DomainId>,
    #[serde(skip)]
    workstream_id: Option<WorkstreamId>,
    #[serde(skip)]
    new: bool,
}

impl View for PlanDecisionView {
    fn created(&self) -> bool {
        self.new
    }
}

impl PlanDecisionView {
    /// Reads `decision_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        let state = State::parse(&row.text(5)?)
            .ok_or_else(|| Fault::internal("asks.state holds no state"))?;
        let options: Options = from_json(&row.text(6)?)?;
        let in_effect = state == State::Answered && row.opt_time(7)?.is_some();
        let answer: Option<Answer> = row.opt_text(8)?.as_deref().map(from_json).transpose()?;
        let answer = answer.filter(|_| in_effect);
        let escalated_at = row.opt_time(14)?;
        let shown = options.as_slice().to_vec();
        let question = Question::Options(options);
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            ask_id: row.id(2)?,
            title: row.text(3)?,
            context: row.text(4)?,
            options: shown,
            status: decision_status(state, in_effect, escalated_at.is_some()),
            option_label: answer.as_ref().map(|answer| question.label(answer)),
            option: answer.map(|answer| answer.word().to_owned()),
            rationale: row.opt_text(9)?.filter(|_| in_effect),
            decided_by: row.opt_id(10)?.filter(|_| in_effect),
            decided_by_name: row.opt_text(11)?.filter(|_| in_effect),
            decided_at: row.opt_time(12)?.filter(|_| in_effect),
            deadline: row.opt_time(13)?,
            escalated_at,
            workstream: row.opt_text(15)?,
            topic: row.opt_text(16)?,
            repo: row.opt_text(17)?,
            append_to_file: row.bool(18)?,
            asked_by_name: row.text(19)?,
            created_at: row.time(20)?,
            domain_id: row.opt_id(21)?,
            workstream_id: row.opt_id(22)?,
            new: false,
        })
    }
}

/// The decision, which the proof says the caller may see.
async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    ask: AskId,
) -> Outcome<PlanDecisionView> {
    let row = store::one(sql, engagement, ask).await?;
    PlanDecisionView::read(&row.ok_or_else(Fault::not_found)?)
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Outcome<T> {
    serde_json::from_str(text).map_err(Fault::internal)
}
