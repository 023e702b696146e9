//! The bar of a workstream's tasks: done, in progress, blocked, todo, with the same in words, so that no colour is alone.

use askama::Template;
use bellboard_core::work::TaskCounts;

/// How wide the whole bar is, in its own units.
const WIDTH: u64 = 1_000;

/// The bar.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "task_bar.html")]
pub struct TaskBar {
    parts: Vec<Part>,
    /// `3 of 7 done · 1 in progress · 2 blocked · 1 todo`.
    pub words: String,
}

impl askama::filters::HtmlSafe for TaskBar {}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    hue: &'static str,
    from: u64,
    width: u64,
}

impl TaskBar {
    /// The bar of these tasks; cancelled ones have no part in it.
    pub fn new(tasks: TaskCounts) -> Self {
        let counts = [
            ("green", "done", tasks.done),
            ("blue", "in progress", tasks.in_progress),
            ("dim", "blocked", tasks.blocked),
            // Nothing has been drawn over the ground of the bar where nothing has begun.
            ("", "todo", tasks.todo),
        ];
        let all: u64 = counts.iter().map(|(_, _, count)| count).sum();
        if all == 0 {
            let words = match tasks.cancelled {
                0 => "No tasks".to_owned(),
                _ => "All tasks cancelled".to_owned(),
            };
            return Self {
                parts: Vec::new(),
                words,
            };
        }
        let mut parts = Vec::new();
        let mut words = vec![format!("{} of {all} done", tasks.done)];
        let mut before = 0;
        for (hue, word, count) in counts {
            // The ends are rounded and not the widths, so that the parts meet and fill the whole.
            let (from, to) = (before * WIDTH / all, (before + count) * WIDTH / all);
            before += count;
            if count == 0 {
                continue;
            }
            let width = to - from;
            parts.push(Part { hue, from, width });
            if word != "done" {
                words.push(format!("{count} {word}"));
            }
        }
        let words = words.join(" · ");
        Self { parts, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_fill_the_bar_and_the_words_say_the_same() {
        let tasks = TaskCounts {
            todo: 1,
            in_progress: 1,
            blocked: 2,
            done: 3,
            cancelled: 9,
        };
        let bar = TaskBar::new(tasks);
        assert_eq!(
            bar.words,
            "3 of 7 done · 1 in progress · 2 blocked · 1 todo"
        );
        let ends: Vec<_> = bar
            .parts
            .iter()
            .map(|part| (part.hue, part.from, part.from + part.width))
            .collect();
        assert_eq!(
            ends,
            [
                ("green", 0, 428),
                ("blue", 428, 571),
                ("dim", 571, 857),
                ("", 857, WIDTH)
            ]
        );
    }

    #[test]
    fn the_bar_has_no_percentage_and_hides_its_picture_from_readers() {
        let html = TaskBar::new(TaskCounts {
            todo: 1,
            done: 2,
            ..TaskCounts::default()
        })
        .to_string();
        assert!(html.contains("aria-hidden=\"true\""), "{html}");
        assert!(html.contains("2 of 3 done · 1 todo"), "{html}");
        assert!(!html.contains('%'), "{html}");
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let bar = TaskBar::new(TaskCounts::default());
        assert_eq!((bar.parts.len(), &*bar.words), (0, "No tasks"));
        let cancelled = TaskCounts {
            cancelled: 1,
            ..TaskCounts::default()
        };
        let bar = TaskBar::new(cancelled);
        assert_eq!((bar.parts.len(), &*bar.words), (0, "All tasks cancelled"));
    }
}
