//! Rows that come from outside: taken whole or not at all, in place of those before, with the snapshot that they make.

use std::pin::pin;
use std::sync::Arc;

use bellboard_core::dashboard::{
    PUSHED_BYTES_AT_MOST, Rows, RowsFormat, RowsReader, Source, SourceField, ViewSpec,
};
use bellboard_core::id::DashboardId;
use bellboard_core::time::Timestamp;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::take::{Asked, Prepared, TURNS, held, record, tell};
use super::{Reason, SnapshotView, store};
use crate::access;
use crate::call::Call;
use crate::dashboard::{self, DashboardView, source};
use crate::db::Sql;
use crate::engagement;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome, again};
use crate::verbs::ObjectConcept;

/// What was pushed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PushedRows {
    /// How many rows.
    pub row_count: u64,
    /// Their columns.
    pub fields: Vec<SourceField>,
    /// The snapshot that they made; absent when none was wanted.
    pub snapshot: Option<SnapshotView>,
}

/// What pushed rows make beside themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// No snapshot.
    Nothing,
    /// A snapshot of this moment.
    Snapshot,
    /// A snapshot of this moment in the past: how a demo gets its history. Nowhere else has a snapshot another time than
    /// that at which it was taken.
    PastSnapshot(Timestamp),
}

/// What came, read and fit to be kept.
pub(super) struct Came {
    pub(super) format: RowsFormat,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: [u8; 32],
    pub(super) count: i64,
    pub(super) fields: String,
}

/// Takes rows in place of those before, and a snapshot of them unless none is wanted. Whatever is wrong with them is told
/// with row and column, and the rows before stay.
pub async fn push_rows<E: From<Fault>>(
    call: Call,
    id: DashboardId,
    format: RowsFormat,
    makes: Makes,
    chunks: impl Stream<Item = Result<Bytes, E>>,
) -> Result<PushedRows, E> {
    let spec = authorize(&call, id).await?;
    let reader = RowsReader::new(format).identified_by(&spec.id_field);
    let (rows, bytes) = receive(reader, chunks).await?;
    let picture = spec
        .answer(&rows)
        .map_err(|fault| source::refused(&fault))?;
    let fields = fields_of(&rows);
    let came = Arc::new(Came {
        format,
        digest: Sha256::digest(&bytes).into(),
        bytes,
        count: i64::try_from(rows.count()).map_err(Fault::internal)?,
        fields: serde_json::to_string(&fields).map_err(Fault::internal)?,
    });
    let row_count = rows.count() as u64;
    drop(rows);
    let mut made = Some(Prepared::of(spec, picture));
    let snapshot = again(TURNS, || keep(&call, id, &came, made.take(), makes)).await?;
    if let Some(snapshot) = &snapshot {
        tell(&call.hub, snapshot).await;
    }
    Ok(PushedRows {
        row_count,
        fields,
        snapshot,
    })
}

/// Before the first byte is read: the question, if rows may be pushed here.
async fn authorize(call: &Call, id: DashboardId) -> Outcome<ViewSpec> {
    let asking = call.clone();
    call.hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &asking, concept, id.uuid()).await?;
                let dashboard = dashboard::load(sql, member.engagement_id(), id).await?;
                dashboard.require_in_use()?;
                let source = dashboard.view_spec_json.source;
                if source == Source::Pushed {
                    return Ok(dashboard.view_spec_json);
                }
                Err(Fault::conflict(
                    "rows_not_pushed",
                    format!("The rows of this dashboard are `{source}`. Make one whose source is `pushed`."),
                ))
            })
        })
        .await
}

/// Reads the pieces as they come; what is wrong ends it at once.
async fn receive<E: From<Fault>>(
    mut reader: RowsReader,
    chunks: impl Stream<Item = Result<Bytes, E>>,
) -> Result<(Rows, Vec<u8>), E> {
    let mut chunks = pin!(chunks);
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if bytes.len() + chunk.len() > PUSHED_BYTES_AT_MOST {
            let detail = format!(
                "At most {PUSHED_BYTES_AT_MOST} bytes at once. Push fewer rows or columns."
            );
            return Err(Fault::too_large("too_large", detail).into());
        }
        reader
            .push(&chunk)
            .map_err(|fault| source::refused(&fault))?;
        bytes.extend_from_slice(&chunk);
    }
    let rows = reader.finish().map_err(|fault| source::refused(&fault))?;
    Ok((rows, bytes))
}

