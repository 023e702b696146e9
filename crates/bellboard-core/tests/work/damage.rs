//! Files of the corpus with bytes turned, cut out, doubled and taken from one another: nothing panics, what is read
//! stays within its bounds and within what the file has, and an edit that is made still changes one line only.
//!
//! The fuzz targets in `fuzz/` look for the same, guided by coverage; this runs with every test.

use bellboard_core::work::{
    Edit, Format, MAX_DESCRIPTION, MAX_PROBLEMS, MAX_TITLE, Reading, TaskStatus, read_file,
    write_back,
};
use proptest::prelude::*;

use crate::support::{change, corpus};

#[derive(Debug, Clone)]
enum Damage {
    Turn(prop::sample::Index, u8),
    Insert(prop::sample::Index, &'static str),
    CutOut(prop::sample::Index, usize),
    CutOff(prop::sample::Index),
    Double(prop::sample::Index, usize),
    Splice(
        prop::sample::Index,
        prop::sample::Index,
        prop::sample::Index,
    ),
}

/// What means something to one of the readers.
const PIECES: [&str; 20] = [
    "---\n",
    "```task\n",
    "```\n",
    "~~~",
    "\t",
    "\r",
    "\r\n",
    ": ",
    "{",
    "}",
    "[",
    "\"",
    "&a ",
    "*a",
    "- [ ] T001 ",
    "> ",
    "<!--",
    "status: done\n",
    "\u{FEFF}",
    "\0",
];

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Turn(at, byte)),
        (at(), prop::sample::select(&PIECES[..])).prop_map(|(at, piece)| Damage::Insert(at, piece)),
        (at(), 1_usize..80).prop_map(|(at, length)| Damage::CutOut(at, length)),
        at().prop_map(Damage::CutOff),
        (at(), 1_usize..200).prop_map(|(at, length)| Damage::Double(at, length)),
        (at(), at(), at()).prop_map(|(at, file, from)| Damage::Splice(at, file, from)),
    ]
}

fn apply(files: &[(String, Vec<u8>)], bytes: &mut Vec<u8>, damage: &Damage) {
    let place = |at: &prop::sample::Index, length: usize| at.index(length + 1);
    match damage {
        Damage::Turn(at, byte) if !bytes.is_empty() => {
            let at = at.index(bytes.len());
            bytes[at] ^= byte;
        }
        Damage::Turn(..) => {}
        Damage::Insert(at, piece) => {
            let at = place(at, bytes.len());
            drop(bytes.splice(at..at, piece.bytes()));
        }
        Damage::CutOut(at, length) => {
            let at = place(at, bytes.len());
            let end = (at + length).min(bytes.len());
            drop(bytes.drain(at..end));
        }
        Damage::CutOff(at) => bytes.truncate(place(at, bytes.len())),
        Damage::Double(at, length) => {
            let at = place(at, bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.extend_from_within(at..end);
        }
        Damage::Splice(at, file, from) => {
            let other = &files[file.index(files.len())].1;
            let at = place(at, bytes.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[place(from, other.len())..]);
        }
    }
}

/// All that was read, in bytes: a reader that said a part of the file over and over would show here.
fn volume(reading: &Reading) -> usize {
    let tasks = reading.plan.iter().flat_map(|plan| &plan.tasks);
    let tasks = tasks.map(|task| {
        task.id.len() + task.description.len() + task.assignee.as_ref().map_or(0, String::len)
    });
    let about = reading
        .plan
        .iter()
        .map(|plan| plan.workstream.description.len());
    tasks.chain(about).sum()
}

fn check(path: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let reading = read_file(path, bytes).expect("its path has a format");
    prop_assert!(reading.problems.len() <= MAX_PROBLEMS);
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for problem in &reading.problems {
        prop_assert!(
            problem.line >= 1 && problem.line as usize <= lines,
            "{problem:?}"
        );
        prop_assert!(!problem.what.is_empty() && !problem.way_out.is_empty());
        prop_assert!(problem.what.chars().count() < 500, "{problem:?}");
    }
    prop_assert!(
        volume(&reading)
            <= 4 * bytes.len() + 400 * reading.plan.as_ref().map_or(0, |plan| plan.tasks.len())
    );
    let (Some(plan), Ok(text)) = (&reading.plan, std::str::from_utf8(bytes)) else {
        return Ok(());
    };
    for task in &plan.tasks {
        prop_assert!(task.title.chars().count() <= MAX_TITLE && !task.title.is_empty());
        prop_assert!(task.description.chars().count() <= MAX_DESCRIPTION);
    }
    for task in plan.tasks.iter().take(2) {
        let status = if task.status == TaskStatus::Done {
            TaskStatus::Todo
        } else {
            TaskStatus::Done
        };
        let edit = Edit::TaskStatus {
            task: task.id.clone(),
            status,
        };
        if let Ok(after) = write_back(path, text, &[edit]) {
            let change = change(text, &after);
            prop_assert!(
                change.went.len() <= 1 && change.came.len() <= 2,
                "{:?} {:?}",
                change.went,
                change.came
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_files_are_read_or_refused(
        which in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let files = corpus();
        let (path, bytes) = which.get(files);
        let mut bytes = bytes.clone();
        for damage in &damages {
            apply(files, &mut bytes, damage);
        }
        check(path, &bytes)?;
    }

    #[test]
    fn a_file_read_as_another_format_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        as_other in any::<prop::sample::Index>(),
    ) {
        let files = corpus();
        let (_, bytes) = which.get(files);
        let (path, _) = as_other.get(files);
        check(path, bytes)?;
    }

    #[test]
    fn any_bytes_at_all(bytes in prop::collection::vec(any::<u8>(), 0..400), which in any::<prop::sample::Index>()) {
        let paths = ["workplans/X.md", "specs/1/tasks.md", "backlog/tasks/x.md", ".beads/issues.jsonl"];
        check(paths[which.index(paths.len())], &bytes)?;
    }
}

#[test]
fn files_made_of_one_piece_over_and_over() {
    let paths = [
        "workplans/X.md",
        "specs/1/tasks.md",
        "backlog/tasks/x.md",
        ".beads/issues.jsonl",
    ];
    let fronts = ["", "---\nid: X\ntitle: T\n---\n"];
    let more = [
        "> ",
        "- ",
        "[",
        "![",
        "*a ",
        "`",
        "# a\n",
        "{\"id\":",
        "## A\n```task\nid: A\n```\n",
        "- [ ] T001 a\n",
    ];
    for piece in PIECES.iter().chain(&more) {
        let long = piece.repeat(3_000 / piece.len());
        for path in paths {
            assert!(Format::of(path).is_some());
            for front in fronts {
                check(path, format!("{front}{long}").as_bytes()).unwrap();
                check(path, format!("---\nid: X\na: {long}").as_bytes()).unwrap();
            }
        }
    }
}
