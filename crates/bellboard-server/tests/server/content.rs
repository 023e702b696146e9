//! Content over HTTP: up in a stream, down as an attachment, and nothing half-stored whatever goes wrong.

mod down;
mod up;
