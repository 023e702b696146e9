//! The checkpoints of a SQLite file: a thread beside the writer carries the write-ahead log over into the file. SQLite by
//! itself does that at the end of a commit, and whoever writes at that moment waits for thousands of pages of others.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;

use super::DbFault;
use super::sqlite::Session;

/// How long a log becomes, in pages of 4 KiB.
pub(super) struct Lengths {
    /// It is carried over whenever it has grown by so many.
    pub(super) step: i32,
    /// A log begins anew once all of it was carried over and nobody reads what was there before, which a writer that never
    /// rests prevents. From this length on the writer carries it over itself at every commit, with little left to carry,
    /// until it begins anew.
    pub(super) most: i32,
}

/// 16 MiB, and 128.
pub(super) const LENGTHS: Lengths = Lengths {
    step: 4_000,
    most: 32_000,
};

/// What is left, because the log has grown meanwhile or somebody reads what was there before, is tried again so often.
const TURNS: u32 = 3;

/// Starts the thread, which ends when the writer's session forgets to tell of commits.
pub(super) fn start(
    path: &Path,
    writer: &mut Session,
    lengths: &Lengths,
) -> Result<JoinHandle<()>, DbFault> {
    let session = Session::open_checkpointer(path)?;
    let Lengths { step, most } = *lengths;
    let (asks, asked) = mpsc::sync_channel(1);
    let mut asked_at = 0;
    writer.after_commit(move |pages| {
        if pages < asked_at {
            asked_at = 0;
        }
        if pages >= asked_at + step {
            asked_at = pages;
            let _asked_already = asks.try_send(());
        }
        pages >= most
    })?;
    std::thread::Builder::new()
        .name("sqlite-checkpoint".to_owned())
        .spawn(move || serve(&session, &asked))
        .map_err(|error| DbFault::Unavailable(format!("no thread for checkpoints: {error}")))
}

fn serve(session: &Session, asked: &Receiver<()>) {
    while asked.recv().is_ok() {
        for _ in 0..TURNS {
            match session.checkpoint() {
                Ok(false) => {}
                Ok(true) => break,
                Err(fault) => {
                    tracing::warn!(%fault, "the write-ahead log could not be carried over this time");
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::db::Value;

    /// A file with a table, in a folder that goes with the test.
    struct File(PathBuf);

    impl File {
        fn make(name: &str) -> Self {
            let folder = format!("bellboard_checkpoint_{name}_{}", std::process::id());
            let folder = std::env::temp_dir().join(folder);
            fs::create_dir_all(&folder).unwrap();
            Self(folder.join("hub.db"))
        }

        fn open(&self) -> Session {
            let mut session = Session::open_writer(&self.0).unwrap();
            session.batch("create table notes (words blob)").unwrap();
            session
        }

        fn size(&self) -> u64 {
            fs::metadata(&self.0).unwrap().len()
        }

        fn log_size(&self) -> u64 {
            fs::metadata(self.0.with_extension("db-wal")).unwrap().len()
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(self.0.parent().unwrap());
        }
    }

    const MIB: u64 = 1024 * 1024;

    fn write_mib(session: &mut Session) {
        let words = Value::Blob(vec![7; 1024 * 1024]);
        session.begin().unwrap();
        session
            .execute("insert into notes values ($1)", &[words])
            .unwrap();
        session.commit().unwrap();
    }

    #[test]
    fn a_log_that_grew_is_carried_over_beside_the_writer() {
        let file = File::make("beside");
        let mut session = file.open();
        let lengths = Lengths {
            step: 1_000,
            most: i32::MAX,
        };
        let thread = start(&file.0, &mut session, &lengths).unwrap();
        for _ in 0..3 {
            write_mib(&mut session);
        }
        assert!(file.size() < MIB, "it was carried over too early");
        write_mib(&mut session);
        // What it was asked for it still does; the writer's connection stays open, so that nothing else does.
        session.forget_commits().unwrap();
        thread.join().unwrap();
        assert!(file.size() >= 4 * MIB, "{}", file.size());
    }

    #[test]
    fn a_log_that_never_begins_anew_is_ended_by_the_writer() {
        let file = File::make("writer");
        let mut session = file.open();
        let lengths = Lengths {
            step: i32::MAX,
            most: 1_000,
        };
        let thread = start(&file.0, &mut session, &lengths).unwrap();
        for _ in 0..40 {
            write_mib(&mut session);
        }
        assert!(file.size() > 36 * MIB);
        assert!(file.log_size() < 6 * MIB, "{}", file.log_size());
        session.forget_commits().unwrap();
        thread.join().unwrap();
    }
}
