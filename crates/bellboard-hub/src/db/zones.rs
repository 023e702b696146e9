//! One page of a home zone, or of all runs, once per engine, because only PostgreSQL has lateral joins.
//!
//! The naive text (`engagement_id in (memberships)`, a filter and a sort) reads all of history. This one reads, for each
//! engagement, the newest entry through the zone's index; keeps the engagements whose newest entry can stand on the page;
//! and reads from those no more than the page, and nothing older than the oldest of the kept newest entries. The places
//! are picked first, and whole rows are fetched for these only. SQLite needs no limit per engagement for that: it leaves
//! an index that it reads in the order of the page at the first entry that comes after the last place of a full page.
//! It learns from a newest entry only its time, which the index holds: a thousand engagements are asked without one row
//! of a table being read.
//!
//! Parameters after the reach: `$6`, `$7` the place after which the page begins · `$8` how many rows at most · `$9` the
//! kinds asked for, as `,run,composition,`, or an empty text for all.

use super::Engine;
use super::reach::within_reach;
use crate::artifact::store::artifact_columns;

/// The columns of a run, joined with its engagement as `e`; `run::store` names them.
macro_rules! run_columns {
    () => {
        "x.engagement_id, e.name, e.slug, x.id, x.initiator_id, x.initiator_name, x.type, x.label, x.status, x.outcome,
         x.grade, x.lost, x.identity_mode, x.summary_counts, x.failures, x.context, x.heartbeat_micros, x.sequence,
         x.created_at, x.started_at, x.completed_at, x.last_seen_at, x.acknowledged_at, x.acknowledged_by, x.item_kind,
         x.version, x.cancel_requested_at, x.cancel_requested_by, x.evidence, x.queued_stale_micros,
         x.silent_after_micros, x.abandon_after_micros, x.phases, x.manual_review, x.subject, x.started_by, x.heard_at,
         x.claimable, x.fence, x.claimed_by, x.lease_until, x.lease_micros,
         case when x.open_asks > 0 then
              (select a.title from asks a
                where a.engagement_id = x.engagement_id and a.run_id = x.id and a.closed_at is null
                order by a.created_at, a.id
                limit 1) end,
         x.silent_need"
    };
}
pub(crate) use run_columns;

/// `$at` and `$id` are the columns of the zone's index, `$kind` makes with the id a key, `$holds` says with alias `x` which
/// rows belong to the zone and `$member` with alias `m` which memberships count; `$joins` joins what
/// the columns need beside `x` and its engagement as `e`.
macro_rules! zone_page {
    (sqlite, $table:literal, $at:literal, $id:literal, $kind:literal, $holds:literal, $member:literal, $joins:literal, $($columns:tt)+) => {
        within_reach!(
            ", heads as materialized (
                select m.engagement_id, m.designations,
                       (select x.", $at, " from ", $table, " x
                         where x.engagement_id = m.engagement_id and ", $holds, "
                           and (x.", $at, ", x.", $id, ") < ($6, $7)
                         order by x.", $at, " desc, x.", $id, " desc
                         limit 1) as at
                  from reach m
                 where ", $member, "
             ), oldest as (
                select coalesce((select at from heads order by at desc limit 1 offset $8 - 1), 0) as at
             ), picked as (
                select x.rowid as place, m.designations, x.", $at, " as at, x.", $id, " as id
                  from oldest
                  cross join heads m
                  cross join ", $table, " x
                 where m.at >= oldest.at and x.engagement_id = m.engagement_id and ", $holds, "
                   and x.", $at, " >= oldest.at and (x.", $at, ", x.", $id, ") < ($6, $7)
                 order by x.", $at, " desc, x.", $id, " desc
                 limit $8
             )
             select ", $($columns)+, "
               from picked p
               cross join ", $table, " x on x.rowid = p.place
               join engagements e on e.id = x.engagement_id ", $joins, "
              order by p.at desc, p.id desc"
        )
    };
    (postgres, $table:literal, $at:literal, $id:literal, $kind:literal, $holds:literal, $member:literal, $joins:literal, $($columns:tt)+) => {
        within_reach!(
            ", newest as (
                select m.engagement_id, m.designations, h.at
                  from reach m
                  cross join lateral (
                       select x.", $at, " as at, x.", $id, " as id from ", $table, " x
                        where x.engagement_id = m.engagement_id and ", $holds, "
                          and (x.", $at, ", x.", $id, ") < ($6, $7)
                        order by x.", $at, " desc, x.", $id, " desc
                        limit 1) h
                 where ", $member, "
                 order by h.at desc, h.id desc
                 limit $8
             ), oldest as (
                select case when count(*) = $8 then min(at) else 0 end as at from newest
             ), picked as (
                select x.engagement_id, m.designations, x.kind, x.at, x.id
                  from newest m
                  cross join oldest
                  cross join lateral (
                       select x.engagement_id, x.", $kind, " as kind, x.", $at, " as at, x.", $id, " as id
                         from ", $table, " x
                        where x.engagement_id = m.engagement_id and ", $holds, "
                          and x.", $at, " >= oldest.at and (x.", $at, ", x.", $id, ") < ($6, $7)
                        order by x.", $at, " desc, x.", $id, " desc
                        limit $8) x
                 order by x.at desc, x.id desc
                 limit $8
             )
             select ", $($columns)+, "
               from picked p
               cross join lateral (
                    select x.* from ", $table, " x
                     where x.engagement_id = p.engagement_id and x.", $kind, " = p.kind and x.", $id, " = p.id
                     limit 1) x
               join engagements e on e.id = x.engagement_id ", $joins, "
              order by p.at desc, p.id desc"
        )
    };
}

