//! How the command line speaks: data on stdout, words on stderr, in the form, colours and characters that the other end
//! can take.

use std::io::{self, IsTerminal as _, Write};

use anstream::adapter::strip_str;
use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use clap::builder::styling::{AnsiColor, Style};

use crate::config::variable;

/// The widest line that is assumed when the terminal does not say.
const DEFAULT_COLUMNS: usize = 100;

/// The form of the data on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Tables and sentences for people.
    Human,
    /// Tab-separated, one line per thing, nothing cut off.
    Plain,
    /// The API's own JSON.
    Json,
}

/// A state's shape. Each has a character and an ASCII stand-in, so that a state never hangs on colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The command line's own note.
    Note,
    /// Ended well.
    Done,
    /// Ended badly.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// Ended, and needs a look.
    FollowUp,
    /// Waits for a decision.
    Decide,
    /// Waits for an answer.
    Ask,
    /// At work.
    Running,
    /// Waits for its turn, or for a person.
    Queued,
    /// Nothing has been heard for too long.
    Silent,
    /// A warning of the command line.
    Warning,
}

impl Mark {
    const fn shape(self) -> (&'static str, &'static str) {
        match self {
            Self::Note => ("▸", ">"),
            Self::Done => ("✓", "ok"),
            Self::Failed => ("✗", "x"),
            Self::Cancelled => ("⊘", "-"),
            Self::FollowUp => ("⚑", "!"),
            Self::Decide => ("⬡", "#"),
            Self::Ask => ("◇", "<>"),
            Self::Running => ("●", "*"),
            Self::Queued => ("○", "o"),
            Self::Silent => ("△", "?"),
            Self::Warning => ("▲", "!"),
        }
    }

    const fn color(self) -> AnsiColor {
        match self {
            Self::Note | Self::Running => AnsiColor::Blue,
            Self::Done => AnsiColor::Green,
            Self::Failed => AnsiColor::Red,
            Self::FollowUp | Self::Decide | Self::Ask | Self::Silent | Self::Warning => {
                AnsiColor::Yellow
            }
            Self::Cancelled | Self::Queued => AnsiColor::BrightBlack,
        }
    }
}

/// The settings of one invocation.
#[derive(Debug, Clone)]
pub struct Output {
    /// The form of the data.
    pub form: Form,
    /// Only data and errors.
    pub quiet: bool,
    /// Characters outside ASCII would be garbled.
    pub ascii: bool,
    /// Columns that a line may take.
    pub columns: usize,
}

impl Output {
    /// Looks at the environment and at where stdout goes. Colour itself is decided by `anstream`.
    pub fn new(form: Form, quiet: bool) -> Self {
        Self {
            form,
            quiet,
            ascii: ascii_only(),
            columns: columns(),
        }
    }

    /// One line of data on stdout.
    pub fn data(&self, line: &str) -> io::Result<()> {
        write_line(&io::stdout(), &self.fit(line))
    }

    /// One line of words on stderr, unless told to be quiet. A closed stderr is nobody's problem.
    pub fn say(&self, mark: Mark, line: &str) {
        if !self.quiet {
            let line = format!("{} {}", self.mark(mark), self.fit(line));
            drop(write_line(&io::stderr(), &line));
        }
    }

    /// One line of warning on stderr, unless told to be quiet.
    pub fn warn(&self, line: &str) {
        self.say(Mark::Warning, line);
    }

    /// The last word of a command that failed; `quiet` does not silence it.
    pub fn error(&self, line: &str) {
        let style = AnsiColor::Red.on_default().bold();
        let line = format!("{style}error:{style:#} {}", self.fit(line));
        drop(write_line(&io::stderr(), &line));
    }

    /// A coloured mark.
    pub fn mark(&self, mark: Mark) -> String {
        let (shape, ascii) = mark.shape();
        let style = mark.color().on_default();
        format!("{style}{}{style:#}", if self.ascii { ascii } else { shape })
    }

    /// Dimmed text.
    pub fn faint(&self, text: &str) -> String {
        let style = Style::new().dimmed();
        format!("{style}{}{style:#}", self.fit(text))
    }

    /// A heading.
    pub fn heading(&self, text: &str) -> String {
        let style = Style::new().bold();
        format!("{style}{}{style:#}", self.fit(text))
    }

    /// A bar for counted work, and for nothing else.
    pub fn bar(&self, processed: u64, total: u64, cells: usize) -> String {
        let total = total.max(1);
        let full =
            usize::try_from(u128::from(processed.min(total)) * cells as u128 / u128::from(total))
                .unwrap_or(cells);
        let (done, left) = if self.ascii {
            ("#", ".")
        } else {
            ("█", "░")
        };
        let style = AnsiColor::Blue.on_default();
        format!(
            "{style}{}{style:#}{}",
            done.repeat(full),
            left.repeat(cells - full)
        )
    }

