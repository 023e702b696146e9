//! The front matter of a workplan: between a first line `---` and the next one, what the plan says about itself.

use std::ops::Range;

use super::body::Body;
use crate::work::field::{Fields, path_stem};
use crate::work::plan::{Lines, MAX_NAME, MAX_TITLE, PlannedWorkstream, Problems, title_or_id};
use crate::work::status::WorkstreamStatus;
use crate::work::yaml::Mapping;

/// What a file begins with.
pub(super) enum Front {
    /// No front matter.
    Missing,
    /// Front matter that cannot be read, which is among the problems.
    Broken,
    /// Front matter of something that is no workplan.
    OfAnotherKind,
    /// A plan's.
    Found {
        /// What it says.
        mapping: Mapping,
        /// Where it begins.
        starts: usize,
        /// Where the text below it begins.
        body: usize,
    },
}

/// The mark that editors of another system put before the first character.
pub(in crate::work) const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// The bytes between the two marks, and where the text below begins. `Err` when the second mark is missing.
pub(in crate::work) fn bounds(text: &str) -> Option<Result<(Range<usize>, usize), usize>> {
    let mark = BYTE_ORDER_MARK;
    let first = if text.starts_with(mark) {
        mark.len()
    } else {
        0
    };
    let mut lines = text[first..].split_inclusive('\n');
    let opening = lines.next().filter(|line| line.trim_end() == "---")?;
    let starts = first + opening.len();
    let mut at = starts;
    for line in lines {
        if matches!(line.trim_end(), "---" | "...") {
            return Some(Ok((starts..at, at + line.len())));
        }
        at += line.len();
    }
    Some(Err(first))
}

/// `workplans/ADHOC-2026-11-21.md` holds tasks that belong to no plan, so it needs no front matter.
pub(super) fn is_ad_hoc(path: &str) -> bool {
    path_stem(path).starts_with("ADHOC-")
}

impl Front {
    pub fn find(path: &str, text: &str, problems: &mut Problems<'_>) -> Self {
        let (yaml, body) = match bounds(text) {
            None => return Self::Missing,
            Some(Err(at)) => {
                problems.error(
                    at,
                    "the front matter is never closed",
                    "write a line `---` below its last field",
                );
                return Self::Broken;
            }
            Some(Ok(found)) => found,
        };
        let starts = yaml.start;
        match Mapping::read(text, yaml) {
            Err(fault) => {
                problems.error(
                    fault.at,
                    format!("the front matter cannot be read: {}", fault.what),
                    "write each field as `name: value` on a line of its own",
                );
                Self::Broken
            }
            Ok(mapping) => {
                let kind = Fields::new(&mapping, problems).text("type", MAX_NAME);
                if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("workplan"))
                    && !is_ad_hoc(path)
                {
                    return Self::OfAnotherKind;
                }
                Self::Found {
                    mapping,
                    starts,
                    body,
                }
            }
        }
    }

    /// The workstream, unless it cannot be said which.
    pub fn workstream(
        &self,
        path: &str,
        text: &str,
        body: &Body,
        lines: &Lines,
        problems: &mut Problems<'_>,
    ) -> Option<PlannedWorkstream> {
        let nothing = Mapping {
            fields: Vec::new(),
            is_flow: false,
        };
        let (mapping, starts) = match self {
            Self::Found {
                mapping, starts, ..
            } => (mapping, *starts),
            Self::Missing if is_ad_hoc(path) => (&nothing, 0),
            Self::Missing => {
                problems.error(
                    0,
                    "there are task blocks and no front matter",
                    "begin the file with `---`, a line `id: …`, a line `title: …` and `---`",
                );
                return None;
            }
            Self::Broken | Self::OfAnotherKind => return None,
        };
        let mut fields = Fields::new(mapping, problems);
        let own = is_ad_hoc(path).then(|| path_stem(path));
        let id = fields.id(own, starts, "the front matter", "CUST-WP-0005")?;
        let title = fields.text("title", MAX_TITLE);
        let title = title.or_else(|| body.title()).unwrap_or_else(|| {
            fields.warning_at(
                "title",
                starts,
                "the plan has no title, so its id stands for one",
                "add a line `title: …`",
            );
            id.clone()
        });
        let status = fields.word("status", WorkstreamStatus::read, starts);
        Some(PlannedWorkstream {
            title: title_or_id(&title, &id),
            status,
            is_archived: path.starts_with("workplans/archived/"),
            domain: fields.text("domain", MAX_NAME),
            topic_slug: fields.text("topic_slug", MAX_NAME),
            owner: fields.text("owner", MAX_NAME),
            description: String::new(),
            hub_id: fields.hub_id("state_hub_workstream_id"),
            line: lines.of(starts.min(text.len())),
            place: fields.places("state_hub_workstream_id"),
            id,
        })
    }
}
