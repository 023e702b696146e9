//! The name of an engagement as it stands in a row: two letters and the name.

use askama::Template;

use super::words::monogram;

/// An engagement's name tag.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<span class="eng"><span class="mk" aria-hidden="true">{{ mark }}</span><span class="n">{{ name }}</span></span>"#,
    ext = "html"
)]
pub struct EngagementTag {
    mark: String,
    name: String,
}

impl askama::filters::HtmlSafe for EngagementTag {}

impl EngagementTag {
    /// The tag of the engagement called `name`.
    pub fn new(name: &str) -> Self {
        Self {
            mark: monogram(name),
            name: name.to_owned(),
        }
    }
}
