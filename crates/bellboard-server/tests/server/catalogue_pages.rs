//! The pages of the catalogue, as a browser without JavaScript meets them.

mod domains;
mod entries;
