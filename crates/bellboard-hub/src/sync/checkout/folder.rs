//! Folders that go with the test, and the repositories in them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Checkout, Head};

/// A folder that goes with the test.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn make() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("bellboard_checkout_{}_{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    /// A repository with one plan in one commit.
    pub(super) fn repository() -> Self {
        let folder = Self::make();
        folder.git(&["init", "--quiet", "--initial-branch=main"]);
        folder.commit("workplans/a.md", "a");
        folder
    }

    pub(super) fn clone_of(origin: &Self) -> Self {
        let folder = Self::make();
        let from = origin.0.to_str().unwrap();
        folder.git(&["clone", "--quiet", from, "."]);
        folder
    }

    pub(super) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(super) fn commit(&self, path: &str, text: &str) {
        self.write(path, text);
        self.git(&["add", path]);
        self.git(&["commit", "--quiet", "--message", text]);
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let (done, said) = self.try_git(arguments);
        assert!(done, "git {arguments:?}: {said}");
        said
    }

    pub(super) fn try_git(&self, arguments: &[&str]) -> (bool, String) {
        let mut git = Command::new("git");
        git.current_dir(&self.0).args(arguments);
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            git.env_remove(variable);
        }
        git.env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "Ada");
            git.env(format!("GIT_{who}_EMAIL"), "ada@example.org");
        }
        let output = git.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    pub(super) fn open(&self) -> Checkout {
        Checkout::open(&self.0).unwrap()
    }

    pub(super) fn head(&self) -> Head {
        self.open().head
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
