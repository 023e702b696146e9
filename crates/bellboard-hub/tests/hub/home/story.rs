//! A story told by dice, with artifacts, asks, snoozes, decisions and undo: whatever happens, counts equal rows, and everybody's
//! page, badge and memberships say the same.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::ask::expire_due;
use bellboard_hub::call::Caller;
use bellboard_hub::decision::release_due;
use bellboard_hub::run::await_silent;
use bellboard_hub::world::World as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dice::Dice;
use crate::fixture::{HubFixture, Stage, id_in};

on_each_engine!(whatever_happens_counts_equal_rows);

const CHAPTERS: u64 = 4;
const STEPS: usize = 120;
const KINDS: [(&str, [&str; 2]); 6] = [
    ("shape", ["confirm", "reject"]),
    ("assertion", ["commit", "discard"]),
    ("render", ["accept", "return"]),
    ("review_report", ["acknowledge", "acknowledge"]),
    ("downstream_specification", ["accept", "reject"]),
    ("transformed_artifact", ["accept", "accept"]),
];

struct Story {
    stage: Stage,
    places: Vec<Uuid>,
    people: Vec<Caller>,
    artifacts: Vec<(Uuid, usize)>,
    asks: Vec<Uuid>,
    runs: Vec<Uuid>,
    dice: Dice,
    /// What whoever has just decided thinks better of.
    undoes: Option<(Caller, &'static str, Value)>,
    /// How often each verb was taken in, so that the story is known to have told something.
    told: std::collections::BTreeMap<&'static str, usize>,
}

impl Story {
    async fn begin(fixture: HubFixture) -> Self {
        let stage = fixture.stage().await;
        let other = stage.fixture.engagement(&stage.owner, "Beryl").await;
        let people = [
            &stage.owner,
            &stage.operator,
            &stage.contributor,
            &stage.domain_expert,
            &stage.reader,
        ];
        let people: Vec<Caller> = people.into_iter().cloned().collect();
        for who in &people[1..] {
            let as_what = ["reader", "contributor"];
            stage.fixture.join(&stage.owner, other, who, &as_what).await;
        }
        Self {
            places: vec![stage.engagement, other],
            stage,
            people,
            artifacts: Vec::new(),
            asks: Vec::new(),
            runs: Vec::new(),
            dice: Dice::new(1),
            undoes: None,
            told: std::collections::BTreeMap::new(),
        }
    }

    async fn step(&mut self) {
        let world = &self.stage.fixture.world;
        world.advance(Duration::from_secs(self.dice.throw(40) as u64));
        let (who, verb, input) = match self.undoes.take() {
            Some(undoes) => undoes,
            None => self.anything().await,
        };
        // A refusal is a fine answer here: what it leaves behind must be right too.
        let Ok(shown) = self.stage.fixture.call(&who, verb, input.clone()).await else {
            return;
        };
        *self.told.entry(verb).or_default() += 1;
        match verb {
            "create_artifact" => {
                let kind = KINDS.iter().position(|(kind, _)| input["kind"] == *kind);
                self.artifacts.push((id_in(&shown["id"]), kind.unwrap()));
            }
            "create_ask" => self.asks.push(id_in(&shown["id"])),
            "decide_artifact" if self.dice.throw(2) == 0 => {
                let of = json!({"artifact_id": input["artifact_id"]});
                self.undoes = Some((who, "undo_artifact", of));
            }
            "answer_ask" if self.dice.throw(2) == 0 => {
                self.undoes = Some((who, "undo_ask", json!({"ask_id": input["ask_id"]})));
            }
            "start_run" => self.runs.push(id_in(&shown["run"]["id"])),
            _ => {}
        }
    }

    async fn anything(&mut self) -> (Caller, &'static str, Value) {
        let who = self.dice.pick(&self.people).clone();
        let (verb, input) = match self.dice.throw(16) {
            0..3 => self.creation(),
            3..5 => self.question(),
            5..8 => self.decision(),
            8 => self.other_version(),
            9..11 => self.answer(),
            11 => self.ask_closed(),
            12..14 => self.snooze(&who).await,
            14 => self.of_a_run(),
            _ => self.member(),
        };
        (who, verb, input)
    }

