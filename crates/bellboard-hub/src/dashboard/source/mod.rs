//! The rows of each source, of one engagement and of no other, read in batches so that nobody holds all of them twice.
//!
//! The newest hundred thousand are read, by when they were made. A dashboard shows what every member of its engagement may
//! see, so it asks for nobody's own view of things.

use bellboard_core::dashboard::{
    Cell, CellKind, Number, ROWS_AT_MOST, Rows, RowsBuilder, RowsFault, RowsFormat, RowsReader,
    Source, ViewSpec,
};
use bellboard_core::id::{DashboardId, EngagementId};
use bellboard_core::run::{CountKey, Grade, Outcome as RunOutcome};
use bellboard_core::time::Timestamp;
use bellboard_core::work::WorkstreamLabel;
use uuid::Uuid;

use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::run::{self, RunView};
use crate::workstream::{self, WorkstreamView};

pub mod store;

/// So many rows one statement reads.
const BATCH: u32 = 2_000;

/// The rows that the question is about, at this moment.
pub(crate) async fn rows(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    spec: &ViewSpec,
    now: Timestamp,
) -> Outcome<Rows> {
    match spec.source {
        Source::Runs => runs(sql, engagement, now).await,
        Source::Workstreams => workstreams(sql, engagement, now).await,
        Source::Pushed => pushed(sql, (engagement, dashboard), &spec.id_field).await,
        plain => {
            let mut builder = RowsBuilder::default();
            let mut taken = 0;
            for text in store::texts(plain) {
                taken += gather(sql, engagement, plain, text, &mut builder, taken).await?;
            }
            Ok(builder.finish())
        }
    }
}

/// Rows that stand in the database as they are shown, the newest first, as far as there is room; how many came.
async fn gather(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    source: Source,
    text: &'static str,
    builder: &mut RowsBuilder,
    taken: usize,
) -> Outcome<usize> {
    let fields = source.known_fields();
    let (mut before, mut came) = (Uuid::max(), 0);
    loop {
        let rows = store::batch(sql, text, engagement, before, room(taken + came)).await?;
        for row in &rows {
            let cells = Plain::read(row, fields)?;
            builder
                .push(cells.cells(fields))
                .map_err(|fault| refused(&fault))?;
            before = cells.id;
        }
        came += rows.len();
        if rows.is_empty() || taken + came >= ROWS_AT_MOST {
            return Ok(came);
        }
    }
}

/// How many rows the next statement may bring.
fn room(taken: usize) -> u32 {
    let left = u32::try_from(ROWS_AT_MOST.saturating_sub(taken)).unwrap_or(BATCH);
    left.min(BATCH)
}

/// A row whose columns are those of the source, in their order, the id first.
struct Plain {
    id: Uuid,
    texts: Vec<Option<String>>,
    others: Vec<Cell<'static>>,
}

impl Plain {
    fn read(row: &Row, fields: &[(&str, CellKind)]) -> Outcome<Self> {
        let id: Uuid = row.id(0)?;
        let mut plain = Self {
            id,
            texts: vec![Some(id.to_string())],
            others: vec![Cell::Null],
        };
        for (place, (_, kind)) in fields.iter().enumerate().skip(1) {
            let (text, other) = match kind {
                CellKind::Text | CellKind::Empty => (row.opt_text(place)?, Cell::Null),
                CellKind::Number => {
                    let number = row.opt_int(place)?.map(Number::Whole);
                    (None, number.map_or(Cell::Null, Cell::Number))
                }
                CellKind::Bool => (None, Cell::Bool(row.bool(place)?)),
                CellKind::Time => {
                    let time = row.opt_time(place)?;
                    (None, time.map_or(Cell::Null, Cell::Time))
                }
            };
            plain.texts.push(text);
            plain.others.push(other);
        }
        Ok(plain)
    }

    fn cells<'a>(
        &'a self,
        fields: &'a [(&'static str, CellKind)],
    ) -> impl Iterator<Item = (&'a str, Cell<'a>)> {
        let cells = self.texts.iter().zip(&self.others);
        fields.iter().zip(cells).map(|((name, _), (text, other))| {
            let cell = text.as_deref().map_or(*other, Cell::Text);
            (*name, cell)
        })
    }
}

async fn runs(sql: &mut Sql<'_>, engagement: EngagementId, now: Timestamp) -> Outcome<Rows> {
    let mut builder = RowsBuilder::default();
    let (mut before, mut taken) = (Uuid::max(), 0);
    while taken < ROWS_AT_MOST {
        let runs = run::of_engagement(sql, engagement, (before, room(taken)), now).await?;
        let Some(last) = runs.last() else { break };
        before = last.id.uuid();
        taken += runs.len();
        for run in &runs {
            push_run(&mut builder, run)?;
        }
    }
    Ok(builder.finish())
}

