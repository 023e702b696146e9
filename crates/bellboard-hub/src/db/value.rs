//! The values that go into a statement. Both engines take the same five, so a statement is bound once for both.

use bellboard_core::id::{
    ArtifactId, AskId, CleanupId, ClosureReviewId, CommentId, DashboardId, DecisionId, DeliveryId,
    DomainId, EngagementId, EventId, ExtensionPointId, LinkId, NotificationId, PersonId,
    ProgressEventId, RepoId, RunId, SessionId, SnapshotId, SubscriptionId, TaskId, TechnicalDebtId,
    TokenId, TopicId, WorkstreamId,
};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

/// One parameter of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL `null`.
    Null,
    /// A number, a truth value (0 or 1) or a time (microseconds UTC).
    Int(i64),
    /// Text, JSON included.
    Text(String),
    /// Bytes, such as a hash.
    Blob(Vec<u8>),
    /// An id: `uuid` in PostgreSQL, 16 bytes in SQLite.
    Id(Uuid),
}

impl Value {
    /// What the value is called in a fault. The value itself stays out of logs.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "a number",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
            Self::Id(_) => "an id",
        }
    }
}

/// One line per type that a statement can be given.
macro_rules! from {
    ($($given:ty => |$value:ident| $made:expr;)*) => {$(
        impl From<$given> for Value {
            fn from($value: $given) -> Self {
                $made
            }
        }
    )*};
}

from! {
    i64 => |number| Self::Int(number);
    i32 => |number| Self::Int(number.into());
    u32 => |number| Self::Int(number.into());
    bool => |truth| Self::Int(truth.into());
    &str => |text| Self::Text(text.to_owned());
    String => |text| Self::Text(text);
    &String => |text| Self::Text(text.clone());
    Timestamp => |time| Self::Int(time.micros());
    Uuid => |id| Self::Id(id);
    EngagementId => |id| Self::Id(id.uuid());
    PersonId => |id| Self::Id(id.uuid());
    RunId => |id| Self::Id(id.uuid());
    TokenId => |id| Self::Id(id.uuid());
    SessionId => |id| Self::Id(id.uuid());
    NotificationId => |id| Self::Id(id.uuid());
    EventId => |id| Self::Id(id.uuid());
    LinkId => |id| Self::Id(id.uuid());
    ArtifactId => |id| Self::Id(id.uuid());
    AskId => |id| Self::Id(id.uuid());
    DecisionId => |id| Self::Id(id.uuid());
    DomainId => |id| Self::Id(id.uuid());
    RepoId => |id| Self::Id(id.uuid());
    TopicId => |id| Self::Id(id.uuid());
    WorkstreamId => |id| Self::Id(id.uuid());
    TaskId => |id| Self::Id(id.uuid());
    ExtensionPointId => |id| Self::Id(id.uuid());
    TechnicalDebtId => |id| Self::Id(id.uuid());
    ProgressEventId => |id| Self::Id(id.uuid());
    CleanupId => |id| Self::Id(id.uuid());
    ClosureReviewId => |id| Self::Id(id.uuid());
    DashboardId => |id| Self::Id(id.uuid());
    SnapshotId => |id| Self::Id(id.uuid());
    SubscriptionId => |id| Self::Id(id.uuid());
    DeliveryId => |id| Self::Id(id.uuid());
    CommentId => |id| Self::Id(id.uuid());
    Vec<u8> => |bytes| Self::Blob(bytes);
    &[u8] => |bytes| Self::Blob(bytes.to_vec());
}

impl<const LENGTH: usize> From<[u8; LENGTH]> for Value {
    fn from(bytes: [u8; LENGTH]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(perhaps: Option<T>) -> Self {
        perhaps.map_or(Self::Null, Into::into)
    }
}
