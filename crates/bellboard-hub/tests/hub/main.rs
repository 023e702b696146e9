//! The hub's one integration suite. Every test here runs once per engine, see `support.rs`.

#[macro_use]
mod support;

mod artifacts;
mod asks;
#[cfg(feature = "s3")]
mod bucket;
mod content;
mod crowd;
mod dashboards;
mod db;
mod delivery;
mod dice;
mod feed;
mod fixture;
mod home;
mod inbox;
mod model;
mod people;
mod races;
mod run_types;
mod runs;
mod sync;
mod verbs;
mod work;
