//! The small form of the summary: an agent that begins work reads it whole, so it has a size and not a hope.

use super::SummaryView;
use crate::fault::{Fault, Outcome};

/// So long is the summary of one domain as JSON, at most.
const MOST_BYTES: usize = 2_048;
/// Words are cut to this many characters.
const WORDS: usize = 80;
/// Entries of each list, before the bytes are counted.
const ENTRIES: usize = 8;

/// Cuts words and lists until the whole fits. The totals stay, so what is left out is seen to be left out.
pub(super) fn fit(mut view: SummaryView) -> Outcome<SummaryView> {
    cut_words(&mut view);
    view.open_decisions.truncate(ENTRIES);
    view.blocked_tasks.truncate(ENTRIES);
    view.open_workstreams.truncate(ENTRIES);
    view.next_steps.truncate(ENTRIES);
    view.recent_events.truncate(ENTRIES / 2);
    while size(&view)? > MOST_BYTES && drop_one(&mut view) {}
    Ok(view)
}

fn size(view: &SummaryView) -> Outcome<usize> {
    let json = serde_json::to_vec(view).map_err(Fault::internal)?;
    Ok(json.len())
}

/// Takes the last entry of the longest list; of equally long ones that which matters least. `false` when nothing is left.
fn drop_one(view: &mut SummaryView) -> bool {
    let lengths = [
        view.recent_events.len(),
        view.open_workstreams.len(),
        view.next_steps.len(),
        view.blocked_tasks.len(),
        view.open_decisions.len(),
    ];
    let longest = lengths.iter().copied().max().unwrap_or(0);
    match lengths.iter().position(|length| *length == longest) {
        _ if longest == 0 => return false,
        Some(0) => view.recent_events.truncate(longest - 1),
        Some(1) => view.open_workstreams.truncate(longest - 1),
        Some(2) => view.next_steps.truncate(longest - 1),
        Some(3) => view.blocked_tasks.truncate(longest - 1),
        _ => view.open_decisions.truncate(longest - 1),
    }
    true
}

fn cut_words(view: &mut SummaryView) {
    for domain in &mut view.domains {
        cut(&mut domain.name);
    }
    for decision in &mut view.open_decisions {
        cut(&mut decision.title);
    }
    for task in &mut view.blocked_tasks {
        cut(&mut task.title);
        if let Some(reason) = &mut task.blocking_reason {
            cut(reason);
        }
    }
    for workstream in &mut view.open_workstreams {
        cut(&mut workstream.title);
        workstream.depends_on.truncate(ENTRIES / 2);
        workstream.blocks.truncate(ENTRIES / 2);
    }
    for event in &mut view.recent_events {
        cut(&mut event.summary);
        cut(&mut event.author);
    }
    for step in &mut view.next_steps {
        cut(&mut step.reason);
        cut(&mut step.task);
    }
}

/// Cuts to the length with a sign that something is missing.
fn cut(words: &mut String) {
    if let Some((end, _)) = words.char_indices().nth(WORDS) {
        words.truncate(end);
        words.pop();
        words.push('…');
    }
}

#[cfg(test)]
mod tests {
    use bellboard_core::id::ProgressEventId;
    use bellboard_core::time::Timestamp;
    use bellboard_core::work::WorkstreamStatus;
    use uuid::Uuid;

    use super::super::{DomainSummary, OpenWorkstream, RecentEvent};
    use super::*;

    fn view(words: &str, entries: usize) -> SummaryView {
        let workstream = OpenWorkstream {
            slug: words.chars().take(100).collect(),
            title: words.to_owned(),
            engagement: "aster-bank".to_owned(),
            domain: "railiance".to_owned(),
            status: WorkstreamStatus::Active,
            done: 3,
            open: 4,
            depends_on: vec![words.chars().take(100).collect(); entries],
            blocks: Vec::new(),
        };
        let event = RecentEvent {
            id: ProgressEventId::from_uuid(Uuid::nil()),
            event_type: "note".to_owned(),
            summary: words.to_owned(),
            author: words.to_owned(),
            at: Timestamp::from_micros(0),
        };
        SummaryView {
            domains: vec![DomainSummary {
                slug: "railiance".to_owned(),
                name: words.to_owned(),
                engagement: "aster-bank".to_owned(),
                repo_count: 1,
                active_workstream_count: 1,
                ep_count: 1,
                td_count: 1,
            }],
            open_workstreams: vec![workstream; entries],
            recent_events: vec![event; entries],
            ..SummaryView::default()
        }
    }

    #[test]
    fn whatever_there_is_fits() {
        for words in [
            "short",
            &"wide 🚂 words ".repeat(300),
            &"\u{1}\"\\".repeat(200),
        ] {
            for entries in [0, 1, 7, 50] {
                let fitted = fit(view(words, entries)).unwrap();
                let bytes = size(&fitted).unwrap();
                assert!(bytes <= MOST_BYTES, "{bytes} for {entries} of {words}");
                assert_eq!(fitted.domains.len(), 1);
            }
        }
        let small = fit(view("short", 1)).unwrap();
        assert_eq!(
            (small.open_workstreams.len(), small.recent_events.len()),
            (1, 1)
        );
    }

    #[test]
    fn cut_words_say_that_they_were_cut() {
        let mut words = "ä".repeat(81);
        cut(&mut words);
        assert_eq!(words.chars().count(), 80);
        assert!(words.ends_with('…'));
        let mut fits = "ä".repeat(80);
        cut(&mut fits);
        assert_eq!(fits, "ä".repeat(80));
    }
}
