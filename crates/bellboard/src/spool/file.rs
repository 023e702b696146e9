//! The files: appended to under a lock, flushed, and removed only when nothing was added meanwhile.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config;

/// A run that says more than this while its hub is away loses words between its start and its end, not those two.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// More files than this means that nobody will ever come for them.
const MAX_FILES: usize = 10_000;
const ENDING: &str = "ndjson";
const REFUSED: &str = "refused";

/// One report as it waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The hub that it is for.
    pub hub: String,
    /// The verb that carries it.
    pub verb: String,
    /// The engagement as the person named it; it becomes an id when the hub can be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engagement: Option<String>,
    /// The verb's input, with its true times.
    pub input: Value,
}

/// The spool of one run.
#[derive(Debug, Clone)]
pub struct RunSpool {
    path: PathBuf,
}

impl RunSpool {
    /// The spool of this run; no file is made yet.
    pub fn of(run_id: &str) -> Self {
        Self {
            path: config::spool_folder().join(format!("{run_id}.{ENDING}")),
        }
    }

    /// How many runs a hub refused; their files are kept for a person to look at.
    pub fn refused() -> usize {
        let Ok(entries) = fs::read_dir(config::spool_folder()) else {
            return 0;
        };
        entries
            .filter_map(Result::ok)
            .filter(|entry| {
                entry
                    .path()
                    .extension()
                    .is_some_and(|ending| ending == REFUSED)
            })
            .count()
    }

