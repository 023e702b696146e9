//! What is stored, compared with the model: after each line what is counted, and at the end everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use serde_json::json;
use uuid::Uuid;

use super::super::command::Actor;
use super::{Telling, Told, ours, same, seen};

impl Telling<'_> {
    /// How many of everything there are, and that the kept counts of home are what a count finds.
    pub(super) async fn tallies(&self) -> Told {
        let row = self
            .fixture()
            .rows(
                "select (select count(*) from notifications where engagement_id = $1),
                        (select count(*) from needs where engagement_id = $1),
                        (select count(*) from runs where engagement_id = $1 and status <> 'completed'),
                        (select count(*) from runs where engagement_id = $1 and status = 'completed'),
                        (select cast(coalesce(sum(held), 0) as bigint) from zone_counts
                          where engagement_id = $1 and zone = 'needs_you'),
                        (select cast(coalesce(sum(held), 0) as bigint) from zone_counts
                          where engagement_id = $1 and zone = 'active'),
                        (select cast(coalesce(sum(held), 0) as bigint) from zone_counts
                          where engagement_id = $1 and zone = 'recent')",
                vec![self.engagement.into()],
            )
            .await
            .remove(0);
        let found: Vec<i64> = (0..7)
            .map(|column| row.int(column).expect("a count"))
            .collect();
        let board = &self.board;
        let needs = board.needs.len() + board.open_asks().count();
        let active = board.active();
        let ended = board.runs.len() - active;
        let expected = [board.rung.len(), needs, active, ended, needs, active, ended]
            .map(|many| i64::try_from(many).expect("a small number"));
        same(
            "bells, needs, active, ended, and the zones needs you, active, recent",
            &found,
            &expected.to_vec(),
        )
    }

    /// Everything that is stored at the end of the story.
    pub(super) async fn everything(&self) -> Told {
        let board = &self.board;
        for run in board.runs.keys() {
            let input = json!({"run_id": run});
            let shown = self
                .fixture()
                .call(&self.player.stage.owner, "get_run", input)
                .await;
            same(
                "the run",
                &seen(&shown.map_err(ours)?),
                &board.picture(*run),
            )?;
        }
        let people: BTreeMap<Uuid, Actor> = Actor::ALL
            .into_iter()
            .map(|who| (self.player.caller(who).person_id.uuid(), who))
            .collect();
        let bells = "select subject_id, person_id from notifications where engagement_id = $1";
        let rows = self
            .fixture()
            .rows(bells, vec![self.engagement.into()])
            .await;
        let rung: Vec<(Uuid, Actor)> = rows
            .iter()
            .map(|row| {
                (
                    row.id(0).expect("an id"),
                    people[&row.id::<Uuid>(1).expect("an id")],
                )
            })
            .collect();
        let once: BTreeSet<(Uuid, Actor)> = rung.iter().copied().collect();
        same("one bell each", &rung.len(), &once.len())?;
        same("who was told", &once, &board.rung)?;
        let waits = "select item_id from needs where engagement_id = $1";
        let rows = self
            .fixture()
            .rows(waits, vec![self.engagement.into()])
            .await;
        let waits: BTreeSet<Uuid> = rows.iter().map(|row| row.id(0).expect("an id")).collect();
        let expected = board.needs.keys().copied().chain(board.open_asks());
        same("what waits", &waits, &expected.collect())?;
        self.every_ask().await?;
        let ends = "select count(*) from run_events where engagement_id = $1 and kind in ('ended', 'lost', 'denied')";
        let ends = self
            .fixture()
            .count(ends, vec![self.engagement.into()])
            .await;
        let ended = board.runs.len() - board.active();
        self.player.ends.fetch_add(ended, Ordering::Relaxed);
        same("one end each", &usize::try_from(ends).unwrap_or(0), &ended)
    }

    /// Each ask is as it should be, each run knows how many of its own are open, and each answer was recorded once.
    async fn every_ask(&self) -> Told {
        let board = &self.board;
        for ask in board.asks.keys() {
            let input = json!({"ask_id": ask});
            let owner = &self.player.stage.owner;
            let shown = self.fixture().call(owner, "get_ask", input).await;
            let shown = seen(&shown.map_err(ours)?);
            same("the ask", &shown, &board.picture_of_ask(*ask))?;
        }
        let engagement = || vec![self.engagement.into()];
        let miscounted = "select count(*) from runs r
             where r.engagement_id = $1
               and r.open_asks <> (select count(*) from asks a
                                    where a.engagement_id = r.engagement_id and a.run_id = r.id and a.closed_at is null)";
        let miscounted = self.fixture().count(miscounted, engagement()).await;
        same("runs that wait for another number", &miscounted, &0)?;
        let decisions = "select count(*) from decisions where engagement_id = $1";
        let decisions = self.fixture().count(decisions, engagement()).await;
        let closed = |ask: &&Uuid| {
            let state = board.picture_of_ask(**ask)["state"].clone();
            state == "answered" || state == "withdrawn"
        };
        let closed = board.asks.keys().filter(closed).count();
        same(
            "one decision each",
            &usize::try_from(decisions).unwrap_or(0),
            &closed,
        )
    }
}
