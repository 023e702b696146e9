//! What a bell says to people: words that are made from the same JSON that webhooks get, so that both tell the same.

use serde::Deserialize;

use crate::text::{escape_html, sanitise};

/// Characters of a title in a subject line or in the inbox, at most.
const TITLE_AT_MOST: usize = 120;

/// A bell as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BellWords {
    /// One line: which dashboard, and that it changed.
    pub title: String,
    /// What changed.
    pub sentence: String,
    /// Where to look.
    pub link: String,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    sentence: String,
    #[serde(default)]
    link: String,
}

impl BellWords {
    /// Reads them out of a message; `None` when it is none of ours.
    pub fn of(dashboard_title: &str, body: &str) -> Option<Self> {
        let told: Told = serde_json::from_str(body).ok()?;
        Some(Self {
            title: format!("{} changed", sanitise(dashboard_title, TITLE_AT_MOST)),
            sentence: told.sentence,
            link: told.link,
        })
    }

    /// As markdown for a thread. What a row is called is data, so nothing of it is read as markdown.
    pub fn markdown(&self) -> String {
        let text = plain(&self.sentence);
        if self.link.is_empty() {
            return text;
        }
        let link = self.link.replace(['<', '>'], "");
        format!("{text}\n\n[See what changed](<{link}>)")
    }

    /// As plain text.
    pub fn text(&self) -> String {
        if self.link.is_empty() {
            return self.sentence.clone();
        }
        format!("{}\n\n{}", self.sentence, self.link)
    }

    /// As HTML.
    pub fn html(&self) -> String {
        let (title, sentence) = (escape_html(&self.title), escape_html(&self.sentence));
        let html = format!("<h1>{title}</h1>\n<p>{sentence}</p>\n");
        if self.link.is_empty() {
            return html;
        }
        let link = escape_html(&self.link);
        format!("{html}<p><a href=\"{link}\">See what changed</a></p>\n")
    }
}

/// Text in which no character means anything to markdown.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_ascii_punctuation() {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::text::markdown_to_html;

    fn body(sentence: &str) -> String {
        let link = "https://board.example/ui/dashboards/1?a=2&b=3";
        json!({ "type": "dashboard.diverged", "sentence": sentence, "link": link, "diff": {} })
            .to_string()
    }

    #[test]
    fn people_read_what_machines_get() {
        let body = body("TREM2 took the lead from third.");
        let words = BellWords::of("Targets\u{202e}\r\nBcc: x", &body).unwrap();
        assert_eq!(words.title, "Targets Bcc: x changed");
        assert_eq!(words.sentence, "TREM2 took the lead from third.");
        assert_eq!(
            words.text(),
            "TREM2 took the lead from third.\n\nhttps://board.example/ui/dashboards/1?a=2&b=3"
        );
        assert_eq!(
            words.html(),
            "<h1>Targets Bcc: x changed</h1>\n<p>TREM2 took the lead from third.</p>\n\
             <p><a href=\"https://board.example/ui/dashboards/1?a=2&amp;b=3\">See what changed</a></p>\n"
        );
        assert_eq!(BellWords::of("x", "nonsense"), None);
    }

    #[test]
    fn the_name_of_a_row_means_nothing_to_markdown_and_html() {
        let sentence = "[a](javascript:x) <b>*b*</b> `c` took the lead.";
        let body = body(sentence);
        let words = BellWords::of("x", &body).unwrap();
        let html = markdown_to_html(&words.markdown());
        assert_eq!(
            html,
            "<p>[a](javascript:x) &lt;b&gt;*b*&lt;/b&gt; `c` took the lead.</p>\n\
             <p><a href=\"https://board.example/ui/dashboards/1?a=2&amp;b=3\" rel=\"nofollow noopener noreferrer\">See what changed</a></p>\n"
        );
        assert!(words.html().contains("<p>[a](javascript:x) &lt;b&gt;*b*"));
    }

    #[test]
    fn without_a_link_only_the_sentence_is_told() {
        let words = BellWords::of("x", &json!({ "sentence": "One is new." }).to_string()).unwrap();
        assert_eq!(words.markdown(), "One is new\\.");
        assert_eq!(words.text(), "One is new.");
        assert_eq!(words.html(), "<h1>x changed</h1>\n<p>One is new.</p>\n");
    }

    proptest! {
        #[test]
        fn no_name_makes_a_link_or_a_tag(sentence in r#"[<>"'&/!\[\]()`*_#\-= a-z]{1,40}"#) {
            let told = json!({ "sentence": sentence }).to_string();
            let words = BellWords::of("x", &told).unwrap();
            let html = markdown_to_html(&words.markdown());
            prop_assert!(!html.contains("<a") && !html.contains("<em") && !html.contains("<h"), "{}", html);
        }
    }
}
