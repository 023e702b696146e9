//! What core finds wrong with a question, a rule or rows, as the hub tells it.

use bellboard_core::dashboard::Faults;
use serde_json::json;

use crate::fault::Fault;

/// The refusal of a question or a rule: the first fault as the field and the sentence, and all of them beside it.
pub(crate) fn refused(field: &str, faults: &Faults) -> Fault {
    let path = |below: &str| match below.chars().next() {
        None => field.to_owned(),
        Some('[') => format!("{field}{below}"),
        Some(_) => format!("{field}.{below}"),
    };
    let listed: Vec<_> = faults
        .0
        .iter()
        .map(|fault| json!({ "path": path(&fault.path), "detail": fault.detail }))
        .collect();
    let (first, detail) = faults.0.first().map_or_else(
        || (field.to_owned(), "is not understood".to_owned()),
        |fault| (path(&fault.path), fault.detail.clone()),
    );
    Fault::invalid(first, detail).with("faults", listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_with_its_path_and_the_first_leads() {
        let mut faults = Faults::one("where.eq.field", "no field `scor`");
        faults.0.extend(Faults::one("", "no such source").0);
        faults.0.extend(Faults::one("[1]", "unknown").0);
        let fault = refused("view_spec_json", &faults);
        assert_eq!(
            fault.field.as_deref(),
            Some("view_spec_json.where.eq.field")
        );
        assert_eq!(fault.detail, "no field `scor`");
        let paths: Vec<_> = fault.extra["faults"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["path"].clone())
            .collect();
        assert_eq!(
            paths,
            [
                "view_spec_json.where.eq.field",
                "view_spec_json",
                "view_spec_json[1]"
            ]
        );
    }
}
