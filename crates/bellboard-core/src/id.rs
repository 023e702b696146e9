//! Identifiers: one newtype per noun, so that a run's id cannot be passed where a person's is meant.
//!
//! On the wire an id is the hyphenated, lower-case form of a UUID and no other; the other forms that UUID libraries
//! read (braces, `urn:`, no hyphens) are refused, so that one thing has one address.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an id such as 01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7")]
pub struct IdFault;

/// Reads the hyphenated form only: 36 characters rule out every other form of a UUID.
fn parse_hyphenated(text: &str) -> Result<Uuid, IdFault> {
    if text.len() != 36 {
        return Err(IdFault);
    }
    Uuid::try_parse(text).map_err(|_| IdFault)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that was made or stored as this kind of id.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside, for the store.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = IdFault;

            fn from_str(text: &str) -> Result<Self, IdFault> {
                parse_hyphenated(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "format": "uuid"})
            }
        }
    )+};
}

ids! {
    /// An engagement: the access scope.
    EngagementId;
    /// A person, human or agent.
    PersonId;
    /// A run.
    RunId;
    /// An API token (the row that describes it, never its secret).
    TokenId;
    /// A signed-in browser.
    SessionId;
    /// One ring in one person's inbox.
    NotificationId;
    /// One entry of a run's history.
    EventId;
    /// A one-time sign-in link.
    LinkId;
    /// Something made that may need a decision.
    ArtifactId;
    /// A question that waits for a person.
    AskId;
    /// One decision on an artifact or an ask.
    DecisionId;
    /// A domain: a field of work.
    DomainId;
    /// A repository of code and plans.
    RepoId;
    /// A topic within a domain.
    TopicId;
    /// A workstream: planned work with tasks.
    WorkstreamId;
    /// One task of a workstream.
    TaskId;
    /// A place where something may be extended.
    ExtensionPointId;
    /// Something that has to be put right later.
    TechnicalDebtId;
    /// One line of what happened to the work.
    ProgressEventId;
    /// One clean-up of tasks whose workstream is closed.
    CleanupId;
    /// One review before a workstream was completed.
    ClosureReviewId;
    /// A saved question.
    DashboardId;
    /// A picture that was kept.
    SnapshotId;
    /// Who is told, and beyond which threshold.
    SubscriptionId;
    /// One thing to send out.
    DeliveryId;
    /// What somebody said about a dashboard, a run or an artifact.
    CommentId;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7";

    #[test]
    fn the_wire_form_is_hyphenated_lower_case() {
        let id: RunId = TEXT.parse().unwrap();
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{TEXT}\""));
        assert_eq!(
            serde_json::from_str::<RunId>(&format!("\"{TEXT}\"")).unwrap(),
            id
        );
        assert_eq!(
            TEXT.to_uppercase().parse::<RunId>().unwrap().to_string(),
            TEXT
        );
        assert_eq!(format!("{id:?}"), format!("RunId({TEXT})"));
        assert_eq!(RunId::from_uuid(id.uuid()), id);
    }

    #[test]
    fn every_other_form_is_refused_with_an_example() {
        let simple = TEXT.replace('-', "");
        let braced = format!("{{{TEXT}}}");
        let urn = format!("urn:uuid:{TEXT}");
        let wrong = TEXT.replace('7', "g");
        for text in ["", "7", &simple, &braced, &urn, &wrong] {
            assert_eq!(text.parse::<PersonId>(), Err(IdFault), "{text}");
        }
        let fault = serde_json::from_str::<PersonId>("\"7\"")
            .unwrap_err()
            .to_string();
        assert!(fault.starts_with("must be an id such as 0193"), "{fault}");
    }

    #[test]
    fn ids_order_as_their_uuids_do() {
        let earlier = EventId::from_uuid(Uuid::from_u128(1));
        let later = EventId::from_uuid(Uuid::from_u128(2));
        assert!(earlier < later);
    }

    #[test]
    fn the_schema_is_inline() {
        let schema = serde_json::to_value(schemars::schema_for!(RunId)).unwrap();
        assert_eq!(schema["format"], "uuid");
        assert_eq!(schema["type"], "string");
    }
}
