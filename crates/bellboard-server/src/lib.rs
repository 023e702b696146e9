//! The surfaces: they translate, and never decide. The only crate that knows HTTP, HTML and JSON-RPC.

mod accept;
mod app;
mod guard;
mod http;
mod live;
pub mod mcp;
pub mod openapi;
mod pages;
mod patience;
mod problem;
mod request;
mod session;

pub use accept::serve;
pub use app::{App, Settings};
pub use http::router;
pub use problem::Problem;