fn push_run(builder: &mut RowsBuilder, run: &RunView) -> Outcome<()> {
    let id = run.id.to_string();
    let count = |key| whole(run.summary_counts.get(key));
    let word = |word: Option<&'static str>| word.map_or(Cell::Null, Cell::Text);
    let time = |at: Option<Timestamp>| at.map_or(Cell::Null, Cell::Time);
    let ended = run.started_at.zip(run.completed_at);
    let duration = ended.map(|(start, end)| end.saturating_since(start).as_secs());
    let cells = [
        ("id", Cell::Text(&id)),
        ("type", Cell::Text(run.run_type.as_str())),
        ("label", Cell::Text(&run.label)),
        ("status", Cell::Text(run.status.as_str())),
        ("outcome", word(run.outcome.map(RunOutcome::as_str))),
        ("grade", word(run.grade.map(Grade::as_str))),
        ("liveness", Cell::Text(run.liveness.as_str())),
        ("initiator_name", Cell::Text(&run.initiator_name)),
        (
            "claimed_by",
            run.claimed_by.as_deref().map_or(Cell::Null, Cell::Text),
        ),
        ("claimable", Cell::Bool(run.claimable)),
        ("total", count(CountKey::Total)),
        ("processed", count(CountKey::Processed)),
        ("succeeded", count(CountKey::Succeeded)),
        ("failed", count(CountKey::Failed)),
        ("skipped", count(CountKey::Skipped)),
        ("created_at", Cell::Time(run.created_at)),
        ("started_at", time(run.started_at)),
        ("completed_at", time(run.completed_at)),
        ("last_seen_at", Cell::Time(run.last_seen_at)),
        ("acknowledged_at", time(run.acknowledged_at)),
        ("duration_seconds", whole(duration)),
    ];
    builder.push(cells).map_err(|fault| refused(&fault))
}

async fn workstreams(sql: &mut Sql<'_>, engagement: EngagementId, now: Timestamp) -> Outcome<Rows> {
    let mut builder = RowsBuilder::default();
    let (mut before, mut taken) = (Uuid::max(), 0);
    while taken < ROWS_AT_MOST {
        let place = (before, room(taken));
        let found = workstream::of_engagement(sql, engagement, place, now).await?;
        let Some(last) = found.last() else { break };
        before = last.id.uuid();
        taken += found.len();
        for one in &found {
            push_workstream(&mut builder, one)?;
        }
    }
    Ok(builder.finish())
}

fn push_workstream(builder: &mut RowsBuilder, one: &WorkstreamView) -> Outcome<()> {
    let id = one.id.to_string();
    let looks = |label| Cell::Bool(one.label == Some(label));
    let cells = [
        ("id", Cell::Text(&id)),
        ("slug", Cell::Text(&one.slug)),
        ("title", Cell::Text(&one.title)),
        ("domain", Cell::Text(&one.domain_slug)),
        ("topic", perhaps(one.topic_slug.as_ref())),
        ("repo", perhaps(one.repo_slug.as_ref())),
        ("owner", Cell::Text(&one.owner)),
        ("due_date", perhaps(one.due_date.as_ref())),
        ("status", Cell::Text(one.status.as_str())),
        ("tasks_open", whole(Some(one.tasks.open()))),
        ("tasks_done", whole(Some(one.tasks.done))),
        ("finished", looks(WorkstreamLabel::Finished)),
        ("stalled", looks(WorkstreamLabel::Stalled)),
        ("dormant", looks(WorkstreamLabel::Dormant)),
        ("created_at", Cell::Time(one.created_at)),
        ("updated_at", Cell::Time(one.changed_at)),
    ];
    builder.push(cells).map_err(|fault| refused(&fault))
}

/// The rows that were pushed last, read again out of the bytes that came.
async fn pushed(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    id_field: &str,
) -> Outcome<Rows> {
    let Some(row) = store::pushed(sql, engagement, dashboard).await? else {
        return Ok(Rows::default());
    };
    let format = row.text(0)?;
    let format = RowsFormat::parse(&format)
        .ok_or_else(|| Fault::internal(format!("dashboard_rows.format holds `{format}`")))?;
    let reader = RowsReader::new(format).identified_by(id_field);
    reader.all(&row.blob(1)?).map_err(Fault::internal)
}

fn perhaps(text: Option<&String>) -> Cell<'_> {
    text.map_or(Cell::Null, |text| Cell::Text(text))
}

fn whole(count: Option<u64>) -> Cell<'static> {
    let number = count.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    number.map_or(Cell::Null, |number| Cell::Number(Number::Whole(number)))
}

/// Rows that cannot be taken, with the row and the column.
pub(crate) fn refused(fault: &RowsFault) -> Fault {
    let mut told = Fault::invalid("rows", fault.to_string()).with_code("invalid_rows");
    if let Some(row) = fault.row {
        told = told.with("row", row);
    }
    if let Some(column) = &fault.column {
        told = told.with("column", column.as_str());
    }
    told
}
