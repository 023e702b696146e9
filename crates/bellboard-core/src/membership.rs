//! Who may do what in an engagement: designations are a set, capabilities come from them by the one table below.
//!
//! No other place in Bellboard asks for a designation by name in order to decide (requirement page *home*, Membership).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What a person is in an engagement. A person may be several things at once.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Designation {
    /// Answers for the engagement; manages members, settings and tokens.
    Owner,
    /// Runs things and plans the work.
    Operator,
    /// Works on things.
    Contributor,
    /// Decides in matters of the field.
    DomainExpert,
    /// Looks on.
    Reader,
}

impl Designation {
    /// Every designation, in the order in which sets are shown.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Operator,
        Self::Contributor,
        Self::DomainExpert,
        Self::Reader,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Operator => "operator",
            Self::Contributor => "contributor",
            Self::DomainExpert => "domain_expert",
            Self::Reader => "reader",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|designation| designation.as_str() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of designations, never empty: who holds none is not a member.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Designations(u8);

impl Designations {
    const KNOWN_BITS: u8 = (1 << Designation::ALL.len()) - 1;

    /// The set with this one designation.
    pub const fn only(designation: Designation) -> Self {
        Self(designation.bit())
    }

    /// The stored form: bit 0 is owner, then in the order of [`Designation::ALL`]. `None` for an empty set or an
    /// unknown bit.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits == 0 || bits & !Self::KNOWN_BITS != 0 {
            None
        } else {
            Some(Self(bits))
        }
    }

    /// The stored form.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// This set and one more.
    #[must_use]
    pub const fn with(self, designation: Designation) -> Self {
        Self(self.0 | designation.bit())
    }

    /// Whether the designation is in the set.
    pub const fn contains(self, designation: Designation) -> bool {
        self.0 & designation.bit() != 0
    }

    /// The designations in their fixed order.
    pub fn iter(self) -> impl Iterator<Item = Designation> {
        Designation::ALL
            .into_iter()
            .filter(move |designation| self.contains(*designation))
    }

    /// Whether the member only looks on: every designation is `reader`.
    pub const fn read_only(self) -> bool {
        self.0 == Designation::Reader.bit()
    }
}

impl fmt::Debug for Designations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Designations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Designations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<Cow<'de, str>>::deserialize(deserializer)?;
        let mut bits = 0;
        for name in names {
            let designation = Designation::parse(&name).ok_or_else(|| {
                de::Error::custom(format!(
                    "unknown designation `{name}`; known designations: {}",
                    known_names()
                ))
            })?;
            bits |= designation.bit();
        }
        Self::from_bits(bits).ok_or_else(|| {
            de::Error::custom(format!(
                "must hold at least one designation: {}",
                known_names()
            ))
        })
    }
}

impl JsonSchema for Designations {
    fn schema_name() -> Cow<'static, str> {
        "Designations".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": generator.subschema_for::<Designation>(),
            "minItems": 1,
        })
    }
}

fn known_names() -> String {
    Designation::ALL.map(Designation::as_str).join(", ")
}

/// What a member may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// See everything of the engagement.
    View,
    /// Start runs.
    StartRuns,
    /// Report on and finish any run of the engagement.
    Report,
    /// Answer asks, decide on artifacts, acknowledge follow-ups.
    Decide,
    /// Change the catalogue and the planned work.
    Plan,
    /// Change members, settings and tokens.
    Manage,
}

impl Capability {
    /// Every capability, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::View,
        Self::StartRuns,
        Self::Report,
        Self::Decide,
        Self::Plan,
        Self::Manage,
    ];
}

/// The table: a row per capability, the designations that give it. Everything else is refused.
const GRANTS: [(Capability, &[Designation]); 6] = {
    use Designation::{Contributor, DomainExpert, Operator, Owner, Reader};
    [
        (
            Capability::View,
            &[Owner, Operator, Contributor, DomainExpert, Reader],
        ),
        (Capability::StartRuns, &[Owner, Operator, Contributor]),
        (Capability::Report, &[Owner, Operator, Contributor]),
        (
            Capability::Decide,
            &[Owner, Operator, Contributor, DomainExpert],
        ),
        (Capability::Plan, &[Owner, Operator, Contributor]),
        (Capability::Manage, &[Owner]),
    ]
};

/// Whether a member with these designations has the capability.
pub fn allows(designations: Designations, capability: Capability) -> bool {
    GRANTS
        .iter()
        .filter(|(granted, _)| *granted == capability)
        .any(|(_, holders)| holders.iter().any(|holder| designations.contains(*holder)))
}
