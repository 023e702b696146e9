//! A hub over the test's own database, with a clock that stands still, and people to call its verbs by name.

use std::sync::Arc;

use bellboard_core::id::{PersonId, SessionId};
use bellboard_core::time::Timestamp;
use bellboard_hub::Hub;
use bellboard_hub::call::{Caller, Credential, PersonKind};
use bellboard_hub::db::{Db, DbFault, Row, Value as Parameter};
use bellboard_hub::fault::{Fault, FaultKind};
use bellboard_hub::seal::InputKey;
use bellboard_hub::verbs::{self, Answer};
use bellboard_hub::world::{FixedWorld, World as _};
use bellboard_hub::{person, verbs::Verb};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{FromTestDb, TestDb};

/// 2026-11-20T17:40:00Z, where every test begins.
pub const START: i64 = 1_795_196_400_000_000;

/// The hub and its clock.
#[derive(Clone)]
pub struct HubFixture {
    pub hub: Hub,
    pub world: Arc<FixedWorld>,
}

impl FromTestDb for HubFixture {
    fn from_test_db(test: &TestDb) -> Self {
        Self::over(test.db.clone())
    }
}

impl HubFixture {
    /// A hub of its own over this database, as another replica would be.
    pub fn over(db: Db) -> Self {
        let world = FixedWorld::at(Timestamp::from_micros(START));
        Self::in_world(db, world, Some(InputKey::new(&[7; 32])))
    }

    /// A hub over this database in a world that others live in, with the key that its operator gave it.
    pub fn in_world(db: Db, world: Arc<FixedWorld>, key: Option<InputKey>) -> Self {
        Self {
            hub: Hub::with_input_key(db, world.clone(), key),
            world,
        }
    }

    /// Calls the verb and gives its whole answer.
    pub async fn answer(
        &self,
        caller: Option<&Caller>,
        verb: &str,
        input: Value,
    ) -> Result<Answer, Fault> {
        let verb: &'static Verb =
            verbs::find(verb).unwrap_or_else(|| panic!("no verb `{verb}` in the table"));
        (verb.run)(self.hub.call(caller.cloned(), verb), input).await
    }

    /// Calls the verb and gives what it shows.
    pub async fn call(&self, caller: &Caller, verb: &str, input: Value) -> Result<Value, Fault> {
        let answer = self.answer(Some(caller), verb, input).await?;
        Ok(serde_json::from_slice(&answer.json).expect("an answer is JSON"))
    }

    /// Calls a verb that must succeed.
    pub async fn ok(&self, caller: &Caller, verb: &str, input: Value) -> Value {
        self.call(caller, verb, input.clone())
            .await
            .unwrap_or_else(|fault| panic!("{verb} {input}: {fault:?}"))
    }

    /// Calls a verb that must be refused.
    pub async fn refused(&self, caller: &Caller, verb: &str, input: Value) -> Fault {
        match self.call(caller, verb, input.clone()).await {
            Ok(shown) => panic!("{verb} {input} was not refused: {shown}"),
            Err(fault) => fault,
        }
    }

    /// Follows a list to its end in pages of `limit`. Nobody else changes it meanwhile, so its count must stand still.
    pub async fn pages(
        &self,
        caller: &Caller,
        verb: &str,
        mut input: Value,
        limit: usize,
    ) -> Vec<Value> {
        let mut items = Vec::new();
        input["limit"] = json!(limit);
        loop {
            let page = self.ok(caller, verb, input.clone()).await;
            let shown = page["items"].as_array().expect("a page has items");
            assert!(shown.len() <= limit, "{verb}: {} items", shown.len());
            items.extend(shown.iter().cloned());
            if page["next_cursor"].is_null() {
                assert_eq!(page["total_count"], items.len(), "{verb} {input}");
                return items;
            }
            assert_eq!(shown.len(), limit, "{verb}: only the last page is short");
            input["cursor"] = page["next_cursor"].clone();
        }
    }

    /// The first human of the hub, signed in.
    pub async fn founder(&self) -> Caller {
        let id = person::found_hub(&self.hub, "Olive")
            .await
            .expect("the hub can be founded")
            .expect("nobody founded it before");
        self.signed_in(id, "Olive", true).await
    }

    /// A further human, signed in.
    pub async fn human(&self, founder: &Caller, name: &str) -> Caller {
        let made = self
            .ok(founder, "create_person", json!({"name": name}))
            .await;
        self.signed_in(
            PersonId::from_uuid(id_in(&made["person"]["id"])),
            name,
            false,
        )
        .await
    }

    /// An agent that this human answers for.
    pub async fn agent(&self, owner: &Caller, name: &str) -> Caller {
        let made = self.ok(owner, "create_agent", json!({"name": name})).await;
        Caller {
            kind: PersonKind::Agent,
            owner_id: Some(owner.person_id),
            ..self
                .signed_in(PersonId::from_uuid(id_in(&made["id"])), name, false)
                .await
        }
    }

