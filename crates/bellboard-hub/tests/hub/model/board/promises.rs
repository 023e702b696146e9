//! What holds whatever is said.

use std::collections::BTreeSet;

use super::{Board, Mode};

impl Board {
    /// The promises that hold whatever is said: the model itself must keep them.
    pub fn keeps_its_promises_since(&self, before: &Self) -> Result<(), String> {
        let mut identities = BTreeSet::new();
        let mut slots = BTreeSet::new();
        for (id, run) in &self.runs {
            let (mode, ..) = run.start;
            let is_ended = run.status == "completed";
            let holds = [
                (
                    "a known word",
                    ["queued", "running", "completed"].contains(&run.status),
                ),
                (
                    "an outcome at the end and not before",
                    is_ended == run.outcome.is_some(),
                ),
                (
                    "no bell before the end",
                    is_ended || !self.rung.iter().any(|(of, _)| of == id),
                ),
                (
                    "the initiator is told",
                    !is_ended
                        || run
                            .initiator
                            .is_none_or(|who| self.rung.contains(&(*id, who))),
                ),
                (
                    "one active run of an identity",
                    is_ended || mode == Mode::Nonce || identities.insert(run.start),
                ),
                (
                    "one run of a slot, ever",
                    mode != Mode::Slot || slots.insert(run.start),
                ),
            ];
            let mut holds = holds.to_vec();
            if let Some(was) = before.runs.get(id) {
                let rank = |status| {
                    ["queued", "running", "completed"]
                        .iter()
                        .position(|one| *one == status)
                };
                holds.extend([
                    ("forwards only", rank(was.status) <= rank(run.status)),
                    (
                        "an outcome stands",
                        was.outcome.is_none() || was.outcome == run.outcome,
                    ),
                    (
                        "counts never fall",
                        was.counts
                            .iter()
                            .zip(&run.counts)
                            .all(|(was, is)| was <= is),
                    ),
                    ("who began it stays", was.initiator == run.initiator),
                ]);
            }
            if let Some((promise, _)) = holds.iter().find(|(_, held)| !held) {
                return Err(format!("{promise}: {id} {run:?}"));
            }
        }
        Ok(())
    }
}
