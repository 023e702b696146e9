//! Home: the acceptance tests of the source system by their names, and what holds of every page of every zone.

mod acceptance;
mod audience;
mod cursors;
mod scope;
mod story;
mod zones;
