//! The server's one integration suite: real servers on free ports, spoken to over HTTP.

#[macro_use]
#[path = "../../../bellboard-hub/tests/hub/support.rs"]
mod support;

mod artifact_pages;
mod ask_pages;
mod bad_input;
mod bell_pages;
mod bells;
mod browser;
mod catalogue;
mod catalogue_pages;
mod claims;
mod comment_pages;
mod content;
mod dashboard_pages;
mod dashboards;
mod engagement_pages;
mod entry_pages;
mod guard;
mod house;
mod live;
mod log;
mod mail;
mod matrix;
mod mcp;
mod mcp_catalogue;
mod openapi;
mod pages;
mod plan;
mod planning;
mod repo_pages;
mod run_pages;
mod session;
mod slow;
mod start_page;
mod sync;
mod twice;
mod webhooks;
mod words;
mod work;
mod workstream_pages;
