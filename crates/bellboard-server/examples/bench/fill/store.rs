//! The statements that make a past: runs, what they made and what they asked by the million, and what follows from it for
//! the zones. Everything is made from the numbers of runs, so that every share is the same at every size.

use bellboard_core::id::{EngagementId, PersonId};
use bellboard_core::time::Timestamp;
use bellboard_hub::db::{DbFault, Engine, Sql};

/// The runs of one engagement from one number up to another.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    pub engagement: EngagementId,
    /// Makes ids of different engagements differ.
    pub index: i64,
    pub initiator: PersonId,
    /// When the first run of the engagement began, and the time from each to the next.
    pub begin: Timestamp,
    pub step_micros: i64,
    pub from: i64,
    pub to: i64,
    /// The last sign of life of the active ones.
    pub last_seen: Timestamp,
}

/// Texts that begin with `from numbered`: `i` from `$5` up to `$6`, `at` from begin `$3` and step `$4`; `$1` engagement,
/// `$2` initiator, `$7` index, `$8` last seen. `id` is told by 8 for a run, 9 for an artifact and a for an ask.
macro_rules! numbered {
    (sqlite, $($text:tt)+) => {
        concat!(
            "with recursive series (i) as (select $5 union all select i + 1 from series where i + 1 < $6),
                  numbered as (select i, $3 + i * $4 as at from series where $8 > 0) ",
            $($text)+
        )
    };
    (postgres, $($text:tt)+) => {
        concat!(
            "with numbered as (select i, $3 + i * $4 as at
                                 from generate_series(cast($5 as bigint), cast($6 as bigint) - 1) as series (i)
                                where $8 > cast(0 as bigint)) ",
            $($text)+
        )
    };
}

macro_rules! id {
    (sqlite, $sort:literal) => {
        concat!("unhex(printf('%012x7%03x", $sort, "000%012x', at / 1000, $7, i))")
    };
    (postgres, $sort:literal) => {
        concat!(
            "cast(lpad(to_hex(at / 1000), 12, '0') || '7' || lpad(to_hex(cast($7 as bigint)), 3, '0') || '",
            $sort, "000' || lpad(to_hex(i), 12, '0') as uuid)"
        )
    };
}

/// Of a hundred runs the first is active, the second failed and nobody looked, the next eight failed and somebody did. Of
/// ten active ones one waits for a person; of fifty one fell silent.
macro_rules! insert_runs {
    ($engine:tt, $identity:literal) => {
        numbered!(
            $engine,
            "insert into runs
                    (engagement_id, id, initiator_id, initiator_name, type, item_kind, label, status, outcome, grade,
                     lost, identity, identity_mode, summary_counts, failures, context, heartbeat_micros, sequence,
                     version, created_at, active_at, started_at, completed_at, last_seen_at, heard_at,
                     acknowledged_at, acknowledged_by, open_asks, silent_need)
             select $1, ", id!($engine, "8"), ", $2, 'Bench',
                    case i / 100 % 8 when 1 then 'shape.production' when 2 then 'render.production'
                                     when 3 then 'composition' when 4 then 'external.production'
                                     else 'baseline.capture' end,
                    case i / 100 % 8 when 1 then 'shape_production' when 2 then 'render_production'
                                     when 3 then 'composition' when 4 then 'external_polling' else 'run' end,
                    'Run ' || i,
                    case when i % 100 = 0 then 'running' else 'completed' end,
                    case when i % 100 = 0 then null when i % 100 < 10 then 'failed' else 'succeeded' end,
                    case when i % 100 = 0 then null else 'observed' end,
                    0, ", $identity, ", 'nonce', '{\"processed\":40,\"total\":100}', '[]',
                    '{\"progress\":{\"unit\":\"files\"}}', null, 8, 10, at, at, at,
                    case when i % 100 = 0 then null else at + 60000000 end,
                    case when i % 100 = 0 then $8 else at + 60000000 end,
                    case when i % 100 = 0 then $8 else at + 60000000 end,
                    case when i % 100 between 2 and 9 then at + 120000000 end,
                    case when i % 100 between 2 and 9 then 'Bench' end,
                    case when i % 1000 = 0 then 1 else 0 end,
                    case when i % 5000 = 100 then 1 else 0 end
               from numbered"
        )
    };
}

/// Every twentieth run made something, of all six kinds; of those about which is decided, one in 25 waits.
macro_rules! insert_artifacts {
    ($engine:tt) => {
        numbered!(
            $engine,
            "insert into artifacts
                    (engagement_id, id, kind, state, version, number, label, detail, content_kind, run_id, made_by,
                     made_by_name, created_at, made_at)
             select $1, ", id!($engine, "9"), ",
                    case i / 20 % 6 when 0 then 'shape' when 1 then 'assertion' when 2 then 'render'
                                    when 3 then 'review_report' when 4 then 'downstream_specification'
                                    else 'transformed_artifact' end,
                    case when i / 20 % 25 = 7
                         then case i / 20 % 6 when 0 then 'pending_confirmation' when 1 then 'held'
                                              when 4 then 'proposed' else 'produced' end
                         else case i / 20 % 6 when 0 then 'confirmed' when 1 then 'committed'
                                              when 3 then 'acknowledged' when 5 then 'produced'
                                              else 'accepted' end end,
                    1, i + 1, 'Made ' || i, 'What came out of it', 'inline_dict', ", id!($engine, "8"), ", $2,
                    'Bench', at + 60000000, at + 60000000
               from numbered
              where i % 20 = 0"
        )
    };
}

