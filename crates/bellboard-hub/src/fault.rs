//! What went wrong, as every surface tells it: one type from which the HTTP problem (RFC 9457), the MCP error and the
//! command line's text are translated. It carries no SQL, no stack and nothing that the caller may not see.

use serde_json::{Map, Value};

use crate::db::DbFault;

/// The result of every verb.
pub type Outcome<T> = Result<T, Fault>;

/// Tries what meets others so many times at most, so that nobody who asked has to.
pub(crate) async fn again<T, F>(turns: u32, mut once: impl FnMut() -> F) -> Outcome<T>
where
    F: Future<Output = Outcome<T>>,
{
    for _ in 1..turns {
        match once().await {
            Err(fault) if fault.is_busy() => {}
            ended => return ended,
        }
    }
    once().await
}

/// The families of faults; each stands for one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Nobody, or nobody valid, is calling: 401.
    Unauthenticated,
    /// A member without the capability: 403.
    Forbidden,
    /// It does not exist, or the caller may not see it; both answer alike: 404.
    NotFound,
    /// The state of things refuses the request: 409.
    Conflict,
    /// The request itself is refused, naming the field: 422.
    Invalid,
    /// More than may be sent: 413.
    TooLarge,
    /// The database, or something else that is needed, cannot be reached at this moment: 503.
    Unavailable,
    /// The disk is full; reading goes on: 507.
    Full,
    /// A fault of ours: 500.
    Internal,
}

/// A refusal or a fault, with a stable code, a sentence for people and the field that caused it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The family.
    pub kind: FaultKind,
    /// Stable, lower case, for programs: `already_completed`.
    pub code: &'static str,
    /// A sentence that names the cause and the way out.
    pub detail: String,
    /// The field of the request that is at fault, as a dotted path.
    pub field: Option<String>,
    /// Further members of the problem, such as the outcome that stands.
    pub extra: Map<String, Value>,
}

impl Fault {
    /// Whether the database itself cannot be used now, so that any other try would fail as well.
    pub(crate) fn is_of_the_database(&self) -> bool {
        self.kind == FaultKind::Full || self.code == "database_unavailable"
    }

    fn new(kind: FaultKind, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            code,
            detail: detail.into(),
            field: None,
            extra: Map::new(),
        }
    }

    /// Nobody valid is calling.
    pub fn unauthenticated() -> Self {
        Self::new(
            FaultKind::Unauthenticated,
            "unauthenticated",
            "Sign in, or send a token that is valid: Authorization: Bearer bbp_...",
        )
    }

    /// The caller may see the place but may not do this there.
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Forbidden, code, detail)
    }

    /// It does not exist or may not be seen. The text never tells which.
    pub fn not_found() -> Self {
        Self::new(
            FaultKind::NotFound,
            "not_found",
            "There is nothing here, or it is not yours to see.",
        )
    }

    /// The state of things refuses the request.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Conflict, code, detail)
    }

    /// The request is refused because of one field.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut fault = Self::new(FaultKind::Invalid, "invalid_input", detail);
        let field = field.into();
        fault.field = (!field.is_empty() && field != ".").then_some(field);
        fault
    }

    /// A percentage was reported. The answer says where the contract stands, on this hub itself.
    pub fn percentage(field: impl Into<String>, right_form: &str) -> Self {
        const CONTRACT: &str = "/problems/percentage_refused";
        Self::invalid(
            field,
            format!("{right_form}. The contract stands at {CONTRACT}"),
        )
        .with_code("percentage_refused")
        .with("contract", CONTRACT)
    }

    /// More was sent than may be.
    pub fn too_large(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::TooLarge, code, detail)
    }

    /// Something that is needed is not there at this moment.
    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(FaultKind::Unavailable, code, detail)
    }

    /// It met another change at the same moment: nothing was changed, and it may be tried anew.
    pub(crate) fn busy(detail: &str) -> Self {
        Self::new(FaultKind::Unavailable, "busy", detail)
    }

    fn is_busy(&self) -> bool {
        self.code == "busy"
    }

    /// The disk is full.
    pub fn full() -> Self {
        Self::new(
            FaultKind::Full,
            "storage_full",
            "The disk of the hub is full. Nothing was changed; reading goes on.",
        )
    }

    /// A fault of ours; the cause goes to the log only.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a verb failed for a reason of ours");
        Self::new(
            FaultKind::Internal,
            "internal",
            "Something went wrong on this side. The log names the cause under the request id.",
        )
    }

    /// Whether it speaks of the request; otherwise the hub itself could not do its work.
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self.kind,
            FaultKind::Unauthenticated
                | FaultKind::Forbidden
                | FaultKind::NotFound
                | FaultKind::Conflict
                | FaultKind::Invalid
        )
    }

    /// The same fault of a part of the input; `place` is where that part stands.
    #[must_use]
    pub(crate) fn within(mut self, place: Option<&str>) -> Self {
        if let Some(place) = place {
            self.field = Some(match self.field {
                Some(field) => format!("{place}.{field}"),
                None => place.to_owned(),
            });
        }
        self
    }

    /// The same fault under another stable code.
    #[must_use]
    pub fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// The same fault with a further member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl std::error::Error for Fault {}

impl From<DbFault> for Fault {
    fn from(fault: DbFault) -> Self {
        match fault {
            DbFault::Unavailable(cause) => {
                tracing::warn!(%cause, "the database cannot be reached");
                Self::new(
                    FaultKind::Unavailable,
                    "database_unavailable",
                    "The database cannot be reached at this moment. Try again shortly.",
                )
            }
            DbFault::Conflict => {
                Self::busy("Two changes met at the same row. Nothing was changed; try again.")
            }
            DbFault::Full => Self::full(),
            other => Self::internal(other),
        }
    }
}
