//! The authorization matrix, generated from the verb table: every verb x every kind of caller x mine, another's and
//! never existed. The expected cell follows from the verb's access and core's table of capabilities alone.

use std::time::Duration;

use bellboard_core::membership::{Capability, Designation, Designations, allows};
use bellboard_hub::db::{Db, DbFault, Value as Parameter};
use bellboard_hub::verbs::{Access, Method, VERBS, Verb};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::house::{House, Person, body};

on_each_engine!(every_cell_is_as_the_table_says);

/// An id that nothing has.
const NEVER: &str = "00000000-0000-7000-8000-000000000000";

/// Somebody who calls.
struct Caller {
    name: &'static str,
    sign: Sign,
    human: bool,
    hub_owner: bool,
    /// What they are in the engagement that is called "mine".
    designation: Option<Designation>,
    /// The only verb that their token is for.
    only_verb: Option<&'static str>,
}

enum Sign {
    Nothing,
    Bearer(String),
    Cookie(String),
}

/// Where a call is aimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    Mine,
    Another,
    Never,
}

/// The objects behind one aim.
struct Place {
    engagement: String,
    run: String,
    artifact: String,
    ask: String,
    token: String,
    member: String,
    notification: String,
    /// The ask behind a decision of the plan.
    decision: String,
    dashboard: String,
    snapshot: String,
    subscription: String,
    /// A delivery of that subscription that was given up.
    delivery: String,
    /// The slug or key of everything planned there.
    slug: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Cell {
    Unauthenticated,
    Forbidden,
    NotFound,
    Admitted,
}

async fn every_cell_is_as_the_table_says(db: Db) {
    let house = House::open(db).await;
    let scene = Scene::set(&house).await;
    let mut cells = 0;
    let mut wrong = Vec::new();
    for verb in VERBS {
        for caller in &scene.callers {
            let mut unseen = Vec::new();
            for aim in aims(verb) {
                let place = scene.place(aim);
                scene.prepare(&house, verb, aim).await;
                let (status, answer) = call(&house, verb, caller, place).await;
                let expected = expected(verb, caller, aim);
                if cell(status, &answer) != Some(&expected) {
                    wrong.push(format!(
                        "{} by {} on {aim:?}: {status}, not {expected:?}: {answer}",
                        verb.name, caller.name
                    ));
                }
                if expected == Cell::NotFound {
                    unseen.push(answer);
                }
                cells += 1;
            }
            let alike = unseen.windows(2).all(|pair| pair[0] == pair[1]);
            if !alike {
                wrong.push(format!(
                    "{} by {} tells another's from never existed: {unseen:#?}",
                    verb.name, caller.name
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cells > 500, "only {cells} cells");
    house.close().await;
}

fn expected(verb: &Verb, caller: &Caller, aim: Aim) -> Cell {
    if matches!(caller.sign, Sign::Nothing) || caller.name.starts_with("no longer") {
        return Cell::Unauthenticated;
    }
    if caller.only_verb.is_some_and(|only| only != verb.name) {
        return Cell::Forbidden;
    }
    match verb.access {
        Access::Human | Access::HubOwner if !caller.human => Cell::Forbidden,
        Access::HubOwner if !caller.hub_owner => Cell::Forbidden,
        // The people in the paths are agents, who do not sign in with links.
        Access::HubOwner if verb.name == "create_person_link" => Cell::NotFound,
        // What hangs on a person and not on an engagement is found by that person only.
        _ if is_personal(verb) && !(caller.name == "owner" && aim == Aim::Mine) => Cell::NotFound,
        // It is aimed at an engagement that never existed, whoever calls.
        Access::SignedIn if verb.name == "unsnooze_need" => Cell::NotFound,
        Access::SignedIn | Access::Human | Access::HubOwner => Cell::Admitted,
        // A list over engagements is for everybody; what is made is aimed at an engagement.
        Access::Chosen(_) if verb.method == Method::Get => Cell::Admitted,
        Access::Engagement(capability)
        | Access::Run(capability)
        | Access::Artifact(capability)
        | Access::Ask(capability)
        | Access::Work(_, capability)
        | Access::Object(_, capability)
        | Access::Chosen(capability) => in_engagement(capability, caller, aim),
    }
}

fn is_personal(verb: &Verb) -> bool {
    verb.path.contains("{token_id}") || verb.path.contains("{notification_id}")
}

fn in_engagement(capability: Capability, caller: &Caller, aim: Aim) -> Cell {
    let designation = caller.designation.filter(|_| aim == Aim::Mine);
    match designation {
        None => Cell::NotFound,
        Some(designation) if allows(Designations::only(designation), capability) => Cell::Admitted,
        Some(_) => Cell::Forbidden,
    }
}

/// The cell that an answer stands for; a refusal by the state of things was admitted before.
fn cell(status: StatusCode, answer: &str) -> Option<&'static Cell> {
    match status.as_u16() {
        200 | 201 | 409 => Some(&Cell::Admitted),
        // Who started a run, or decided, is part of the state: the same person may verify or undo the next one.
        403 if [
            "own_run",
            "own_work",
            "not_yours",
            "people_only",
            "not_for_you",
        ]
        .iter()
        .any(|code| answer.contains(&format!("\"code\":\"{code}\""))) =>
        {
            Some(&Cell::Admitted)
        }
        // The matrix puts things off until a moment that is over; who is told so was admitted.
        422 if answer.contains("\"field\":\"until\"") => Some(&Cell::Admitted),
        401 => Some(&Cell::Unauthenticated),
        403 => Some(&Cell::Forbidden),
        404 => Some(&Cell::NotFound),
        _ => None,
    }
}

/// A verb without an object has one column only.
fn aims(verb: &Verb) -> Vec<Aim> {
    let chosen = matches!(verb.access, Access::Chosen(_)) && verb.method != Method::Get;
    if verb.path.contains('{') || chosen {
        vec![Aim::Mine, Aim::Another, Aim::Never]
    } else {
        vec![Aim::Mine]
    }
}

async fn call(house: &House, verb: &Verb, caller: &Caller, place: &Place) -> (StatusCode, String) {
    let mut path = verb.path.to_owned();
    for (name, value) in [
        ("{engagement_id}", &place.engagement),
        ("{run_id}", &place.run),
        ("{artifact_id}", &place.artifact),
        ("{ask_id}", ask_of(verb, place)),
        ("{token_id}", &place.token),
        ("{person_id}", &place.member),
        ("{notification_id}", &place.notification),
        ("{dashboard_id}", &place.dashboard),
        ("{snapshot_id}", &place.snapshot),
        ("{subscription_id}", &place.subscription),
        ("{delivery_id}", &place.delivery),
        ("{slug}", &place.slug),
        ("{domain_slug}", &place.slug),
        ("{ep_id}", &place.slug),
        ("{td_id}", &place.slug),
        ("{task_id}", &place.slug),
        ("{type}", &"test.work".to_owned()),
    ] {
        path = path.replace(name, value);
    }
    if verb.name == "unsnooze_need" {
        path = format!("{path}?engagement_id={NEVER}&kind=ask&item_id={NEVER}");
    }
    if verb.name == "delete_dependency" {
        let (engagement, slug) = (&place.engagement, &place.slug);
        path = format!("{path}?engagement={engagement}&workstream={slug}&depends_on=groundwork");
    }
    let method = verb.method.as_str().parse().unwrap();
    let mut request = house.request(method, &path);
    match &caller.sign {
        Sign::Nothing => {}
        Sign::Bearer(token) => request = request.bearer_auth(token),
        Sign::Cookie(cookie) => {
            request = request
                .header("cookie", cookie)
                .header("sec-fetch-site", "same-origin");
        }
    }
    if matches!(verb.method, Method::Post | Method::Put | Method::Patch) {
        request = request.json(&aimed(input(verb.name), verb, place));
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let text = response.text().await.unwrap().replace(&id, "");
    (status, format!("{}\n{text}", headers.join("\n")))
}

/// A decision of the plan has an ask of its own.
fn ask_of<'a>(verb: &Verb, place: &'a Place) -> &'a String {
    match verb.access {
        Access::Work(..) => &place.decision,
        _ => &place.ask,
    }
}

/// The body with what it says of the place.
fn aimed(mut body: Value, verb: &Verb, place: &Place) -> Value {
    if matches!(verb.access, Access::Chosen(_)) {
        body["engagement"] = json!(place.engagement);
    }
    if verb.name == "create_subscription" {
        body["subscriber_id"] = json!(place.member);
    }
    // A new slug is the old one, so that the next cell finds it there.
    for field in ["new_slug", "domain_slug", "domain", "workstream"] {
        if let Some(slug) = body.get_mut(field) {
            *slug = json!(place.slug);
        }
    }
    body
}

/// A body that each verb takes. Whoever adds a verb with a body adds it here.
fn input(verb: &str) -> Value {
    match verb {
        "create_login_link"
        | "create_person_link"
        | "acknowledge_run"
        | "cancel_run"
        | "watch_run"
        | "undo_artifact"
        | "undo_ask"
        | "withdraw_ask"
        | "read_all_notifications"
        | "read_notification"
        | "replay_delivery"
        | "test_subscription"
        | "rotate_secret" => json!({}),
        "create_artifact" => {
            json!({ "kind": "shape", "label": "Policy", "content": { "inline": { "days": 14 } } })
        }
        "add_artifact_version" => {
            json!({ "content": { "inline": { "days": 30 } }, "expected_version": 1 })
        }
        "decide_batch" => {
            json!({ "items": [{ "artifact_id": Uuid::nil(), "decision": "confirm", "expected_version": 1 }] })
        }
        "create_ask" | "ask_human" => json!({
            "title": "Delete 14 rows?",
            "wait_seconds": 0,
            "options": [{ "key": "yes", "label": "Delete" }, { "key": "no", "label": "Keep" }],
        }),
        "answer_ask" => json!({ "option": "yes" }),
        // By its turn the ask is answered, so that nobody looks at the person.
        "delegate_ask" => json!({ "person_id": Uuid::nil() }),
        "decide_artifact" => json!({ "decision": "confirm", "expected_version": 1 }),
        "put_run_type" | "put_engagement_run_type" => json!({ "label": "Work" }),
        "verify_run" => json!({ "note": "looked at it" }),
        "create_token" => json!({ "name": "matrix" }),
        "create_agent" | "create_person" => json!({ "name": "Somebody" }),
        "create_engagement" => json!({ "name": "Somewhere" }),
        "put_settings" => json!({ "theme": "dark", "single_keys": true, "undo_seconds": 8 }),
        // A moment that is over is refused to everybody who may call at all.
        "snooze_need" => {
            json!({ "engagement_id": "00000000-0000-7000-8000-000000000000", "kind": "ask",
            "item_id": "00000000-0000-7000-8000-000000000000", "until": "2020-01-01T00:00:00Z" })
        }
        "put_member" => json!({ "designations": ["reader"] }),
        "start_run" => json!({ "type": "test.work", "identity_mode": "nonce" }),
        "report_run" => json!({ "processed": 1, "total": 2, "unit": "files" }),
        "claim_run" => json!({ "type": "composition", "worker": "matrix" }),
        "finish_run" => json!({ "outcome": "succeeded" }),
        "add_dashboard_comment" | "add_run_comment" | "add_artifact_comment" => {
            json!({ "body": "The matrix came by" })
        }
        "replay_deliveries" => json!({ "from": "2026-01-01T00:00:00Z" }),
        planned => input_of_the_plan(planned),
    }
}

/// The same for the catalogue and the plan.
fn input_of_the_plan(verb: &str) -> Value {
    match verb {
        "archive_domain" | "archive_repo" | "archive_topic" | "close_workstream" | "claim_task"
        | "release_task" | "escalate_decision" | "cleanup_stale" | "undo_cleanup" => json!({}),
        "create_domain" => json!({ "slug": "matrix", "name": "Matrix" }),
        "seed_domains" => json!({ "domains": [{ "slug": "matrix", "name": "Matrix" }] }),
        "rename_domain" => json!({ "new_slug": "", "new_name": "Renamed" }),
        "register_repo" => json!({ "name": "Registered by the matrix" }),
        "create_repo" => json!({ "domain_slug": "", "name": "Made by the matrix" }),
        "create_topic" => json!({ "domain_slug": "", "slug": "matrix", "title": "Matrix" }),
        "create_extension_point" => json!({ "domain": "", "ep_id": "EP-1", "title": "Matrix" }),
        "create_technical_debt" => json!({ "domain": "", "td_id": "TD-1", "title": "Matrix" }),
        "update_domain"
        | "update_repo"
        | "update_topic"
        | "update_extension_point"
        | "update_technical_debt"
        | "update_workstream"
        | "update_task" => {
            json!({ "description": "Seen by the matrix" })
        }
        "create_workstream" => json!({ "domain": "", "title": "Made by the matrix" }),
        "create_task" => json!({ "workstream": "", "title": "Made by the matrix" }),
        "flag_for_human" => json!({ "intervention_note": "The matrix came by" }),
        "create_dependency" => json!({ "workstream": "", "depends_on": "groundwork" }),
        "rename_topic" => json!({ "new_slug": "" }),
        "add_progress" => json!({ "summary": "The matrix came by" }),
        "create_decision" => json!({
            "title": "Which way?",
            "options": [{ "key": "left", "label": "Left" }, { "key": "right", "label": "Right" }],
        }),
        "resolve_decision" => json!({ "option": "left", "rationale": "The matrix likes it" }),
        "sync_repo" => json!({ "head": {}, "files": [] }),
        dashed => input_of_dashboards(dashed),
    }
}

/// The same for dashboards and what hangs on them.
fn input_of_dashboards(verb: &str) -> Value {
    match verb {
        "archive_dashboard" | "take_snapshot" | "take_due_snapshots" => json!({}),
        "create_subscription" => {
            json!({ "subscriber_kind": "persona", "subscriber_id": "", "threshold_json": { "set_added_min": 1 } })
        }
        "update_subscription" => json!({ "baseline": "previous" }),
        "preview_subscription" => json!({ "threshold_json": { "set_added_min": 1 } }),
        "create_dashboard" => {
            json!({ "title": "Runs", "view_spec_json": { "source": "runs", "id_field": "id" } })
        }
        "update_dashboard" => json!({ "description": "Seen by the matrix" }),
        other => panic!("the matrix has no input for {other}: add one"),
    }
}

/// Two engagements and everybody who may or may not touch them.
struct Scene {
    callers: Vec<Caller>,
    owner: Person,
    guest: Person,
    mine: Place,
    another: Place,
    never: Place,
}

impl Scene {
    async fn set(house: &House) -> Self {
        let founder = house.founder().await;
        let owner = house.human(&founder, "Owner").await;
        let stranger = house.human(&founder, "Stranger").await;
        let guest = house.human(&founder, "Guest").await;
        let mine = house.engagement(&owner, "Mine").await;
        house.engagement(&stranger, "Third").await;
        let elsewhere = house.human(&founder, "Owner elsewhere").await;
        let another = house.engagement(&elsewhere, "Another").await;

        let mut callers = signed_out(house, &founder, &owner).await;
        for (name, designation) in [
            ("reader", Designation::Reader),
            ("domain expert", Designation::DomainExpert),
            ("contributor", Designation::Contributor),
            ("operator", Designation::Operator),
        ] {
            let person = house.human(&founder, name).await;
            house
                .put_member(&owner, &mine, person.id, &[designation.as_str()])
                .await;
            callers.push(human(name, &person, Some(designation)));
        }
        callers.push(human("owner", &owner, Some(Designation::Owner)));
        callers.push(human("member of another engagement", &stranger, None));
        let former = house.human(&founder, "Former").await;
        house.put_member(&owner, &mine, former.id, &["owner"]).await;
        let path = format!("/engagements/{mine}/members/{}", former.id);
        let leave = house
            .request(reqwest::Method::DELETE, &path)
            .bearer_auth(&owner.token);
        body(leave, StatusCode::OK).await;
        callers.push(human("former member", &former, None));
        callers.push(Caller {
            hub_owner: true,
            ..human("hub owner", &founder, None)
        });
        let session = Sign::Cookie(house.cookie(owner.id).await);
        callers.push(Caller {
            sign: session,
            ..human("owner", &owner, Some(Designation::Owner))
        });
        callers.extend(agents(house, &owner, &mine).await);

        let scene = Self {
            mine: place(house, &owner, mine, "mine").await,
            another: place(house, &elsewhere, another, "another").await,
            never: nowhere(house),
            callers,
            owner,
            guest,
        };
        house
            .put_member(
                &scene.owner,
                &scene.mine.engagement,
                scene.guest.id,
                &["reader"],
            )
            .await;
        scene
    }

    fn place(&self, aim: Aim) -> &Place {
        match aim {
            Aim::Mine => &self.mine,
            Aim::Another => &self.another,
            Aim::Never => &self.never,
        }
    }

    /// What a verb takes away is put back before the next cell.
    async fn prepare(&self, house: &House, verb: &Verb, aim: Aim) {
        if aim == Aim::Mine && verb.name == "delete_subscription" {
            self.subscribe_again(house).await;
        }
        if aim == Aim::Mine && verb.name == "delete_member" {
            let member = self.mine.member.parse().unwrap();
            house
                .put_member(&self.owner, &self.mine.engagement, member, &["reader"])
                .await;
        }
    }
}

impl Scene {
    /// The owner's subscription under the id that it had.
    async fn subscribe_again(&self, house: &House) {
        let uuid = |text: &str| Uuid::parse_str(text).unwrap();
        let owner = self.owner.id.uuid();
        let values: Vec<bellboard_hub::db::Value> = vec![
            uuid(&self.mine.engagement).into(),
            uuid(&self.mine.subscription).into(),
            uuid(&self.mine.dashboard).into(),
            owner.to_string().into(),
            owner.into(),
            [7_u8; 32].into(),
        ];
        let text = "insert into subscriptions (engagement_id, id, dashboard_id, subscriber_kind, subscriber_id, person_id,
                                               threshold, threshold_key, baseline, created_by, created_by_name, created_at,
                                               changed_at)
                    values ($1, $2, $3, 'persona', $4, $5, '{\"set_removed_min\":1}', $6, 'previous', $5, 'Owner', 1, 1)
                    on conflict do nothing";
        let again = house.hub.db().write::<_, DbFault, _>(move |sql| {
            Box::pin(async move { sql.execute(text, &values).await })
        });
        again.await.unwrap();
    }
}

fn human(name: &'static str, person: &Person, designation: Option<Designation>) -> Caller {
    let sign = Sign::Bearer(person.token.clone());
    Caller {
        name,
        sign,
        human: true,
        hub_owner: false,
        designation,
        only_verb: None,
    }
}

/// Those whom nobody may take for anybody. Each could do everything while they were signed in.
async fn signed_out(house: &House, founder: &Person, owner: &Person) -> Vec<Caller> {
    let expired = Sign::Cookie(house.cookie(owner.id).await);
    house.advance(Duration::from_hours(13));
    let made = body(
        house.post(owner, "/me/tokens", &json!({ "name": "lost" })),
        StatusCode::CREATED,
    )
    .await;
    let revoked = Sign::Bearer(made["secret"].as_str().unwrap().to_owned());
    let path = format!("/me/tokens/{}", made["token"]["id"].as_str().unwrap());
    body(
        house
            .request(reqwest::Method::DELETE, &path)
            .bearer_auth(&owner.token),
        StatusCode::OK,
    )
    .await;
    let nobody = human("nobody", founder, None);
    vec![
        Caller {
            name: "no longer in session",
            sign: expired,
            ..human("", founder, None)
        },
        Caller {
            name: "no longer with this token",
            sign: revoked,
            ..human("", founder, None)
        },
        Caller {
            sign: Sign::Nothing,
            ..nobody
        },
    ]
}

/// An agent that is an operator of mine, with a token for it, a token for elsewhere, and a token for one verb.
async fn agents(house: &House, owner: &Person, mine: &str) -> Vec<Caller> {
    let made = body(
        house.post(owner, "/me/agents", &json!({ "name": "Agent" })),
        StatusCode::CREATED,
    )
    .await;
    let agent = made["id"].as_str().unwrap();
    house
        .put_member(owner, mine, agent.parse().unwrap(), &["operator"])
        .await;
    let elsewhere = house.engagement(owner, "Elsewhere").await;
    house
        .put_member(owner, &elsewhere, agent.parse().unwrap(), &["operator"])
        .await;
    let mut callers = Vec::new();
    for (name, scope, designation, only_verb) in [
        (
            "agent token in scope",
            ("engagements", mine),
            Some(Designation::Operator),
            None,
        ),
        (
            "agent token out of scope",
            ("engagements", elsewhere.as_str()),
            None,
            None,
        ),
        (
            "agent token for one verb",
            ("verbs", "get_run"),
            Some(Designation::Operator),
            Some("get_run"),
        ),
    ] {
        let mut wish = Map::from_iter([
            ("name".to_owned(), json!(name)),
            ("agent_id".to_owned(), json!(agent)),
        ]);
        wish.insert(scope.0.to_owned(), json!([scope.1]));
        let made = body(
            house.post(owner, "/me/tokens", &wish.into()),
            StatusCode::CREATED,
        )
        .await;
        let sign = Sign::Bearer(made["secret"].as_str().unwrap().to_owned());
        callers.push(Caller {
            name,
            sign,
            human: false,
            hub_owner: false,
            designation,
            only_verb,
        });
    }
    callers
}

async fn place(house: &House, owner: &Person, engagement: String, slug: &str) -> Place {
    planned(house, owner, &engagement, slug).await;
    let run = house.run(owner, &engagement).await;
    let artifact = artifact(house, owner, &engagement).await;
    let ask = ask(house, owner, &engagement).await;
    let notification = notification(house, owner, &engagement).await;
    let mut wish = input("create_decision");
    wish["engagement"] = json!(engagement);
    let decision = body(house.post(owner, "/decisions", &wish), StatusCode::CREATED).await;
    let decision = decision["ask_id"].as_str().unwrap().to_owned();
    let [dashboard, snapshot, subscription] = dashboard(house, owner, &engagement).await;
    let delivery = delivery(house, &engagement, &dashboard, &subscription).await;
    let made = body(
        house.post(owner, "/me/tokens", &json!({ "name": "place" })),
        StatusCode::CREATED,
    )
    .await;
    let token = made["token"]["id"].as_str().unwrap().to_owned();
    let agent = body(
        house.post(owner, "/me/agents", &json!({ "name": "Member" })),
        StatusCode::CREATED,
    )
    .await;
    let member = agent["id"].as_str().unwrap().to_owned();
    house
        .put_member(owner, &engagement, member.parse().unwrap(), &["reader"])
        .await;
    Place {
        engagement,
        run,
        artifact,
        ask,
        token,
        member,
        notification,
        decision,
        dashboard,
        snapshot,
        subscription,
        delivery,
        slug: slug.to_owned(),
    }
}

/// Something of each planned concept, all under one slug.
async fn planned(house: &House, owner: &Person, engagement: &str, slug: &str) {
    let make = async |path: &str, what: Value| {
        body(house.post(owner, path, &what), StatusCode::CREATED).await;
    };
    let domain = json!({ "engagement": engagement, "slug": slug, "name": "Domain" });
    make("/domains", domain).await;
    let groundwork = json!({ "engagement": engagement, "domain": slug, "title": "Groundwork" });
    make("/workstreams", groundwork).await;
    for (path, key, name) in [
        ("/repos", "slug", "name"),
        ("/topics", "slug", "title"),
        ("/workstreams", "slug", "title"),
        ("/extension-points", "ep_id", "title"),
        ("/technical-debt", "td_id", "title"),
    ] {
        let what = json!({ "engagement": engagement, "domain": slug, key: slug, name: "Planned" });
        make(path, what).await;
    }
    let task = json!({ "engagement": engagement, "workstream": slug, "external_id": slug, "title": "Task" });
    make("/tasks", task).await;
}

/// A shape that waits to be confirmed.
async fn artifact(house: &House, owner: &Person, engagement: &str) -> String {
    let path = format!("/engagements/{engagement}/artifacts");
    let made = house.post(owner, &path, &input("create_artifact"));
    let made = body(made, StatusCode::CREATED).await;
    made["id"].as_str().unwrap().to_owned()
}

/// A delivery that was given up.
async fn delivery(house: &House, engagement: &str, dashboard: &str, subscription: &str) -> String {
    let id = |text: &str| text.parse::<Uuid>().unwrap();
    let delivery = house.hub.world().new_id();
    let place = [id(engagement), delivery, id(subscription), id(dashboard)];
    house
        .hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let [engagement, delivery, subscription, dashboard] = place.map(Parameter::from);
                let hash = Parameter::from([7_u8; 32]);
                sql.execute(
                    "insert into delivery_bodies (engagement_id, hash, body, created_at) values ($1, $2, '{}', 7)",
                    &[engagement.clone(), hash.clone()],
                )
                .await?;
                sql.execute(
                    "insert into deliveries (engagement_id, id, subscription_id, dashboard_id, kind, target, body_hash, status,
                                             is_test, is_digest, attempts, fence, created_at)
                     values ($1, $2, $3, $4, 'persona', 'nobody', $5, 'dead', 0, 0, 1, 1, 7)",
                    &[engagement, delivery, subscription, dashboard, hash],
                )
                .await?;
                Ok::<_, DbFault>(())
            })
        })
        .await
        .unwrap();
    delivery.to_string()
}