    /// With a session that was used last, and ends, later than any test lets its clock run.
    async fn signed_in(&self, person_id: PersonId, name: &str, hub_owner: bool) -> Caller {
        let session = self.world.new_id();
        let hash: [u8; 32] = std::array::from_fn(|place| session.as_bytes()[place % 16]);
        let late = Timestamp::from_micros(START * 2);
        let opened = self
            .execute(
                "insert into sessions (secret_hash, id, person_id, created_at, last_seen_at, expires_at)
                 values ($1, $2, $3, $4, $4, $4)",
                vec![hash.into(), session.into(), person_id.into(), late.into()],
            )
            .await;
        assert_eq!(opened, 1);
        Caller {
            person_id,
            name: name.to_owned(),
            kind: PersonKind::Human,
            owner_id: None,
            hub_owner,
            credential: Credential::Session(SessionId::from_uuid(session)),
        }
    }

    /// A new engagement of this owner.
    pub async fn engagement(&self, owner: &Caller, name: &str) -> Uuid {
        let made = self
            .ok(owner, "create_engagement", json!({"name": name}))
            .await;
        id_in(&made["id"])
    }

    /// Makes somebody a member.
    pub async fn join(&self, owner: &Caller, engagement: Uuid, who: &Caller, as_what: &[&str]) {
        let input = json!({"engagement_id": engagement, "person_id": who.person_id, "designations": as_what});
        self.ok(owner, "put_member", input).await;
    }

    /// Rows straight from the database, to see what no verb shows.
    pub async fn rows(&self, sql: &'static str, parameters: Vec<Parameter>) -> Vec<Row> {
        self.hub
            .db()
            .read::<_, DbFault, _>(move |handle| {
                Box::pin(async move { handle.all(sql, &parameters).await })
            })
            .await
            .unwrap_or_else(|fault| panic!("{sql}: {fault}"))
    }

    /// The number that a statement counts.
    pub async fn count(&self, sql: &'static str, parameters: Vec<Parameter>) -> i64 {
        self.rows(sql, parameters).await[0]
            .int(0)
            .expect("a count is a number")
    }

    /// Changes rows straight in the database, to make a state that no verb makes.
    pub async fn execute(&self, sql: &'static str, parameters: Vec<Parameter>) -> u64 {
        self.hub
            .db()
            .write::<_, DbFault, _>(move |handle| {
                Box::pin(async move { handle.execute(sql, &parameters).await })
            })
            .await
            .unwrap_or_else(|fault| panic!("{sql}: {fault}"))
    }
}

/// One engagement with somebody of every designation.
pub struct Stage {
    pub fixture: HubFixture,
    pub engagement: Uuid,
    pub owner: Caller,
    pub operator: Caller,
    pub contributor: Caller,
    pub domain_expert: Caller,
    pub reader: Caller,
    pub stranger: Caller,
}

impl HubFixture {
    /// The engagement "Aster Bank" and its people; the stranger belongs to nothing.
    pub async fn stage(self) -> Stage {
        let owner = self.founder().await;
        let engagement = self.engagement(&owner, "Aster Bank").await;
        let mut people = Vec::new();
        for what in ["operator", "contributor", "domain_expert", "reader"] {
            let who = self.human(&owner, &format!("The {what}")).await;
            self.join(&owner, engagement, &who, &[what]).await;
            people.push(who);
        }
        let stranger = self.human(&owner, "The stranger").await;
        let [operator, contributor, domain_expert, reader] =
            <[Caller; 4]>::try_from(people).expect("four were made");
        Stage {
            fixture: self,
            engagement,
            owner,
            operator,
            contributor,
            domain_expert,
            reader,
            stranger,
        }
    }
}

impl Stage {
    /// Starts a run of its own as the operator; `more` is laid over the input.
    pub async fn start(&self, more: Value) -> Value {
        let input =
            json!({"engagement_id": self.engagement, "type": "build", "identity_mode": "nonce"});
        let input = with_more(input, &more);
        self.fixture.ok(&self.operator, "start_run", input).await["run"].clone()
    }

    /// Starts a run that is already going on, and gives its id.
    pub async fn running(&self) -> Uuid {
        id_in(&self.start(json!({"status": "running"})).await["id"])
    }

    /// Calls a verb on a run as the operator; `more` is laid over the input.
    pub async fn on_run(&self, verb: &str, run: Uuid, more: Value) -> Result<Value, Fault> {
        let input = with_more(json!({"run_id": run}), &more);
        self.fixture.call(&self.operator, verb, input).await
    }

    /// Ends the run.
    pub async fn finish(&self, run: Uuid, outcome: &str) -> Value {
        self.on_run("finish_run", run, json!({"outcome": outcome}))
            .await
            .unwrap_or_else(|fault| panic!("finish as {outcome}: {fault:?}"))
    }

    /// The run as its operator sees it.
    pub async fn run(&self, run: Uuid) -> Value {
        self.on_run("get_run", run, json!({}))
            .await
            .expect("the run is there")
    }
}

/// The kind, code and field of a refusal, to be compared at once.
pub fn told(fault: &Fault) -> (FaultKind, &str, Option<&str>) {
    (fault.kind, fault.code, fault.field.as_deref())
}

/// The id in an answer.
pub fn id_in(value: &Value) -> Uuid {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{value} is no id"))
}

/// The input with more laid over it.
pub fn with_more(mut input: Value, more: &Value) -> Value {
    let (Value::Object(fields), Value::Object(more)) = (&mut input, more) else {
        panic!("inputs are objects");
    };
    fields.extend(more.clone());
    input
}
