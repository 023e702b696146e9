//! People: how they sign in, what their tokens reach, and what they may do where.

mod engagements;
mod lost;
mod members;
mod settings;
mod signing_in;
mod tokens;
