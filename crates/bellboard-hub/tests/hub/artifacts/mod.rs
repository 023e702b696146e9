//! Artifacts from their making to what follows from a decision.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{Stage, id_in};

mod decide;
mod race;
mod undo;

impl Stage {
    /// Makes an artifact of this kind as the operator; `more` is laid over the input.
    pub async fn make(&self, kind: &str, more: Value) -> Value {
        let mut input = json!({"engagement_id": self.engagement, "kind": kind, "label": "Target policy",
            "content": {"inline": {"days": 14}}});
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.fixture
            .ok(&self.operator, "create_artifact", input)
            .await
    }

    /// Makes a shape and gives its id.
    pub async fn shape(&self) -> Uuid {
        id_in(&self.make("shape", json!({})).await["id"])
    }

    /// The artifact as its operator sees it.
    pub async fn artifact(&self, id: Uuid) -> Value {
        self.fixture
            .ok(&self.operator, "get_artifact", json!({"artifact_id": id}))
            .await
    }

    /// What waits in needs-you, as its owner sees it.
    pub async fn waiting(&self) -> Vec<Value> {
        self.fixture
            .pages(&self.owner, "list_needs_you", json!({}), 10)
            .await
    }
}
