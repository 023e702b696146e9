//! Reading technical debts.

use bellboard_core::id::TechnicalDebtId;
use bellboard_core::page::{Cursor, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::work::{DebtStatus, DebtType};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TechnicalDebtView, load, store};
use crate::access;
use crate::call::Call;
use crate::domain;
use crate::fault::Outcome;
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
    let asked = domain::Asked {
        list: "technical_debts",
        domain: input.domain,
        words: vec![
            input.status.map_or("", DebtStatus::as_str),
            input.debt_type.map_or("", DebtType::as_str),
        ],
        engagement: input.engagement,
        limit: input.limit,
        cursor: input.cursor,
    };
    let place = |debt: &TechnicalDebtView| Cursor {
        at: debt.changed_at,
        id: debt.id.uuid(),
    };
    domain::list(call, &store::LIST, asked, TechnicalDebtView::read, place).await
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
