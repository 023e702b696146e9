//! Reports that wait for their hub. One file per run, one JSON line per report, flushed to the disk before anybody counts
//! on it. A file is replayed from its first line, in order, and removed when every line was taken: a replay that was
//! killed in the middle simply begins again, because each line can be repeated without harm (a start carries the run's
//! own id, a report its sequence, an end the same outcome).

mod deliver;
mod file;

pub use deliver::{Delivered, Fate, deliver_all, deliver_lines, deliver_one};
pub use file::{Line, RunSpool};
