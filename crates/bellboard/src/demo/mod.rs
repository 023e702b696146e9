//! The demo: five engagements in which workers report believable work through the public API, as anybody's workers
//! would, agents put what they made before a person, and two ask and wait for the answer. They keep no state of their own: what is there is found again, and what was left open is ended.

mod asker;
mod boards;
mod cast;
mod count;
mod exhibits;
mod history;
mod keeper;
mod maker;
mod plans;
mod scenes;
mod stage;
mod worker;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use tokio::task::JoinSet;

use self::worker::Gone;
use crate::client::{CallFault, Client};
use crate::output::{Mark, Output};
use crate::session::Session;
use crate::wire::{self, Membership};

/// What can be done with the demo.
#[derive(Debug, Subcommand)]
pub enum DemoCommand {
    /// Bring the demo to the hub that this command line speaks to, until Ctrl-C
    Load,
    /// Remove the five engagements with everything in them
    Remove,
    /// A run that counts to forty in twenty seconds, to see one
    Count(count::CountArgs),
}

/// Does it.
pub async fn run(command: DemoCommand, session: &Session) -> Result<u8> {
    match command {
        DemoCommand::Load => {
            tokio::select! {
                () = play(&session.client, &session.output) => {}
                interrupted = tokio::signal::ctrl_c() => interrupted?,
            }
            Ok(0)
        }
        DemoCommand::Remove => remove(session).await,
        DemoCommand::Count(args) => count::run(args, session).await,
    }
}

/// Sets the stage and plays every scene until dropped, or until the demo is removed.
pub async fn play(client: &Client, output: &Output) {
    let actors = match stage::set(client).await {
        Ok(actors) => actors,
        Err(fault) => return output.warn(&format!("The demo does not play: {fault}")),
    };
    output.say(
        Mark::Note,
        "The demo plays in five engagements. Remove it: bellboard demo remove",
    );
    let mut players = JoinSet::new();
    for scene in scenes::all() {
        let actor = actors[scene.place].clone();
        players.spawn(async move { worker::play(&scene, &actor).await });
    }
    for exhibit in &exhibits::EXHIBITS {
        let actor = actors[exhibit.place].clone();
        players.spawn(async move { maker::play(exhibit, &actor).await });
    }
    for question in &asker::QUESTIONS {
        let actor = actors[question.place].clone();
        players.spawn(async move { asker::play(question, &actor).await });
    }
    for board in &boards::BOARDS {
        let actor = actors[board.place].clone();
        players.spawn(async move { boards::play(board, &actor).await });
    }
    let keeper = actors[cast::NORTHRAIL].clone();
    players.spawn(async move { keeper::play(&keeper).await });
    while let Some(gone) = players.join_next().await {
        if matches!(gone, Ok(Gone::SignedOut)) && still_there(client).await {
            players.shutdown().await;
            return output.warn(
                "The demo stopped: its tokens have ended, or another demo took its place. \
                 Play it again: bellboard demo load",
            );
        }
    }
    output.say(Mark::Note, "The demo was removed.");
}

/// Whether there are places of the demo; what nobody can tell counts as yes.
async fn still_there(client: &Client) -> bool {
    let all: Result<Vec<Membership>, CallFault> =
        wire::all(client, "list_memberships", json!({})).await;
    all.map_or(true, |all| all.iter().any(|one| one.demo))
}

async fn remove(session: &Session) -> Result<u8> {
    let all: Vec<Membership> = wire::all(&session.client, "list_memberships", json!({})).await?;
    let mut removed = 0;
    for one in all.iter().filter(|one| one.demo) {
        match session
            .client
            .call_raw(
                "delete_engagement",
                json!({"engagement_id": one.engagement_id}),
            )
            .await
        {
            Ok(_) => removed += 1,
            // Somebody else was faster.
            Err(CallFault::Refused(problem)) if problem.status == 404 => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    stage::dismiss(&session.client).await?;
    let words = match removed {
        0 => "There is no demo here.".to_owned(),
        1 => "Removed 1 demo engagement with its runs.".to_owned(),
        count => format!("Removed {count} demo engagements with their runs."),
    };
    session.output.say(Mark::Done, &words);
    Ok(0)
}
