//! `update_technical_debt`.

use bellboard_core::id::TechnicalDebtId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{DebtSeverity, DebtStatus, DebtType};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TechnicalDebtView, load, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::change::Change;
use crate::db::Sql;
use crate::domain::{self, InputDomain};
use crate::fault::Outcome;
use crate::progress_event;
use crate::verbs::WorkConcept;

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTechnicalDebt {
    /// The technical debt, by its key or id.
    pub td_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
    /// Another domain to belong to, by slug or id.
    #[serde(default)]
    pub domain: Option<Bounded<100>>,
    /// In one line, at most 200 characters.
    #[serde(default)]
    pub title: Option<Bounded<200>>,
    /// Where it was made.
    #[serde(default, rename = "type")]
    pub debt_type: Option<DebtType>,
    /// Where it is.
    #[serde(default)]
    pub status: Option<DebtStatus>,
    /// How much it hurts.
    #[serde(default)]
    pub severity: Option<DebtSeverity>,
    /// Where in the code; null for nowhere.
    #[serde(default)]
    pub location: Change<Bounded<500>>,
    /// More words; null for none.
    #[serde(default)]
    pub description: Change<Multiline<4000>>,
}

/// `update_technical_debt`.
pub async fn update_technical_debt(
    call: Call,
    input: UpdateTechnicalDebt,
) -> Outcome<TechnicalDebtView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let (concept, engagement) =
                    (WorkConcept::TechnicalDebt, input.engagement.as_deref());
                let found =
                    access::work_to_change(sql, &call, concept, &input.td_id, engagement).await?;
                let (member, id) = (found.member, TechnicalDebtId::from_uuid(found.id));
                let before = load(sql, member.engagement_id(), id).await?;
                let after = laid_over(sql, &call, &member, &before, input).await?;
                if before == after {
                    return Ok(after);
                }
                store::update(sql, &after, call.now).await?;
                let summary = format!(
                    "Technical debt {} is {}: {}",
                    after.td_id, after.status, after.title
                );
                let place = (after.domain_id, id.uuid());
                let told = ("technical_debt_updated", summary);
                progress_event::changed_in(sql, &call, &member, place, told).await?;
                load(sql, member.engagement_id(), id).await
            })
        })
        .await
}

/// The technical debt as it is to be.
async fn laid_over(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    before: &TechnicalDebtView,
    input: UpdateTechnicalDebt,
) -> Outcome<TechnicalDebtView> {
    let mut after = before.clone();
    if let Some(name) = &input.domain {
        let wanted = InputDomain::in_field("domain", name);
        after.domain_id = domain::of_member(sql, call, member, wanted).await?.id;
    }
    if let Some(title) = input.title {
        after.title = title.into_string();
    }
    input
        .location
        .lay_over(&mut after.location, Bounded::into_string);
    input
        .description
        .lay_over(&mut after.description, Multiline::into_string);
    after.debt_type = input.debt_type.unwrap_or(after.debt_type);
    after.status = input.status.unwrap_or(after.status);
    after.severity = input.severity.unwrap_or(after.severity);
    Ok(after)
}