/// Queued and running runs, newest first.
pub(crate) const fn active(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => zone_page!(
            sqlite,
            "runs",
            "active_at",
            "id",
            "item_kind",
            "x.status <> 'completed' and ($9 = '' or $9 like '%,' || x.item_kind || ',%')",
            "1 = 1",
            "",
            run_columns!()
        ),
        Engine::Postgres => zone_page!(
            postgres,
            "runs",
            "active_at",
            "id",
            "item_kind",
            "x.status <> 'completed' and ($9 = '' or $9 like '%,' || x.item_kind || ',%')",
            "1 = 1",
            "",
            run_columns!()
        ),
    }
}

/// Completed runs, newest first. Takes `$9` for symmetry with the other zones: every row here is of the kind `run`.
pub(crate) const fn recent(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => zone_page!(
            sqlite,
            "runs",
            "completed_at",
            "id",
            "item_kind",
            "x.status = 'completed' and ($9 = '' or $9 like '%,run,%')",
            "1 = 1",
            "",
            run_columns!()
        ),
        Engine::Postgres => zone_page!(
            postgres,
            "runs",
            "completed_at",
            "id",
            "item_kind",
            "x.status = 'completed' and ($9 = '' or $9 like '%,run,%')",
            "1 = 1",
            "",
            run_columns!()
        ),
    }
}

/// All runs, newest first, by the time when the hub learned of them. `$9`, `$10`, `$11` are a status, an outcome and a
/// type, or empty texts for all.
pub(crate) const fn runs(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => zone_page!(
            sqlite,
            "runs",
            "created_at",
            "id",
            "item_kind",
            "($9 = '' or x.status = $9) and ($10 = '' or x.outcome = $10) and ($11 = '' or x.type = $11)",
            "1 = 1",
            "",
            run_columns!()
        ),
        Engine::Postgres => zone_page!(
            postgres,
            "runs",
            "created_at",
            "id",
            "item_kind",
            "($9 = '' or x.status = $9) and ($10 = '' or x.outcome = $10) and ($11 = '' or x.type = $11)",
            "1 = 1",
            "",
            run_columns!()
        ),
    }
}

/// The same for one type, through its own index.
pub(crate) const fn runs_of_type(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => zone_page!(
            sqlite,
            "runs",
            "created_at",
            "id",
            "item_kind",
            "x.type = $11 and ($9 = '' or x.status = $9) and ($10 = '' or x.outcome = $10)",
            "1 = 1",
            "",
            run_columns!()
        ),
        Engine::Postgres => zone_page!(
            postgres,
            "runs",
            "created_at",
            "id",
            "item_kind",
            "x.type = $11 and ($9 = '' or x.status = $9) and ($10 = '' or x.outcome = $10)",
            "1 = 1",
            "",
            run_columns!()
        ),
    }
}

