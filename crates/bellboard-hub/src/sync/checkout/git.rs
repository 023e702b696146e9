//! Where the git repository of a working tree stands, read from its own files: no network, no other program, and nothing
//! that its configuration names is followed.

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use gix_config::{File as Config, Source};
use gix_hash::{Kind, ObjectId};
use gix_object::Exists as _;
use gix_ref::{Target, file};
use gix_traverse::commit::Simple;

use super::{CheckoutFault, Head, MAX_BEHIND};

/// What the remote that `git clone` makes calls its default branch.
const DEFAULT_UPSTREAM: &str = "refs/remotes/origin/HEAD";

/// How many references may lead to each other before one leads to a commit.
const MAX_LINKS: usize = 5;

/// How long a path in a file of git's may be.
const MAX_PATH: u64 = 4096;

/// What is there while something is under way, and its words; the first that is there counts.
const UNDER_WAY: [(&str, &str); 7] = [
    ("rebase-apply/applying", "applying patches"),
    ("rebase-apply", "a rebase"),
    ("rebase-merge", "a rebase"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("MERGE_HEAD", "a merge"),
    ("BISECT_LOG", "a bisection"),
    ("REVERT_HEAD", "a revert"),
];

/// The top folder of the working tree that holds `path`. It is where `.git` lies, whatever `core.worktree` says: a
/// repository's own configuration never leads to another folder.
pub(super) fn root_of(path: &Path) -> Option<&Path> {
    path.ancestors().find(|above| above.join(".git").exists())
}

pub(super) fn head_of(root: &Path) -> Result<Head, CheckoutFault> {
    if !root.join(".git").exists() {
        return Ok(Head::default());
    }
    let head = Repository::open(root).and_then(|repository| repository.head());
    head.map_err(|cause| CheckoutFault::Git {
        path: root.to_owned(),
        cause,
    })
}

/// Whether the commit leads to the one that is checked out; not where that cannot be told.
pub(super) fn holds(root: &Path, commit: &str) -> bool {
    let told = || -> Told<bool> {
        let commit = ObjectId::from_hex(commit.as_bytes()).map_err(words)?;
        let repository = Repository::open(root)?;
        let Some((_, head)) = repository.resolve("HEAD")? else {
            return Ok(false);
        };
        Ok(repository.objects.exists(&commit) && repository.count(commit, head)? == 0)
    };
    told().unwrap_or(false)
}

/// Where `origin` is fetched from; none where that cannot be told.
pub(super) fn remote_url(root: &Path) -> Option<String> {
    let repository = Repository::open(root).ok()?;
    let url = repository.config.string_by("remote", "origin", "url")?;
    Some(url.to_string())
}

struct Repository {
    git_dir: PathBuf,
    config: Config,
    references: file::Store,
    objects: gix_odb::Handle,
}

/// Why something could not be read, in words.
type Told<T> = Result<T, String>;

impl Repository {
    fn open(root: &Path) -> Told<Self> {
        let dot_git = root.join(".git");
        // In a linked working tree and in a submodule `.git` is a file that names the folder.
        let git_dir = if dot_git.is_dir() {
            dot_git
        } else {
            named_in(&dot_git, "gitdir: ")?
        };
        let commondir = git_dir.join("commondir");
        let common = if commondir.exists() {
            Some(named_in(&commondir, "")?)
        } else {
            None
        };
        let shared = common.as_ref().unwrap_or(&git_dir);
        let config = Config::from_path_no_includes(shared.join("config"), Source::Local);
        let config = config.map_err(words)?;
        let kind = kind_of_ids(&config)?;
        let objects = gix_odb::at(shared.join("objects"), kind).map_err(words)?;
        let references = match &common {
            Some(common) => file::Store::for_linked_worktree(git_dir.clone(), common.clone(), kind),
            None => file::Store::at(git_dir.clone(), kind),
        };
        Ok(Self {
            git_dir,
            config,
            references,
            objects,
        })
    }

    fn head(&self) -> Told<Head> {
        let head = self.references.find("HEAD").map_err(words)?;
        let branch = match &head.target {
            Target::Symbolic(branch) => Some(branch.clone()),
            Target::Object(_) => None,
        };
        let commit = self.resolve("HEAD")?.map(|(_, commit)| commit);
        let branch = branch.map(|branch| branch.shorten().to_string());
        let (upstream, behind) = match commit {
            Some(commit) => self.behind(branch.as_deref(), commit)?,
            None => (None, 0),
        };
        Ok(Head {
            is_git: true,
            branch,
            commit: commit.map(|commit| commit.to_string()),
            upstream,
            behind,
            under_way: self.under_way(),
        })
    }

    /// The remote branch to compare with, and how many of its commits are missing here.
    ///
    /// A branch is compared with the one it tracks. Without one, work of its own may well lag behind the remote's
    /// default branch and be no staler for it; a head without any commit of its own is an old picture of that branch.
    fn behind(&self, branch: Option<&str>, head: ObjectId) -> Told<(Option<String>, u64)> {
        let tracked = branch.and_then(|branch| self.tracked_by(branch));
        let name = tracked.as_deref().unwrap_or(DEFAULT_UPSTREAM);
        let Some((upstream, theirs)) = self.resolve(name)? else {
            return Ok((None, 0));
        };
        if tracked.is_none() && self.count(head, theirs)? > 0 {
            return Ok((None, 0));
        }
        Ok((Some(upstream), self.count(theirs, head)?))
    }

    /// The reference in which the last fetch kept the remote branch that this branch follows.
    fn tracked_by(&self, branch: &str) -> Option<String> {
        let remote = self
            .config
            .string_by("branch", branch, "remote")?
            .to_string();
        let theirs = self
            .config
            .string_by("branch", branch, "merge")?
            .to_string();
        let rules = self.config.strings_by("remote", remote.as_str(), "fetch")?;
        rules
            .iter()
            .find_map(|rule| kept_as(&rule.to_string(), &theirs))
    }

    /// The last name that a reference leads to, in short, and its commit; none where there is no such reference.
    fn resolve(&self, name: &str) -> Told<Option<(String, ObjectId)>> {
        let mut name = name.to_owned();
        for _ in 0..MAX_LINKS {
            let found = self.references.try_find(name.as_str()).map_err(words)?;
            let Some(reference) = found else {
                return Ok(None);
            };
            match reference.target {
                Target::Object(id) => return Ok(Some((reference.name.shorten().to_string(), id))),
                Target::Symbolic(next) => name = next.as_bstr().to_string(),
            }
        }
        Err(format!("the reference {name} leads to itself"))
    }

    /// How many commits lead to `from` and not to `without`. What a shallow clone does not hold is not counted.
    fn count(&self, from: ObjectId, without: ObjectId) -> Told<u64> {
        if from == without {
            return Ok(0);
        }
        let objects = self.objects.clone();
        let walk = Simple::filtered([from], self.objects.clone(), move |id| objects.exists(id));
        let mut found = 0;
        for commit in walk.hide([without]).map_err(words)? {
            commit.map_err(words)?;
            found += 1;
            if found == MAX_BEHIND {
                break;
            }
        }
        Ok(found)
    }

    fn under_way(&self) -> Option<&'static str> {
        let there = UNDER_WAY
            .iter()
            .find(|(file, _)| self.git_dir.join(file).exists());
        there.map(|(_, words)| *words)
    }
}

