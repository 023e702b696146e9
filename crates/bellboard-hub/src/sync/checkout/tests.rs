//! Working trees as they are met: fresh, stale, in the middle of something, broken, and no repository at all.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use bellboard_core::work::MAX_FILE_BYTES;

use super::folder::Folder;
use super::{Checkout, CheckoutFault, Head, Skipped};

fn open(path: &Path) -> Result<Checkout, CheckoutFault> {
    Checkout::open(path)
}

fn names(skipped: &[Skipped]) -> Vec<(&str, &str)> {
    let both = skipped
        .iter()
        .map(|one| (one.path.as_str(), one.reason.as_str()));
    both.collect()
}

#[test]
fn a_repository_tells_its_branch_commit_and_plan_files() {
    let repository = Folder::repository();
    repository.write("workplans/archived/b.md", "b");
    repository.write("specs/001-x/tasks.md", "c");
    repository.write("backlog/tasks/task-1 - d.md", "d");
    repository.write(".beads/issues.jsonl", "e");
    repository.write("workplans/notes.txt", "no plan");
    repository.write("src/workplans/c.md", "no plan either");
    let checkout = open(&repository.0.join("workplans")).unwrap();
    assert_eq!(checkout.root, repository.0);
    let paths = [
        ".beads/issues.jsonl",
        "backlog/tasks/task-1 - d.md",
        "specs/001-x/tasks.md",
        "workplans/a.md",
        "workplans/archived/b.md",
    ];
    assert_eq!(checkout.paths, paths);
    assert!(checkout.skipped.is_empty(), "{:?}", checkout.skipped);
    let commit = repository.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let expected = Head {
        is_git: true,
        branch: Some("main".to_owned()),
        commit: Some(commit),
        ..Head::default()
    };
    assert_eq!(checkout.head, expected);
    assert_eq!(checkout.read("workplans/a.md").unwrap().text, "a");
}

#[test]
fn a_clone_counts_the_commits_that_it_lacks() {
    let origin = Folder::repository();
    let clone = Folder::clone_of(&origin);
    assert_eq!(
        (clone.head().upstream.as_deref(), clone.head().behind),
        (Some("origin/main"), 0)
    );
    assert_eq!(clone.open().remote_url().as_deref(), origin.0.to_str());
    assert_eq!(origin.open().remote_url(), None);
    for round in 0..20 {
        origin.commit("workplans/a.md", &format!("round {round}"));
    }
    assert_eq!(clone.head().behind, 0, "nothing is fetched");
    clone.git(&["fetch", "--quiet"]);
    assert_eq!(clone.head().behind, 20);
    // Work of its own makes it no fresher.
    clone.commit("workplans/b.md", "mine");
    assert_eq!(clone.head().behind, 20);
    clone.git(&["merge", "--quiet", "--no-edit", "origin/main"]);
    assert_eq!(clone.head().behind, 0);
}

#[test]
fn a_branch_that_tracks_nothing_is_stale_only_as_an_old_picture_of_the_default_branch() {
    let origin = Folder::repository();
    let clone = Folder::clone_of(&origin);
    clone.git(&["switch", "--quiet", "--create", "idea"]);
    origin.commit("workplans/a.md", "newer");
    clone.git(&["fetch", "--quiet"]);
    assert_eq!(clone.head().behind, 1);
    clone.commit("workplans/b.md", "mine");
    assert_eq!((clone.head().upstream, clone.head().behind), (None, 0));
    clone.git(&["switch", "--quiet", "--detach", "main"]);
    assert_eq!((clone.head().branch, clone.head().behind), (None, 1));
}

#[test]
fn a_checkout_holds_the_commits_that_lead_to_it() {
    let repository = Folder::repository();
    let commit = |name: &str| repository.git(&["rev-parse", name]).trim().to_owned();
    let first = commit("HEAD");
    repository.git(&["switch", "--quiet", "--create", "side"]);
    repository.commit("workplans/a.md", "side");
    let side = commit("HEAD");
    repository.git(&["switch", "--quiet", "main"]);
    repository.commit("workplans/a.md", "main");
    let checkout = repository.open();
    assert!(checkout.holds(&first) && checkout.holds(&commit("HEAD")));
    assert!(!checkout.holds(&side));
    for unknown in ["", "no commit", "0000000000000000000000000000000000000001"] {
        assert!(!checkout.holds(unknown), "{unknown}");
    }
    assert!(!Folder::make().open().holds(&first));
}

