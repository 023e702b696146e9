//! The statements behind the proof of membership.

use bellboard_core::id::{ArtifactId, AskId, EngagementId, RunId};

use uuid::Uuid;

use super::Reach;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::fault::{Fault, Outcome};
use crate::verbs::{ObjectConcept, WorkConcept};

/// The membership in the one engagement of the reach. Columns: engagement_id, designations.
pub(super) async fn membership(sql: &mut Sql<'_>, reach: &Reach) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!("select m.engagement_id, m.designations from reach m"),
            &reach.with([]),
        )
        .await?;
    Ok(row)
}

/// The membership in the engagement of the run. Columns as above.
pub(super) async fn membership_of_run(
    sql: &mut Sql<'_>,
    reach: &Reach,
    run: RunId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!(
                "select m.engagement_id, m.designations
                   from runs r
                   join reach m on m.engagement_id = r.engagement_id
                  where r.id = $6"
            ),
            &reach.with([run.into()]),
        )
        .await?;
    Ok(row)
}

/// The membership in the engagement of the artifact. Columns as above.
pub(super) async fn membership_of_artifact(
    sql: &mut Sql<'_>,
    reach: &Reach,
    artifact: ArtifactId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!(
                "select m.engagement_id, m.designations
                   from artifacts a
                   join reach m on m.engagement_id = a.engagement_id
                  where a.id = $6"
            ),
            &reach.with([artifact.into()]),
        )
        .await?;
    Ok(row)
}

/// The membership in the engagement of the ask. Columns as above.
pub(super) async fn membership_of_ask(
    sql: &mut Sql<'_>,
    reach: &Reach,
    ask: AskId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!(
                "select m.engagement_id, m.designations
                   from asks a
                   join reach m on m.engagement_id = a.engagement_id
                  where a.id = $6"
            ),
            &reach.with([ask.into()]),
        )
        .await?;
    Ok(row)
}

/// The same for a dashboard or what hangs on one. Columns as above.
pub(super) async fn membership_of_object(
    sql: &mut Sql<'_>,
    reach: &Reach,
    concept: ObjectConcept,
    id: Uuid,
) -> Outcome<Option<Row>> {
    macro_rules! of {
        ($table:literal) => {
            concat!(
                within_reach!("select m.engagement_id, m.designations from "),
                $table,
                " o join reach m on m.engagement_id = o.engagement_id where o.id = $6"
            )
        };
    }
    let text = match concept {
        ObjectConcept::Dashboard => of!("dashboards"),
        ObjectConcept::Snapshot => of!("snapshots"),
        ObjectConcept::Delivery => of!("deliveries"),
    };
    Ok(sql.one(text, &reach.with([id.into()])).await?)
}

pub(super) async fn engagements_in(sql: &mut Sql<'_>, reach: &Reach) -> Outcome<Vec<EngagementId>> {
    let rows = sql
        .all(
            within_reach!("select m.engagement_id from reach m"),
            &reach.with([]),
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// More engagements than this are not named in one refusal.
const NAMED: u32 = 20;

/// The engagement of this id or slug. Columns: engagement_id.
pub(super) async fn engagement_named(
    sql: &mut Sql<'_>,
    reach: &Reach,
    slug: &str,
    id: Option<Uuid>,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!(
                "select m.engagement_id
                   from reach m
                   join engagements e on e.id = m.engagement_id
                  where e.id = $7 or e.slug = $6
                  order by case when e.id = $7 then 0 else 1 end
                  limit 1"
            ),
            &reach.with([slug.into(), id.unwrap_or(Uuid::nil()).into()]),
        )
        .await?;
    Ok(row)
}

/// Every membership in reach. Columns: engagement_id, designations, slug of the engagement.
pub(super) async fn memberships_by_slug(sql: &mut Sql<'_>, reach: &Reach) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            within_reach!(
                "select m.engagement_id, m.designations, e.slug
                   from reach m
                   join engagements e on e.id = m.engagement_id
                  order by e.slug
                  limit 1000"
            ),
            &reach.with([]),
        )
        .await?;
    Ok(rows)
}

