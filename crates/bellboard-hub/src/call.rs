//! One call of one verb: who calls, when, and through which entry of the verb table. Verbs take the time from here.

use bellboard_core::id::{PersonId, SessionId, TokenId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::Hub;
use crate::fault::{Fault, Outcome};
use crate::idempotency::KeyedRequest;
use crate::verbs::Verb;

/// How somebody proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A browser that signed in.
    Session(SessionId),
    /// A token, perhaps narrowed to some engagements and verbs.
    Token {
        /// Which token.
        id: TokenId,
        /// Whether it is narrowed to the engagements listed with it.
        narrowed: bool,
        /// The verbs it may call; `None` for all.
        verbs: Option<Vec<String>>,
    },
}

/// What kind of person.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// Somebody who signs in with a link.
    Human,
    /// A program that acts for its owner.
    Agent,
}

impl PersonKind {
    /// The word in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Agent => "agent",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        if text == "agent" {
            Self::Agent
        } else {
            Self::Human
        }
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub person_id: PersonId,
    /// Their name at this moment.
    pub name: String,
    /// A human or an agent.
    pub kind: PersonKind,
    /// The human who answers for an agent.
    pub owner_id: Option<PersonId>,
    /// Whether they may add people to the hub.
    pub hub_owner: bool,
    /// How they proved it.
    pub credential: Credential,
}

impl Caller {
    /// Whether the credential reaches less far than the person: then it must not make another that reaches further.
    pub fn is_narrowed(&self) -> bool {
        matches!(
            &self.credential,
            Credential::Token { narrowed, verbs, .. } if *narrowed || verbs.is_some()
        )
    }

    /// The token, when it is narrowed to some engagements.
    pub fn narrowed_by(&self) -> Option<TokenId> {
        match &self.credential {
            Credential::Token {
                id, narrowed: true, ..
            } => Some(*id),
            _ => None,
        }
    }

    /// Whether the credential is for this verb; what the verb then asks of its caller is another question.
    pub fn may_call(&self, verb: &str) -> bool {
        match &self.credential {
            Credential::Token {
                verbs: Some(list), ..
            } => list.iter().any(|name| name == verb),
            _ => true,
        }
    }
}

/// One call of one verb. Cheap to clone, so that a transaction can own it.
#[derive(Clone)]
pub struct Call {
    /// The hub that is called.
    pub hub: Hub,
    /// Who calls; `None` is nobody.
    pub caller: Option<Caller>,
    /// The entry of the verb table that is being called.
    pub verb: &'static Verb,
    /// The moment of the call; every time that the verb writes is this one or what the caller reported.
    pub now: Timestamp,
    /// The caller's own key of this request, for verbs that may be sent twice under one.
    pub keyed: Option<KeyedRequest>,
}

impl Call {
    /// The caller, or 401 for nobody, or 403 when the token does not name this verb.
    pub fn signed_in(&self) -> Outcome<&Caller> {
        let caller = self.caller.as_ref().ok_or_else(Fault::unauthenticated)?;
        if !caller.may_call(self.verb.name) {
            return Err(Fault::forbidden(
                "token_scope",
                format!(
                    "This token is not for `{}`. Create one that names it.",
                    self.verb.name
                ),
            ));
        }
        Ok(caller)
    }

    /// The caller, who must be a human: agents do not make engagements, people or tokens.
    pub fn human(&self) -> Outcome<&Caller> {
        let caller = self.signed_in()?;
        match caller.kind {
            PersonKind::Human => Ok(caller),
            PersonKind::Agent => Err(Fault::forbidden(
                "human_only",
                "An agent may not do this; its owner may.",
            )),
        }
    }

    /// The caller, who must be a human and not narrowed to engagements: what is done here concerns the whole hub, or
    /// everything of theirs.
    pub fn unbounded_human(&self) -> Outcome<&Caller> {
        let caller = self.human()?;
        if caller.narrowed_by().is_some() {
            return Err(Fault::forbidden(
                "token_scope",
                "A token that is narrowed to engagements may not do this. Sign in instead.",
            ));
        }
        Ok(caller)
    }

    /// The owner of the hub, not narrowed to engagements.
    pub fn hub_owner(&self) -> Outcome<&Caller> {
        let caller = self.unbounded_human()?;
        if !caller.hub_owner {
            return Err(Fault::forbidden(
                "hub_owner_only",
                "Only the owner of this hub may do this.",
            ));
        }
        Ok(caller)
    }

    /// The caller, who must be a human with everything that is theirs: a narrowed token makes no tokens and no sign-in
    /// links, because those would reach further than itself.
    pub fn whole_human(&self) -> Outcome<&Caller> {
        let caller = self.human()?;
        if caller.is_narrowed() {
            return Err(Fault::forbidden(
                "token_scope",
                "A token that is narrowed to engagements or verbs may not do this. Sign in instead.",
            ));
        }
        Ok(caller)
    }

    /// A fresh id of this hub.
    pub fn new_id(&self) -> Uuid {
        self.hub.world().new_id()
    }
}
