//! The binary: the hub's process and its command line, which speaks the public API only.

fn main() {}
