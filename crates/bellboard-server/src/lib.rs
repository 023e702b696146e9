//! The surfaces: they translate, and never decide. The only crate that knows HTTP, HTML and JSON-RPC.

mod accept;
mod app;
mod bells;
mod content;
mod guard;
mod http;
mod listen;
mod live;
pub mod mcp;
pub mod openapi;
pub mod outgoing;
mod pages;
mod patience;
mod problem;
mod request;
mod session;

pub use accept::serve;
pub use app::{App, Settings};
pub use http::router;
pub use listen::listen;
pub use problem::Problem;
pub use problem::codes::Code;

/// Every code that a problem can carry, with what it means.
pub fn problem_codes() -> &'static [Code] {
    problem::codes::CODES
}
