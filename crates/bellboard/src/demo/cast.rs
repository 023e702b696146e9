//! The names of the demo.

/// One engagement of the demo and the agent that works there.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// What people read.
    pub name: &'static str,
    /// For `--in`.
    pub slug: &'static str,
    /// The agent that reports from there.
    pub agent: &'static str,
}

/// Aster Bank.
pub const ASTER: usize = 0;
/// Harbour Clinics.
pub const HARBOUR: usize = 1;
/// Lindgren Lab.
pub const LINDGREN: usize = 2;
/// Northrail.
pub const NORTHRAIL: usize = 3;
/// Paperboat.
pub const PAPERBOAT: usize = 4;

/// The engagements, in the order of the constants above.
pub const PLACES: [Place; 5] = [
    Place {
        name: "Aster Bank",
        slug: "aster-bank",
        agent: "policy-drafter",
    },
    Place {
        name: "Harbour Clinics",
        slug: "harbour-clinics",
        agent: "findings-writer",
    },
    Place {
        name: "Lindgren Lab",
        slug: "lindgren-lab",
        agent: "measurement-keeper",
    },
    Place {
        name: "Northrail",
        slug: "northrail",
        agent: "repository-keeper",
    },
    Place {
        name: "Paperboat",
        slug: "paperboat",
        agent: "page-composer",
    },
];
