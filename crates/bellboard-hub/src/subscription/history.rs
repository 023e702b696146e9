//! The kept snapshots of a dashboard, as the back-test asks for them.

use std::collections::HashMap;

use bellboard_core::dashboard::{History, Picture, Summary, summarise};
use bellboard_core::id::{DashboardId, EngagementId, SnapshotId};
use bellboard_core::time::Timestamp;

use crate::db::Sql;
use crate::fault::{Fault, Outcome};
use crate::snapshot::{nothing_changed, store};

/// Snapshots that are tried, at most: a year of hours.
const MOST: u32 = 9_000;
/// Bytes of kept pictures that are tried, at most; the newest are.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Snapshots, the oldest first.
pub(super) struct Kept {
    pub(super) snapshots: Vec<KeptSnapshot>,
    /// How many of them, one at most, are only what the next is compared with.
    before: usize,
    /// How many of the time are kept and were left out, because they are too many or too large. All are older.
    pub(super) left_out: u64,
    /// When snapshots were due and none was taken.
    pub(super) missed: Vec<Timestamp>,
    texts: HashMap<Vec<u8>, String>,
    pictures: HashMap<Vec<u8>, Picture>,
}

/// One of them.
pub(super) struct KeptSnapshot {
    pub(super) id: SnapshotId,
    pub(super) captured_at: Timestamp,
    hash: Vec<u8>,
    previous: Option<SnapshotId>,
    summary: Option<Summary>,
}

impl Kept {
    /// Those since a moment, and the last before it, where there is one: the first bell of the time is judged as it rang.
    /// By the baseline *last notified* that one is the baseline, as if the subscription had begun with it. The pictures
    /// themselves come along only where they are compared out of turn.
    pub(super) async fn since(
        sql: &mut Sql<'_>,
        place: (EngagementId, DashboardId),
        since: Timestamp,
        with_pictures: bool,
    ) -> Outcome<Self> {
        let rows = store::since(sql, place, since, MOST + 1).await?;
        let mut snapshots: Vec<KeptSnapshot> = Vec::with_capacity(rows.len());
        for row in &rows {
            let summary = row.opt_text(4)?;
            snapshots.push(KeptSnapshot {
                id: row.id(0)?,
                captured_at: row.time(1)?,
                hash: row.blob(2)?,
                previous: row.opt_id(3)?,
                summary: summary
                    .map(|json| serde_json::from_str(&json).map_err(Fault::internal))
                    .transpose()?,
            });
        }
        let is_before = |oldest: &KeptSnapshot| oldest.captured_at < since;
        let is_cut = snapshots.len() > MOST as usize;
        let mut kept = Self {
            before: usize::from(is_cut || snapshots.first().is_some_and(is_before)),
            snapshots,
            left_out: 0,
            missed: Vec::new(),
            texts: HashMap::new(),
            pictures: HashMap::new(),
        };
        let is_cut = kept.load(sql, place, with_pictures).await? || is_cut;
        let first = kept.tried().first();
        let first_at = first.map(|first| first.captured_at);
        let has_lost_those_before =
            kept.before == 0 && first.is_some_and(|first| first.previous.is_some());
        if is_cut {
            let range = (since, first_at.unwrap_or(Timestamp::MAX));
            kept.left_out = store::count_between(sql, place, range).await?;
        }
        // An hour before the first one tried is missing only where nothing that was taken then was left out or forgotten.
        let from = first_at.filter(|_| is_cut || has_lost_those_before);
        let from = from.unwrap_or(since);
        let missed = store::missed_since(sql, place, from, MOST).await?;
        let missed = missed.iter().map(|row| row.time(0));
        kept.missed = missed.collect::<Result<_, _>>()?;
        Ok(kept)
    }

    /// Those that are tried.
    pub(super) fn tried(&self) -> &[KeptSnapshot] {
        &self.snapshots[self.before..]
    }

    /// Loads the pictures that will be compared, from the newest on, as far as there is room for them. Whether older ones
    /// were left out.
    async fn load(
        &mut self,
        sql: &mut Sql<'_>,
        place: (EngagementId, DashboardId),
        all: bool,
    ) -> Outcome<bool> {
        let mut bytes = 0;
        for at in (0..self.snapshots.len()).rev() {
            let hash = &self.snapshots[at].hash;
            let is_needed = all || self.breaks_off(at) || self.breaks_off(at + 1);
            if !is_needed || self.texts.contains_key(hash) {
                continue;
            }
            let hash = hash.clone();
            let row = store::picture_by_hash(sql, place, &hash).await?;
            let text = row
                .ok_or_else(|| Fault::internal("the picture of a snapshot is not kept"))?
                .text(0)?;
            bytes += text.len();
            if bytes > MOST_BYTES {
                self.snapshots.drain(..=at);
                // The oldest that is left has lost what it would be compared with.
                self.before = self.snapshots.len().min(1);
                return Ok(true);
            }
            self.texts.insert(hash, text);
        }
        Ok(false)
    }

    /// Whether what is kept with the snapshot does not tell what differs from the one listed before it, because those
    /// between them were forgotten.
    fn breaks_off(&self, at: usize) -> bool {
        let Some(before) = at
            .checked_sub(1)
            .and_then(|before| self.snapshots.get(before))
        else {
            return false;
        };
        let after = self.snapshots.get(at);
        after.is_some_and(|after| after.previous != Some(before.id) || after.summary.is_none())
    }

    fn picture(&mut self, at: usize) -> Outcome<&Picture> {
        let hash = &self.snapshots[at].hash;
        if !self.pictures.contains_key(hash) {
            let text = self
                .texts
                .get(hash)
                .ok_or_else(|| Fault::internal("a picture is compared that was not loaded"))?;
            let picture = Picture::from_canonical(text).map_err(Fault::internal)?;
            self.pictures.insert(hash.clone(), picture);
        }
        Ok(&self.pictures[hash])
    }
}

impl History for Kept {
    type Fault = Fault;

    fn snapshots(&self) -> usize {
        self.snapshots.len()
    }

    fn summary(&mut self, from: usize, to: usize) -> Outcome<Summary> {
        if from + 1 == to
            && !self.breaks_off(to)
            && let Some(summary) = &self.snapshots[to].summary
        {
            return Ok(summary.clone());
        }
        if self.snapshots[from].hash == self.snapshots[to].hash {
            return Ok(nothing_changed(self.picture(to)?));
        }
        self.picture(from)?;
        self.picture(to)?;
        let picture = |at: usize| &self.pictures[&self.snapshots[at].hash];
        Ok(summarise(picture(from), picture(to)))
    }
}
