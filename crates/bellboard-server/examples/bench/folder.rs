//! Where the measured databases lie: a folder on a real disk, because a figure of durable writes is worth nothing on a
//! file system in memory. It is removed at the end, and those of killed runs with the next.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const PREFIX: &str = "bench-";

/// The folder of this run.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it below `BELLBOARD_BENCH_FOLDER`, or below the system's folder for temporary files.
    pub fn make() -> Result<Self> {
        let home = std::env::var_os("BELLBOARD_BENCH_FOLDER").map_or_else(
            || std::env::temp_dir().join("bellboard-bench"),
            PathBuf::from,
        );
        sweep(&home);
        let folder = home.join(format!("{PREFIX}{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The address of a SQLite database inside.
    pub fn sqlite(&self, name: &str) -> String {
        format!("sqlite:{}", self.path(&format!("{name}.db")).display())
    }

    /// Removes a database that is no longer needed, so that the disk holds one large one at a time.
    pub fn forget_sqlite(&self, name: &str) {
        for ending in ["db", "db-wal", "db-shm", "db.lock"] {
            let _perhaps_not_there = std::fs::remove_file(self.path(&format!("{name}.{ending}")));
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.0);
    }
}

/// Removes the folders of runs that were killed.
fn sweep(home: &Path) {
    let entries = std::fs::read_dir(home).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _removed = std::fs::remove_dir_all(entry.path());
        }
    }
}
