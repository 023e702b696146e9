//! `create_decision`: asks people, and remembers for which part of the plan.

use bellboard_core::ask::{Audience, Options};
use bellboard_core::id::{RepoId, TopicId, WorkstreamId};
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::store::{About, NewDecision};
use super::{PlanDecisionView, load, store};
use crate::access::{self, Member, Reach};
use crate::ask::{self, CreateAsk};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::paging::Flag;
use crate::progress_event::{self, Happened};
use crate::verbs::WorkConcept;

/// A question about the plan.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDecision {
    /// The question in one line, at most 200 characters.
    pub title: Bounded<200>,
    /// What a person should know to decide, at most 4000 characters.
    #[serde(default)]
    pub context: Option<Multiline<4000>>,
    /// What can be decided, 2 to 10 options.
    pub options: Options,
    /// Until when it should be made; after that it is escalated, and still waits.
    #[serde(default)]
    pub deadline: Option<Timestamp>,
    /// The workstream that it is about, by slug or id.
    #[serde(default)]
    pub workstream: Option<Bounded<100>>,
    /// The topic that it is about, by slug or id.
    #[serde(default)]
    pub topic: Option<Bounded<100>>,
    /// The repo that it is about, by slug or id.
    #[serde(default)]
    pub repo: Option<Bounded<100>>,
    /// Whom it is for; whoever may decide when absent.
    #[serde(default, rename = "for")]
    pub audience: Option<Audience>,
    /// Whether it is to be added to `DECISIONS.md` of the repo, or of that of the workstream, by the next write-back after
    /// it is made.
    #[serde(default)]
    pub append_to_file: Flag,
    /// The engagement, by id or slug; that of what is named when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_decision`.
pub async fn create_decision(call: Call, input: CreateDecision) -> Outcome<PlanDecisionView> {
    if input.deadline.is_some_and(|deadline| deadline <= call.now) {
        return Err(Fault::invalid(
            "deadline",
            format!("Must lie ahead; the hub's clock shows {}.", call.now),
        ));
    }
    if input.append_to_file.is_set() && input.repo.is_none() && input.workstream.is_none() {
        return Err(Fault::invalid(
            "append_to_file",
            "Name the `repo` to whose DECISIONS.md it is to be added, or a `workstream` of it.",
        ));
    }
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = place(sql, &call, &input).await?;
                let about = about(sql, &call, &member, &input).await?;
                make(sql, &call, &member, about, input).await
            })
        })
        .await
}

/// What the input names, the most precise first.
fn named(input: &CreateDecision) -> [(WorkConcept, Option<&str>); 3] {
    [
        (WorkConcept::Workstream, input.workstream.as_deref()),
        (WorkConcept::Topic, input.topic.as_deref()),
        (WorkConcept::Repo, input.repo.as_deref()),
    ]
}

/// The engagement that was named, or that of the first thing that is named, or the caller's only one.
async fn place(sql: &mut Sql<'_>, call: &Call, input: &CreateDecision) -> Outcome<Member> {
    if input.engagement.is_none() {
        let reach = Reach::of(call, None)?;
        for (concept, name) in named(input) {
            if let Some(name) = name {
                let found = access::named(sql, call, &reach, concept, name).await?;
                let found =
                    found.ok_or_else(|| access::nothing_named(concept, concept.as_str(), name))?;
                return Ok(found.member);
            }
        }
    }
    access::chosen(sql, call, input.engagement.as_deref()).await
}

async fn about(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &CreateDecision,
) -> Outcome<About> {
    let mut ids = [None; 3];
    for (id, (concept, name)) in ids.iter_mut().zip(named(input)) {
        *id = access::referred(sql, call, member, concept, (concept.as_str(), name)).await?;
    }
    let [workstream, topic, repo] = ids;
    Ok(About {
        workstream: workstream.map(WorkstreamId::from_uuid),
        topic: topic.map(TopicId::from_uuid),
        repo: repo.map(RepoId::from_uuid),
    })
}

async fn make(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    about: About,
    input: CreateDecision,
) -> Outcome<PlanDecisionView> {
    let engagement = member.engagement_id();
    let context = input.context.as_deref().unwrap_or_default().to_owned();
    let asked = CreateAsk {
        engagement_id: engagement,
        title: input.title,
        detail: input.context,
        options: Some(input.options),
        form: None,
        run_id: None,
        audience: input.audience,
        expires_at: None,
        expires_in_seconds: None,
        fallback: None,
        key: None,
        wait_seconds: None,
    };
    let ask = ask::ask_in(sql, call, member, asked).await?;
    let new = NewDecision {
        ask: ask.id,
        about,
        context: &context,
        deadline: input.deadline,
        append_to_file: input.append_to_file.is_set(),
        now: call.now,
    };
    store::insert(sql, engagement, &new).await?;
    let made = load(sql, engagement, ask.id).await?;
    let happened = Happened {
        what: "decision_created".into(),
        summary: format!("A decision is needed: {}", made.title),
        domain: made.domain_id,
        workstream: made.workstream_id,
        ..Happened::default()
    };
    progress_event::changed(sql, call, member, ask.id.uuid(), &happened).await?;
    Ok(PlanDecisionView { new: true, ..made })
}
