//! Any bytes as State Hub workplans: read or refused, within bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod check;

fuzz_target!(|bytes: &[u8]| check::reading("workplans/X.md", bytes));
