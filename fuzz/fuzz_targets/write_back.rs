//! Any text in any format: an edit is refused or changes one line. The first byte chooses the format and the statuses.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod check;

const PATHS: [&str; 4] = [
    "workplans/X.md",
    "specs/001-x/tasks.md",
    "backlog/tasks/task-1.md",
    ".beads/issues.jsonl",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    if let Ok(text) = std::str::from_utf8(rest) {
        let path = PATHS[usize::from(*first) % PATHS.len()];
        check::editing(path, text, *first / 4);
    }
});
