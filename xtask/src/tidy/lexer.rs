//! Just enough of Rust's lexical grammar to tell words, strings and comments apart, so that the rules of tidy read
//! code as code: a brace in a string opens nothing, and a keyword in a comment is prose.

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    /// A string literal of any form, without its quotes; escapes are left as written.
    Text,
    Comment,
    /// One character of punctuation, a number, a lifetime or a character literal.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'s> {
    pub kind: Kind,
    pub text: &'s str,
    /// Counted from one.
    pub line: usize,
}

impl Token<'_> {
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Other) && self.text == text
    }
}

/// Cuts a Rust source into tokens; white space is left out.
pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = measure(rest, first);
        let (piece, after) = rest.split_at(length);
        if let Some(kind) = kind {
            let text = if kind == Kind::Text {
                unquoted(piece)
            } else {
                piece
            };
            found.push(Token { kind, text, line });
        }
        line += piece.matches('\n').count();
        rest = after;
    }
    found
}

/// What starts here, and how many bytes it takes.
fn measure(rest: &str, first: char) -> (Option<Kind>, usize) {
    if first.is_whitespace() {
        return (None, first.len_utf8());
    }
    if rest.starts_with("//") {
        return (Some(Kind::Comment), rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Some(Kind::Comment), block_comment(rest));
    }
    if let Some(length) = string(rest) {
        return (Some(Kind::Text), length);
    }
    if first.is_alphabetic() || first == '_' {
        return (Some(Kind::Word), word(rest));
    }
    if first == '\'' {
        return (Some(Kind::Other), quote(rest));
    }
    if first.is_ascii_digit() {
        return (Some(Kind::Other), word(rest));
    }
    (Some(Kind::Other), first.len_utf8())
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len())
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of a string literal that starts here: plain, byte, C, or raw with any number of hashes.
fn string(rest: &str) -> Option<usize> {
    // Looking further than the longest prefix would read the whole file for each word.
    let prefix = rest
        .bytes()
        .take(3)
        .position(|byte| byte == b'"' || byte == b'#')?;
    let (letters, body) = rest.split_at(prefix);
    if !["", "b", "c", "r", "br", "cr"].contains(&letters) {
        return None;
    }
    if letters.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        let opened = body[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", &body[..hashes]);
        let length = opened.find(&end).unwrap_or(opened.len());
        return Some(prefix + hashes + 1 + length + end.len());
    }
    let opened = body.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in opened.char_indices() {
        match c {
            '"' if !escaped => return Some(prefix + 1 + at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Some(rest.len())
}

/// A character literal, or only the quote of a lifetime.
fn quote(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some(_)) => {
            let end = rest[3..].find('\'').unwrap_or(0);
            3 + end + 1
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

fn unquoted(literal: &str) -> &str {
    literal
        .trim_start_matches(['b', 'c', 'r'])
        .trim_start_matches('#')
        .trim_end_matches('#')
        .trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str, kind: &Kind) -> Vec<String> {
        tokens(source)
            .into_iter()
            .filter(|token| token.kind == *kind)
            .map(|token| token.text.to_owned())
            .collect()
    }

    #[test]
    fn strings_of_every_form_are_one_token() {
        let source = r##"let a = "x { \" y"; let b = r#"raw " } "#; let c = b"z"; let r = 1;"##;
        assert_eq!(texts(source, &Kind::Text), ["x { \\\" y", "raw \" } ", "z"]);
        assert_eq!(
            texts(source, &Kind::Word),
            ["let", "a", "let", "b", "let", "c", "let", "r"]
        );
    }

    #[test]
    fn comments_are_prose_and_may_nest() {
        let source = "fn a() {} // struct b {\n/* outer /* inner */ still */ fn c() {}";
        assert_eq!(texts(source, &Kind::Word), ["fn", "a", "fn", "c"]);
    }

    #[test]
    fn quotes_of_characters_and_lifetimes_open_no_string() {
        let source = r#"fn f<'a>(c: &'a str) { m('"', '\'', '\\', '{', 'é'); g("end") }"#;
        assert_eq!(texts(source, &Kind::Text), ["end"]);
        assert_eq!(tokens(source).iter().filter(|t| t.is("{")).count(), 1);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let found = tokens("\"a\nb\"\n/*\n*/ last");
        assert_eq!(found.last().map(|token| token.line), Some(4));
    }
}
