//! The sync state of a repo: when its plans were read, from which commit, and what was left to look at, each with its
//! file, its line and the reason.

use bellboard_core::time::Timestamp;
use bellboard_core::work::Drift;
use bellboard_hub::fault::Fault;
use bellboard_hub::repo::{self, GetRepo, RepoDetail, RepoSync, RepoView};
use bellboard_hub::sync::SyncProblem;

use crate::pages::moment::{Moment, Reading};
use crate::pages::visit::Visit;
use crate::pages::words::counted;

/// The rows of so many repos are read for one page.
const REPOS_READ: usize = 20;

/// The digits of a commit that people read.
const COMMIT_DIGITS: usize = 8;

/// How the last sync went.
pub struct Synced {
    /// When.
    pub at: Moment,
    /// ", commit 1a2b3c4d of main"; nothing where the files lie in no commit.
    pub from: String,
    /// "1 difference left, 2 warnings"; nothing when all is well.
    pub left: Option<String>,
    /// What was left, line by line.
    pub lines: Vec<SyncLine>,
    /// How many more lines there are than are told.
    pub more: Option<String>,
}

/// A sync that wrote nothing.
pub struct Held {
    /// When.
    pub at: Moment,
    /// ", commit 1a2b3c4d of main".
    pub from: String,
    /// Why, and the way out.
    pub words: String,
}

/// One thing to look at.
#[derive(Debug, PartialEq, Eq)]
pub struct SyncLine {
    /// `workplans/plan.md:14`.
    pub place: String,
    /// What differs, and why it was left.
    pub words: String,
}

impl Synced {
    /// How the last sync of this repo went, without the lines.
    pub fn of(repo: &RepoView, now: Timestamp) -> Option<Self> {
        let at = repo.last_synced_at?;
        Some(Self {
            at: Moment::new(at, Reading::Clock, now),
            from: from_words(repo),
            left: repo.last_sync.as_ref().and_then(left_words),
            lines: Vec::new(),
            more: None,
        })
    }

    fn with(&mut self, detail: &RepoDetail) {
        let drift = detail.drift.iter().map(drift_line);
        let problems = detail.errors.iter().chain(&detail.warnings);
        self.lines = problems.map(problem_line).chain(drift).collect();
        let all = detail.repo.last_sync.as_ref().map_or(0, left_count);
        let rest = all.saturating_sub(self.lines.len()) as u64;
        self.more = (rest > 0).then(|| format!("{} more.", counted(rest, "line", "lines")));
    }
}

impl Held {
    /// The sync of this repo that wrote nothing, if there is one after the last that did.
    pub fn of(repo: &RepoView, now: Timestamp) -> Option<Self> {
        let held = repo.held_back.as_ref()?;
        Some(Self {
            at: Moment::new(held.synced_at, Reading::Clock, now),
            from: commit_words(held.commit.as_deref(), held.branch.as_deref()),
            words: format!("{}. {}", held.reason, held.way_out),
        })
    }
}

/// Reads what was left in each of these repos, beside their rows.
pub async fn read_lines<'a>(
    visit: &Visit,
    rows: impl Iterator<Item = (&'a RepoView, &'a mut Option<Synced>)>,
) -> Result<(), Fault> {
    let left = rows.filter_map(|(repo, synced)| {
        let synced = synced.as_mut().filter(|synced| synced.left.is_some())?;
        Some((repo, synced))
    });
    for (repo, synced) in left.take(REPOS_READ) {
        let input = GetRepo {
            slug: repo.id.to_string().parse().map_err(Fault::internal)?,
            engagement: None,
        };
        let detail = repo::get_repo(visit.call("get_repo"), input).await?;
        synced.with(&detail);
    }
    Ok(())
}

fn from_words(repo: &RepoView) -> String {
    let last = repo.last_sync.as_ref();
    let commit = last.and_then(|last| last.commit.as_deref());
    let branch = last.and_then(|last| last.branch.as_deref());
    commit_words(commit.or(repo.last_commit.as_deref()), branch)
}

