//! Where SQL may stand, and the one statement that may change what a run's end was.

use super::lexer::Kind;
use super::tree::Tree;

/// SQL stands in a concept's `store.rs`, and in `db/`.
pub fn places(tree: &Tree) -> Vec<String> {
    let outside = tree.product().filter(|file| !may_hold_sql(&file.path));
    let found = outside.flat_map(|file| {
        let texts = file
            .code()
            .into_iter()
            .filter(|token| token.kind == Kind::Text && is_sql(token.text));
        texts
            .map(|token| {
                format!(
                    "{}:{}: SQL outside of `store.rs` and `db/`",
                    file.path, token.line
                )
            })
            .collect::<Vec<_>>()
    });
    found.collect()
}

fn may_hold_sql(path: &str) -> bool {
    path.split('/')
        .any(|part| ["store.rs", "store", "db"].contains(&part))
}

fn is_sql(text: &str) -> bool {
    let words: Vec<String> = text
        .split_whitespace()
        .take(400)
        .map(str::to_lowercase)
        .collect();
    let has = |word: &str| words.iter().any(|found| found == word);
    let second = words.get(1).map_or("", String::as_str);
    match words.first().map_or("", String::as_str) {
        "select" => has("from"),
        "insert" => second == "into",
        "delete" => second == "from",
        "update" => has("set"),
        "with" => words.get(2).is_some_and(|word| word == "as") && has("select"),
        "create" | "drop" | "alter" => ["table", "index", "unique"].contains(&second),
        _ => false,
    }
}

/// One statement changes the status or outcome of a run, so that no road leads past the transition rules.
pub fn one_transition(tree: &Tree) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for file in tree.product() {
        let texts = file
            .code()
            .into_iter()
            .filter(|token| token.kind == Kind::Text);
        found.extend(
            texts
                .filter(|token| changes_an_end(token.text))
                .map(|token| format!("{}:{}", file.path, token.line)),
        );
    }
    let has_runs = tree
        .product()
        .any(|file| file.path.starts_with("crates/bellboard-hub/src/run/store"));
    match (found.len(), has_runs) {
        (1, _) | (0, false) => Vec::new(),
        (0, true) => vec![
            "no statement changes `runs.status`: the rule that looks for it has gone blind".into(),
        ],
        _ => vec![format!(
            "`runs.status` and `runs.outcome` are changed in more than one place: {}",
            found.join(", ")
        )],
    }
}

fn changes_an_end(text: &str) -> bool {
    let text = text
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    // An insert that meets a row may change it too.
    let statement = text.split_once("update runs").or_else(|| {
        text.split_once("insert into runs ")?
            .1
            .split_once("do update")
    });
    let Some((_, statement)) = statement else {
        return false;
    };
    let Some((_, rest)) = statement.split_once("set ") else {
        return false;
    };
    let set = rest.split(" where ").next().unwrap_or(rest);
    let columns = set.replace(" =", "=");
    columns
        .split([' ', ',', '('])
        .any(|word| word.starts_with("status=") || word.starts_with("outcome="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(path: &str, text: &str) -> Tree {
        Tree::of([(path.into(), text.into())])
    }

    #[test]
    fn sql_outside_of_a_store_is_found_and_prose_is_not() {
        let sql = r#"const A: &str = "select id from runs";"#;
        assert_eq!(
            places(&tree("crates/bellboard-server/src/http.rs", sql)).len(),
            1
        );
        assert!(places(&tree("crates/bellboard-hub/src/run/store.rs", sql)).is_empty());
        assert!(places(&tree("crates/bellboard-hub/src/db/mod.rs", sql)).is_empty());
        let prose = r#"const A: &str = "Select a run"; const B: &str = "with care"; const C: &str = "update now";"#;
        assert!(places(&tree("crates/bellboard-server/src/http.rs", prose)).is_empty());
    }

    #[test]
    fn a_second_statement_that_ends_a_run_is_found() {
        let store = "crates/bellboard-hub/src/run/store.rs";
        let one = r#"const A: &str = "update runs\n set status = $1 where id = $2 and status = 'running'";"#;
        let harmless =
            r#"const B: &str = "update runs set last_seen_at = $1 where status = 'running'";"#;
        assert!(one_transition(&tree(store, &format!("{one}{harmless}"))).is_empty());
        let second = r#"const C: &str = "update runs r set seen = 1, outcome=$1";"#;
        assert_eq!(
            one_transition(&tree(store, &format!("{one}{second}"))).len(),
            1
        );
        let upsert = r#"const D: &str = "insert into runs (id, status) values ($1, $2) on conflict (id) do update set status = $2";"#;
        assert_eq!(
            one_transition(&tree(store, &format!("{one}{upsert}"))).len(),
            1
        );
        let insert = r#"const E: &str = "insert into runs (id, status) values ($1, $2) on conflict do nothing";"#;
        assert!(one_transition(&tree(store, &format!("{one}{insert}"))).is_empty());
        assert_eq!(one_transition(&tree(store, harmless)).len(), 1);
    }
}
