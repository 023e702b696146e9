//! Whose a bell is. Its target may hold a secret (a URL, an address), so those who only look on see none of it: whoever
//! made the bell, whom it is for, and who manages the engagement.

use bellboard_core::id::{DashboardId, EngagementId, PersonId, SubscriptionId};
use bellboard_core::membership::{Capability, allows};
use bellboard_core::text::capital_first;
use uuid::Uuid;

use super::secret::Kept;
use super::{Kind, send, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::verbs::ObjectConcept;

/// A subscription, with the proof that the caller may change how it is delivered.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub(super) engagement: EngagementId,
    pub(super) id: SubscriptionId,
    pub(super) dashboard: DashboardId,
    pub(super) kind: Kind,
    pub(super) target: String,
    pub(super) kept: Kept,
    pub(super) confirmed: bool,
    pub(super) dashboard_title: String,
    pub(super) maker: Option<PersonId>,
    pub(super) person: Option<PersonId>,
}

/// The subscription of a dashboard, if it is the caller's.
pub(super) async fn own(
    sql: &mut Sql<'_>,
    call: &Call,
    dashboard: DashboardId,
    subscription: SubscriptionId,
) -> Outcome<Own> {
    let concept = ObjectConcept::Dashboard;
    let member = access::object(sql, call, concept, dashboard.uuid()).await?;
    let engagement = member.engagement_id();
    let row = store::subscription(sql, engagement, dashboard, subscription).await?;
    let row = row.ok_or_else(Fault::not_found)?;
    require(&member, &[row.opt_id(2)?, row.opt_id(3)?])?;
    Ok(Own {
        engagement,
        id: subscription,
        dashboard,
        kind: Kind::parse(&row.text(0)?)?,
        target: row.text(1)?,
        kept: Kept {
            secret: row.opt_blob(4)?,
            former: row.opt_blob(5)?,
            former_until: row.opt_time(6)?,
        },
        confirmed: row.opt_time(7)?.is_some(),
        dashboard_title: row.text(8)?,
        maker: row.opt_id(3)?,
        person: row.opt_id(2)?,
    })
}

/// Refuses a member to whom a bell does not belong: it belongs to these, and to who manages the engagement.
pub(super) fn require(member: &Member, owners: &[Option<Uuid>]) -> Outcome<()> {
    let is_theirs = owners.contains(&Some(member.person_id().uuid()));
    if is_theirs || allows(member.designations(), Capability::Manage) {
        return Ok(());
    }
    Err(Fault::forbidden(
        "not_yours",
        "This bell is somebody else's. Who made it, whom it is for, and an owner of the engagement may do this.",
    ))
}

/// Refuses what is not sent, as it is asked again when it is: who made the bell, or the person whom it is for, has left.
pub(super) async fn require_nobody_left(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    kind: Kind,
    people: (Option<PersonId>, Option<PersonId>),
) -> Outcome<()> {
    match send::left(sql, engagement, kind, people).await? {
        None => Ok(()),
        Some(reason) => Err(Fault::conflict(
            "bell_abandoned",
            format!(
                "{}, so nothing is sent for it. Make them a member again, or make the bell anew.",
                capital_first(reason)
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_belongs_to_its_maker_and_to_whom_it_is_for() {
        let member = Member::hub_itself(EngagementId::from_uuid(Uuid::from_u128(1)));
        let (me, other) = (member.person_id().uuid(), Uuid::from_u128(9));
        for owners in [
            vec![Some(me)],
            vec![Some(other), Some(me)],
            vec![None, Some(me)],
        ] {
            assert!(require(&member, &owners).is_ok(), "{owners:?}");
        }
        for owners in [
            vec![],
            vec![None],
            vec![Some(other)],
            vec![Some(other), None],
        ] {
            let fault = require(&member, &owners).unwrap_err();
            assert_eq!(fault.code, "not_yours", "{owners:?}");
        }
    }
}