/// The same for one outcome, through its own index.
pub(crate) const fn runs_of_outcome(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => zone_page!(
            sqlite,
            "runs",
            "created_at",
            "id",
            "item_kind",
            "x.outcome = $10 and ($9 = '' or x.status = $9) and ($11 = '' or x.type = $11)",
            "1 = 1",
            "",
            run_columns!()
        ),
        Engine::Postgres => zone_page!(
            postgres,
            "runs",
            "created_at",
            "id",
            "item_kind",
            "x.outcome = $10 and ($9 = '' or x.status = $9) and ($11 = '' or x.type = $11)",
            "1 = 1",
            "",
            run_columns!()
        ),
    }
}

/// What somebody made and is worth finding again, newest first, by its newest version.
pub(crate) const fn recent_artifacts(engine: Engine) -> &'static str {
    macro_rules! page {
        ($engine:tt) => {
            zone_page!(
                $engine,
                "artifacts",
                "made_at",
                "id",
                "kind",
                "x.kind in ('render', 'review_report', 'transformed_artifact')
                           and ($9 = '' or $9 like '%,' || x.kind || ',%')",
                "1 = 1",
                "",
                "x.engagement_id, e.name, e.slug, x.id, x.kind, x.label, x.made_at, x.content_kind"
            )
        };
    }
    match engine {
        Engine::Sqlite => page!(sqlite),
        Engine::Postgres => page!(postgres),
    }
}

/// Everything that was made, newest first, by its newest version, with the decision that stands. `$9`, `$10` are a kind and
/// a state, or empty texts for all.
pub(crate) const fn artifacts(engine: Engine) -> &'static str {
    macro_rules! page {
        ($engine:tt) => {
            zone_page!(
                $engine,
                "artifacts",
                "made_at",
                "id",
                "kind",
                "($9 = '' or x.kind = $9) and ($10 = '' or x.state = $10)",
                "1 = 1",
                "left join decisions d on d.engagement_id = x.engagement_id and d.id = x.decision_id",
                artifact_columns!()
            )
        };
    }
    match engine {
        Engine::Sqlite => page!(sqlite),
        Engine::Postgres => page!(postgres),
    }
}

/// Whom a need is for, with alias `x` for the need and `m` for the membership of `$1`: one person who does more than read
/// (16 is the set of `reader` alone), or whoever holds one of the designations.
macro_rules! for_me {
    () => {
        "(case when x.for_person is null then (m.designations & x.audience) <> 0
               else x.for_person = $1 and m.designations <> 16 end)"
    };
}
pub(crate) use for_me;

/// What waits for the person, newest first, without what they do not want to see until after `$10`.
pub(crate) const fn needs_you(engine: Engine) -> &'static str {
    macro_rules! page {
        ($engine:tt) => {
            zone_page!(
                $engine,
                "needs",
                "created_at",
                "item_id",
                "kind",
                "($9 = '' or $9 like '%,' || x.kind || ',%')
                   and (case when x.for_person is null then (m.designations & x.audience) <> 0
                             else x.for_person = $1 and m.designations <> 16 end)
                   and not exists (select 1 from snoozes z
                                    where z.person_id = $1 and z.engagement_id = x.engagement_id
                                      and z.kind = x.kind and z.item_id = x.item_id and z.until_at > $10)",
                "m.designations <> 16",
                "",
                "x.engagement_id, e.name, e.slug, x.kind, x.item_id, x.label, x.detail, x.created_at,
                 (select a.version from artifacts a where a.engagement_id = x.engagement_id and a.id = x.item_id),
                 (select a.made_by from artifacts a where a.engagement_id = x.engagement_id and a.id = x.item_id),
                 (select k.options from asks k where k.engagement_id = x.engagement_id and k.id = x.item_id)"
            )
        };
    }
    match engine {
        Engine::Sqlite => page!(sqlite),
        Engine::Postgres => page!(postgres),
    }
}
