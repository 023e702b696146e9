//! Schema changes: forward only, each in one transaction with its own record, under a lock, checked by checksum.
//!
//! A migration is one portable text in `/migrations`. A line that only one engine understands starts with `--@postgres ` or
//! `--@sqlite `; the other engine sees a comment. A migration that was released is never edited: the checksum of every applied text is
//! compared at each start, because two hubs with different histories would disagree silently.

use sha2::{Digest as _, Sha256};

use super::{Db, DbFault, Engine, Sql};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Counts from 1 without gaps.
    pub version: i64,
    /// The words of the file name.
    pub name: &'static str,
    /// The text for both engines.
    pub text: &'static str,
}

/// Every migration, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "spine",
        text: include_str!("../../../../migrations/0001_spine.sql"),
    },
    Migration {
        version: 2,
        name: "truth",
        text: include_str!("../../../../migrations/0002_truth.sql"),
    },
    Migration {
        version: 3,
        name: "founder",
        text: include_str!("../../../../migrations/0003_founder.sql"),
    },
    Migration {
        version: 4,
        name: "claims",
        text: include_str!("../../../../migrations/0004_claims.sql"),
    },
    Migration {
        version: 5,
        name: "words",
        text: include_str!("../../../../migrations/0005_words.sql"),
    },
    Migration {
        version: 6,
        name: "decisions",
        text: include_str!("../../../../migrations/0006_decisions.sql"),
    },
    Migration {
        version: 7,
        name: "content",
        text: include_str!("../../../../migrations/0007_content.sql"),
    },
    Migration {
        version: 8,
        name: "parties",
        text: include_str!("../../../../migrations/0008_parties.sql"),
    },
    Migration {
        version: 9,
        name: "catalogue",
        text: include_str!("../../../../migrations/0009_catalogue.sql"),
    },
    Migration {
        version: 10,
        name: "sessions",
        text: include_str!("../../../../migrations/0010_sessions.sql"),
    },
    Migration {
        version: 11,
        name: "open_asks",
        text: include_str!("../../../../migrations/0011_open_asks.sql"),
    },
    Migration {
        version: 12,
        name: "dashboards",
        text: include_str!("../../../../migrations/0012_dashboards.sql"),
    },
    Migration {
        version: 13,
        name: "inbox",
        text: include_str!("../../../../migrations/0013_inbox.sql"),
    },
    Migration {
        version: 14,
        name: "lanes",
        text: include_str!("../../../../migrations/0014_lanes.sql"),
    },
    Migration {
        version: 15,
        name: "bells_lie_together",
        text: include_str!("../../../../migrations/0015_bells_lie_together.sql"),
    },
    Migration {
        version: 16,
        name: "waiting_by_lane",
        text: include_str!("../../../../migrations/0016_waiting_by_lane.sql"),
    },
    Migration {
        version: 17,
        name: "bells_give_back",
        text: include_str!("../../../../migrations/0017_bells_give_back.sql"),
    },
];

/// Held while migrating; the number only has to be ours.
const LOCK: &str = "select pg_advisory_xact_lock(4207717)";

const CREATE_RECORD: &str = "
create table if not exists schema_migrations (
    version  bigint not null primary key,
    name     text   not null,
    checksum text   not null
)";

/// Applies what is missing, one transaction per migration.
pub(super) async fn run(db: &Db, known: &'static [Migration]) -> Result<(), DbFault> {
    loop {
        if db
            .write(move |sql| Box::pin(apply_next(sql, known)))
            .await?
            == Step::NothingLeft
        {
            return Ok(());
        }
    }
}

/// The newest applied version, 0 without any.
pub(super) async fn version(db: &Db) -> Result<i64, DbFault> {
    db.read(|sql| {
        Box::pin(async move {
            if !has_record(sql).await? {
                return Ok(0);
            }
            let newest = sql
                .one("select max(version) from schema_migrations", &[])
                .await?;
            Ok(newest
                .map(|row| row.opt_int(0))
                .transpose()?
                .flatten()
                .unwrap_or(0))
        })
    })
    .await
}

#[derive(PartialEq, Eq)]
enum Step {
    Applied,
    NothingLeft,
}

async fn apply_next(sql: &mut Sql<'_>, known: &[Migration]) -> Result<Step, DbFault> {
    if sql.engine() == Engine::Postgres {
        // SQLite's writer already holds the file; here several replicas may start at once. An index on a large table may take long.
        sql.batch(LOCK).await?;
        sql.batch("set local statement_timeout = 0; set local client_min_messages = warning")
            .await?;
    }
    sql.batch(CREATE_RECORD).await?;
    let applied = applied(sql).await?;
    check_history(&applied, known)?;
    let Some(next) = known.get(applied.len()) else {
        return Ok(Step::NothingLeft);
    };
    sql.batch(&text_for(sql.engine(), next.text))
        .await
        .map_err(|fault| match fault {
            DbFault::Other(words) => DbFault::Other(format!(
                "migration {} ({}) failed, nothing was changed: {words}",
                next.version, next.name
            )),
            fault => fault,
        })?;
    sql.execute(
        "insert into schema_migrations (version, name, checksum) values ($1, $2, $3)",
        &[
            next.version.into(),
            next.name.into(),
            checksum(next.text).into(),
        ],
    )
    .await?;
    Ok(Step::Applied)
}

struct Applied {
    version: i64,
    checksum: String,
}

async fn applied(sql: &mut Sql<'_>) -> Result<Vec<Applied>, DbFault> {
    let rows = sql
        .all(
            "select version, checksum from schema_migrations order by version",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                version: row.int(0)?,
                checksum: row.text(1)?,
            })
        })
        .collect()
}

fn check_history(applied: &[Applied], known: &[Migration]) -> Result<(), DbFault> {
    let newest_known = known.last().map_or(0, |migration| migration.version);
    if let Some(newest) = applied
        .last()
        .filter(|newest| newest.version > newest_known)
    {
        return Err(DbFault::SchemaNewer {
            found: newest.version,
            known: newest_known,
        });
    }
    for (applied, known) in applied.iter().zip(known) {
        if applied.version != known.version || applied.checksum != checksum(known.text) {
            return Err(DbFault::Other(format!(
                "migration {} ({}) was applied to this database with another text than this Bellboard has: \
                 start the version that wrote it, or restore a backup",
                known.version, known.name
            )));
        }
    }
    Ok(())
}

async fn has_record(sql: &mut Sql<'_>) -> Result<bool, DbFault> {
    let text = match sql.engine() {
        Engine::Sqlite => {
            "select 1 from sqlite_master where type = 'table' and name = 'schema_migrations'"
        }
        Engine::Postgres => "select 1 where to_regclass('schema_migrations') is not null",
    };
    Ok(sql.one(text, &[]).await?.is_some())
}

/// The lines for `engine`, its own ones with their marker taken off.
fn text_for(engine: Engine, text: &str) -> String {
    let (ours, theirs) = match engine {
        Engine::Sqlite => ("--@sqlite ", "--@postgres "),
        Engine::Postgres => ("--@postgres ", "--@sqlite "),
    };
    let mut lines = String::with_capacity(text.len());
    for line in text.lines() {
        let start = line.trim_start();
        if !start.starts_with(theirs) {
            lines.push_str(start.strip_prefix(ours).unwrap_or(line));
            lines.push('\n');
        }
    }
    lines
}

/// Of the whole text, both engines' lines included; line ends do not count, because git may change them.
fn checksum(text: &str) -> String {
    let digest = Sha256::digest(text.replace("\r\n", "\n"));
    digest
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
