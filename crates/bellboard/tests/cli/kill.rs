//! The hub is killed under load, again and again, and started again on the same data. Whatever it acknowledged is there
//! afterwards, and whatever is said to it twice because no answer came has happened once.
//!
//! `BELLBOARD_KILL_ROUNDS` sets the number of kills, `BELLBOARD_KILL_SEED` the choices. Before a release:
//! `BELLBOARD_KILL_ROUNDS=1000 cargo test -p bellboard --test cli kill::what`.

mod fuse;
mod reporter;
mod truth;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use self::fuse::Fuse;
use self::reporter::Reporter;
use self::truth::{Depth, check};
use crate::chance::Chance;
use crate::client::Client;
use crate::database::Database;
use crate::place::{Hub, Place, until};

/// How many report at the same time.
const REPORTERS: u64 = 8;
/// The hub is killed after at most so many acknowledgements.
const LONGEST_FUSE: u64 = 120;
/// And then after at most so many microseconds.
const LONGEST_MOMENT_MICROS: u64 = 12_000;
/// Every list is read to its end after so many kills.
const KILLS_BETWEEN_FULL_CHECKS: u64 = 20;

/// A hub that is killed and comes back, and those who report to it meanwhile.
struct Scene {
    hub: Option<Hub>,
    client: Client,
    reporters: Vec<Reporter>,
    chance: Chance,
    kills: u64,
    place: Place,
    runtime: Runtime,
    /// Dropped after the hub.
    database: Option<Database>,
}

impl Scene {
    fn begin(database: Option<Database>, reporter: impl Fn(u64, u64) -> Reporter) -> Self {
        let seed = number_from("BELLBOARD_KILL_SEED").unwrap_or(20_261_121);
        println!("BELLBOARD_KILL_SEED={seed}");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let place = Place::new();
        let hub = start(&place, &place.port(), database.as_ref());
        let client = runtime.block_on(Client::of(&place, &hub));
        Self {
            hub: Some(hub),
            client,
            reporters: (0..REPORTERS)
                .map(|number| reporter(seed, number))
                .collect(),
            chance: Chance::new(seed, 0),
            kills: 0,
            place,
            runtime,
            database,
        }
    }

    /// Load, kill, start, check.
    fn round(&mut self, longest_fuse: u64) {
        let length = 1 + self.chance.below(longest_fuse);
        let moment = Duration::from_micros(self.chance.below(LONGEST_MOMENT_MICROS));
        let hub = self.hub.take().unwrap();
        let (fuse, killer) = Fuse::light(&hub, length, moment);
        self.load(&fuse);
        drop(fuse);
        assert!(killer.join().unwrap(), "the load ended before the kill");
        let port = hub.url.rsplit(':').next().unwrap().to_owned();
        drop(hub);
        self.kills += 1;

        // What PostgreSQL still does for the dead hub must not get lost either, so the next one does not wait for it.
        let left_behind = self.database.as_ref().map(Database::sessions);
        let hub = start(&self.place, &port, self.database.as_ref());
        if let (Some(database), Some(left_behind)) = (&self.database, left_behind) {
            until("PostgreSQL notices that a hub is dead", || {
                let sessions = database.sessions();
                let is_over = !left_behind.iter().any(|one| sessions.contains(one));
                is_over.then_some(())
            });
        }
        self.client = self.runtime.block_on(Client::of(&self.place, &hub));
        self.hub = Some(hub);
        let is_full = self.kills.is_multiple_of(KILLS_BETWEEN_FULL_CHECKS);
        self.check(if is_full {
            Depth::Everything
        } else {
            Depth::Fresh
        });
    }

    /// Lets everybody report until the hub goes away, or until they have told everything.
    fn load(&mut self, fuse: &Arc<Fuse>) {
        let mut working = JoinSet::new();
        self.runtime.block_on(async {
            for reporter in self.reporters.drain(..) {
                working.spawn(reporter.work(self.client.clone(), fuse.clone()));
            }
            self.reporters = working.join_all().await;
        });
    }

    fn check(&mut self, depth: Depth) {
        let checking = check(&self.client, &mut self.reporters, depth);
        self.runtime.block_on(checking);
    }

    /// Nobody is killed any more; everything is told, and everything is looked at.
    fn end(mut self) -> usize {
        for reporter in &mut self.reporters {
            reporter.endless = false;
        }
        self.load(&Fuse::harmless());
        self.check(Depth::Everything);
        let told = || self.reporters.iter().flat_map(|reporter| &reporter.told);
        assert!(told().all(reporter::Told::is_over));
        let sum = |count: fn(&Reporter) -> u64| self.reporters.iter().map(count).sum::<u64>();
        let (acked, repeated) = (
            sum(|reporter| reporter.tally.acked),
            sum(|reporter| reporter.tally.repeated),
        );
        println!(
            "{} kills, {} runs, {acked} acknowledgements, {repeated} requests said again, {} of them done the first time",
            self.kills,
            told().count(),
            sum(|reporter| reporter.tally.known_already),
        );
        assert!(repeated > 0, "no kill met a request on its way");
        told().count()
    }

    fn steps_left(&self) -> u64 {
        self.reporters.iter().map(Reporter::steps_left).sum()
    }
}

fn start(place: &Place, port: &str, database: Option<&Database>) -> Hub {
    match database {
        Some(database) => Hub::start_with(place, port, &["--database", &database.url()]),
        None => Hub::start_with(place, port, &[]),
    }
}

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("a whole number"))
}

fn killed_under_load(database: Option<Database>, rounds: u64) {
    let mut scene = Scene::begin(database, Reporter::endless);
    for _ in 0..number_from("BELLBOARD_KILL_ROUNDS").unwrap_or(rounds) {
        scene.round(LONGEST_FUSE);
    }
    scene.end();
}

#[test]
fn what_was_acknowledged_outlives_a_hundred_kills_on_sqlite() {
    killed_under_load(None, 100);
}

#[test]
fn what_was_acknowledged_outlives_twenty_kills_on_postgresql() {
    let Some(database) = Database::make() else {
        return;
    };
    killed_under_load(Some(database), 20);
}

/// Eight reporters end a thousand runs while the hub is killed under them again and again.
fn ring_through_kills(database: Option<Database>, kills: u64) {
    let mut scene = Scene::begin(database, |seed, number| {
        Reporter::with_runs(seed, number, 125)
    });
    for kill in 0..kills {
        let share = scene.steps_left() / (kills - kill);
        scene.round(share.max(1));
    }
    assert_eq!(scene.end(), 1_000);
}

#[test]
fn a_thousand_runs_and_fifty_kills_ring_a_thousand_times_on_sqlite() {
    ring_through_kills(None, 50);
}

#[test]
fn a_thousand_runs_and_fifty_kills_ring_a_thousand_times_on_postgresql() {
    let Some(database) = Database::make() else {
        return;
    };
    ring_through_kills(Some(database), 50);
}
