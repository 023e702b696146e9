//! The file with instructions for agents: one section of it is ours, between two marks, and nothing outside of them is
//! ever changed.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::refused;
use super::section::{BEGIN, END};
use crate::stop::Stop;

/// A larger file is no instruction that anybody reads.
const MAX_BYTES: u64 = 1024 * 1024;

/// The file, as it lies there.
pub(super) struct Instructions {
    path: PathBuf,
    text: Option<String>,
    section: Option<Range<usize>>,
}

/// What became of the section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrote {
    /// It is there for the first time.
    New,
    /// It was written anew.
    Replaced,
    /// It said the same before.
    Same,
    /// It says something else and was not to be replaced.
    LeftAlone,
}

impl Wrote {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Replaced => "replaced",
            Self::Same => "same",
            Self::LeftAlone => "left_alone",
        }
    }
}

impl Instructions {
    /// Reads the file of this name below the root. Marks that leave open what is ours are refused.
    pub(super) fn open(root: &Path, name: &str) -> Result<Self> {
        let path = inside(root, name)?;
        let text = match fs::metadata(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
            Ok(file) if file.is_file() && file.len() <= MAX_BYTES => {
                let text = fs::read_to_string(&path);
                Some(text.map_err(|cause| refused(format!("{name} cannot be read: {cause}")))?)
            }
            Ok(_) => {
                return Err(refused(format!("{name} is no text file of at most 1 MiB")).into());
            }
            Err(cause) => return Err(refused(format!("{name} cannot be read: {cause}")).into()),
        };
        let section = match &text {
            Some(text) => section_in(text).map_err(|line| {
                refused(format!(
                    "{name}:{line}: the marks `bellboard:begin` and `bellboard:end` do not enclose one section. Mend or \
                     remove them; nothing was changed"
                ))
            })?,
            None => None,
        };
        Ok(Self {
            path,
            text,
            section,
        })
    }

    /// Puts the section there: at the end of a file that has none, in the place of the old one only by force.
    pub(super) fn put(self, section: &str, force: bool) -> io::Result<Wrote> {
        let before = self.text.as_deref().unwrap_or_default();
        // A file with the line ends of Windows keeps them.
        let end = if before.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let section = section.replace('\n', end);
        let (text, wrote) = match self.section {
            Some(range) if before[range.clone()].trim_end() == section.trim_end() => {
                return Ok(Wrote::Same);
            }
            Some(_) if !force => return Ok(Wrote::LeftAlone),
            Some(range) => {
                let (above, below) = (&before[..range.start], &before[range.end..]);
                let section = section.trim_end();
                (format!("{above}{section}{below}"), Wrote::Replaced)
            }
            None => {
                let gap = match before {
                    "" => String::new(),
                    text if text.ends_with("\n\n") || text.ends_with("\n\r\n") => String::new(),
                    text if text.ends_with('\n') => end.to_owned(),
                    _ => end.repeat(2),
                };
                (format!("{before}{gap}{section}"), Wrote::New)
            }
        };
        replace(&self.path, &text, self.text.is_some())?;
        Ok(wrote)
    }
}

/// The file that is meant; it lies in the repository, whatever links there are.
fn inside(root: &Path, name: &str) -> Result<PathBuf, Stop> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    let name_path = Path::new(name);
    if name.is_empty() || !name_path.components().all(is_plain) {
        return Err(refused(format!(
            "--file {name} leads out of the repository. Name a file in it, such as AGENTS.md"
        )));
    }
    let path = root.join(name_path);
    let there = match path.canonicalize() {
        Ok(real) => real,
        // A link to nothing would be followed as the file is made.
        Err(_) if fs::symlink_metadata(&path).is_ok() => {
            return Err(refused(format!("{name} is a symbolic link to nothing")));
        }
        Err(_) => {
            let folder = path.parent().unwrap_or(root).canonicalize();
            let folder = folder.map_err(|cause| {
                refused(format!("the folder of {name} cannot be opened: {cause}"))
            })?;
            folder.join(path.file_name().unwrap_or_default())
        }
    };
    if there.starts_with(root) {
        return Ok(there);
    }
    Err(refused(format!(
        "{name} is a symbolic link out of the repository, and nothing outside of it is written. Put a file there"
    )))
}

/// Where the section stands, from its first mark to its last; the line at fault where the marks enclose none.
fn section_in(text: &str) -> Result<Option<Range<usize>>, usize> {
    let mut begin = None;
    let mut found = None;
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mark = line.trim();
        let is_begin = mark == BEGIN || mark.starts_with("<!-- bellboard:begin");
        if is_begin && (begin.is_some() || found.is_some()) {
            return Err(number + 1);
        }
        if is_begin {
            begin = Some((at, number + 1));
        } else if mark == END {
            let (start, _) = begin.take().ok_or(number + 1)?;
            found = Some(start..at + line.trim_end().len());
        }
        at += line.len();
    }
    match begin {
        Some((_, line)) => Err(line),
        None => Ok(found),
    }
}

/// Writes the text at once, so that nobody reads half of it.
fn replace(path: &Path, text: &str, is_there: bool) -> io::Result<()> {
    let beside = path.with_extension("bellboard-new");
    let mut new = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)?;
    let rights = || {
        if is_there {
            fs::set_permissions(&beside, fs::metadata(path)?.permissions())?;
        }
        Ok(())
    };
    let done = new
        .write_all(text.as_bytes())
        .and_then(|()| new.sync_all())
        .and_then(|()| rights())
        .and_then(|()| fs::rename(&beside, path));
    if done.is_err() {
        drop(fs::remove_file(&beside));
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_is_found_between_its_marks() {
        let text = format!("Above\n{BEGIN}\nours\n{END}\nBelow\n");
        let range = section_in(&text).unwrap().unwrap();
        assert_eq!(&text[range], format!("{BEGIN}\nours\n{END}"));
        assert_eq!(section_in("nothing"), Ok(None));
        let older = "<!-- bellboard:begin -->\r\n<!-- bellboard:end -->\r\n";
        let range = section_in(older).unwrap().unwrap();
        assert_eq!(range, 0..older.len() - 2);
    }

    #[test]
    fn marks_that_enclose_no_section_are_told_by_their_line() {
        let rows = [
            (format!("{BEGIN}\n"), 1),
            (format!("a\n{END}\n"), 2),
            (format!("{BEGIN}\n{BEGIN}\n{END}\n"), 2),
            (format!("{BEGIN}\n{END}\n{BEGIN}\n{END}\n"), 3),
            (format!("{END}\n{BEGIN}\n"), 1),
        ];
        for (text, line) in rows {
            assert_eq!(section_in(&text), Err(line), "{text}");
        }
    }

    #[test]
    fn a_file_outside_of_the_repository_is_refused() {
        let root = std::env::temp_dir().canonicalize().unwrap();
        for name in ["", "..", "../AGENTS.md", "/etc/passwd", "a/../../b"] {
            assert!(inside(&root, name).is_err(), "{name}");
        }
        let path = inside(&root, "AGENTS.md").unwrap();
        assert_eq!(path, root.join("AGENTS.md"));
    }
}
