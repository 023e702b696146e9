//! Dashboards from outside: what must hold for every picture, rule, time and push, whatever they are.

mod diffs;
mod pictures;
mod pushed;
mod rules;
mod support;
mod tables;
mod times;