/// What a row of `table` is found by. Columns: engagement_id, designations, slug of the engagement, id.
macro_rules! found_by {
    ($table:literal, $id:literal, $name:literal) => {
        concat!(
            within_reach!("select m.engagement_id, m.designations, e.slug, o."),
            $id,
            " from ",
            $table,
            " o
              join reach m on m.engagement_id = o.engagement_id
              join engagements e on e.id = o.engagement_id
             where o.",
            $name,
            " = $6
             order by e.slug
             limit $7"
        )
    };
}

/// The same by a slug of today or a former one.
macro_rules! found_by_slug {
    ($table:literal, $concept:literal) => {
        concat!(
            within_reach!("select m.engagement_id, m.designations, e.slug, o.id from "),
            $table,
            " o
              join reach m on m.engagement_id = o.engagement_id
              join engagements e on e.id = o.engagement_id
             where o.slug = $6
             union all
            select m.engagement_id, m.designations, e.slug, a.object_id
              from slug_aliases a
              join reach m on m.engagement_id = a.engagement_id
              join engagements e on e.id = a.engagement_id
             where a.concept = '",
            $concept,
            "' and a.slug = $6
             order by 3
             limit $7"
        )
    };
}

/// The planned thing of this id. Columns: engagement_id, designations, slug of the engagement, id.
pub(super) async fn work_by_id(
    sql: &mut Sql<'_>,
    reach: &Reach,
    concept: WorkConcept,
    id: Uuid,
) -> Outcome<Vec<Row>> {
    let text = match concept {
        WorkConcept::Domain => found_by!("domains", "id", "id"),
        WorkConcept::Repo => found_by!("repos", "id", "id"),
        WorkConcept::Topic => found_by!("topics", "id", "id"),
        WorkConcept::Workstream => found_by!("workstreams", "id", "id"),
        WorkConcept::Task => found_by!("tasks", "id", "id"),
        WorkConcept::Decision => found_by!("plan_decisions", "ask_id", "ask_id"),
        WorkConcept::ExtensionPoint => found_by!("extension_points", "id", "id"),
        WorkConcept::TechnicalDebt => found_by!("technical_debts", "id", "id"),
        WorkConcept::Progress => found_by!("progress_events", "id", "id"),
    };
    let rows = sql
        .all(text, &reach.with([id.into(), NAMED.into()]))
        .await?;
    Ok(rows)
}

/// The planned things of this slug or key, one per engagement. What has only an id has no name. Columns as above.
pub(super) async fn work_by_name(
    sql: &mut Sql<'_>,
    reach: &Reach,
    concept: WorkConcept,
    name: &str,
) -> Outcome<Vec<Row>> {
    let text = match concept {
        WorkConcept::Domain => found_by_slug!("domains", "domain"),
        WorkConcept::Repo => found_by_slug!("repos", "repo"),
        WorkConcept::Topic => found_by_slug!("topics", "topic"),
        WorkConcept::Workstream => found_by_slug!("workstreams", "workstream"),
        WorkConcept::Task => found_by!("tasks", "id", "external_id"),
        WorkConcept::ExtensionPoint => found_by!("extension_points", "id", "ep_id"),
        WorkConcept::TechnicalDebt => found_by!("technical_debts", "id", "td_id"),
        WorkConcept::Decision | WorkConcept::Progress => return Ok(Vec::new()),
    };
    let own: [Value; 2] = [name.into(), NAMED.into()];
    let rows = sql.all(text, &reach.with(own)).await?;
    Ok(rows)
}

/// Changes nothing, and so takes the lock of one row.
macro_rules! touch {
    ($table:literal) => {
        concat!(
            "update ",
            $table,
            " set status = status where engagement_id = $1 and id = $2"
        )
    };
}

/// Takes the row's lock until the transaction ends, so that what is read next stays true.
pub(crate) async fn hold(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    concept: WorkConcept,
    id: Uuid,
) -> Outcome<()> {
    let text = match concept {
        WorkConcept::Domain => touch!("domains"),
        WorkConcept::Repo => touch!("repos"),
        WorkConcept::Topic => touch!("topics"),
        WorkConcept::Workstream => touch!("workstreams"),
        WorkConcept::Task => touch!("tasks"),
        WorkConcept::ExtensionPoint => touch!("extension_points"),
        WorkConcept::TechnicalDebt => touch!("technical_debts"),
        other => return Err(Fault::internal(format!("a {} is not held", other.words()))),
    };
    sql.execute(text, &[engagement.into(), id.into()]).await?;
    Ok(())
}
