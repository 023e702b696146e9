//! The surfaces: they translate, and never decide. The only crate that knows HTTP, HTML and JSON-RPC.
