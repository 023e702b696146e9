//! `create_technical_debt`.

use bellboard_core::id::TechnicalDebtId;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::work::{DebtSeverity, DebtStatus, DebtType, EntryKey};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TechnicalDebtView, load, store};
use crate::access::Member;
use crate::call::Call;
use crate::db::Sql;
use crate::domain::{self, InputDomain};
use crate::fault::Outcome;
use crate::progress_event;
use crate::slug;

/// A new technical debt.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTechnicalDebt {
    /// What people call it: `TD-0007`. Unique in the engagement.
    pub td_id: EntryKey,
    /// The domain that it belongs to, by slug or id.
    pub domain: Bounded<100>,
    /// In one line, at most 200 characters.
    pub title: Bounded<200>,
    /// `design`, `implementation`, `test`, `docs`, `dependencies`, `performance`, `security` or `other`; `other` when absent.
    #[serde(default, rename = "type")]
    pub debt_type: Option<DebtType>,
    /// `open`, `in_progress`, `deferred`, `resolved` or `wont_fix`; `open` when absent.
    #[serde(default)]
    pub status: Option<DebtStatus>,
    /// `critical`, `high`, `medium` or `low`; `medium` when absent.
    #[serde(default)]
    pub severity: Option<DebtSeverity>,
    /// Where in the code, at most 500 characters.
    #[serde(default)]
    pub location: Option<Bounded<500>>,
    /// More words, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// The engagement, by id or slug; that of the domain when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_technical_debt`.
pub async fn create_technical_debt(
    call: Call,
    input: CreateTechnicalDebt,
) -> Outcome<TechnicalDebtView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let wanted = InputDomain::in_field("domain", &input.domain);
                let engagement = input.engagement.as_deref();
                let (member, domain) = domain::of_new(sql, &call, wanted, engagement).await?;
                let id = TechnicalDebtId::from_uuid(call.new_id());
                let new = TechnicalDebtView {
                    id,
                    engagement_id: domain.engagement_id,
                    engagement_slug: domain.engagement_slug,
                    td_id: input.td_id.into_string(),
                    domain: domain.slug,
                    domain_id: domain.id,
                    title: input.title.into_string(),
                    debt_type: input.debt_type.unwrap_or(DebtType::Other),
                    status: input.status.unwrap_or(DebtStatus::Open),
                    severity: input.severity.unwrap_or(DebtSeverity::Medium),
                    location: input.location.map(Bounded::into_string).unwrap_or_default(),
                    description: input
                        .description
                        .map(Multiline::into_string)
                        .unwrap_or_default(),
                    created_at: call.now,
                    changed_at: call.now,
                    new: true,
                };
                keep(sql, &call, &member, &new).await
            })
        })
        .await
}

async fn keep(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    new: &TechnicalDebtView,
) -> Outcome<TechnicalDebtView> {
    if !store::insert(sql, new).await? {
        let detail = format!(
            "There is a technical debt {} already. Choose another key.",
            new.td_id
        );
        return Err(slug::taken("td_id", &new.td_id, detail));
    }
    let summary = format!(
        "Technical debt {} was written down: {}",
        new.td_id, new.title
    );
    let place = (new.domain_id, new.id.uuid());
    let told = ("technical_debt_created", summary);
    progress_event::changed_in(sql, call, member, place, told).await?;
    let made = load(sql, new.engagement_id, new.id).await?;
    Ok(TechnicalDebtView { new: true, ..made })
}