    /// The same text in characters that arrive, when only ASCII does.
    pub fn fit(&self, text: &str) -> String {
        if !self.ascii || text.is_ascii() {
            return text.to_owned();
        }
        text.chars().map(ascii_for).collect()
    }

    /// Text cut to this many characters, the cut being visible.
    pub fn cut(&self, text: &str, width: usize) -> String {
        if text.chars().count() <= width {
            return text.to_owned();
        }
        let ellipsis = if self.ascii { "..." } else { "…" };
        let room = width.saturating_sub(ellipsis.chars().count());
        let kept: String = text.chars().take(room).collect();
        format!("{}{ellipsis}", kept.trim_end())
    }
}

/// A JSON document on stdout, one line, so that many of them are NDJSON.
pub fn print_json(value: &serde_json::Value) -> io::Result<()> {
    write_line(&io::stdout(), &value.to_string())
}

/// One line of tab-separated fields on stdout; tabs and line breaks inside a field become spaces.
pub fn print_plain(fields: &[&str]) -> io::Result<()> {
    let clean: Vec<String> = fields
        .iter()
        .map(|field| field.replace(['\t', '\n', '\r'], " "))
        .collect();
    write_line(&io::stdout(), &clean.join("	"))
}

/// "1 repo", "2 repos".
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// One line in one write, so that it stays whole beside what a wrapped command prints; with colours if they are wanted.
fn write_line<S: RawStream>(mut stream: &S, line: &str) -> io::Result<()>
where
    for<'a> &'a S: Write,
{
    let mut text = match AutoStream::choice(stream) {
        ColorChoice::Never => strip_str(line).to_string(),
        _ => line.to_owned(),
    };
    text.push('\n');
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// Whether the terminal says that it shows plain text only, and nobody forces colours on it.
pub fn terminal_is_dumb() -> bool {
    variable("TERM").as_deref() == Some("dumb") && variable("CLICOLOR_FORCE").is_none()
}

/// Whether stdout is a terminal that a person looks at.
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal() && variable("TERM").as_deref() != Some("dumb")
}

/// How many characters a text takes on the screen, without its colours.
pub fn visible(text: &str) -> usize {
    strip_str(text).to_string().chars().count()
}

fn ascii_for(character: char) -> String {
    match character {
        '·' | '−' | '–' | '—' => "-".to_owned(),
        '…' => "...".to_owned(),
        '\u{202f}' | '\u{a0}' | '\u{2009}' => " ".to_owned(),
        '“' | '”' => "\"".to_owned(),
        '‘' | '’' => "'".to_owned(),
        '→' => "->".to_owned(),
        '▸' => ">".to_owned(),
        character if character.is_ascii() => character.to_string(),
        _ => "?".to_owned(),
    }
}

/// The locale decides, in the order of POSIX; a dumb terminal takes no chances.
fn ascii_only() -> bool {
    let locale = variable("LC_ALL")
        .or_else(|| variable("LC_CTYPE"))
        .or_else(|| variable("LANG"))
        .unwrap_or_default();
    let utf8 = locale
        .to_ascii_lowercase()
        .replace('-', "")
        .contains("utf8");
    !utf8 || variable("TERM").as_deref() == Some("dumb")
}

fn columns() -> usize {
    let told = variable("COLUMNS").and_then(|columns| columns.parse().ok());
    let asked = || {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        (size.ws_col > 0).then_some(usize::from(size.ws_col))
    };
    told.or_else(asked)
        .unwrap_or(DEFAULT_COLUMNS)
        .clamp(40, 400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(ascii: bool) -> Output {
        Output {
            form: Form::Human,
            quiet: false,
            ascii,
            columns: 80,
        }
    }

    #[test]
    fn a_bar_fills_with_what_is_done_and_never_more() {
        let table = [
            (0, 512, "...."),
            (128, 512, "#..."),
            (511, 512, "###."),
            (512, 512, "####"),
            (600, 512, "####"),
            (1, 0, "####"),
        ];
        for (processed, total, bar) in table {
            let drawn = strip_str(&output(true).bar(processed, total, 4)).to_string();
            assert_eq!(drawn, bar, "{processed} of {total}");
        }
    }

    #[test]
    fn a_cut_is_visible_and_fits() {
        assert_eq!(
            output(false).cut("Compare baseline", 16),
            "Compare baseline"
        );
        assert_eq!(output(false).cut("Compare baseline", 9), "Compare…");
        assert_eq!(output(true).cut("Compare baseline", 10), "Compare...");
    }

    #[test]
    fn characters_that_would_be_garbled_are_told_in_others() {
        assert_eq!(
            output(true).fit("18\u{202f}422 rows · “so far” …"),
            "18 422 rows - \"so far\" ..."
        );
        assert_eq!(
            output(false).fit("18\u{202f}422 rows"),
            "18\u{202f}422 rows"
        );
        assert_eq!(visible(&output(false).mark(Mark::Done)), 1);
    }
}