#[test]
fn a_shallow_clone_counts_what_it_holds() {
    let origin = Folder::repository();
    for round in 0..5 {
        origin.commit("workplans/a.md", &format!("round {round}"));
    }
    let clone = Folder::make();
    let from = format!("file://{}", origin.0.display());
    clone.git(&["clone", "--quiet", "--depth", "2", &from, "."]);
    assert_eq!(clone.head().behind, 0);
    for round in 5..8 {
        origin.commit("workplans/a.md", &format!("round {round}"));
    }
    clone.git(&["fetch", "--quiet"]);
    assert_eq!(clone.head().behind, 3);
}

#[test]
fn packed_references_and_objects_are_read_too() {
    let origin = Folder::repository();
    let clone = Folder::clone_of(&origin);
    origin.commit("workplans/a.md", "newer");
    clone.git(&["fetch", "--quiet"]);
    clone.git(&["pack-refs", "--all"]);
    clone.git(&["gc", "--quiet"]);
    let head = clone.head();
    assert_eq!((head.branch.as_deref(), head.behind), (Some("main"), 1));
}

#[test]
fn a_repository_with_sha_256_is_read_and_one_without_files_for_references_is_refused() {
    let folder = Folder::make();
    folder.git(&[
        "init",
        "--quiet",
        "--initial-branch=main",
        "--object-format=sha256",
    ]);
    folder.commit("workplans/a.md", "a");
    let commit = folder.git(&["rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!((folder.head().commit, commit.len()), (Some(commit), 64));
    folder.git(&["config", "extensions.refstorage", "reftable"]);
    let refused = open(&folder.0).unwrap_err().to_string();
    assert!(refused.contains("kept as `reftable`"), "{refused}");
}

#[test]
fn a_linked_working_tree_has_a_branch_of_its_own() {
    let repository = Folder::repository();
    let linked = Folder::make();
    let at = linked.0.join("tree");
    repository.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "side",
        at.to_str().unwrap(),
    ]);
    let checkout = open(&at).unwrap();
    assert_eq!(checkout.root, at);
    assert_eq!(checkout.head.branch.as_deref(), Some("side"));
    assert_eq!(checkout.paths, ["workplans/a.md"]);
}

#[test]
fn what_was_begun_and_not_ended_is_named() {
    let repository = Folder::repository();
    repository.git(&["switch", "--quiet", "--create", "side"]);
    repository.commit("workplans/a.md", "theirs");
    repository.git(&["switch", "--quiet", "main"]);
    repository.commit("workplans/a.md", "ours");
    assert_eq!(repository.head().under_way, None);
    assert!(!repository.try_git(&["merge", "side"]).0);
    assert_eq!(repository.head().under_way, Some("a merge"));
    repository.git(&["merge", "--abort"]);
    assert!(!repository.try_git(&["rebase", "side"]).0);
    assert_eq!(repository.head().under_way, Some("a rebase"));
    repository.git(&["rebase", "--abort"]);
    assert!(!repository.try_git(&["cherry-pick", "side"]).0);
    assert_eq!(repository.head().under_way, Some("a cherry-pick"));
}

#[test]
fn a_repository_before_its_first_commit_has_a_branch_and_no_commit() {
    let folder = Folder::make();
    folder.git(&["init", "--quiet", "--initial-branch=main"]);
    let head = folder.head();
    assert_eq!((head.branch.as_deref(), head.commit), (Some("main"), None));
}

#[test]
fn a_folder_without_git_is_read_and_says_so() {
    let folder = Folder::make();
    folder.write("workplans/a.md", "a");
    let checkout = folder.open();
    assert_eq!(checkout.head, Head::default());
    assert_eq!(
        (checkout.root, checkout.paths),
        (folder.0.clone(), vec!["workplans/a.md".to_owned()])
    );
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = Folder::make();
    let missing = open(&folder.0.join("nowhere")).unwrap_err().to_string();
    assert!(missing.starts_with("there is no folder "), "{missing}");
    folder.write("file", "");
    let file = open(&folder.0.join("file")).unwrap_err().to_string();
    assert!(file.contains("is a file, not a folder"), "{file}");
    folder.write(".git/HEAD", "nonsense");
    let broken = open(&folder.0).unwrap_err();
    assert!(matches!(broken, CheckoutFault::Git { .. }), "{broken}");
    let broken = broken.to_string();
    assert!(broken.contains("Nothing was read"), "{broken}");
}

