//! Reading technical debts.

use bellboard_core::id::TechnicalDebtId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::work::{DebtStatus, DebtType};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TechnicalDebtView, load, store};
use crate::access;
use crate::call::Call;
use crate::domain::OfDomain;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of};
use crate::verbs::WorkConcept;

/// Which technical debts.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListTechnicalDebts {
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// Only with this status.
    pub status: Option<DebtStatus>,
    /// Only of this type.
    #[serde(rename = "type")]
    pub debt_type: Option<DebtType>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which technical debt.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetTechnicalDebt {
    /// The technical debt, by its key or id.
    pub td_id: Bounded<100>,
    /// The engagement, by id or slug, where the key alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `list_technical_debts`.
pub async fn list_technical_debts(
    call: Call,
    input: ListTechnicalDebts,
) -> Outcome<Page<TechnicalDebtView>> {
    let person = call.signed_in()?.person_id;
    let status = input.status.map_or("", DebtStatus::as_str);
    let of_type = input.debt_type.map_or("", DebtType::as_str);
    let filter = format!(
        "{} {} {status} {of_type}",
        input.engagement.as_deref().unwrap_or_default(),
        input.domain.as_deref().unwrap_or_default(),
    );
    let scope = CursorScope {
        list: "technical_debts",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let (rows, total) = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let of = OfDomain::named(sql, &reach, input.domain.as_deref()).await?;
                let which = (&of, status, of_type);
                let rows = store::list(sql, &reach, which, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::list_total(sql, &reach, which).await?))
            })
        })
        .await?;
    let found = rows
        .iter()
        .map(TechnicalDebtView::read)
        .collect::<Outcome<Vec<_>>>()?;
    Ok(page_of(found, limit, total, &scope, |one| Cursor {
        at: one.changed_at,
        id: one.id.uuid(),
    }))
}

/// `get_technical_debt`.
pub async fn get_technical_debt(call: Call, input: GetTechnicalDebt) -> Outcome<TechnicalDebtView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (concept, engagement) =
                    (WorkConcept::TechnicalDebt, input.engagement.as_deref());
                let found = access::work(sql, &call, concept, &input.td_id, engagement).await?;
                let id = TechnicalDebtId::from_uuid(found.id);
                load(sql, found.member.engagement_id(), id).await
            })
        })
        .await
}