    fn creation(&mut self) -> (&'static str, Value) {
        let (kind, _) = *self.dice.pick(&KINDS);
        let input = json!({"engagement_id": *self.dice.pick(&self.places), "kind": kind, "label": "Target policy",
            "content": {"inline": {"days": self.dice.throw(30)}}});
        ("create_artifact", input)
    }

    fn question(&mut self) -> (&'static str, Value) {
        let mut input = json!({"engagement_id": *self.dice.pick(&self.places), "title": "Delete 14 rows?",
            "options": [{"key": "yes", "label": "Yes"}, {"key": "no", "label": "No"}]});
        match self.dice.throw(4) {
            0 => input["for"] = json!({"person_id": self.dice.pick(&self.people).person_id}),
            1 => {
                let those = ["owner", "operator", "contributor", "domain_expert"];
                input["for"] = json!({"designation": *self.dice.pick(&those)});
            }
            _ => {}
        }
        if self.dice.throw(3) == 0 {
            input["expires_in_seconds"] = json!(60 + self.dice.throw(600));
            input["fallback"] = json!({"option": "no"});
        }
        if !self.runs.is_empty() && self.dice.throw(2) == 0 {
            input["run_id"] = json!(*self.dice.pick(&self.runs));
        }
        ("create_ask", input)
    }

    /// An artifact that there may not be, for a step before the first.
    fn artifact(&mut self) -> (Uuid, usize) {
        if self.artifacts.is_empty() {
            return (Uuid::nil(), 0);
        }
        *self.dice.pick(&self.artifacts)
    }

    fn ask(&mut self) -> Uuid {
        if self.asks.is_empty() {
            return Uuid::nil();
        }
        *self.dice.pick(&self.asks)
    }

    fn undo_seconds(&mut self) -> usize {
        *self.dice.pick(&[0, 60])
    }

    fn decision(&mut self) -> (&'static str, Value) {
        let (artifact, kind) = self.artifact();
        let input = json!({"artifact_id": artifact, "decision": *self.dice.pick(&KINDS[kind].1), "note": "I looked.",
            "expected_version": 1 + self.dice.throw(2), "undo_seconds": self.undo_seconds()});
        ("decide_artifact", input)
    }

    fn other_version(&mut self) -> (&'static str, Value) {
        let (artifact, _) = self.artifact();
        let input = json!({"artifact_id": artifact, "expected_version": 1,
            "content": {"inline": {"days": self.dice.throw(30)}}});
        ("add_artifact_version", input)
    }

    fn answer(&mut self) -> (&'static str, Value) {
        let input = json!({"ask_id": self.ask(), "option": *self.dice.pick(&["yes", "no"]),
            "undo_seconds": self.undo_seconds()});
        ("answer_ask", input)
    }

    fn ask_closed(&mut self) -> (&'static str, Value) {
        let ask = self.ask();
        if self.dice.throw(3) == 0 {
            return ("withdraw_ask", json!({"ask_id": ask}));
        }
        let to = self.dice.pick(&self.people).person_id;
        ("delegate_ask", json!({"ask_id": ask, "person_id": to}))
    }

    async fn snooze(&mut self, who: &Caller) -> (&'static str, Value) {
        let page = self
            .stage
            .fixture
            .ok(who, "list_needs_you", json!({}))
            .await;
        let items = page["items"].as_array().unwrap();
        let Some(last) = items.last() else {
            return ("get_badge", json!({}));
        };
        let mut input = json!({"engagement_id": last["engagement_id"], "kind": last["item_kind"],
            "item_id": last["item_id"]});
        if self.dice.throw(4) == 0 {
            return ("unsnooze_need", input);
        }
        let a_while = Duration::from_secs(1 + self.dice.throw(300) as u64);
        input["until"] = json!(self.stage.fixture.world.now() + a_while);
        ("snooze_need", input)
    }

    fn of_a_run(&mut self) -> (&'static str, Value) {
        if self.runs.is_empty() || self.dice.throw(3) == 0 {
            let input = json!({"engagement_id": *self.dice.pick(&self.places), "type": "build",
                "identity_mode": "nonce", "status": "running", "heartbeat_seconds": 30});
            return ("start_run", input);
        }
        let run = *self.dice.pick(&self.runs);
        match self.dice.throw(3) {
            0 => ("report_run", json!({"run_id": run})),
            1 => ("finish_run", json!({"run_id": run, "outcome": "failed"})),
            _ => ("acknowledge_run", json!({"run_id": run})),
        }
    }