/// Every active run asked something: one in ten waits for the answer.
macro_rules! insert_asks {
    ($engine:tt) => {
        numbered!(
            $engine,
            "insert into asks
                    (engagement_id, id, state, version, title, detail, options, asked_by, asked_by_name, run_id,
                     audience, created_at, closed_at)
             select $1, ", id!($engine, "a"), ", case when i % 1000 = 0 then 'open' else 'withdrawn' end, 1,
                    'Go on with ' || i || '?', '',
                    '[{\"key\":\"yes\",\"label\":\"Go on\"},{\"key\":\"no\",\"label\":\"Stop\"}]',
                    $2, 'Bench', ", id!($engine, "8"), ", 15, at,
                    case when i % 1000 = 0 then null else at + 60000000 end
               from numbered
              where i % 100 = 0"
        )
    };
}

/// Runs, artifacts and asks.
const MAKE_SQLITE: [&str; 3] = [
    insert_runs!(sqlite, "randomblob(32)"),
    insert_artifacts!(sqlite),
    insert_asks!(sqlite),
];
const MAKE_POSTGRES: [&str; 3] = [
    insert_runs!(
        postgres,
        "decode(md5(cast($7 as text) || '.' || i) || md5(cast(i as text)), 'hex')"
    ),
    insert_artifacts!(postgres),
    insert_asks!(postgres),
];

/// Makes the runs of one piece, and what they made and asked.
pub async fn insert(sql: &mut Sql<'_>, piece: Piece) -> Result<(), DbFault> {
    let texts = match sql.engine() {
        Engine::Sqlite => MAKE_SQLITE,
        Engine::Postgres => MAKE_POSTGRES,
    };
    let parameters = [
        piece.engagement.into(),
        piece.initiator.into(),
        piece.begin.into(),
        piece.step_micros.into(),
        piece.from.into(),
        piece.to.into(),
        piece.index.into(),
        piece.last_seen.into(),
    ];
    for text in texts {
        sql.execute(text, &parameters).await?;
    }
    Ok(())
}

/// The needs that follow from runs, artifacts and asks.
const NEEDS: [&str; 4] = [
    "insert into needs (engagement_id, kind, item_id, label, detail, created_at)
     select engagement_id, case item_kind when 'external_polling' then 'external_failure' else 'run_follow_up' end, id,
            label, 'failed', completed_at
       from runs
      where engagement_id = $1 and outcome = 'failed' and acknowledged_at is null",
    "insert into needs (engagement_id, kind, item_id, label, detail, created_at)
     select engagement_id, 'run_stale', id, label, 'silent', active_at
       from runs
      where engagement_id = $1 and status <> 'completed' and silent_need = 1",
    "insert into needs (engagement_id, kind, item_id, label, detail, created_at)
     select engagement_id,
            case kind when 'shape' then 'pending_shape' when 'assertion' then 'held_assertion'
                      when 'render' then 'produced_render_for_review' else kind end,
            id, label, detail, made_at
       from artifacts
      where engagement_id = $1 and kind <> 'transformed_artifact'
        and state in ('pending_confirmation', 'held', 'produced', 'proposed')",
    "insert into needs (engagement_id, kind, item_id, label, detail, created_at, for_person)
     select engagement_id, 'ask', id, title, detail, created_at, for_person
       from asks
      where engagement_id = $1 and state = 'open'",
];

/// The counts of the three zones.
const COUNTS: [&str; 3] = [
    "insert into zone_counts (engagement_id, zone, kind, audience, slot, held)
     select engagement_id, case when status = 'completed' then 'recent' else 'active' end,
            case when status = 'completed' then 'run' else item_kind end, 15, 0, count(*)
       from runs
      where engagement_id = $1
      group by 1, 2, 3",
    "insert into zone_counts (engagement_id, zone, kind, audience, slot, held)
     select engagement_id, 'recent', kind, 15, 0, count(*)
       from artifacts
      where engagement_id = $1 and kind in ('render', 'review_report', 'transformed_artifact')
      group by 1, 2, 3",
    "insert into zone_counts (engagement_id, zone, kind, audience, slot, held)
     select engagement_id, 'needs_you', kind, audience, 0, count(*)
       from needs
      where engagement_id = $1 and for_person is null
      group by 1, 2, 3, 4",
];

/// What follows from what was made in an engagement: its needs and its counts.
pub async fn settle(sql: &mut Sql<'_>, engagement: EngagementId) -> Result<(), DbFault> {
    for text in NEEDS.into_iter().chain(COUNTS) {
        sql.execute(text, &[engagement.into()]).await?;
    }
    Ok(())
}

/// What is a person's own, and does not grow with history: open questions for them alone.
pub async fn ask_person(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    person: PersonId,
    ask: (uuid::Uuid, Timestamp),
) -> Result<(), DbFault> {
    sql.execute(
        "insert into asks
                (engagement_id, id, state, version, title, detail, options, asked_by, asked_by_name, for_person,
                 audience, created_at)
         values ($1, $2, 'open', 1, 'What do you think?', '', '[]', $3, 'Bench', $3, 15, $4)",
        &[engagement.into(), ask.0.into(), person.into(), ask.1.into()],
    )
    .await?;
    Ok(())
}

/// The newest needs of an engagement are put off by a person, so that the first page has to step over them.
pub async fn put_off(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    person: PersonId,
    newest: i64,
    until: Timestamp,
) -> Result<(), DbFault> {
    sql.execute(
        "insert into snoozes (person_id, engagement_id, kind, item_id, until_at, created_at)
         select $2, engagement_id, kind, item_id, $4, 0
           from needs
          where engagement_id = $1 and for_person is null
          order by created_at desc, item_id desc
          limit $3",
        &[
            engagement.into(),
            person.into(),
            newest.into(),
            until.into(),
        ],
    )
    .await?;
    Ok(())
}
