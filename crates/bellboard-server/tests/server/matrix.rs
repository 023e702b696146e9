//! The authorization matrix, generated from the verb table: every verb x every kind of caller x mine, another's and
//! never existed. The expected cell follows from the verb's access and core's table of capabilities alone.

mod call;
mod callers;
mod input;
mod place;
mod scene;

use bellboard_core::membership::{Capability, Designation, Designations, allows};
use bellboard_hub::db::Db;
use bellboard_hub::verbs::{Access, Method, VERBS, Verb};
use reqwest::StatusCode;

use self::call::call;
use self::scene::Scene;
use crate::house::House;

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
