//! Who belongs to an engagement, and as what. An engagement keeps at least one owner.

use bellboard_core::id::{EngagementId, PersonId};
use bellboard_core::membership::{Capability, Designation, Designations, allows};
use bellboard_core::page::{Cursor, CursorScope, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PageOfEngagement, announce, store};
use crate::access::{self, Member};
use crate::ask;
use crate::call::{Call, PersonKind};
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of_rows};
use crate::verbs::View;

/// A membership as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutMember {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// The person, human or agent.
    pub person_id: PersonId,
    /// What they are to be; at least one.
    pub designations: Designations,
}

/// Which membership ends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMember {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// The person who leaves.
    pub person_id: PersonId,
}

/// One member of an engagement.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MemberView {
    /// The person.
    pub person_id: PersonId,
    /// Their name.
    pub name: String,
    /// Human or agent.
    pub kind: PersonKind,
    /// What they are here.
    pub designations: Designations,
    /// Whether they may only look.
    pub read_only: bool,
    /// Since when they belong.
    pub created_at: Timestamp,
}

impl View for MemberView {}

/// `list_members`.
pub async fn list_members(call: Call, input: PageOfEngagement) -> Outcome<Page<MemberView>> {
    let person = call.signed_in()?.person_id;
    let filter = input.engagement_id.to_string();
    let scope = CursorScope {
        list: "members",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                let rows = store::members(sql, &member, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::members_total(sql, &member).await?))
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, member_view, |member| Cursor {
        at: member.created_at,
        id: member.person_id.uuid(),
    })
}

/// `put_member`: exactly these designations; the last owner stays an owner.
pub async fn put_member(call: Call, input: PutMember) -> Outcome<MemberView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let by = access::in_engagement(sql, &call, input.engagement_id).await?;
                require_person(sql, &by, input.person_id).await?;
                if !input.designations.contains(Designation::Owner) {
                    keep_an_owner(sql, input.engagement_id, input.person_id).await?;
                }
                store::put_member(
                    sql,
                    by.engagement_id(),
                    input.person_id,
                    input.designations,
                    call.now,
                )
                .await?;
                if !allows(input.designations, Capability::Decide) {
                    ask::give_back(sql, &call, &by, input.person_id).await?;
                }
                announce(sql, by.engagement_id(), call.now).await?;
                let row = store::member(sql, &by, input.person_id).await?;
                member_view(&row.ok_or_else(Fault::not_found)?)
            })
        })
        .await
}

/// `delete_member`: refused from the next request on, and so are the agents that this person answers for.
pub async fn delete_member(call: Call, input: DeleteMember) -> Outcome<MemberView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let by = access::in_engagement(sql, &call, input.engagement_id).await?;
                let row = store::member(sql, &by, input.person_id).await?;
                let left = member_view(&row.ok_or_else(Fault::not_found)?)?;
                keep_an_owner(sql, by.engagement_id(), input.person_id).await?;
                store::delete_member(sql, &by, input.person_id).await?;
                store::delete_agents_of(sql, &by, input.person_id).await?;
                ask::give_back(sql, &call, &by, input.person_id).await?;
                announce(sql, by.engagement_id(), call.now).await?;
                Ok(left)
            })
        })
        .await
}

/// Refuses who is not on this hub, and an agent whose owner does not belong here: nobody here would answer for it.
async fn require_person(sql: &mut Sql<'_>, by: &Member, person: PersonId) -> Outcome<()> {
    let Some(row) = store::person(sql, person).await? else {
        return Err(Fault::invalid(
            "person_id",
            "There is no such person on this hub.",
        ));
    };
    if let Some(owner) = row.opt_id(1)?
        && store::member(sql, by, owner).await?.is_none()
    {
        return Err(Fault::invalid(
            "person_id",
            "An agent belongs where its owner belongs. Make its owner a member first.",
        ));
    }
    Ok(())
}

/// Refuses to take ownership from the last human owner; an agent that owns answers to nobody. The engagement's row is locked first, so that two owners who remove
/// each other at once meet here.
async fn keep_an_owner(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    leaving: PersonId,
) -> Outcome<()> {
    store::lock(sql, engagement).await?;
    let owners = store::human_owners(sql, engagement).await?;
    if owners == [leaving] {
        return Err(Fault::conflict(
            "last_owner",
            "An engagement keeps at least one owner who is no agent. Make somebody else an owner first.",
        ));
    }
    Ok(())
}

fn member_view(row: &Row) -> Outcome<MemberView> {
    let designations = access::designations(row.int(3)?)?;
    Ok(MemberView {
        person_id: row.id(0)?,
        name: row.text(1)?,
        kind: PersonKind::parse(&row.text(2)?),
        designations,
        read_only: designations.read_only(),
        created_at: row.time(4)?,
    })
}
