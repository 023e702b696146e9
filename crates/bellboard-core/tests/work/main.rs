//! Files as people write them: a corpus in many spellings, read, edited and damaged.

mod corpus;
mod damage;
mod edits;
mod sections;
mod support;
