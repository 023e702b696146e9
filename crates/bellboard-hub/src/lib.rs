//! The hub: every verb, every SQL statement, every loop. It does not know that HTTP exists.

pub mod db;
