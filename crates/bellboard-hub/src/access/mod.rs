//! The proof that a caller may act in an engagement. A [`Member`] can only be made here, from a row of memberships read
//! in the caller's own transaction; every statement of an engagement asks for one, so no query runs without its scope.

use bellboard_core::id::{ArtifactId, AskId, EngagementId, PersonId, RunId, TokenId};
use bellboard_core::membership::{Capability, Designation, Designations, allows};
use uuid::Uuid;

use crate::Hub;
use crate::call::{Call, Caller};
use crate::db::{Row, Sql, Value};
use crate::fault::{Fault, Outcome};
use crate::verbs::{Access, ObjectConcept};

pub mod store;
mod work;

pub use work::{
    Found, chosen, filter_by, named, nothing_named, reach_chosen, reach_named, referred,
    referred_anew, work, work_to_change,
};

/// A caller in an engagement, with the verb's capability already checked.
#[derive(Debug, Clone)]
pub struct Member {
    engagement_id: EngagementId,
    person_id: PersonId,
    name: String,
    designations: Designations,
}

impl Member {
    /// The hub itself, for its loops: they act in every engagement and speak under their own name.
    pub(crate) fn hub_itself(engagement_id: EngagementId) -> Self {
        Self {
            engagement_id,
            person_id: PersonId::from_uuid(Uuid::nil()),
            name: "Bellboard".to_owned(),
            designations: Designations::only(Designation::Operator),
        }
    }

    /// The engagement that the proof is for.
    pub fn engagement_id(&self) -> EngagementId {
        self.engagement_id
    }

    /// The person whom it speaks of.
    pub fn person_id(&self) -> PersonId {
        self.person_id
    }

    /// Their name at this moment, for records that keep a snapshot of it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What they are in this engagement.
    pub fn designations(&self) -> Designations {
        self.designations
    }
}

/// How far a caller sees: the engagements they belong to, without those that their token is narrowed away from, and
/// perhaps one of them only. The first five parameters of every statement that looks across engagements.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    person: PersonId,
    token: Option<TokenId>,
    engagement: Option<EngagementId>,
}

impl Reach {
    /// The reach of the caller, bounded to one engagement when that was asked for.
    pub fn of(call: &Call, engagement: Option<EngagementId>) -> Outcome<Self> {
        let caller = call.signed_in()?;
        Ok(Self {
            person: caller.person_id,
            token: caller.narrowed_by(),
            engagement,
        })
    }

    /// The same for a caller outside of a call, such as an open stream.
    pub fn of_caller(caller: &Caller) -> Self {
        Self {
            person: caller.person_id,
            token: caller.narrowed_by(),
            engagement: None,
        }
    }

    /// The parameters of [`within_reach!`](crate::db::reach), followed by the statement's own.
    pub(crate) fn with<const N: usize>(&self, own: [Value; N]) -> Vec<Value> {
        let nil = Uuid::nil();
        let mut values = vec![
            self.person.into(),
            self.token.is_some().into(),
            self.token.map_or(nil, TokenId::uuid).into(),
            self.engagement.is_some().into(),
            self.engagement.map_or(nil, EngagementId::uuid).into(),
        ];
        values.extend(own);
        values
    }
}

/// Proves that the caller may call this verb in the engagement: 401 for nobody, 404 for a stranger, 403 for a member
/// without the verb's capability.
pub async fn in_engagement(
    sql: &mut Sql<'_>,
    call: &Call,
    engagement: EngagementId,
) -> Outcome<Member> {
    let reach = Reach::of(call, Some(engagement))?;
    let row = store::membership(sql, &reach).await?;
    admit(call, row)
}

/// The same for the engagement that a run belongs to.
pub async fn in_engagement_of(sql: &mut Sql<'_>, call: &Call, run: RunId) -> Outcome<Member> {
    let reach = Reach::of(call, None)?;
    let row = store::membership_of_run(sql, &reach, run).await?;
    admit(call, row)
}

/// The same for the engagement that an artifact belongs to.
pub async fn in_engagement_of_artifact(
    sql: &mut Sql<'_>,
    call: &Call,
    artifact: ArtifactId,
) -> Outcome<Member> {
    let reach = Reach::of(call, None)?;
    let row = store::membership_of_artifact(sql, &reach, artifact).await?;
    admit(call, row)
}

/// The same for the engagement that an ask belongs to.
pub async fn in_engagement_of_ask(sql: &mut Sql<'_>, call: &Call, ask: AskId) -> Outcome<Member> {
    let reach = Reach::of(call, None)?;
    let row = store::membership_of_ask(sql, &reach, ask).await?;
    admit(call, row)
}

/// The same for the engagement of a dashboard, or of something that hangs on one.
pub async fn object(
    sql: &mut Sql<'_>,
    call: &Call,
    concept: ObjectConcept,
    id: Uuid,
) -> Outcome<Member> {
    let reach = Reach::of(call, None)?;
    let row = store::membership_of_object(sql, &reach, concept, id).await?;
    admit(call, row)
}

/// The engagements that a caller sees at this moment; an open stream asks again whenever memberships change.
pub async fn engagements_in(hub: &Hub, reach: Reach) -> Outcome<Vec<EngagementId>> {
    hub.db()
        .read(move |sql| Box::pin(async move { store::engagements_in(sql, &reach).await }))
        .await
}

/// The proof for a row of the reach, whose designations are what an agent and its owner both are.
fn admit(call: &Call, row: Option<Row>) -> Outcome<Member> {
    let caller = call.signed_in()?;
    let row = row.ok_or_else(Fault::not_found)?;
    let engagement_id = row.id(0)?;
    let designations = designations(row.int(1)?)?;
    let capability = capability_of(call.verb.access);
    if !allows(designations, capability) {
        return Err(Fault::forbidden(
            "capability_denied",
            format!(
                "You are a member here, but {} designations do not let you {}. An owner can change them.",
                match caller.owner_id {
                    Some(_) => "yours or your owner's",
                    None => "your",
                },
                words(capability)
            ),
        ));
    }
    Ok(Member {
        engagement_id,
        person_id: caller.person_id,
        name: caller.name.clone(),
        designations,
    })
}

/// The capability that the verb's entry in the table asks for; entries without one only need sight of the place.
fn capability_of(access: Access) -> Capability {
    match access {
        Access::Engagement(capability)
        | Access::Run(capability)
        | Access::Artifact(capability)
        | Access::Ask(capability)
        | Access::Chosen(capability)
        | Access::Work(_, capability)
        | Access::Object(_, capability) => capability,
        Access::SignedIn | Access::Human | Access::HubOwner => Capability::View,
    }
}

/// The set that a stored number stands for.
pub(crate) fn designations(bits: i64) -> Outcome<Designations> {
    u8::try_from(bits)
        .ok()
        .and_then(Designations::from_bits)
        .ok_or_else(|| {
            Fault::internal(format!(
                "memberships.designations holds {bits}, which is no set"
            ))
        })
}

/// The capability as the end of "do not let you ...".
const fn words(capability: Capability) -> &'static str {
    match capability {
        Capability::View => "see this",
        Capability::StartRuns => "start runs",
        Capability::Report => "report on runs",
        Capability::Decide => "decide",
        Capability::Plan => "change the plan",
        Capability::Manage => "manage the engagement",
    }
}
