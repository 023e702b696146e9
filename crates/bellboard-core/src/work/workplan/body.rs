//! The text below the front matter: its headings and its `task` blocks, found by a CommonMark parser.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A heading outside quotations.
#[derive(Debug)]
pub(super) struct Heading {
    pub level: HeadingLevel,
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    /// Its words, without marks.
    pub words: String,
}

/// A fenced block whose first word is `task`.
#[derive(Debug)]
pub(super) struct Block {
    /// The bytes from the opening fence to the closing one.
    pub fence: Range<usize>,
    /// The bytes of the whole lines between.
    pub yaml: Range<usize>,
    /// The last heading before it, by its place in [`Body::headings`].
    pub heading: Option<usize>,
    /// The words of the list item that it stands in.
    pub item: Option<String>,
}

/// What is in a body.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Where it begins.
    begins: usize,
    /// The headings, in the order of the file.
    pub headings: Vec<Heading>,
    /// The blocks, in the order of the file.
    pub blocks: Vec<Block>,
    /// Where task blocks stand in quotations.
    pub quoted: Vec<usize>,
}

/// What has been opened and not closed while a body is read.
#[derive(Default)]
struct Open {
    quotations: usize,
    /// The words of the list items around, and whether they are complete.
    items: Vec<(String, bool)>,
    heading: Option<(HeadingLevel, Range<usize>, String)>,
    block: Option<(Range<usize>, Option<Range<usize>>)>,
    is_in_code: bool,
}

impl Body {
    pub fn read(text: &str, begins: usize) -> Self {
        let mut body = Self {
            begins,
            ..Self::default()
        };
        let mut open = Open::default();
        let events = Parser::new_ext(&text[begins..], Options::empty()).into_offset_iter();
        for (event, bytes) in events {
            body.take(
                text,
                &mut open,
                event,
                begins + bytes.start..begins + bytes.end,
            );
        }
        body
    }

    fn take(&mut self, text: &str, open: &mut Open, event: Event<'_>, bytes: Range<usize>) {
        match event {
            Event::Start(Tag::BlockQuote(_)) => open.quotations += 1,
            Event::End(TagEnd::BlockQuote(_)) => open.quotations -= 1,
            Event::Start(Tag::Item) => open.items.push((String::new(), false)),
            Event::End(TagEnd::Item) => drop(open.items.pop()),
            Event::Start(Tag::Heading { level, .. }) => {
                open.heading = Some((level, bytes, String::new()));
            }
            Event::End(TagEnd::Heading(_)) => self.close_heading(open),
            Event::Start(Tag::CodeBlock(kind)) => {
                open.is_in_code = true;
                complete_item(open);
                if is_task(&kind) {
                    open.block = Some((bytes, None));
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                open.is_in_code = false;
                if let Some((fence, yaml)) = open.block.take() {
                    self.close_block(text, open, fence, yaml);
                }
            }
            Event::Text(words) if open.is_in_code => {
                if let Some((_, yaml)) = &mut open.block
                    && !words.is_empty()
                {
                    let start = yaml.as_ref().map_or(bytes.start, |yaml| yaml.start);
                    *yaml = Some(start..bytes.end);
                }
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some((_, _, heading)) = &mut open.heading {
                    heading.push_str(&words);
                } else if let Some((item, false)) = open.items.last_mut() {
                    item.push_str(&words);
                }
            }
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph) => {
                complete_item(open);
            }
            Event::Start(Tag::List(_)) => complete_item(open),
            _ => {}
        }
    }

    fn close_heading(&mut self, open: &mut Open) {
        if let Some((level, bytes, words)) = open.heading.take()
            && open.quotations == 0
        {
            let words = words.trim().to_owned();
            self.headings.push(Heading {
                level,
                bytes,
                words,
            });
        }
    }

