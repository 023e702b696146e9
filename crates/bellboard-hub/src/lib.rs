//! The hub: every verb, every SQL statement, every loop. It does not know that HTTP exists.
//!
//! A surface authenticates a [`call::Caller`], finds the verb in [`verbs::VERBS`] and runs it with one JSON input; the
//! verb opens a transaction, proves that the caller may act there, asks the rule in the core and writes state, event,
//! need and notification together.

pub mod access;
pub mod artifact;
pub mod ask;
pub mod call;
pub mod change;
pub mod cleanup;
pub mod comment;
pub mod content;
pub mod dashboard;
pub mod db;
pub mod decision;
pub mod delivery;
pub mod dependency;
pub mod domain;
pub mod engagement;
pub mod event;
pub mod extension_point;
pub mod fault;
pub mod home;
mod hub;
pub mod idempotency;
pub mod loops;
pub mod notification;
pub mod outgoing;
pub mod paging;
pub mod person;
pub mod plan_decision;
pub mod progress_event;
pub mod repo;
pub mod run;
pub mod run_type;
pub mod seal;
pub mod secret;
pub mod session;
pub mod settings;
mod slug;
pub mod snapshot;
pub mod state;
pub mod subscription;
pub mod sync;
pub mod task;
pub mod technical_debt;
pub mod token;
pub mod topic;
pub mod verbs;
pub mod waiting;
pub mod words;
pub mod workstream;
pub mod world;

pub use hub::{Hub, Keeps};
