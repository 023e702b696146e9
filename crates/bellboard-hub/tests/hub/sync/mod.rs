//! Sync: files are the authority, with the guards that a stale clone made necessary. Tests named `must_show…` hold what the
//! catalogue promises of it.

mod again;
mod guards;
mod limits;
mod model;
mod plans;
mod refusals;
mod sections;
mod together;

use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage};

const PATH: &str = "workplans/A.md";

/// A workplan with these tasks: the number of each, and its status.
fn plan(id: &str, tasks: &[(u8, &str)]) -> String {
    let blocks = tasks.iter().map(|(number, status)| {
        format!("## Task {number}\n\n```task\nid: {id}-T{number}\nstatus: {status}\n```\n\n")
    });
    let head = format!(
        "---\nid: {id}\ntype: workplan\ntitle: Plan {id}\nstatus: active\n---\n\n# Plan {id}\n\n"
    );
    std::iter::once(head).chain(blocks).collect()
}

fn file(path: &str, text: impl Into<String>) -> Value {
    json!({"path": path, "text": text.into()})
}

/// Files of every format with seven tasks in four workstreams.
fn of_each_format() -> Vec<Value> {
    vec![
        file(PATH, plan("A", &[(1, "done"), (2, "todo")])),
        file(
            "specs/001-x/tasks.md",
            "# Tasks\n\n- [ ] T001 Begin\n- [x] T002 End\n",
        ),
        file(
            "backlog/tasks/task-1 - Do.md",
            "---\nid: task-1\ntitle: Do\nstatus: To Do\n---\n",
        ),
        file(
            "backlog/tasks/task-2 - It.md",
            "---\nid: task-2\ntitle: It\nstatus: Done\n---\n",
        ),
        file(
            ".beads/issues.jsonl",
            "{\"id\":\"bd-1\",\"title\":\"Bead\",\"status\":\"open\"}\n",
        ),
    ]
}

/// A stage with repos, each in the domain `hub`.
struct Scene {
    stage: Stage,
}

impl Scene {
    async fn set(fixture: HubFixture, repos: &[&str]) -> Self {
        let stage = fixture.stage().await;
        let domain = json!({"engagement": stage.engagement, "slug": "hub", "name": "Hub"});
        stage
            .fixture
            .ok(&stage.operator, "create_domain", domain)
            .await;
        for slug in repos {
            let repo = json!({"domain": "hub", "slug": slug, "name": slug});
            stage.fixture.ok(&stage.operator, "create_repo", repo).await;
        }
        Self { stage }
    }

    /// Syncs as somebody who may; `more` is laid over the input.
    async fn sync(&self, repo: &str, files: Vec<Value>, more: Value) -> Value {
        let mut input = json!({"slug": repo, "head": {}, "files": files});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let stage = &self.stage;
        stage
            .fixture
            .ok(&stage.contributor, "sync_repo", input)
            .await
    }

    /// Of each task by its key: its status, and whether it is removed.
    async fn tasks(&self) -> Vec<(String, String, bool)> {
        let text = "select external_id, status, case when removed_at is null then 0 else 1 end from tasks order by external_id";
        let rows = self.stage.fixture.rows(text, vec![]).await;
        rows.iter()
            .map(|row| {
                (
                    row.text(0).unwrap(),
                    row.text(1).unwrap(),
                    row.bool(2).unwrap(),
                )
            })
            .collect()
    }

    async fn statuses(&self) -> Vec<String> {
        self.tasks()
            .await
            .into_iter()
            .map(|(_, status, _)| status)
            .collect()
    }
}

fn counts(report: &Value) -> [u64; 4] {
    ["created", "updated", "unchanged", "tombstoned"].map(|name| report[name].as_u64().unwrap())
}

/// Of each drift row: the task, the field, and which side is taken.
fn drift(report: &Value) -> Vec<(&str, &str, &str)> {
    let rows = report["drift"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |name: &str| row[name].as_str().unwrap();
        (text("task"), text("field"), text("takes"))
    })
    .collect()
}
