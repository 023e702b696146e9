//! Many at once: of any number who want the same thing one gets it, and nobody gets a fault of ours.

use std::sync::Arc;
use std::time::Duration;

use bellboard_core::id::PersonId;
use bellboard_hub::call::Caller;
use bellboard_hub::fault::{Fault, FaultKind};
use bellboard_hub::person;
use bellboard_hub::world::World as _;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(
    a_pair_of_simultaneous_starts_makes_one_run,
    of_many_racing_ends_one_wins,
    of_many_racing_reports_none_is_lost,
    an_end_and_reports_at_once_leave_one_truth,
    a_failure_told_late_and_a_success_at_once_leave_no_need,
    two_first_starts_make_one_founder,
    two_owners_who_remove_each_other_leave_one,
);

const PAIRS: usize = 100;
const WRITERS: usize = 64;
const OUTCOMES: [&str; 5] = [
    "succeeded",
    "partially_succeeded",
    "blocked",
    "failed",
    "cancelled",
];

/// How many rounds of racing ends; more on request, because each takes a while.
pub fn rounds() -> usize {
    std::env::var("BELLBOARD_RACE_ROUNDS").map_or(200, |text| {
        text.parse()
            .expect("BELLBOARD_RACE_ROUNDS is a whole number")
    })
}

/// Lets `many` calls go at the same moment and gives what each was told, in the order of their numbers.
pub async fn at_once<T, F>(many: usize, call: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(many));
    let mut racing = JoinSet::new();
    for number in 0..many {
        let (start, call) = (start.clone(), call(number));
        racing.spawn(async move {
            start.wait().await;
            (number, call.await)
        });
    }
    let mut told = racing.join_all().await;
    told.sort_by_key(|(number, _)| *number);
    told.into_iter().map(|(_, one)| one).collect()
}

/// A call that a task can own.
pub fn calling(
    fixture: &HubFixture,
    who: &Caller,
    verb: &'static str,
    input: Value,
) -> impl Future<Output = Result<Value, Fault>> + Send + use<> {
    let (fixture, who) = (fixture.clone(), who.clone());
    async move { fixture.call(&who, verb, input).await }
}

async fn a_pair_of_simultaneous_starts_makes_one_run(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for pair in 0..PAIRS {
        let input =
            json!({"engagement_id": stage.engagement, "type": "build", "inputs": {"pair": pair}});
        let told = at_once(2, |number| {
            let who = [&stage.operator, &stage.contributor][number];
            calling(&stage.fixture, who, "start_run", input.clone())
        })
        .await;
        let told: Vec<Value> = told.into_iter().map(Result::unwrap).collect();
        assert_eq!(told[0]["run"]["id"], told[1]["run"]["id"]);
        let created = told.iter().filter(|one| one["created"] == true).count();
        assert_eq!(created, 1, "pair {pair}");
        stage.finish(id_in(&told[0]["run"]["id"]), "failed").await;
    }
    let pairs = i64::try_from(PAIRS).unwrap();
    for counted in [
        "select count(*) from runs",
        "select count(*) from notifications",
        "select count(*) from needs",
    ] {
        assert_eq!(
            stage.fixture.count(counted, vec![]).await,
            pairs,
            "{counted}"
        );
    }
}

async fn of_many_racing_ends_one_wins(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for round in 0..rounds() {
        let run = stage.running().await;
        let told = at_once(WRITERS, |number| {
            let input = json!({"run_id": run, "outcome": OUTCOMES[number % OUTCOMES.len()]});
            calling(&stage.fixture, &stage.operator, "finish_run", input)
        })
        .await;
        let stands = stage.run(run).await["outcome"].clone();
        judge(&told, &stands, round);
        let rung = stage
            .fixture
            .count(
                "select count(*) from notifications where subject_id = $1",
                vec![run.into()],
            )
            .await;
        assert_eq!(rung, 1, "round {round}");
    }
    counts_agree(&stage).await;
}

/// One winner; whoever said the same was told so, and whoever said something else what stands.
fn judge(told: &[Result<Value, Fault>], stands: &Value, round: usize) {
    let mut winners = 0;
    for one in told {
        match one {
            Ok(finished) => {
                assert_eq!(finished["run"]["outcome"], *stands, "round {round}");
                winners += usize::from(finished["changed"] == true);
            }
            Err(fault) => {
                assert_eq!(fault.kind, FaultKind::Conflict, "round {round}: {fault:?}");
                assert_eq!(fault.code, "already_completed");
                assert_eq!(fault.extra["outcome"], *stands, "round {round}");
            }
        }
    }
    assert_eq!(winners, 1, "round {round}");
}

/// The kept counts are what a naive count finds.
async fn counts_agree(stage: &Stage) {
    for (zone, naive) in [
        (
            "active",
            "select count(*) from runs where status <> 'completed'",
        ),
        (
            "recent",
            "select count(*) from runs where status = 'completed'",
        ),
        ("needs_you", "select count(*) from needs"),
    ] {
        let kept = stage
            .fixture
            .count(
                "select cast(coalesce(sum(held), 0) as bigint) from zone_counts where zone = $1",
                vec![zone.into()],
            )
            .await;
        assert_eq!(kept, stage.fixture.count(naive, vec![]).await, "{zone}");
    }
}

