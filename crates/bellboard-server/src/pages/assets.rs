//! The files that pages need, carried inside the binary. Every name holds a hash over all of them, so a browser may keep
//! a file for ever and never mixes two releases.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The one module that is not ours; it is served as it was published.
const THEIRS: &str = "idiomorph.js";

/// Style sheets that travel as one, so that each kind of page asks for one file: under the name of the last, those before
/// it come first.
const TOGETHER: [(&str, &[&str]); 3] = [
    ("pages.css", &["base.css", "pages.css"]),
    ("work.css", &["base.css", "pages.css", "work.css"]),
    ("boards.css", &["base.css", "pages.css", "boards.css"]),
];

/// Access to the embedded files by the names they have in the sources.
pub struct Asset;

/// Eight hex digits over the content of every file.
static RELEASE: LazyLock<String> = LazyLock::new(|| {
    let mut mixed = [0_u8; 4];
    for name in Files::iter() {
        if let Some(file) = Files::get(&name) {
            let hash = file.metadata.sha256_hash();
            for (slot, byte) in mixed.iter_mut().zip(hash) {
                *slot = slot.rotate_left(3) ^ byte;
            }
        }
    }
    mixed
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
});

static ICONS: LazyLock<String> = LazyLock::new(|| {
    Files::get("icons.svg")
        .map(|file| String::from_utf8_lossy(&file.data).trim().to_owned())
        .unwrap_or_default()
});

impl Asset {
    /// The address of the file `name`: `/static/base.1f2e3d4c.css`.
    pub fn path(name: &str) -> String {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        format!("/static/{stem}.{}.{extension}", RELEASE.as_str())
    }

    /// The sprite of all icons, placed into each page so that `<use href="#name">` needs no request.
    pub fn icons() -> &'static str {
        &ICONS
    }
}

/// Answers `/static/{name}`; anything but the current name of an existing file is not found.
pub async fn serve(Path(requested): Path<String>) -> Response {
    match find(&requested) {
        Some((body, kind)) => (
            [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            body,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn find(requested: &str) -> Option<(Cow<'static, [u8]>, &'static str)> {
    let marker = format!(".{}.", RELEASE.as_str());
    let (stem, extension) = requested.split_once(&marker)?;
    let name = format!("{stem}.{extension}");
    let kind = match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    if extension == "css" {
        return Some((Cow::Owned(sheet(&name)?.into_bytes()), kind));
    }
    let data = Files::get(&name)?.data;
    let body = if extension == "js" {
        let text = String::from_utf8_lossy(&data);
        let text = if name == THEIRS {
            text
        } else {
            slim(&text).into()
        };
        Cow::Owned(with_hashed_imports(&text).into_bytes())
    } else {
        data
    };
    Some((body, kind))
}

/// A style sheet with those that travel in it.
fn sheet(name: &str) -> Option<String> {
    let (_, parts) = TOGETHER.iter().find(|(together, _)| *together == name)?;
    let parts = parts.iter().map(|part| {
        let file = Files::get(part)?;
        Some(slim(&String::from_utf8_lossy(&file.data)))
    });
    parts.collect()
}

/// A module or a style sheet without its indentation and its comments on lines of their own: they are for readers of the
/// source, not for browsers. No text of ours goes over the end of a line, so no line's start means anything.
fn slim(source: &str) -> String {
    let mut slim = String::with_capacity(source.len());
    let mut in_comment = false;
    for line in source.lines().map(str::trim_start) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            slim.push_str(line);
            slim.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    slim
}

/// Own modules import each other as `"./morph.js"`; the browser has to ask for the hashed name.
fn with_hashed_imports(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for (number, piece) in text.split("\"./").enumerate() {
        let imported = ["from ", "import("].iter().any(|word| out.ends_with(word));
        match piece.split_once('"') {
            Some((name, rest)) if number > 0 && imported => {
                out.extend(["\"", &Asset::path(name), "\"", rest]);
            }
            _ if number > 0 => {
                out.push_str("\"./");
                out.push_str(piece);
            }
            _ => out.push_str(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_readers_stays_behind() {
        let source = "// Why.\n/** What.\n * @param {Element} row */\nfunction f(row) {\n  /* here */\n  go(); // now\n\n}\n";
        assert_eq!(slim(source), "function f(row) {\ngo(); // now\n}\n");
        for name in Files::iter().filter(|name| name.ends_with(".js") && *name != THEIRS) {
            let file = Files::get(&name).unwrap().data;
            for line in String::from_utf8_lossy(&file).lines() {
                let ticks = line.matches('`').count();
                assert_eq!(
                    ticks % 2,
                    0,
                    "a text goes over the end of a line in {name}: {line}"
                );
                let code = line.trim_start().starts_with("/*");
                assert!(
                    !code || line.ends_with("*/") || !line.contains("*/"),
                    "{name}: {line}"
                );
            }
        }
    }

    #[test]
    fn every_file_is_found_by_its_hashed_name_only() {
        let path = Asset::path("work.css");
        let name = path.strip_prefix("/static/").expect("a static path");
        assert!(find(name).is_some());
        assert!(find("work.css").is_none());
        assert!(find("work.00000000.css").is_none());
        assert!(find("../Cargo.toml").is_none());
    }

    #[test]
    fn every_sheet_travels_in_one_that_pages_ask_for() {
        let sheets = Files::iter().filter(|name| name.ends_with(".css"));
        for name in sheets {
            let mut travels = TOGETHER.iter().filter(|(_, parts)| parts.contains(&&*name));
            assert!(travels.next().is_some(), "{name}");
        }
        for (name, _) in TOGETHER {
            assert!(sheet(name).unwrap().starts_with(":root{"), "{name}");
        }
        assert_eq!(sheet("base.css"), None);
    }

    #[test]
    fn modules_import_each_other_by_hashed_names() {
        let text = with_hashed_imports(
            "import { a } from \"./morph.js\";\nlet b = \"./c.js\"; await import(\"./d.js\");",
        );
        assert_eq!(
            text,
            format!(
                "import {{ a }} from \"{}\";\nlet b = \"./c.js\"; await import(\"{}\");",
                Asset::path("morph.js"),
                Asset::path("d.js")
            )
        );
    }
}