fn commit_words(commit: Option<&str>, branch: Option<&str>) -> String {
    let Some(commit) = commit else {
        return String::new();
    };
    let short: String = commit.chars().take(COMMIT_DIGITS).collect();
    let branch = branch.map_or_else(String::new, |branch| format!(" of {branch}"));
    format!(", commit {short}{branch}")
}

fn left_count(last: &RepoSync) -> usize {
    last.drift_left + last.warning_count + last.error_count
}

fn left_words(last: &RepoSync) -> Option<String> {
    let counts = [
        (last.drift_left, "difference left", "differences left"),
        (last.warning_count, "warning", "warnings"),
        (last.error_count, "error", "errors"),
    ];
    let words: Vec<String> = counts
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, many)| counted(count as u64, one, many))
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn drift_line(drift: &Drift) -> SyncLine {
    SyncLine {
        place: format!("{}:{}", drift.path, drift.line),
        words: format!(
            "{}, {}: the file says {}, the hub {}. {}",
            drift.task,
            drift.field.as_str(),
            or_nothing(&drift.in_file),
            or_nothing(&drift.in_hub),
            as_sentence(&drift.reason)
        ),
    }
}

fn problem_line(problem: &SyncProblem) -> SyncLine {
    SyncLine {
        place: if problem.path.is_empty() {
            "the working tree".to_owned()
        } else {
            format!("{}:{}", problem.path, problem.line)
        },
        words: format!("{} {}", as_sentence(&problem.reason), problem.way_out),
    }
}

fn or_nothing(said: &str) -> &str {
    if said.is_empty() { "nothing" } else { said }
}

/// Begins with a capital, ends with a full stop.
fn as_sentence(words: &str) -> String {
    let mut letters = words.trim_end_matches('.').chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).chain(['.']).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use bellboard_core::work::{Takes, TaskField};

    use super::*;

    fn last(drift_left: usize, warning_count: usize, error_count: usize) -> RepoSync {
        RepoSync {
            branch: Some("main".to_owned()),
            commit: Some("1a2b3c4d5e6f".to_owned()),
            behind: 0,
            fingerprint: None,
            files_read: 1,
            tasks_read: 1,
            drift_left,
            warning_count,
            error_count,
        }
    }

    #[test]
    fn what_was_left_is_counted_in_words() {
        assert_eq!(left_words(&last(0, 0, 0)), None);
        let all = left_words(&last(1, 2, 1));
        assert_eq!(
            all.as_deref(),
            Some("1 difference left, 2 warnings, 1 error")
        );
        assert_eq!(left_count(&last(1, 2, 1)), 4);
    }

    #[test]
    fn a_difference_says_where_what_and_why() {
        let drift = Drift {
            path: "workplans/a.md".to_owned(),
            line: 14,
            task: "A-T01".to_owned(),
            field: TaskField::Status,
            in_file: "todo".to_owned(),
            in_hub: "done".to_owned(),
            takes: Takes::Hub,
            reason: "a file never lowers a task".to_owned(),
        };
        let line = drift_line(&drift);
        assert_eq!(line.place, "workplans/a.md:14");
        assert_eq!(
            line.words,
            "A-T01, status: the file says todo, the hub done. A file never lowers a task."
        );
        let unsaid = Drift {
            in_file: String::new(),
            ..drift
        };
        assert!(drift_line(&unsaid).words.contains("says nothing,"));
    }

    #[test]
    fn a_problem_of_the_whole_tree_has_no_line() {
        let problem = SyncProblem {
            path: String::new(),
            line: 1,
            reason: "a merge is under way".to_owned(),
            way_out: "End it.".to_owned(),
        };
        let line = problem_line(&problem);
        assert_eq!(
            (&*line.place, &*line.words),
            ("the working tree", "A merge is under way. End it.")
        );
    }
}
