//! The table of verbs: every verb once. From it come the HTTP routes, the OpenAPI document, the MCP tools, the paths of
//! the command line, the span and audit names and the authorization test.

mod entry;
mod table;
mod tool;

pub use entry::{Access, Answer, Method, ObjectConcept, Verb, View, WorkConcept, read_input};
pub use table::VERBS;
pub use tool::Tool;

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

/// The entry of the tool that agents call by this name.
pub fn find_tool(name: &str) -> Option<&'static Verb> {
    VERBS
        .iter()
        .find(|verb| verb.tool.is_some_and(|tool| tool.name == name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_and_no_road_stands_twice() {
        let names: BTreeSet<_> = VERBS.iter().map(|verb| verb.name).collect();
        let roads: BTreeSet<_> = VERBS
            .iter()
            .map(|verb| (verb.method.as_str(), verb.path))
            .collect();
        assert_eq!(names.len(), VERBS.len());
        assert_eq!(roads.len(), VERBS.len());
    }

    #[test]
    fn what_changes_nothing_is_a_get_and_the_other_way_round() {
        for verb in VERBS {
            let reads = verb.name.starts_with("get_") || verb.name.starts_with("list_");
            assert_eq!(reads, verb.method == Method::Get, "{}", verb.name);
        }
    }

    #[test]
    fn every_name_in_a_path_is_a_field_of_the_input() {
        for verb in VERBS {
            let mut generator = schemars::SchemaGenerator::default();
            let schema = (verb.input)(&mut generator);
            let text = serde_json::to_string(&(schema, generator.definitions())).unwrap();
            for name in verb.path_parameters() {
                assert!(
                    text.contains(&format!("\"{name}\"")),
                    "{}: {name}",
                    verb.name
                );
            }
        }
    }
}