fn fields_of(rows: &Rows) -> Vec<SourceField> {
    let columns = rows.columns().iter();
    columns
        .map(|column| SourceField {
            name: column.name().to_owned(),
            kind: column.kind(),
        })
        .collect()
}

/// A moment before now and after the newest snapshot, if the dashboard is a demo's.
async fn past(
    sql: &mut Sql<'_>,
    dashboard: &DashboardView,
    at: Timestamp,
    now: Timestamp,
) -> Outcome<Timestamp> {
    let place = dashboard.engagement_id;
    if !engagement::is_demo(sql, place).await? {
        return Err(Fault::conflict(
            "not_a_demo",
            "Only a demo writes its own past. Leave `captured_at` away: the snapshot has the time at which it is taken.",
        ));
    }
    let newest = store::newest(sql, place, dashboard.id).await?;
    let newest = newest.as_ref().map(SnapshotView::read).transpose()?;
    if newest.is_some_and(|newest| at <= newest.captured_at) || at > now {
        return Err(Fault::invalid(
            "captured_at",
            "It must be after the newest snapshot, and not after now.",
        ));
    }
    Ok(at)
}

/// Keeps the rows with the picture that was made of them, or with another when others were met.
async fn keep(
    call: &Call,
    id: DashboardId,
    came: &Arc<Came>,
    made: Option<Prepared>,
    makes: Makes,
) -> Outcome<Option<SnapshotView>> {
    let prepared = match made {
        Some(prepared) => prepared,
        None => answered_anew(call, id, came.clone()).await?,
    };
    let (acting, came) = (call.clone(), came.clone());
    let _first = call.hub.tries().write_first();
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move { replace(sql, &acting, id, &came, &prepared, makes).await })
        })
        .await
}

/// What the question of now answers over the rows that came. They are read from their bytes again: kept beside them, they
/// would take room for every push, and few meet others.
async fn answered_anew(call: &Call, id: DashboardId, came: Arc<Came>) -> Outcome<Prepared> {
    let spec = authorize(call, id).await?;
    tokio::task::spawn_blocking(move || answered(spec, &came))
        .await
        .map_err(Fault::internal)?
}

fn answered(spec: ViewSpec, came: &Came) -> Outcome<Prepared> {
    let reader = RowsReader::new(came.format).identified_by(&spec.id_field);
    let rows = reader
        .all(&came.bytes)
        .map_err(|fault| source::refused(&fault))?;
    let picture = spec
        .answer(&rows)
        .map_err(|fault| source::refused(&fault))?;
    Ok(Prepared::of(spec, picture))
}

/// Replaces the rows, and takes the snapshot, in one transaction.
async fn replace(
    sql: &mut Sql<'_>,
    call: &Call,
    id: DashboardId,
    came: &Came,
    prepared: &Prepared,
    makes: Makes,
) -> Outcome<Option<SnapshotView>> {
    let concept = ObjectConcept::Dashboard;
    let member = access::object(sql, call, concept, id.uuid()).await?;
    let dashboard = held(sql, member.engagement_id(), id).await?;
    store::replace_rows(sql, &member, id, came, call.now).await?;
    let place = member.engagement_id();
    let kind = HintKind::DashboardChanged;
    event::store::append(sql, place, kind, id.uuid(), call.now).await?;
    let now = match makes {
        Makes::Nothing => return Ok(None),
        Makes::Snapshot => call.now,
        Makes::PastSnapshot(at) => past(sql, &dashboard, at, call.now).await?,
    };
    let asked = Asked {
        hub: &call.hub,
        member: Some(&member),
        reason: Reason::Push,
        due_at: None,
        now,
    };
    record(sql, &asked, &dashboard, prepared).await
}