    fn member(&mut self) -> (&'static str, Value) {
        let whom = 1 + self.dice.throw(4);
        let what = ["operator", "contributor", "domain_expert", "reader"];
        let input = json!({"engagement_id": *self.dice.pick(&self.places),
            "person_id": self.people[whom].person_id, "designations": [*self.dice.pick(&what)]});
        ("put_member", input)
    }

    /// What the loops do by themselves.
    async fn loops(&self) {
        let hub = &self.stage.fixture.hub;
        release_due(hub).await.unwrap();
        expire_due(hub).await.unwrap();
        await_silent(hub, Timestamp::MIN).await.unwrap();
    }

    async fn check(&self) {
        let fixture = &self.stage.fixture;
        let kept = tally(fixture, KEPT).await;
        assert_eq!(kept, tally(fixture, COUNTED).await);
        for who in &self.people {
            let waiting = fixture
                .count(
                    WAITING,
                    vec![who.person_id.into(), fixture.world.now().into()],
                )
                .await;
            let badge = fixture.ok(who, "get_badge", json!({})).await;
            assert_eq!(badge["needs_you"], waiting, "{}", who.name);
            for zone in ["list_needs_you", "list_recent", "list_active"] {
                // The pages themselves say that their total is what they hold.
                let shown = fixture.pages(who, zone, json!({}), 7).await;
                if zone == "list_needs_you" {
                    assert_eq!(json!(shown.len()), json!(waiting), "{}", who.name);
                }
            }
            let memberships = fixture.ok(who, "list_memberships", json!({})).await;
            let of_all: i64 = memberships["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["needs_you"].as_i64().unwrap())
                .sum();
            assert_eq!(of_all, waiting, "{}", who.name);
        }
        let marked = "select (select count(*) from needs where kind = 'run_stale')
                           - (select count(*) from runs where silent_need = 1)";
        assert_eq!(fixture.count(marked, vec![]).await, 0);
    }
}

/// What is kept, beside what is really there.
const KEPT: &str = "select zone, kind, audience, cast(sum(held) as bigint) from zone_counts
    group by zone, kind, audience having sum(held) <> 0 order by zone, kind, audience";
const COUNTED: &str = "select zone, kind, audience, count(*) from (
        select 'active' as zone, item_kind as kind, 15 as audience from runs where status <> 'completed'
        union all select 'recent', 'run', 15 from runs where status = 'completed'
        union all select 'recent', kind, 15 from artifacts
                   where kind in ('render', 'review_report', 'transformed_artifact')
        union all select 'needs_you', kind, audience from needs where for_person is null) as things
    group by zone, kind, audience order by zone, kind, audience";
/// What waits for `$1` at `$2`.
const WAITING: &str = "select count(*) from needs x
    join memberships m on m.engagement_id = x.engagement_id and m.person_id = $1
    where ((x.for_person is null and (m.designations & x.audience) <> 0)
           or (x.for_person = $1 and m.designations <> 16))
      and not exists (select 1 from snoozes z
                       where z.person_id = $1 and z.engagement_id = x.engagement_id and z.kind = x.kind
                         and z.item_id = x.item_id and z.until_at > $2)";

async fn tally(fixture: &HubFixture, sql: &'static str) -> Vec<(String, String, i64, i64)> {
    let rows = fixture.rows(sql, vec![]).await;
    rows.iter()
        .map(|row| {
            let (zone, kind) = (row.text(0).unwrap(), row.text(1).unwrap());
            (zone, kind, row.int(2).unwrap(), row.int(3).unwrap())
        })
        .collect()
}

async fn whatever_happens_counts_equal_rows(fixture: HubFixture) {
    let mut story = Story::begin(fixture).await;
    for seed in 1..=CHAPTERS {
        story.dice = Dice::new(seed);
        for number in 0..STEPS {
            story.step().await;
            if number % 10 == 9 {
                story.loops().await;
                story.check().await;
            }
        }
    }
    for verb in [
        "create_artifact",
        "add_artifact_version",
        "decide_artifact",
        "undo_artifact",
        "create_ask",
        "answer_ask",
        "undo_ask",
        "delegate_ask",
        "withdraw_ask",
        "snooze_need",
        "unsnooze_need",
        "finish_run",
    ] {
        assert!(story.told.contains_key(verb), "{verb}: {:?}", story.told);
    }
}
