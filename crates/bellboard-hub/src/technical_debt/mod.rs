//! Technical debts: what has to be put right later. One belongs to its domain by key, so that no rename
//! orphans it; it is shown with the domain's slug.

use bellboard_core::id::{DomainId, EngagementId, TechnicalDebtId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{DebtSeverity, DebtStatus, DebtType};
use schemars::JsonSchema;
use serde::Serialize;

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod create;
mod read;
pub mod store;
mod update;

pub use create::{CreateTechnicalDebt, create_technical_debt};
pub use read::{GetTechnicalDebt, ListTechnicalDebts, get_technical_debt, list_technical_debts};
pub use update::{UpdateTechnicalDebt, update_technical_debt};

/// A technical debt.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TechnicalDebtView {
    /// Its id.
    pub id: TechnicalDebtId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its slug.
    pub engagement_slug: String,
    /// What people call it: `TD-0007`.
    pub td_id: String,
    /// The slug of the domain that it belongs to.
    pub domain: String,
    /// The domain.
    pub domain_id: DomainId,
    /// In one line.
    pub title: String,
    /// `design`, `implementation`, `test`, `docs`, `dependencies`, `performance`, `security` or `other`.
    #[serde(rename = "type")]
    pub debt_type: DebtType,
    /// `open`, `in_progress`, `deferred`, `resolved` or `wont_fix`.
    pub status: DebtStatus,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: DebtSeverity,
    /// Where in the code; may be empty.
    pub location: String,
    /// More words; may be empty.
    pub description: String,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    #[serde(skip)]
    new: bool,
}

impl View for TechnicalDebtView {
    fn created(&self) -> bool {
        self.new
    }
}

impl TechnicalDebtView {
    /// Reads `technical_debt_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        let wrong =
            |column: &str| Fault::internal(format!("technical_debts.{column} holds no word"));
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_slug: row.text(1)?,
            id: row.id(2)?,
            td_id: row.text(3)?,
            domain_id: row.id(4)?,
            domain: row.text(5)?,
            title: row.text(6)?,
            debt_type: DebtType::parse(&row.text(7)?).ok_or_else(|| wrong("type"))?,
            status: DebtStatus::parse(&row.text(8)?).ok_or_else(|| wrong("status"))?,
            severity: DebtSeverity::parse(&row.text(9)?).ok_or_else(|| wrong("severity"))?,
            location: row.text(10)?,
            description: row.text(11)?,
            created_at: row.time(12)?,
            changed_at: row.time(13)?,
            new: false,
        })
    }
}

/// The technical debt, which the proof says the caller may see.
async fn load(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: TechnicalDebtId,
) -> Outcome<TechnicalDebtView> {
    let row = store::one(sql, engagement, id).await?;
    TechnicalDebtView::read(&row.ok_or_else(Fault::not_found)?)
}
