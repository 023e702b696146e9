//! Any bytes as check lists of spec-kit: read or refused, within bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod check;

fuzz_target!(|bytes: &[u8]| check::reading("specs/001-x/tasks.md", bytes));