#[test]
fn no_symbolic_link_leaves_the_repository() {
    let outside = Folder::make();
    outside.write("secret.md", "secret");
    outside.write("folder/secret.md", "secret");
    let folder = Folder::make();
    folder.write("workplans/a.md", "a");
    let at = |name: &str| folder.0.join("workplans").join(name);
    symlink(outside.0.join("secret.md"), at("out.md")).unwrap();
    symlink(outside.0.join("folder"), at("archived")).unwrap();
    symlink("nothing", at("dangling.md")).unwrap();
    symlink("a.md", at("inside.md")).unwrap();
    symlink(outside.0.join("folder"), folder.0.join("backlog")).unwrap();
    fs::create_dir(folder.0.join("specs")).unwrap();
    symlink(outside.0.join("folder"), folder.0.join("specs/001")).unwrap();
    let checkout = folder.open();
    let not_followed = "is a symbolic link to a folder, which is not followed";
    assert_eq!(
        names(&checkout.skipped),
        [
            ("workplans/archived", not_followed),
            ("specs/001", not_followed),
            ("backlog", not_followed)
        ]
    );
    let read = |path: &str| checkout.read(path).map_err(|skipped| skipped.reason);
    assert_eq!(read("workplans/inside.md").unwrap().text, "a");
    let out = read("workplans/out.md").unwrap_err();
    assert_eq!(out, "is a symbolic link out of the repository");
    let dangling = read("workplans/dangling.md").unwrap_err();
    assert_eq!(dangling, "is gone, or a symbolic link to nothing");
    let asked_for = read("../elsewhere.md").unwrap_err();
    assert!(asked_for.starts_with("is "), "{asked_for}");
}

#[test]
fn a_repository_cannot_name_another_folder_as_its_own() {
    let outside = Folder::make();
    outside.write("workplans/secret.md", "secret");
    let repository = Folder::repository();
    repository.git(&["config", "core.worktree", outside.0.to_str().unwrap()]);
    let checkout = repository.open();
    assert_eq!(checkout.root, repository.0);
    assert_eq!(checkout.paths, ["workplans/a.md"]);
}

#[test]
fn a_file_that_is_too_large_or_no_text_is_named_and_the_others_are_read() {
    let folder = Folder::make();
    let most = MAX_FILE_BYTES;
    folder.write("workplans/full.md", vec![b'x'; most]);
    folder.write("workplans/large.md", vec![b'x'; most + 1]);
    folder.write("workplans/latin.md", b"one\ntwo\nthr\xe9\n");
    fs::create_dir(folder.0.join("workplans/folder.md")).unwrap();
    let checkout = folder.open();
    assert_eq!(checkout.paths.len(), 3);
    assert_eq!(checkout.read("workplans/full.md").unwrap().text.len(), most);
    let large = checkout.read("workplans/large.md").unwrap_err();
    assert_eq!(large.reason, "is larger than 1 MiB");
    let latin = checkout.read("workplans/latin.md").unwrap_err();
    assert_eq!(
        (latin.line, latin.reason.as_str()),
        (Some(3), "is not UTF-8 text")
    );
}

#[test]
fn an_unreadable_folder_is_named() {
    let folder = Folder::make();
    folder.write("workplans/a.md", "a");
    folder.write("workplans/archived/b.md", "b");
    let shut = folder.0.join("workplans/archived");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
    let checkout = folder.open();
    let may_all = fs::read_dir(&shut).is_ok(); // as root nothing is shut
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o755)).unwrap();
    if !may_all {
        assert_eq!(checkout.skipped[0].path, "workplans/archived");
    }
    assert_eq!(checkout.paths.len(), if may_all { 2 } else { 1 });
}

#[test]
fn more_than_ten_thousand_plan_files_are_cut_with_a_word() {
    let folder = Folder::make();
    folder.write("workplans/a.md", "a");
    for number in 0..10_001 {
        fs::File::create(folder.0.join(format!("workplans/n{number:05}.md"))).unwrap();
    }
    let checkout = folder.open();
    assert_eq!(checkout.paths.len(), 10_000);
    assert_eq!(
        names(&checkout.skipped),
        [(
            "workplans/n09999.md",
            "and 1 more are beyond 10000 plan files"
        )]
    );
}
