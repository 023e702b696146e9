//! Deliveries: what bells send out, what comes of each try, and who may see and change it.

mod backlog;
mod bells;
mod comments;
mod mail;
mod races;
mod sending;
mod verbs;