    fn close_block(
        &mut self,
        text: &str,
        open: &Open,
        fence: Range<usize>,
        yaml: Option<Range<usize>>,
    ) {
        if open.quotations > 0 {
            self.quoted.push(fence.start);
            return;
        }
        let yaml = yaml.map_or(fence.end..fence.end, |yaml| {
            let line_start = text[..yaml.start].rfind('\n').map_or(0, |at| at + 1);
            line_start.max(fence.start)..yaml.end
        });
        let words = open.items.last().map(|(words, _)| words.trim().to_owned());
        self.blocks.push(Block {
            yaml,
            fence,
            heading: self.headings.len().checked_sub(1),
            item: words.filter(|words| !words.is_empty()),
        });
    }

    /// The first heading of the first level.
    pub fn title(&self) -> Option<String> {
        let first = self.headings.first();
        let first = first.filter(|heading| heading.level == HeadingLevel::H1);
        first
            .map(|heading| heading.words.clone())
            .filter(|words| !words.is_empty())
    }

    /// The heading that names the task of a block: not the one that names the whole plan.
    pub fn heading_of(&self, block: usize) -> Option<&Heading> {
        let at = self.blocks[block].heading?;
        let heading = &self.headings[at];
        (at > 0 || heading.level != HeadingLevel::H1).then_some(heading)
    }

    /// What is said about the whole plan: from its title to the next heading or block.
    pub fn introduction(&self, text: &str) -> String {
        let title = self.headings.first();
        let title = title.filter(|heading| heading.level == HeadingLevel::H1);
        let start = title.map_or(self.begins, |heading| heading.bytes.end);
        let headings = self.headings.iter().map(|heading| heading.bytes.start);
        let blocks = self.blocks.iter().map(|block| block.fence.start);
        let end = headings.chain(blocks).filter(|at| *at >= start).min();
        text[start..end.unwrap_or(text.len())].to_owned()
    }

    /// The words below the heading of this name, up to the next heading that is not below its own.
    pub fn section(&self, text: &str, name: &str) -> String {
        let at = self
            .headings
            .iter()
            .position(|heading| heading.words == name);
        let Some(at) = at else {
            return String::new();
        };
        let own = &self.headings[at];
        let next = self.headings[at + 1..]
            .iter()
            .find(|heading| heading.level <= own.level);
        let end = next.map_or(text.len(), |heading| heading.bytes.start);
        text[own.bytes.end..end].to_owned()
    }

    /// What is said about a task: the words below its heading, without its block, up to the next heading that is not
    /// below its own, or the next task.
    pub fn words_about(&self, text: &str, block: usize) -> String {
        let this = &self.blocks[block];
        if this.item.is_some() {
            return String::new();
        }
        let is_first = block == 0 || self.blocks[block - 1].heading != this.heading;
        let heading = self.heading_of(block);
        let own_level = heading.map(|heading| heading.level);
        let start = match heading.filter(|_| is_first) {
            Some(heading) => heading.bytes.end,
            None => this.fence.start,
        };
        let next_block = self.blocks.get(block + 1);
        let next_task = next_block.map_or(text.len(), |next| {
            let named_anew = next.heading != this.heading;
            let heading = next.heading.filter(|_| named_anew);
            heading.map_or(next.fence.start, |at| self.headings[at].bytes.start)
        });
        let after = self.blocks[block].heading.map_or(0, |at| at + 1);
        let mut before_next = self.headings[after..]
            .iter()
            .take_while(|heading| heading.bytes.start < next_task);
        let next_heading = before_next
            .find(|heading| own_level.is_none_or(|own| heading.level <= own))
            .map_or(text.len(), |heading| heading.bytes.start);
        let end = next_task.min(next_heading).max(this.fence.end);
        let before = &text[start..this.fence.start];
        let after = text[this.fence.end..end].trim();
        format!("{}\n\n{after}", before.trim_end())
    }
}

fn complete_item(open: &mut Open) {
    if let Some((words, is_complete)) = open.items.last_mut() {
        *is_complete |= !words.is_empty();
    }
}

fn is_task(kind: &CodeBlockKind<'_>) -> bool {
    let CodeBlockKind::Fenced(info) = kind else {
        return false;
    };
    let first = info.split_whitespace().next();
    first.is_some_and(|word| word.eq_ignore_ascii_case("task"))
}
