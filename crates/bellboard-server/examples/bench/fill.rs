//! Makes a hub with a past: ten engagements that hold nearly all runs with what they made and asked, 990 small ones beside
//! them, one person in the ten and one in all thousand.

mod store;

use anyhow::{Context, Result};
use bellboard_core::id::{EngagementId, PersonId};
use bellboard_core::time::Timestamp;
use bellboard_hub::db::{DbFault, Engine, Sql};
use bellboard_hub::{Hub, person, token};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::server::open;
use crate::store as tables;
use store::Piece;

/// The engagements that hold the runs that were asked for.
pub const LARGE: u64 = 10;
/// All engagements; those beyond the large ones hold a tenth more between them.
pub const ENGAGEMENTS: u64 = 1_000;

/// Rows made in one transaction.
const PIECE: i64 = 100_000;
/// In each large engagement a reader has so many questions for them alone, and has put off so many needs. Small ones hold
/// at most one of each.
const OWN_IN_LARGE: i64 = 10;
/// The runs began within this long: less than the time after which the hub forgets them.
const SPAN_MICROS: i64 = 30 * 86_400 * 1_000_000;

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct Reader {
    pub person: PersonId,
    pub token: String,
}

/// Who can look at a filled hub.
#[derive(Debug, Clone)]
pub struct Filled {
    /// A member of the ten large engagements.
    pub of_ten: Reader,
    /// A member of all thousand.
    pub of_all: Reader,
}

/// Fills an empty database so that the large engagements together hold `runs` runs.
pub async fn fill(url: &str, runs: u64) -> Result<Filled> {
    let hub = open(url).await?;
    let filled = people_and_engagements(&hub).await?;
    let indexes = tables::indexes_of_runs();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                for (name, _) in tables::indexes_of_runs() {
                    tables::drop_index(sql, name).await?;
                }
                Ok::<_, DbFault>(())
            })
        })
        .await?;
    insert_runs(&hub, filled.of_ten.person, runs).await?;
    for (_, text) in indexes {
        hub.db()
            .write(move |sql| Box::pin(tables::create_index(sql, text)))
            .await?;
    }
    settle(&hub, &filled).await?;
    hub.db().read(|sql| Box::pin(tables::tidy_up(sql))).await?;
    hub.db().close().await;
    Ok(filled)
}

async fn people_and_engagements(hub: &Hub) -> Result<Filled> {
    let owner = person::found_hub(hub, "Bench")
        .await
        .map_err(told)?
        .context("the database is not empty")?;
    let guest = PersonId::from_uuid(hub.world().new_id());
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                tables::insert_person(sql, guest).await?;
                for number in 0..ENGAGEMENTS {
                    let engagement = engagement(number);
                    let name = format!("engagement-{number}");
                    tables::insert_engagement(sql, engagement, &name).await?;
                    tables::insert_membership(sql, engagement, owner).await?;
                    if number < LARGE {
                        tables::insert_membership(sql, engagement, guest).await?;
                    }
                }
                Ok::<_, DbFault>(())
            })
        })
        .await?;
    Ok(Filled {
        of_ten: reader(hub, guest).await?,
        of_all: reader(hub, owner).await?,
    })
}

async fn reader(hub: &Hub, person: PersonId) -> Result<Reader> {
    let token = token::create_founder_token(hub, person, "bench")
        .await
        .map_err(told)?;
    Ok(Reader { person, token })
}

/// A refusal of the hub, where none was expected.
pub fn told(fault: bellboard_hub::fault::Fault) -> anyhow::Error {
    anyhow::anyhow!("{}: {}", fault.code, fault.detail)
}

/// The id of an engagement, by its number.
pub fn engagement(number: u64) -> EngagementId {
    let base = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000).as_u128();
    EngagementId::from_uuid(Uuid::from_u128(base + u128::from(number)))
}

/// In the order of the primary key. On PostgreSQL two large engagements grow at a time, one per core; many small ones
/// share a commit.
async fn insert_runs(hub: &Hub, initiator: PersonId, runs: u64) -> Result<()> {
    let now = hub.now();
    let mut tasks = JoinSet::new();
    for number in 0..ENGAGEMENTS {
        let at_once = match hub.db().engine() {
            Engine::Sqlite if number < LARGE => 1,
            Engine::Sqlite => 64,
            Engine::Postgres => 2,
        };
        while tasks.len() >= at_once {
            tasks.join_next().await.context("no task")???;
        }
        let pieces = pieces(number, initiator, runs, now)?;
        let db = hub.db().clone();
        tasks.spawn(async move {
            for piece in pieces {
                db.write(move |sql| Box::pin(store::insert(sql, piece)))
                    .await?;
            }
            Ok::<_, DbFault>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

fn pieces(number: u64, initiator: PersonId, runs: u64, now: Timestamp) -> Result<Vec<Piece>> {
    let held = i64::try_from(if number < LARGE {
        runs / LARGE
    } else {
        (runs / 10 / (ENGAGEMENTS - LARGE)).max(1)
    })?;
    let begin = now.micros() - SPAN_MICROS + i64::try_from(number)? * 1_000;
    let pieces = (0..held)
        .step_by(usize::try_from(PIECE)?)
        .map(|from| Piece {
            engagement: engagement(number),
            index: i64::try_from(number).unwrap_or_default(),
            initiator,
            begin: Timestamp::from_micros(begin),
            step_micros: SPAN_MICROS / held,
            from,
            to: (from + PIECE).min(held),
            // A day ahead, so that no active run counts as silent while it is measured.
            last_seen: Timestamp::from_micros(now.micros() + 86_400_000_000),
        });
    Ok(pieces.collect())
}

/// What follows from the past, and what each of the two readers has of their own.
async fn settle(hub: &Hub, filled: &Filled) -> Result<()> {
    let large = (0..LARGE).map(|number| number..number + 1);
    let readers = [filled.of_ten.person, filled.of_all.person];
    for group in large.chain(std::iter::once(LARGE..ENGAGEMENTS)) {
        let mine = hub.clone();
        hub.db()
            .write(move |sql| {
                Box::pin(async move {
                    tables::patient(sql).await?;
                    for number in group {
                        settle_one(sql, &mine, number, readers).await?;
                    }
                    Ok::<_, DbFault>(())
                })
            })
            .await?;
    }
    Ok(())
}

async fn settle_one(
    sql: &mut Sql<'_>,
    hub: &Hub,
    number: u64,
    readers: [PersonId; 2],
) -> Result<(), DbFault> {
    let (engagement, now) = (engagement(number), hub.now());
    // In every tenth of the small ones a reader has something of their own too.
    let own = match number {
        0..LARGE => OWN_IN_LARGE,
        _ if number.is_multiple_of(10) => 1,
        _ => 0,
    };
    let members = if number < LARGE {
        &readers[..]
    } else {
        &readers[1..]
    };
    for person in members {
        for _ in 0..own {
            let ask = (hub.world().new_id(), now);
            store::ask_person(sql, engagement, *person, ask).await?;
        }
    }
    store::settle(sql, engagement).await?;
    let tomorrow = Timestamp::from_micros(now.micros() + 86_400_000_000);
    for person in members {
        store::put_off(sql, engagement, *person, own, tomorrow).await?;
    }
    Ok(())
}
