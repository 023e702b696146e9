//! The machines of artifacts, kind by kind, and that nothing else moves.

use std::fmt::Write as _;

use super::*;

#[test]
fn the_machines_of_the_requirement_page() {
    let mut table = String::new();
    for kind in Kind::ALL {
        let first = kind.first_state();
        let ways: Vec<String> = kind
            .decisions()
            .map(|decision| {
                let to = transition(*kind, first, Move::Decide(decision, Note::Given)).unwrap();
                format!("{decision} -> {to}")
            })
            .collect();
        writeln!(table, "{kind}: {first}: {}", ways.join(", ")).unwrap();
    }
    assert_eq!(
        table,
        "shape: pending_confirmation: confirm -> confirmed, reject -> rejected\n\
         assertion: held: commit -> committed, discard -> discarded\n\
         render: produced: accept -> accepted, return -> returned\n\
         review_report: produced: acknowledge -> acknowledged\n\
         downstream_specification: proposed: accept -> accepted, reject -> rejected\n\
         transformed_artifact: produced: \n"
    );
}

/// Every kind in every state with every move: what is not in the machines above is refused, and nothing else moves.
#[test]
fn nothing_else_moves() {
    for kind in Kind::ALL.iter().copied() {
        for state in states(kind) {
            let waits = state == kind.first_state();
            for decision in Decision::ALL.iter().copied() {
                for note in [Note::Given, Note::Absent] {
                    let told = transition(kind, state, Move::Decide(decision, note));
                    let known = kind.decisions().any(|known| known == decision);
                    let expected = match (known, waits, note) {
                        (false, _, _) => Err(Refusal::NotOfThisKind),
                        (true, false, _) => Err(Refusal::AlreadyDecided),
                        (true, true, Note::Absent) if decision.needs_note() => {
                            Err(Refusal::NoteMissing)
                        }
                        (true, true, _) => Ok(State::parse(decision.done()).unwrap()),
                    };
                    assert_eq!(told, expected, "{kind} {state} {decision} {note:?}");
                }
            }
            let undone = transition(kind, state, Move::Undo);
            let expected = if waits {
                Err(Refusal::NotDecided)
            } else {
                Ok(kind.first_state())
            };
            assert_eq!(undone, expected, "{kind} {state}");
            assert_eq!(
                transition(kind, state, Move::Renew),
                Ok(kind.first_state()),
                "{kind} {state}"
            );
        }
    }
}

fn states(kind: Kind) -> Vec<State> {
    std::iter::once(kind.first_state())
        .chain(kind.ways().iter().map(|(_, to)| *to))
        .collect()
}

#[test]
fn rejecting_and_returning_need_a_note_and_nothing_else_does() {
    let needing: Vec<_> = Decision::ALL
        .iter()
        .filter(|decision| decision.needs_note())
        .collect();
    assert_eq!(needing, [&Decision::Reject, &Decision::Return]);
}

#[test]
fn only_what_waits_can_be_decided() {
    let open = |state| Kind::Render.decisions_in(state).collect::<Vec<_>>();
    assert_eq!(open(State::Produced), [Decision::Accept, Decision::Return]);
    assert_eq!(open(State::Accepted), []);
    assert_eq!(
        Kind::TransformedArtifact
            .decisions_in(State::Produced)
            .count(),
        0
    );
}

#[test]
fn every_kind_that_is_decided_waits_under_a_kind_of_the_zone() {
    for kind in Kind::ALL.iter().copied() {
        assert_eq!(
            kind.needs_you_kind().is_some(),
            kind.decisions().next().is_some(),
            "{kind}"
        );
    }
}

#[test]
fn words_for_people() {
    let questions: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| kind.question("Policy", 3))
        .collect();
    assert_eq!(
        questions,
        [
            "Confirm shape: Policy, version 3",
            "Commit assertion: Policy",
            "Review render: Policy",
            "Read report: Policy",
            "Accept specification: Policy",
            "Policy",
        ]
    );
    assert_eq!(Kind::ReviewReport.with_number(7), "review report 7");
    assert_eq!(Kind::Shape.with_number(12), "shape 12");
    assert_eq!(State::PendingConfirmation.label(), "Pending confirmation");
    assert_eq!(Decision::Acknowledge.label(), "Acknowledge");
}
