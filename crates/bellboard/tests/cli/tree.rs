//! A git repository with plan files, for the commands that read working trees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::client::Client;
use crate::place::{Hub, Place};

/// A working tree below the folder of a place.
pub struct Tree {
    pub root: PathBuf,
}

impl Tree {
    /// A repository with one commit that holds nothing of a plan.
    pub fn new(place: &Place, name: &str) -> Self {
        let tree = Self::folder(place, name);
        tree.git(&["init", "--quiet", "--initial-branch=main"]);
        tree.is_of_mara();
        tree.write("README.md", "Words.\n");
        tree.commit();
        tree
    }

    /// A folder without git.
    pub fn folder(place: &Place, name: &str) -> Self {
        let root = place.folder.join(name);
        fs::create_dir_all(&root).unwrap();
        let root = root.canonicalize().unwrap();
        Self { root }
    }

    pub fn clone_of(place: &Place, other: &Self, name: &str) -> Self {
        let tree = Self::folder(place, name);
        tree.git(&["clone", "--quiet", other.path(), "."]);
        tree.is_of_mara();
        tree
    }

    fn is_of_mara(&self) {
        self.git(&["config", "user.name", "Mara"]);
        self.git(&["config", "user.email", "mara@example.org"]);
    }

    pub fn path(&self) -> &str {
        self.root.to_str().unwrap()
    }

    pub fn file(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        let file = self.file(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.file(path)).unwrap()
    }

    /// Everything, as it lies there.
    pub fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Words"]);
    }

    /// What git says; it must end well.
    pub fn git(&self, arguments: &[&str]) -> String {
        let (is_done, said) = self.try_git(arguments);
        assert!(is_done, "git {arguments:?}: {said}");
        said
    }

    pub fn try_git(&self, arguments: &[&str]) -> (bool, String) {
        let mut git = Command::new("git");
        git.current_dir(&self.root).args(arguments);
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            git.env_remove(variable);
        }
        let output = git.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }
}

impl AsRef<Path> for Tree {
    fn as_ref(&self) -> &Path {
        &self.root
    }
}

/// A workplan with a task of each of these numbers and statuses.
pub fn plan(id: &str, tasks: &[(u8, &str)]) -> String {
    let blocks = tasks.iter().map(|(number, status)| {
        format!(
            "\n## Task {number}\n\n```task\nid: {id}-T{number}\nstatus: {status}   # mind the gap\n```\n"
        )
    });
    let head = format!("---\nid: {id}\ntitle: Plan {id}\nstatus: active\n---\n\n# Plan {id}\n");
    std::iter::once(head).chain(blocks).collect()
}

/// A domain of the first engagement.
pub fn domain(place: &Place, hub: &Hub, slug: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = Client::of(place, hub).await;
        let domain = json!({"engagement": client.engagement, "slug": slug, "name": slug});
        client.say("/api/domains", &domain).await.unwrap();
    });
}
