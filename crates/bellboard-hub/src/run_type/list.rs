//! The types that somebody can choose from.

use std::collections::BTreeMap;

use bellboard_core::id::EngagementId;
use bellboard_core::membership::{Capability, allows};
use bellboard_core::run::RunType;
use bellboard_core::run::declaration::{BUILT_IN, Declaration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RunTypeView, read, store};
use crate::access;
use crate::call::Call;
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// So many are shown; who declares more knows their names.
const MOST: u32 = 200;

/// Which types.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRunTypes {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// `startable` for those of which you may start runs there; all when absent.
    #[serde(default)]
    pub only: Option<Only>,
}

/// Which of the types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// Those of which the caller may start runs.
    Startable,
}

/// The types, by name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RunTypesView {
    /// At most 200 of those that were declared, and those that Bellboard itself knows.
    pub items: Vec<RunTypeView>,
    /// Whether more were declared.
    pub more: bool,
}

impl View for RunTypesView {}

/// `list_run_types`.
pub async fn list_run_types(call: Call, input: ListRunTypes) -> Outcome<RunTypesView> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                let mut rows = store::all(sql, input.engagement_id, MOST + 1).await?;
                let more = rows.len() > MOST as usize;
                rows.truncate(MOST as usize);
                let mut known = BTreeMap::new();
                for name in BUILT_IN {
                    let run_type: RunType = name.parse().map_err(Fault::internal)?;
                    known.insert(run_type.clone(), Declaration::known_or_general(&run_type));
                }
                for row in &rows {
                    known.insert(row.text(8)?.parse().map_err(Fault::internal)?, read(row)?);
                }
                if input.only == Some(Only::Startable) {
                    let may = |capability| allows(member.designations(), capability);
                    known.retain(|_, declared| {
                        may(Capability::StartRuns) && may(declared.capability)
                    });
                }
                let view = |(run_type, declared)| RunTypeView::of(run_type, true, &declared);
                Ok(RunTypesView {
                    items: known.into_iter().map(view).collect(),
                    more,
                })
            })
        })
        .await
}