/// A dashboard that asks for the runs, a snapshot of it, and the owner's subscription to it.
async fn dashboard(house: &House, owner: &Person, engagement: &str) -> [String; 3] {
    let id = |made: Value| made["id"].as_str().unwrap().to_owned();
    let mut wish = input("create_dashboard");
    wish["engagement"] = json!(engagement);
    let made = body(house.post(owner, "/dashboards", &wish), StatusCode::CREATED).await;
    let dashboard = id(made);
    let path = format!("/dashboard/{dashboard}/snapshot");
    let snapshot = body(house.post(owner, &path, &json!({})), StatusCode::CREATED).await;
    let mut wish = input("create_subscription");
    wish["subscriber_id"] = json!(owner.id);
    let path = format!("/dashboard/{dashboard}/subscriptions");
    let subscription = body(house.post(owner, &path, &wish), StatusCode::CREATED).await;
    [dashboard, id(snapshot), id(subscription)]
}

/// An ask that is open.
async fn ask(house: &House, owner: &Person, engagement: &str) -> String {
    let path = format!("/engagements/{engagement}/asks");
    let made = house.post(owner, &path, &input("create_ask"));
    let made = body(made, StatusCode::CREATED).await;
    made["id"].as_str().unwrap().to_owned()
}

/// What a person is told when a run of theirs has ended.
async fn notification(house: &House, owner: &Person, engagement: &str) -> String {
    let run = house.run(owner, engagement).await;
    let finish = json!({ "outcome": "failed" });
    let path = format!("/runs/{run}/finish");
    body(house.post(owner, &path, &finish), StatusCode::OK).await;
    let inbox = body(house.get(owner, "/me/notifications"), StatusCode::OK).await;
    inbox["items"][0]["id"].as_str().unwrap().to_owned()
}

fn nowhere(house: &House) -> Place {
    let id = || house.hub.world().new_id().to_string();
    Place {
        engagement: id(),
        run: id(),
        artifact: id(),
        ask: id(),
        token: id(),
        member: id(),
        notification: id(),
        decision: id(),
        dashboard: id(),
        snapshot: id(),
        subscription: id(),
        delivery: id(),
        slug: "never".to_owned(),
    }
}
