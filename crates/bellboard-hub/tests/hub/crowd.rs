//! Many engagements with runs in every state, thrown by dice: the ground on which lists are compared with the plain
//! statement that they must equal.

use std::time::Duration;

use bellboard_hub::call::Caller;
use bellboard_hub::db::{Row, Value as Parameter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dice::Dice;
use crate::fixture::{HubFixture, Stage, id_in};

/// Types whose kinds differ in the zones.
pub const TYPES: [&str; 5] = [
    "build",
    "shape.production",
    "composition",
    "external.production",
    "render.production",
];
const ENDINGS: [&str; 5] = [
    "succeeded",
    "partially_succeeded",
    "blocked",
    "failed",
    "cancelled",
];

/// Engagements, and people who belong to some of them.
pub struct Crowd {
    pub fixture: HubFixture,
    pub owner: Caller,
    pub places: Vec<Uuid>,
    pub dice: Dice,
    runs: Vec<Uuid>,
}

impl Crowd {
    /// As many engagements as asked for, all of one owner.
    pub async fn gather(fixture: HubFixture, places: usize, seed: u64) -> Self {
        let Stage {
            fixture,
            owner,
            engagement,
            ..
        } = fixture.stage().await;
        let mut crowd = Self {
            fixture,
            owner,
            places: vec![engagement],
            dice: Dice::new(seed),
            runs: Vec::new(),
        };
        for number in 1..places {
            let place = crowd
                .fixture
                .engagement(&crowd.owner, &format!("Place {number}"))
                .await;
            crowd.places.push(place);
        }
        crowd
    }

    /// One thing happens: mostly a start or an end, sometimes a report or an acknowledgement. Times are few, so that
    /// many are equal.
    pub async fn happen(&mut self) {
        self.fixture
            .world
            .advance(Duration::from_micros(self.dice.throw(2) as u64));
        let ago = Duration::from_secs(self.dice.throw(5) as u64);
        let told = self.fixture.hub.now() - ago;
        let (verb, input) = match self.dice.throw(10) {
            0..5 => {
                let place = *self.dice.pick(&self.places);
                let status = *self.dice.pick(&["queued", "running"]);
                let kind = *self.dice.pick(&TYPES);
                let target = self.dice.throw(3);
                let input = json!({"engagement_id": place, "type": kind, "identity_mode": "nonce", "status": status,
                    "started_at": told, "target": format!("target {target}")});
                ("start_run", input)
            }
            5..8 if !self.runs.is_empty() => {
                let run = *self.dice.pick(&self.runs);
                let outcome = *self.dice.pick(&ENDINGS);
                (
                    "finish_run",
                    json!({"run_id": run, "outcome": outcome, "at": told}),
                )
            }
            8 if !self.runs.is_empty() => {
                let run = *self.dice.pick(&self.runs);
                ("report_run", json!({"run_id": run, "at": told}))
            }
            9 if !self.runs.is_empty() => {
                let run = *self.dice.pick(&self.runs);
                ("acknowledge_run", json!({"run_id": run}))
            }
            _ => return,
        };
        // A refusal is a fine answer here: what it leaves behind must be right too.
        if let Ok(shown) = self.fixture.call(&self.owner, verb, input).await
            && verb == "start_run"
        {
            self.runs.push(id_in(&shown["run"]["id"]));
        }
    }

    /// Many things happen.
    pub async fn happen_often(&mut self, times: usize) {
        for _ in 0..times {
            self.happen().await;
        }
    }

    /// The ids that a statement finds, in its order.
    pub async fn ids(&self, sql: &'static str, parameters: Vec<Parameter>) -> Vec<Value> {
        let rows: Vec<Row> = self.fixture.rows(sql, parameters).await;
        rows.iter()
            .map(|row| json!(row.id::<Uuid>(0).expect("an id")))
            .collect()
    }
}

/// The values of one field, in order.
pub fn field(items: &[Value], name: &str) -> Vec<Value> {
    items.iter().map(|item| item[name].clone()).collect()
}