/// The failure ended before the success began, and is told at the moment when the success ends: whoever comes first, the
/// failure is settled.
async fn a_failure_told_late_and_a_success_at_once_leave_no_need(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for round in 0..PAIRS {
        let input = json!({"type": "baseline.capture", "target": "a", "status": "running", "identity_mode": "nonce"});
        let failing = id_in(&stage.start(input.clone()).await["id"]);
        stage.fixture.world.advance(Duration::from_secs(1));
        let failed_at = stage.fixture.world.now();
        stage.fixture.world.advance(Duration::from_secs(1));
        let succeeding = id_in(&stage.start(input).await["id"]);
        stage.fixture.world.advance(Duration::from_secs(1));
        let ends = [
            json!({"run_id": failing, "outcome": "failed", "at": failed_at}),
            json!({"run_id": succeeding, "outcome": "succeeded"}),
        ];
        let told = at_once(2, |number| {
            calling(
                &stage.fixture,
                &stage.operator,
                "finish_run",
                ends[number].clone(),
            )
        })
        .await;
        assert!(told.iter().all(Result::is_ok), "round {round}: {told:?}");
        let waiting = stage
            .fixture
            .count("select count(*) from needs", vec![])
            .await;
        assert_eq!(waiting, 0, "round {round}");
    }
    counts_agree(&stage).await;
}

async fn of_many_racing_reports_none_is_lost(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let run = id_in(&stage.start(json!({})).await["id"]);
    let told = at_once(WRITERS, |number| {
        let input = json!({"run_id": run, "processed": number, "total": WRITERS});
        calling(&stage.fixture, &stage.operator, "report_run", input)
    })
    .await;
    assert!(
        told.iter()
            .all(|one| one.as_ref().unwrap()["changed"] == true)
    );
    let shown = stage.run(run).await;
    assert_eq!(shown["summary_counts"]["processed"], WRITERS - 1);
    let began = "select count(*) from run_events where kind = 'started'";
    assert_eq!(stage.fixture.count(began, vec![]).await, 1);
}

async fn an_end_and_reports_at_once_leave_one_truth(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..10 {
        let run = stage.running().await;
        let told = at_once(16, |number| {
            let (verb, input) = if number == 7 {
                ("finish_run", json!({"run_id": run, "outcome": "failed"}))
            } else {
                ("report_run", json!({"run_id": run, "processed": number}))
            };
            calling(&stage.fixture, &stage.operator, verb, input)
        })
        .await;
        assert!(told.iter().all(Result::is_ok), "{told:?}");
        assert_eq!(stage.run(run).await["outcome"], "failed");
    }
    counts_agree(&stage).await;
}

async fn two_first_starts_make_one_founder(fixture: HubFixture) {
    // The first round opens the connections, and the later ones meet.
    for _ in 0..20 {
        fixture.execute("delete from people", vec![]).await;
        found_at_once(&fixture).await;
    }
}

async fn found_at_once(fixture: &HubFixture) {
    let founded = at_once(16, |number| {
        let hub = fixture.hub.clone();
        async move { person::found_hub(&hub, &format!("Founder {number}")).await }
    })
    .await;
    let founders: Vec<PersonId> = founded.into_iter().filter_map(|one| one.unwrap()).collect();
    assert_eq!(founders.len(), 1);
    let known = person::hub_owner(&fixture.hub).await.unwrap();
    assert_eq!(known, Some(founders[0]));
    let people = fixture.count("select count(*) from people", vec![]).await;
    assert_eq!(people, 1);
}

async fn two_owners_who_remove_each_other_leave_one(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let other = stage.fixture.human(&stage.owner, "The other owner").await;
    for round in 0..20 {
        let name = format!("Engagement {round}");
        let place: Uuid = stage.fixture.engagement(&stage.owner, &name).await;
        stage
            .fixture
            .join(&stage.owner, place, &other, &["owner"])
            .await;
        let told = at_once(2, |number| {
            let pair = [&stage.owner, &other];
            let (who, whom) = (pair[number], pair[1 - number].person_id);
            let input = json!({"engagement_id": place, "person_id": whom});
            if round % 2 == 0 {
                calling(&stage.fixture, who, "delete_member", input)
            } else {
                let mut input = input;
                input["designations"] = json!(["reader"]);
                calling(&stage.fixture, who, "put_member", input)
            }
        })
        .await;
        assert_eq!(told.iter().filter(|one| one.is_ok()).count(), 1, "{told:?}");
        let owners =
            "select count(*) from memberships where engagement_id = $1 and designations % 2 = 1";
        assert_eq!(stage.fixture.count(owners, vec![place.into()]).await, 1);
    }
}
