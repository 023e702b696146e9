//! What came of a start from a page, told once: the form's answer leads on with `?started=RUN&as=created|queued|running`,
//! the next page says it, and the browser takes the words out of its address. Nothing is stored, and the strip shows the
//! same run, so nothing is lost with it.

use askama::Template;
use bellboard_core::id::RunId;
use bellboard_core::run::Status;
use bellboard_core::time::Timestamp;
use bellboard_hub::run::RunView;

use super::moment::{Moment, Reading};
use super::rows::run_url;

/// What the start met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// Nothing: this start made the run.
    Created,
    /// A run that waits.
    Queued,
    /// A run that is at work.
    Running,
}

impl Met {
    /// The word in `&as=`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "created" => Some(Self::Created),
            "queued" => Some(Self::Queued),
            "running" => Some(Self::Running),
            _ => None,
        }
    }
}

/// The words for one start.
#[derive(Clone, Debug, Template)]
#[template(path = "toast.html")]
pub struct Toast {
    label: String,
    met: Met,
    asked_by: String,
    asked: Moment,
    url: String,
    back: String,
}

impl askama::filters::HtmlSafe for Toast {}

impl Toast {
    /// The words for a start that led to `run`; none for a run that has ended meanwhile, whose page says more.
    /// `back` is the page itself without them.
    pub fn new(run: &RunView, met: Met, back: String, now: Timestamp) -> Option<Self> {
        (run.status != Status::Completed).then(|| Self {
            label: run.label.clone(),
            met,
            asked_by: run.initiator_name.clone(),
            asked: Moment::new(run.created_at, Reading::Clock, now),
            url: run_url(run.id),
            back,
        })
    }
}

/// Which start a page is asked to tell of.
pub fn asked_for(query: &str) -> Option<(RunId, Met)> {
    let value = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    Some((value("started")?.parse().ok()?, Met::parse(value("as")?)?))
}

/// The page's address without the words about a start.
pub fn without(path: &str, query: &str) -> String {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            !pair.is_empty() && !pair.starts_with("started=") && !pair.starts_with("as=")
        })
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "01890000-0000-7000-8000-000000000000";

    #[test]
    fn a_start_is_told_by_its_run_and_what_it_met() {
        let query = |words: &str| asked_for(&format!("e=aster&started={RUN}&as={words}"));
        for (word, met) in [
            ("created", Met::Created),
            ("queued", Met::Queued),
            ("running", Met::Running),
        ] {
            assert_eq!(query(word), Some((RUN.parse().unwrap(), met)));
        }
        for nothing in [
            "",
            "started=&as=created",
            "started=7&as=queued",
            "as=running",
        ] {
            assert_eq!(asked_for(nothing), None, "{nothing}");
        }
        assert_eq!(query("finished"), None);
    }

    #[test]
    fn the_page_stays_what_it_was_without_the_words() {
        let query = format!("e=aster&started={RUN}&as=created&theme=dark");
        assert_eq!(without("/ui/runs", &query), "/ui/runs?e=aster&theme=dark");
        assert_eq!(without("/", "as=queued"), "/");
    }
}
