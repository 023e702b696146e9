//! `verify_run`: another party looked, and says so with evidence. The outcome stays; how it is known becomes `verified`.

use bellboard_core::id::RunId;
use bellboard_core::run::{Grade, Status};
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::record::{self, RunEvent, note};
use super::store;
use super::view::RunView;
use crate::access;
use crate::call::Call;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};

/// What was checked and where it can be seen; at least one of link, digest and note.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyRun {
    /// The run.
    pub run_id: RunId,
    /// Where the evidence is: an `https` or `http` address.
    #[serde(default)]
    pub link: Option<Bounded<2000>>,
    /// The digest of what was checked, such as `sha256:9f86d0...`.
    #[serde(default)]
    pub digest: Option<Bounded<200>>,
    /// What was looked at.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
}

/// Why the outcome is believed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceView {
    /// Who checked.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Where the evidence is.
    pub link: Option<String>,
    /// The digest of what was checked.
    pub digest: Option<String>,
    /// What was looked at.
    pub note: Option<String>,
}

/// `verify_run`. The first verification stands; whoever had a hand in the run cannot verify it.
pub async fn verify_run(call: Call, input: VerifyRun) -> Outcome<RunView> {
    check(&input)?;
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                let run = record::load(sql, &member, input.run_id, call.now).await?;
                if run.status != Status::Completed {
                    return Err(Fault::conflict(
                        "not_completed",
                        "The run has not ended, so there is no outcome to verify.",
                    ));
                }
                if store::has_a_hand_in(sql, &member, run.id).await? {
                    return Err(Fault::forbidden(
                        "own_run",
                        "You started this run, worked on it or told its end. Somebody else verifies it.",
                    ));
                }
                if run.grade == Some(Grade::Verified) {
                    return Ok(run);
                }
                let evidence = EvidenceView {
                    by: member.name().to_owned(),
                    at: call.now,
                    link: input.link.as_ref().map(ToString::to_string),
                    digest: input.digest.as_ref().map(ToString::to_string),
                    note: input.note.as_ref().map(ToString::to_string),
                };
                if !store::verify(sql, &member, run.id, &record::json(&evidence)?).await? {
                    return record::load(sql, &member, run.id, call.now).await;
                }
                let happened = RunEvent {
                    kind: "verified",
                    summary: "Outcome verified".to_owned(),
                    diagnostics: Some(record::json(&evidence)?),
                    at: call.now,
                };
                note(sql, &run, member.name(), call.new_id(), happened).await?;
                event::store::append(
                    sql,
                    run.engagement_id,
                    HintKind::RunEnded,
                    run.id.uuid(),
                    call.now,
                )
                .await?;
                record::load(sql, &member, run.id, call.now).await
            })
        })
        .await
}

fn check(input: &VerifyRun) -> Outcome<()> {
    if input.link.is_none() && input.digest.is_none() && input.note.is_none() {
        return Err(Fault::invalid(
            "note",
            "Say what was checked: a link, a digest or a note.",
        ));
    }
    match &input.link {
        Some(link) if !link.starts_with("https://") && !link.starts_with("http://") => Err(
            Fault::invalid("link", "The link must begin with https:// or http://."),
        ),
        _ => Ok(()),
    }
}
