//! Working trees are read on every core and posted a few together, so that the hub writes them down together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use super::repo::{Repo, Repos};
use super::{Asked, Posted, Taken};
use crate::client::Client;

/// How many repos are posted together at most. More would make the others who write wait for long.
const REPOS: usize = 25;
/// With so many the hub is not kept waiting while it has nothing to do.
const FIRST: usize = 5;
/// How many bytes of plan files, unless one repo has more.
const BYTES: usize = 2 * 1024 * 1024;
/// How many posts are under way at once: the hub reads the texts of some while it writes others down.
const AT_ONCE: usize = 10;
/// How many working trees are read before they can be posted.
const AHEAD: usize = 2 * REPOS;

/// Reads all and posts them. What comes back stands in the order of the paths.
pub(super) async fn post_all(
    paths: &[PathBuf],
    repos: impl Future<Output = Result<Repos>>,
    asked: Asked,
    client: &Client,
) -> Result<Vec<Result<Posted>>> {
    let mut readers = JoinSet::new();
    let mut read = read_all(paths, &mut readers);
    // The hub is asked while the first are read.
    let repos = repos.await?;
    let mut posts = Posts {
        client,
        asked,
        waiting: Vec::new(),
        bytes: 0,
        under_way: JoinSet::new(),
        posted: BTreeMap::new(),
    };
    while let Some((at, taken)) = read.recv().await {
        let known = taken.and_then(|taken| Ok((repos.of(&taken.checkout)?.clone(), taken)));
        match known {
            Ok((repo, taken)) => posts.take(Tree { at, repo, taken }).await,
            Err(error) => posts.keep(vec![(at, Err(error))]),
        }
    }
    while let Some(reader) = readers.join_next().await {
        ended(reader);
    }
    Ok(posts.end().await)
}

/// Each reader takes the next path until there is none, or until nobody wants more.
fn read_all(
    paths: &[PathBuf],
    readers: &mut JoinSet<()>,
) -> mpsc::Receiver<(usize, Result<Taken>)> {
    let (sender, read) = mpsc::channel(AHEAD);
    let paths: Arc<[PathBuf]> = paths.into();
    let next = Arc::new(AtomicUsize::new(0));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..cores.min(paths.len()) {
        let (sender, paths, next) = (sender.clone(), paths.clone(), next.clone());
        readers.spawn_blocking(move || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(path) = paths.get(at) else { return };
                if sender.blocking_send((at, Taken::of(path))).is_err() {
                    return;
                }
            }
        });
    }
    read
}

/// A working tree that was read, and the place of its path.
struct Tree {
    at: usize,
    repo: Repo,
    taken: Taken,
}

impl Tree {
    fn posted(self, report: Value) -> (usize, Result<Posted>) {
        let (at, repo, checkout) = (self.at, self.repo, self.taken.checkout);
        let posted = Posted {
            checkout,
            repo,
            report,
        };
        (at, Ok(posted))
    }
}

type Outcomes = Vec<(usize, Result<Posted>)>;

struct Posts<'a> {
    client: &'a Client,
    asked: Asked,
    waiting: Vec<Tree>,
    bytes: usize,
    under_way: JoinSet<Outcomes>,
    posted: BTreeMap<usize, Result<Posted>>,
}

impl Posts<'_> {
    /// Leaves out what the hub has exactly like this, and posts the others when there are enough of them.
    async fn take(&mut self, tree: Tree) {
        let asked = self.asked;
        if !asked.force && !asked.write_back {
            let fingerprint = &tree.taken.fingerprint;
            if let Some(report) = tree.repo.report_of_same(fingerprint, asked.dry_run) {
                return self.keep(vec![tree.posted(report)]);
            }
        }
        if self.bytes + tree.taken.bytes > BYTES {
            self.post().await;
        }
        self.bytes += tree.taken.bytes;
        self.waiting.push(tree);
        while let Some(done) = self.under_way.try_join_next() {
            self.keep(ended(done));
        }
        let enough = if self.under_way.is_empty() {
            FIRST
        } else {
            REPOS
        };
        if self.waiting.len() >= enough {
            self.post().await;
        }
    }

    async fn post(&mut self) {
        let trees = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        if trees.is_empty() {
            return;
        }
        while self.under_way.len() >= AT_ONCE {
            self.join().await;
        }
        let (asked, client) = (self.asked, self.client.clone());
        self.under_way
            .spawn(async move { post_together(trees, asked, &client).await });
    }

    async fn join(&mut self) {
        if let Some(done) = self.under_way.join_next().await {
            self.keep(ended(done));
        }
    }

    fn keep(&mut self, outcomes: Outcomes) {
        self.posted.extend(outcomes);
    }

    async fn end(mut self) -> Vec<Result<Posted>> {
        self.post().await;
        while !self.under_way.is_empty() {
            self.join().await;
        }
        self.posted.into_values().collect()
    }
}

/// Posts them in one; if the hub takes them not so, each alone, so that one which is refused keeps no other back.
async fn post_together(trees: Vec<Tree>, asked: Asked, client: &Client) -> Outcomes {
    if trees.len() > 1 {
        let inputs = trees.iter().map(|tree| tree.taken.input(&tree.repo, asked));
        let input = json!({ "repos": inputs.collect::<Vec<_>>() });
        if let Ok(mut answer) = client.call_raw("sync_repos", input).await
            && let Some(reports) = answer["items"].as_array_mut()
            && reports.len() == trees.len()
        {
            let reports = std::mem::take(reports);
            let each = trees.into_iter().zip(reports);
            return each.map(|(tree, report)| tree.posted(report)).collect();
        }
    }
    let mut outcomes = Vec::with_capacity(trees.len());
    for tree in trees {
        outcomes.push(match tree.taken.post(&tree.repo, asked, client).await {
            Ok(report) => tree.posted(report),
            Err(error) => (tree.at, Err(error)),
        });
    }
    outcomes
}

fn ended<T>(one: Result<T, JoinError>) -> T {
    one.expect("what reads or posts neither panics nor is ended from outside")
}
