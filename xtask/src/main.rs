//! The only toolbox of the repository.

fn main() {}
