//! Engagements and who belongs to them. An engagement is the access scope: what one may not see does not exist.

use bellboard_core::id::EngagementId;
use bellboard_core::membership::{Designation, Designations};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{self, Reach};
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::paging::{PageInput, page_of_rows};
use crate::verbs::View;

mod members;
mod slug;
pub mod store;

pub use members::{DeleteMember, MemberView, PutMember, delete_member, list_members, put_member};

/// A new engagement.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEngagement {
    /// What people read, at most 100 characters.
    pub name: Bounded<100>,
    /// What addresses and the command line use: `[a-z0-9_-]`, at most 50; made from the name when absent.
    #[serde(default)]
    pub slug: Option<String>,
    /// Marks it as part of the demo, which one command removes.
    #[serde(default)]
    pub demo: bool,
}

/// Which engagement.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfEngagement {
    /// The engagement.
    pub engagement_id: EngagementId,
}

/// A page of something in one engagement.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageOfEngagement {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// How many at most, 1 to 100; 50 when absent.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// One engagement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EngagementView {
    /// The engagement.
    pub id: EngagementId,
    /// What addresses and the command line use.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// Whether it is part of the demo.
    pub demo: bool,
    /// When it was made.
    pub created_at: Timestamp,
    #[serde(skip)]
    new: bool,
}

impl View for EngagementView {
    fn created(&self) -> bool {
        self.new
    }
}

/// The caller in one engagement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MembershipView {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// What people read.
    pub engagement_name: String,
    /// What addresses and the command line use.
    pub engagement_slug: String,
    /// What the caller is there.
    pub designations: Designations,
    /// Whether the caller may only look.
    pub read_only: bool,
    /// Whether it is part of the demo.
    pub demo: bool,
    /// How many things wait there.
    pub needs_you: u64,
    /// Since when the caller belongs.
    pub created_at: Timestamp,
}

/// `create_engagement`: the caller becomes its owner.
pub async fn create_engagement(call: Call, input: CreateEngagement) -> Outcome<EngagementView> {
    let owner = call.unbounded_human()?.person_id;
    let view = EngagementView {
        id: EngagementId::from_uuid(call.new_id()),
        slug: slug::of(input.slug.as_deref(), &input.name)?,
        name: input.name.to_string(),
        demo: input.demo,
        created_at: call.now,
        new: true,
    };
    let stored = view.clone();
    let now = call.now;
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                if !store::insert(sql, &stored).await? {
                    return Err(Fault::conflict(
                        "slug_taken",
                        format!(
                            "The slug `{}` is taken. Name another one in `slug`.",
                            stored.slug
                        ),
                    ));
                }
                let owner_only = Designations::only(Designation::Owner);
                store::put_member(sql, stored.id, owner, owner_only, now).await?;
                announce(sql, stored.id, now).await
            })
        })
        .await?;
    Ok(view)
}

/// `get_engagement`.
pub async fn get_engagement(call: Call, input: OfEngagement) -> Outcome<EngagementView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                access::in_engagement(sql, &call, input.engagement_id).await?;
                one(sql, input.engagement_id).await
            })
        })
        .await
}

/// `delete_engagement`: only what belongs to the demo, with everything in it.
pub async fn delete_engagement(call: Call, input: OfEngagement) -> Outcome<EngagementView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                let view = one(sql, input.engagement_id).await?;
                if !view.demo {
                    return Err(Fault::conflict(
                        "not_a_demo",
                        "Only demo engagements can be deleted. This one holds real history and stays.",
                    ));
                }
                store::delete(sql, &member).await?;
                announce(sql, view.id, call.now).await?;
                Ok(view)
            })
        })
        .await
}

/// Whether it is part of the demo.
pub(crate) async fn is_demo(sql: &mut Sql<'_>, engagement: EngagementId) -> Outcome<bool> {
    Ok(one(sql, engagement).await?.demo)
}

async fn one(sql: &mut Sql<'_>, engagement: EngagementId) -> Outcome<EngagementView> {
    let row = store::one(sql, engagement)
        .await?
        .ok_or_else(Fault::not_found)?;
    Ok(EngagementView {
        id: row.id(0)?,
        slug: row.text(1)?,
        name: row.text(2)?,
        demo: row.bool(3)?,
        created_at: row.time(4)?,
        new: false,
    })
}

/// `list_memberships`: the caller's own, newest first.
pub async fn list_memberships(call: Call, input: PageInput) -> Outcome<Page<MembershipView>> {
    let now = call.now;
    let reach = Reach::of(&call, None)?;
    let person = call.signed_in()?.person_id;
    let scope = CursorScope {
        list: "me.memberships",
        person,
        filter: "",
    };
    let after = input.after(&scope)?;
    let limit = input.limit;
    let found = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = store::memberships(sql, &reach, after, limit.get() + 1, now).await?;
                Ok::<_, Fault>((rows, store::memberships_total(sql, &reach).await?))
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, membership, |membership| Cursor {
        at: membership.created_at,
        id: membership.engagement_id.uuid(),
    })
}

/// The caller's membership in the engagement of this slug, for pages that are about one engagement; `None` when there
/// is no such engagement or the caller does not belong to it.
pub async fn membership_called(call: Call, slug: &str) -> Outcome<Option<MembershipView>> {
    let reach = Reach::of(&call, None)?;
    let (slug, now) = (slug.to_owned(), call.now);
    let row = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move { store::membership_called(sql, &reach, &slug, now).await })
        })
        .await?;
    row.as_ref().map(membership).transpose()
}

fn membership(row: &Row) -> Outcome<MembershipView> {
    let designations = access::designations(row.int(3)?)?;
    let waiting = u64::try_from(row.int(6)?).unwrap_or(0);
    Ok(MembershipView {
        engagement_id: row.id(0)?,
        engagement_slug: row.text(1)?,
        engagement_name: row.text(2)?,
        designations,
        read_only: designations.read_only(),
        demo: row.bool(4)?,
        needs_you: if designations.read_only() { 0 } else { waiting },
        created_at: row.time(5)?,
    })
}

async fn announce(sql: &mut Sql<'_>, engagement: EngagementId, now: Timestamp) -> Outcome<()> {
    event::store::append(
        sql,
        engagement,
        HintKind::EngagementChanged,
        engagement.uuid(),
        now,
    )
    .await
}
