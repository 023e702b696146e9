//! The pages in a real browser: accessible in both colours and all widths, quiet, live, and usable by keyboard alone and
//! without JavaScript.

#[macro_use]
mod driver;

mod accessible;
mod asks;
mod bell_chart;
mod bells;
mod boards;
mod catalogue;
mod deciding;
mod forms;
mod harmless;
mod keys;
mod live;
mod media;
mod modules;
mod palette;
mod quiet;
mod scene;
mod starting;
mod triage;
mod webhook;
mod workstreams;