    /// Every spool on this machine, the oldest run first (their names are UUIDv7).
    pub fn all() -> Vec<Self> {
        let Ok(entries) = fs::read_dir(config::spool_folder()) else {
            return Vec::new();
        };
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
            .collect();
        paths.sort();
        paths.into_iter().map(|path| Self { path }).collect()
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether reports of this run wait. Whoever has a further report then appends it, so that the order stays true.
    pub fn is_waiting(&self) -> bool {
        self.path.exists()
    }

    /// Adds a line and makes it durable. Only a full spool drops one, and never a start or an end.
    pub fn append(&self, line: &Line) -> io::Result<()> {
        let folder = self.path.parent().expect("a spool lies in a folder");
        if !folder.exists() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        if !self.is_waiting() && fs::read_dir(folder)?.count() >= MAX_FILES {
            return Err(io::Error::other(format!(
                "{} holds {MAX_FILES} files already",
                folder.display()
            )));
        }
        let mut file = self.lock(
            OpenOptions::new()
                .read(true)
                .append(true)
                .create(true)
                .mode(0o600),
        )?;
        end_torn_line(&file)?;
        if line.verb == "report_run" && file.metadata()?.len() >= MAX_BYTES {
            return Ok(());
        }
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        file.write_all(&text)?;
        file.sync_all()?;
        File::open(folder)?.sync_all()
    }

    /// Opens the file for a replay; `None` when nothing waits.
    pub fn reader(&self) -> io::Result<Option<Reader>> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(Reader { file, end: 0 })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes the file if the reader has seen all of it; false when something was added meanwhile.
    pub fn remove_if_read(&self, reader: &Reader) -> io::Result<bool> {
        let file = match self.lock(OpenOptions::new().read(true).append(true)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(error),
        };
        let (ours, there) = (reader.file.metadata()?, file.metadata()?);
        if (ours.dev(), ours.ino()) != (there.dev(), there.ino()) {
            // Another replay finished with our file, and this one is new.
            return Ok(true);
        }
        if there.len() > reader.end {
            return Ok(false);
        }
        fs::remove_file(&self.path)?;
        Ok(true)
    }

    /// Puts the file aside under another name: the hub refuses it for good, and nothing is thrown away unseen.
    pub fn put_aside(&self) -> io::Result<PathBuf> {
        let aside = self.path.with_extension(REFUSED);
        fs::rename(&self.path, &aside)?;
        Ok(aside)
    }

    /// Opens and locks the file that stands at the path at this moment; a file that was removed while we waited for
    /// its lock is nobody's, so we begin again.
    fn lock(&self, options: &OpenOptions) -> io::Result<File> {
        loop {
            let file = options.open(&self.path)?;
            file.lock()?;
            let ours = file.metadata()?;
            match fs::metadata(&self.path) {
                Ok(there) if there.ino() == ours.ino() && there.dev() == ours.dev() => {
                    return Ok(file);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Reads one file from its first line on. It holds the file open, so that a later file of the same name is told apart.
#[derive(Debug)]
pub struct Reader {
    file: File,
    end: u64,
}

impl Reader {
    /// The lines that were not read yet. A line that a crash cut off is left out.
    pub fn read_more(&mut self) -> io::Result<Vec<Line>> {
        // The lock keeps us from reading half of a line that is being written.
        self.file.lock_shared()?;
        let mut text = Vec::new();
        self.file.seek(io::SeekFrom::Start(self.end))?;
        let read = self.file.read_to_end(&mut text);
        self.file.unlock()?;
        self.end += read? as u64;
        Ok(text
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect())
    }
}

/// After a crash in the middle of a line, the next line must not continue it.
fn end_torn_line(mut file: &File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(io::SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spool(name: &str) -> RunSpool {
        let folder =
            std::env::temp_dir().join(format!("bellboard-spool-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        RunSpool {
            path: folder.join("run.ndjson"),
        }
    }

    fn line(at: u64) -> Line {
        Line {
            hub: "http://hub".into(),
            verb: "report_run".into(),
            engagement: None,
            input: json!({"sequence": at}),
        }
    }

    #[test]
    fn what_was_appended_is_read_in_order_and_removed_once() {
        let spool = spool("order");
        assert!(!spool.is_waiting());
        for at in 0..3 {
            spool.append(&line(at)).unwrap();
        }
        let mut reader = spool.reader().unwrap().unwrap();
        assert_eq!(reader.read_more().unwrap(), [line(0), line(1), line(2)]);
        spool.append(&line(3)).unwrap();
        assert!(
            !spool.remove_if_read(&reader).unwrap(),
            "something was added"
        );
        assert_eq!(reader.read_more().unwrap(), [line(3)]);
        assert!(spool.remove_if_read(&reader).unwrap());
        assert!(!spool.is_waiting());
    }

    #[test]
    fn a_second_replay_does_not_remove_what_came_after_the_first() {
        let spool = spool("second");
        spool.append(&line(0)).unwrap();
        let (mut first, mut second) = (
            spool.reader().unwrap().unwrap(),
            spool.reader().unwrap().unwrap(),
        );
        first.read_more().unwrap();
        second.read_more().unwrap();
        assert!(spool.remove_if_read(&first).unwrap());
        spool.append(&line(1)).unwrap();
        assert!(spool.remove_if_read(&second).unwrap());
        assert_eq!(
            spool.reader().unwrap().unwrap().read_more().unwrap(),
            [line(1)]
        );
    }

    #[test]
    fn a_torn_line_spoils_no_other() {
        let spool = spool("torn");
        spool.append(&line(0)).unwrap();
        OpenOptions::new()
            .append(true)
            .open(&spool.path)
            .unwrap()
            .write_all(b"{\"hub\":\"ht")
            .unwrap();
        spool.append(&line(1)).unwrap();
        let mut reader = spool.reader().unwrap().unwrap();
        assert_eq!(reader.read_more().unwrap(), [line(0), line(1)]);
        assert!(spool.remove_if_read(&reader).unwrap());
    }

    #[test]
    fn sixteen_writers_and_a_remover_lose_nothing() {
        let spool = spool("race");
        let (sent, taken) = std::sync::mpsc::sync_channel(10_000);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..16_u64)
                .map(|writer| {
                    let spool = spool.clone();
                    scope.spawn(move || {
                        for at in 0..20 {
                            spool.append(&line(writer * 100 + at)).unwrap();
                        }
                    })
                })
                .collect();
            scope.spawn(move || {
                while !writers
                    .iter()
                    .all(std::thread::ScopedJoinHandle::is_finished)
                    || spool.is_waiting()
                {
                    let Some(mut reader) = spool.reader().unwrap() else {
                        continue;
                    };
                    let mut lines = reader.read_more().unwrap();
                    while !spool.remove_if_read(&reader).unwrap() {
                        lines.extend(reader.read_more().unwrap());
                    }
                    for line in lines {
                        sent.send(line.input["sequence"].as_u64().unwrap()).unwrap();
                    }
                }
            });
        });
        let mut all: Vec<u64> = taken.into_iter().collect();
        all.sort_unstable();
        let expected: Vec<u64> = (0..16)
            .flat_map(|writer| (0..20).map(move |at| writer * 100 + at))
            .collect();
        assert_eq!(all, expected);
    }
}
