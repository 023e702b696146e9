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

    /// Whether the two sets share a designation.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is left of this set for somebody who may do no more than the bound: of each set what the other also gives.
    /// Who belongs at all looks on at least. The hub's statements say the same in SQL.
    #[must_use]
    pub fn bounded_by(self, bound: Self) -> Self {
        let within = |one: Designation, other: Self| {
            Capability::ALL
                .into_iter()
                .filter(|capability| allows(Self::only(one), *capability))
                .all(|capability| allows(other, capability))
        };
        let of_this = self.iter().filter(|one| within(*one, bound));
        let of_the_bound = bound.iter().filter(|one| within(*one, self));
        let bits = of_this
            .chain(of_the_bound)
            .fold(0, |bits, one| bits | one.bit());
        Self::from_bits(bits).unwrap_or(Self::only(Designation::Reader))
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

/// The designations that give the capability.
pub fn holders(capability: Capability) -> Designations {
    let bits = GRANTS
        .iter()
        .filter(|(granted, _)| *granted == capability)
        .flat_map(|(_, holders)| holders.iter())
        .fold(0, |bits, holder| bits | holder.bit());
    Designations(bits)
}

/// Whether a member with these designations has the capability.
pub fn allows(designations: Designations, capability: Capability) -> bool {
    GRANTS
        .iter()
        .filter(|(granted, _)| *granted == capability)
        .any(|(_, holders)| holders.iter().any(|holder| designations.contains(*holder)))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for designation in Designation::ALL {
            let granted: Vec<String> = Capability::ALL
                .into_iter()
                .filter(|capability| allows(Designations::only(designation), *capability))
                .map(|capability| format!("{capability:?}"))
                .collect();
            writeln!(table, "{}: {}", designation.as_str(), granted.join(" ")).unwrap();
        }
        let expected = "\
            owner: View StartRuns Report Decide Plan Manage\n\
            operator: View StartRuns Report Decide Plan\n\
            contributor: View StartRuns Report Decide Plan\n\
            domain_expert: View Decide\n\
            reader: View\n";
        assert_eq!(table, expected);
    }

    #[test]
    fn every_capability_stands_in_the_table_once() {
        assert_eq!(GRANTS.map(|(capability, _)| capability), Capability::ALL);
    }

    #[test]
    fn every_capability_has_holders_and_they_have_it() {
        for capability in Capability::ALL {
            for bits in 1..=Designations::KNOWN_BITS {
                let set = Designations::from_bits(bits).unwrap();
                let held = set.iter().any(|one| holders(capability).contains(one));
                assert_eq!(allows(set, capability), held, "{capability:?} {set:?}");
            }
        }
        assert_eq!(
            holders(Capability::Decide).bits(),
            15,
            "needs are stored for these designations"
        );
    }

    #[test]
    fn only_a_reader_and_nothing_else_is_read_only() {
        for bits in 1..=Designations::KNOWN_BITS {
            let set = Designations::from_bits(bits).unwrap();
            assert_eq!(
                set.read_only(),
                set.iter()
                    .all(|designation| designation == Designation::Reader),
                "{set:?}"
            );
        }
    }

    #[test]
    fn the_wire_form_is_a_list_in_fixed_order() {
        let set: Designations = serde_json::from_str(r#"["reader","owner","reader"]"#).unwrap();
        assert_eq!(
            serde_json::to_string(&set).unwrap(),
            r#"["owner","reader"]"#
        );
        assert_eq!(format!("{set:?}"), "{Owner, Reader}");
        assert_eq!(
            set,
            Designations::only(Designation::Owner).with(Designation::Reader)
        );
        for designation in Designation::ALL {
            assert_eq!(
                serde_json::to_value(designation).unwrap(),
                designation.as_str()
            );
        }
    }

    #[test]
    fn refusals_name_the_known_designations() {
        let rows = [
            (
                "[]",
                "must hold at least one designation: owner, operator, contributor, domain_expert, reader",
            ),
            (
                r#"["owner","admin"]"#,
                "unknown designation `admin`; known designations: owner, operator",
            ),
        ];
        for (json, words) in rows {
            let fault = serde_json::from_str::<Designations>(json)
                .unwrap_err()
                .to_string();
            assert!(fault.starts_with(words), "{fault}");
        }
    }

    #[test]
    fn stored_bits_that_mean_nothing_are_no_set() {
        assert_eq!(Designations::from_bits(0), None);
        assert_eq!(Designations::from_bits(0b10_0000), None);
        assert_eq!(Designations::from_bits(0b1_0001).unwrap().bits(), 0b1_0001);
    }

    #[test]
    fn a_bounded_set_gives_what_both_give() {
        let sets = (1..=Designations::KNOWN_BITS).filter_map(Designations::from_bits);
        for (own, bound) in sets
            .clone()
            .flat_map(|own| sets.clone().map(move |bound| (own, bound)))
        {
            for capability in Capability::ALL {
                assert_eq!(
                    allows(own.bounded_by(bound), capability),
                    allows(own, capability) && allows(bound, capability),
                    "{own:?} within {bound:?}: {capability:?}"
                );
            }
            assert_eq!(own.bounded_by(own), own);
        }
    }

    proptest! {
        #[test]
        fn one_more_designation_never_takes_a_capability_away(
            bits in 1..=Designations::KNOWN_BITS,
            more in proptest::sample::select(Designation::ALL.to_vec()),
        ) {
            let set = Designations::from_bits(bits).unwrap();
            for capability in Capability::ALL {
                prop_assert!(allows(set.with(more), capability) || !allows(set, capability));
                let by_parts = set.iter().any(|one| allows(Designations::only(one), capability));
                prop_assert_eq!(allows(set, capability), by_parts);
            }
        }
    }
}