/// The path that a file of git's names after `before`, relative to the file's own folder (gitrepository-layout(5)).
fn named_in(file: &Path, before: &str) -> Told<PathBuf> {
    let mut text = String::new();
    let read = File::open(file).and_then(|file| file.take(MAX_PATH).read_to_string(&mut text));
    read.map_err(words)?;
    let path = text
        .trim_end()
        .strip_prefix(before)
        .filter(|path| !path.is_empty());
    let path = path.ok_or_else(|| format!("{} names no folder", file.display()))?;
    Ok(file.parent().unwrap_or(file).join(path))
}

/// The kind of the ids of objects; a repository whose references are not kept in files is refused.
fn kind_of_ids(config: &Config) -> Told<Kind> {
    if let Some(storage) = config
        .string("extensions.refstorage")
        .filter(|storage| *storage != "files")
    {
        return Err(format!(
            "its references are kept as `{storage}`, which is not read yet"
        ));
    }
    match config.string("extensions.objectformat") {
        None => Ok(Kind::Sha1),
        Some(format) => format.to_string().parse().map_err(|_| {
            format!("its objects have ids of the kind `{format}`, which is not known")
        }),
    }
}

/// Where a rule such as `+refs/heads/*:refs/remotes/origin/*` keeps a branch of the remote (git-fetch(1), refspec).
fn kept_as(rule: &str, theirs: &str) -> Option<String> {
    let (from, to) = rule.trim_start_matches('+').split_once(':')?;
    let Some((before, after)) = from.split_once('*') else {
        return (from == theirs).then(|| to.to_owned());
    };
    let middle = theirs.strip_prefix(before)?.strip_suffix(after)?;
    Some(to.replacen('*', middle, 1))
}

fn words(cause: impl Display) -> String {
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::kept_as;

    #[test]
    fn a_fetch_rule_says_where_a_branch_is_kept() {
        let usual = "+refs/heads/*:refs/remotes/origin/*";
        let kept = |rule, theirs| kept_as(rule, theirs);
        assert_eq!(
            kept(usual, "refs/heads/a/b").as_deref(),
            Some("refs/remotes/origin/a/b")
        );
        assert_eq!(
            kept("refs/heads/main:refs/remotes/o/m", "refs/heads/main").as_deref(),
            Some("refs/remotes/o/m")
        );
        assert_eq!(kept(usual, "refs/pull/1"), None);
        assert_eq!(kept("refs/heads/main", "refs/heads/main"), None);
        assert_eq!(
            kept("refs/heads/x:refs/remotes/o/x", "refs/heads/main"),
            None
        );
    }
}
