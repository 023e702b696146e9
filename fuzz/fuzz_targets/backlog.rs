//! Any bytes as task files of Backlog.md: read or refused, within bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod check;

fuzz_target!(|bytes: &[u8]| check::reading("backlog/tasks/task-1.md", bytes));
