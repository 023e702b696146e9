//! How the feed of hints is read, once per engine. PostgreSQL hands out positions before the commit, so a row with a
//! smaller position may appear later; readers there order by transaction and stay behind the oldest one still running.

use super::Engine;

/// Columns: transaction_id, position, engagement_id, concept, kind, object_id, at. Parameters: the place, and a limit.
pub(crate) const fn after(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "select transaction_id, position, engagement_id, concept, kind, object_id, at
               from events
              where (transaction_id, position) > ($1, $2)
              order by transaction_id, position
              limit $3"
        }
        Engine::Postgres => {
            "select transaction_id, position, engagement_id, concept, kind, object_id, at
               from events
              where (transaction_id, position) > ($1, $2)
                and transaction_id < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)
              order by transaction_id, position
              limit $3"
        }
    }
}

/// The newest place that a reader may already see. Columns: transaction_id, position.
pub(crate) const fn newest(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "select transaction_id, position
               from events
              order by transaction_id desc, position desc
              limit 1"
        }
        Engine::Postgres => {
            "select transaction_id, position
               from events
              where transaction_id < cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)
              order by transaction_id desc, position desc
              limit 1"
        }
    }
}
