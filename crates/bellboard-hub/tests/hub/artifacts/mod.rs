//! Artifacts from their making to what follows from a decision.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{Stage, id_in, with_more};

mod batch;
mod content;
mod decide;
mod expiry;
mod lists;
mod race;
mod read;
mod release;
mod undo;
mod versions;

impl Stage {
    /// Makes an artifact of this kind as the operator; `more` is laid over the input.
    pub async fn make(&self, kind: &str, more: Value) -> Value {
        let input = json!({"engagement_id": self.engagement, "kind": kind, "label": "Target policy",
            "content": {"inline": {"days": 14}}});
        let input = with_more(input, &more);
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

/// No second road from state to state: whoever writes the table of artifacts stands in its store, three times.
#[test]
fn three_statements_write_artifacts() {
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src"
    ))];
    let mut writers = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let found = ["update artifacts", "insert into artifacts ("]
                    .iter()
                    .map(|start| text.matches(start).count())
                    .sum::<usize>();
                writers.extend(std::iter::repeat_n(path, found));
            }
        }
    }
    assert_eq!(writers.len(), 3, "{writers:?}");
    assert!(
        writers
            .iter()
            .all(|path| path.ends_with("artifact/store.rs")),
        "{writers:?}"
    );
}
