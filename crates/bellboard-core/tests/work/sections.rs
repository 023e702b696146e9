//! What is added below a file: everything before stays, and it is added once.

use bellboard_core::work::{
    ClosingWord, MadeDecision, ReviewLine, ReviewSection, with_decisions, with_review_section,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::{plans, reading};

fn review(words: &str) -> ReviewSection {
    ReviewSection {
        id: Uuid::from_u128(7),
        day: "2026-11-21".to_owned(),
        by: words.to_owned(),
        lines: vec![ReviewLine {
            task: words.to_owned(),
            as_word: ClosingWord::Cancelled,
            because: Some(words.to_owned()),
        }],
    }
}

fn made(number: u128, words: &str) -> MadeDecision {
    MadeDecision {
        id: Uuid::from_u128(number),
        title: words.to_owned(),
        day: "2026-11-21".to_owned(),
        by: words.to_owned(),
        answer: words.to_owned(),
        rationale: words.to_owned(),
    }
}

#[test]
fn a_review_is_added_to_every_plan_of_the_corpus_and_changes_nothing_of_it() {
    let mut added = 0;
    for (path, text, plan) in plans() {
        let Ok(after) = with_review_section(path, text, &review("Anna")) else {
            continue;
        };
        added += 1;
        assert!(after.starts_with(text), "{path}");
        assert!(
            !after[text.len()..].replace("\r\n", "").contains('\r'),
            "{path}"
        );
        let now = reading(path, after.as_bytes())
            .plan
            .expect("it is a plan still");
        let tasks = |plan: &bellboard_core::work::Plan| {
            let tasks = plan.tasks.iter();
            tasks
                .map(|task| (task.id.clone(), task.status))
                .collect::<Vec<_>>()
        };
        assert_eq!(tasks(&now), tasks(&plan), "{path}");
        let again = with_review_section(path, &after, &review("Anna"));
        assert_eq!(again.as_deref(), Ok(after.as_str()), "{path}");
    }
    assert!(added >= 40, "only {added} plans took one");
}

/// Texts that people may have in such a file, whole and broken.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("# Decisions\n".to_owned()),
        Just("## Before\r\n\r\nWords.\r\n".to_owned()),
        Just("```\ncode\n```\n".to_owned()),
        Just("```\n".to_owned()),
        Just("<!-- a comment -->\n".to_owned()),
        Just("<!-- ".to_owned()),
        Just("> quoted\n".to_owned()),
        Just("- item\n\n  more".to_owned()),
        Just("Title\n===\n".to_owned()),
        "[a-zäöü🚆`*_\\[\\]()#>|~ :\n-]{0,40}",
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn what_stands_in_the_file_stays_and_nothing_comes_twice(text in text(), words in ".{0,60}", more in any::<bool>()) {
        let mut decisions = vec![made(1, &words)];
        if more {
            decisions.push(made(2, "Which gauge?"));
        }
        let Ok(after) = with_decisions(&text, &decisions) else {
            return Ok(());
        };
        prop_assert!(after.starts_with(&text));
        for made in &decisions {
            prop_assert_eq!(after.matches(&made.id.to_string()).count(), 1);
        }
        let again = with_decisions(&after, &decisions);
        prop_assert_eq!(again.as_deref(), Ok(after.as_str()));
    }

    #[test]
    fn a_review_is_text_whatever_it_says(words in ".{0,80}") {
        let text = "---\nid: X\ntitle: T\n---\n## A\n\n```task\nid: A\nstatus: todo\n```\n";
        let after = with_review_section("workplans/X.md", text, &review(&words));
        prop_assert!(after.is_ok(), "{after:?}");
        let now = reading("workplans/X.md", after.unwrap().as_bytes());
        prop_assert_eq!(now.problems.len(), 0);
        prop_assert_eq!(now.plan.unwrap().tasks.len(), 1);
    }
}
