//! What each crate may depend on: the four crates exist to keep these invariants, and their size has a budget.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell::{cargo, output};

/// Everything the rules may use: words, hashes and shapes, nothing that reads or writes.
const CORE_MAY_USE: [&str; 13] = [
    "base64",
    "hmac",
    "jiff",
    "pulldown-cmark",
    "schemars",
    "serde",
    "serde-saphyr",
    "serde_json",
    "sha2",
    "strsim",
    "thiserror",
    "unicode-normalization",
    "uuid",
];

/// What a crate must never name as a dependency, and why.
const MUST_NOT_USE: [(&str, &[&str], &str); 3] = [
    (
        "bellboard-hub",
        &[
            "axum",
            "http",
            "hyper",
            "tower",
            "tower-http",
            "askama",
            "rmcp",
            "clap",
        ],
        "the hub does not know that HTTP exists",
    ),
    (
        "bellboard-server",
        &["rusqlite", "tokio-postgres", "deadpool-postgres", "clap"],
        "the surfaces translate and never decide: SQL is the hub's",
    ),
    (
        "bellboard",
        &[
            "rusqlite",
            "tokio-postgres",
            "deadpool-postgres",
            "axum",
            "askama",
        ],
        "the binary speaks the public API only",
    ),
];

/// How many packages the product's own tree may hold.
const PACKAGES: usize = 400;

pub fn dependencies() -> Result<Vec<String>> {
    let metadata = output(&mut cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
        "--offline",
    ]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is no JSON")?;
    Ok(judge(&metadata))
}

fn judge(metadata: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        // A normal dependency has no kind; those of tests and build scripts do.
        let normal = dependencies.filter(|dependency| dependency["kind"].is_null());
        for used in normal.filter_map(|dependency| dependency["name"].as_str()) {
            if name == "bellboard-core" && !CORE_MAY_USE.contains(&used) {
                complaints.push(format!(
                    "bellboard-core must not use {used}: the rules are pure"
                ));
            }
            let banned = MUST_NOT_USE
                .iter()
                .find(|(by, what, _)| *by == name && what.contains(&used));
            complaints
                .extend(banned.map(|(_, _, why)| format!("{name} must not use {used}: {why}")));
        }
    }
    complaints
}

pub fn budget() -> Result<Vec<String>> {
    let tree = output(&mut cargo(&[
        "tree",
        "--locked",
        "--package",
        "bellboard",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]))?;
    let mut packages: Vec<&str> = tree.lines().collect();
    packages.sort_unstable();
    packages.dedup();
    println!("   {} packages in the product's tree", packages.len());
    if packages.len() <= PACKAGES {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "{} packages in the product's tree; {PACKAGES} at most",
        packages.len()
    )])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_crate_that_leaves_its_layer_is_found() {
        let using = |name: &str, used: &str, kind: Value| {
            judge(
                &json!({"packages": [{"name": name, "dependencies": [{"name": used, "kind": kind}]}]}),
            )
        };
        assert_eq!(using("bellboard-core", "tokio", Value::Null).len(), 1);
        assert_eq!(using("bellboard-hub", "axum", Value::Null).len(), 1);
        assert_eq!(using("bellboard-server", "rusqlite", Value::Null).len(), 1);
        assert!(using("bellboard-core", "serde", Value::Null).is_empty());
        assert!(using("bellboard-core", "proptest", json!("dev")).is_empty());
    }
}
