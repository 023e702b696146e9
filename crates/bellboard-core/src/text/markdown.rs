//! Markdown of people and agents as HTML that cannot do anything: the writer knows a few tags and writes no others, so
//! there is nothing to clean away afterwards. Raw HTML is shown as the text that it is (quality page, Limits).

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

/// The text as HTML. Images become their words, links lead to the web, to mail or into the hub, and nowhere else.
pub fn markdown_to_html(markdown: &str) -> String {
    let mut html = String::with_capacity(markdown.len() * 2);
    let mut open_links = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                let target = target_of(link_type, &dest_url);
                if let Some(target) = &target {
                    html.push_str("<a href=\"");
                    escape(&mut html, target);
                    html.push_str("\" rel=\"nofollow noopener noreferrer\">");
                }
                open_links.push(target.is_some());
            }
            Event::End(TagEnd::Link) => {
                if open_links.pop() == Some(true) {
                    html.push_str("</a>");
                }
            }
            Event::Start(tag) => html.push_str(&opening(&tag)),
            Event::End(tag) => html.push_str(closing(tag)),
            Event::Code(code) => {
                html.push_str("<code>");
                escape(&mut html, &code);
                html.push_str("</code>");
            }
            // The last three come with options that are not switched on; their words would not be lost.
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => escape(&mut html, &text),
            Event::SoftBreak => html.push('\n'),
            Event::HardBreak => html.push_str("<br>\n"),
            Event::Rule => html.push_str("<hr>\n"),
            Event::TaskListMarker(done) => html.push_str(if done { "[x] " } else { "[ ] " }),
        }
    }
    html
}

/// Where a link may lead; `None` for everywhere else, such as `javascript:` and other hosts without a scheme.
fn target_of(link_type: LinkType, url: &str) -> Option<String> {
    if link_type == LinkType::Email {
        return Some(format!("mailto:{url}"));
    }
    let starts = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let is_web = ["https://", "http://", "mailto:"].into_iter().any(starts);
    let is_here = url.starts_with('/') && !url[1..].starts_with(['/', '\\']);
    let is_clean = !url.chars().any(super::deceives);
    ((is_web || is_here) && is_clean).then(|| url.to_owned())
}

fn opening(tag: &Tag<'_>) -> String {
    let plain = match tag {
        Tag::Paragraph => "<p>",
        // A comment stands in a page that has its own headings.
        Tag::Heading {
            level: HeadingLevel::H1 | HeadingLevel::H2,
            ..
        } => "<h4>",
        Tag::Heading { .. } => "<h5>",
        Tag::BlockQuote(_) => "<blockquote>\n",
        Tag::CodeBlock(CodeBlockKind::Indented | CodeBlockKind::Fenced(_)) => "<pre><code>",
        Tag::List(None) => "<ul>\n",
        Tag::List(Some(first)) if *first != 1 => return format!("<ol start=\"{first}\">\n"),
        Tag::List(Some(_)) => "<ol>\n",
        Tag::Item => "<li>",
        Tag::Emphasis => "<em>",
        Tag::Strong => "<strong>",
        Tag::Strikethrough => "<del>",
        _ => "",
    };
    plain.to_owned()
}

fn closing(tag: TagEnd) -> &'static str {
    match tag {
        TagEnd::Paragraph => "</p>\n",
        TagEnd::Heading(HeadingLevel::H1 | HeadingLevel::H2) => "</h4>\n",
        TagEnd::Heading(_) => "</h5>\n",
        TagEnd::BlockQuote(_) => "</blockquote>\n",
        TagEnd::CodeBlock => "</code></pre>\n",
        TagEnd::List(false) => "</ul>\n",
        TagEnd::List(true) => "</ol>\n",
        TagEnd::Item => "</li>\n",
        TagEnd::Emphasis => "</em>",
        TagEnd::Strong => "</strong>",
        TagEnd::Strikethrough => "</del>",
        _ => "",
    }
}

/// Text as it may stand in HTML, also in the value of an attribute.
pub fn escape_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape(&mut html, text);
    html
}

fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_is_shown_as_they_mean_it() {
        let rows = [
            ("plain", "<p>plain</p>\n"),
            (
                "*a* **b** ~~c~~ `d<e`",
                "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d&lt;e</code></p>\n",
            ),
            ("# Big\n### Small", "<h4>Big</h4>\n<h5>Small</h5>\n"),
            ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
            ("3. a", "<ol start=\"3\">\n<li>a</li>\n</ol>\n"),
            ("> said", "<blockquote>\n<p>said</p>\n</blockquote>\n"),
            (
                "```sh\nrm -rf <x>\n```",
                "<pre><code>rm -rf &lt;x&gt;\n</code></pre>\n",
            ),
            ("a  \nb\n\n---", "<p>a<br>\nb</p>\n<hr>\n"),
            (
                "[docs](https://example.com/?a=1&b=\"2)",
                "<p><a href=\"https://example.com/?a=1&amp;b=&quot;2\" rel=\"nofollow noopener noreferrer\">docs</a></p>\n",
            ),
            (
                "[the run](/ui/runs/1) <ada@example.com>",
                "<p><a href=\"/ui/runs/1\" rel=\"nofollow noopener noreferrer\">the run</a> \
                 <a href=\"mailto:ada@example.com\" rel=\"nofollow noopener noreferrer\">ada@example.com</a></p>\n",
            ),
            (
                "![a picture](https://example.com/x.png)",
                "<p>a picture</p>\n",
            ),
        ];
        for (markdown, html) in rows {
            assert_eq!(markdown_to_html(markdown), html, "{markdown}");
        }
    }

    #[test]
    fn what_could_do_something_is_shown_as_text() {
        for markdown in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "a <b onclick='x'>b</b>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,hello)",
            "[x](//evil.example/)",
            "[x](/\\evil.example/)",
            "[x](vbscript:x)",
            "[x](relative)",
            "<javascript:alert(1)>",
            "[x]: javascript:alert(1)\n\n[x]",
            "<!-- a comment --><style>*{}</style>",
            "![x](javascript:alert(1))",
        ] {
            let html = markdown_to_html(markdown);
            assert!(!html.contains("<a"), "{markdown}: {html}");
            is_harmless(&html);
        }
    }

    /// Every `<` begins one of our tags, written as we write it.
    fn is_harmless(html: &str) {
        const TAGS: [&str; 19] = [
            "p>",
            "h4>",
            "h5>",
            "blockquote>",
            "pre>",
            "code>",
            "ul>",
            "ol>",
            "ol start=\"",
            "li>",
            "em>",
            "strong>",
            "del>",
            "br>",
            "hr>",
            "a>",
            "a href=\"https://",
            "a href=\"http://",
            "a href=\"mailto:",
        ];
        for part in html.split('<').skip(1) {
            let part = part.strip_prefix('/').unwrap_or(part);
            let is_ours = TAGS.iter().any(|tag| part.to_lowercase().starts_with(tag))
                || part.starts_with("a href=\"/");
            assert!(is_ours, "{part} in {html}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_our_tags_comes_out(markdown in r#"([<>"'&/!\[\]()`*_#>\-= :\n]|javascript:|script|onerror=|href=|https://|a|1){0,60}"#) {
            is_harmless(&markdown_to_html(&markdown));
        }
    }
}
