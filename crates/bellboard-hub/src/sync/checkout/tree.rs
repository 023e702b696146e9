//! The plan files of a working tree: found without following a symbolic link to a folder, read without leaving the root.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::Path;

use bellboard_core::work::{Format, MAX_FILE_BYTES, MAX_FILES};

use super::{CheckoutFault, Skipped, unreadable};

/// How many names are looked at in all, plan files or not.
const MAX_NAMES: usize = 200_000;

/// The plan files below the root in the order of their paths, and what was left out.
pub(super) fn find(root: &Path) -> Result<(Vec<String>, Vec<Skipped>), CheckoutFault> {
    fs::read_dir(root).map_err(|cause| unreadable(root, cause))?;
    let mut found = Found {
        root,
        paths: Vec::new(),
        skipped: Vec::new(),
        names: 0,
    };
    for folder in Format::FOLDERS {
        match folder.strip_suffix("/**") {
            Some(above) => found.look_below(above),
            None => found.look_into(folder),
        }
    }
    found.paths.sort_unstable();
    found.cut();
    Ok((found.paths, found.skipped))
}

struct Found<'a> {
    root: &'a Path,
    paths: Vec<String>,
    skipped: Vec<Skipped>,
    names: usize,
}

/// Why something is left out, and what to do about it.
type Why = (String, &'static str);

impl Found<'_> {
    /// Looks into each folder of a folder.
    fn look_below(&mut self, folder: &str) {
        for (name, what) in self.names_in(folder) {
            let path = format!("{folder}/{name}");
            if what.is_dir() {
                self.look_into(&path);
            } else if what.is_symlink() && self.root.join(&path).is_dir() {
                self.skip(&path, linked_folder());
            }
        }
    }

    /// Takes the plan files of a folder.
    fn look_into(&mut self, folder: &str) {
        for (name, what) in self.names_in(folder) {
            let path = format!("{folder}/{name}");
            if Format::of(&path).is_some() && !what.is_dir() {
                self.paths.push(path);
            }
        }
    }

    /// The names in a folder, and what each is; nothing where there is no such folder.
    fn names_in(&mut self, folder: &str) -> Vec<(String, FileType)> {
        if !self.is_plain(folder) {
            return Vec::new();
        }
        let entries = match fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(cause) => {
                self.skip(folder, refused(&cause));
                return Vec::new();
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            self.names += 1;
            if self.names > MAX_NAMES {
                let why =
                    format!("is not read to its end: {MAX_NAMES} names were looked at before");
                self.skip(folder, (why, "Move what is no plan out of the folder."));
                break;
            }
            match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
                Err(cause) => self.skip(folder, refused(&cause)),
                Ok((name, what)) => match name.into_string() {
                    Ok(name) => names.push((name, what)),
                    Err(name) => {
                        let path = format!("{folder}/{}", name.to_string_lossy());
                        self.skip(
                            &path,
                            ("has a name that is not UTF-8".to_owned(), "Rename it."),
                        );
                    }
                },
            }
        }
        names
    }

    /// Whether there is such a folder, itself and not by a symbolic link.
    fn is_plain(&mut self, folder: &str) -> bool {
        let mut path = String::new();
        for name in folder.split('/') {
            path = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}/{name}")
            };
            match fs::symlink_metadata(self.root.join(&path)) {
                Ok(what) if what.is_symlink() => {
                    self.skip(&path, linked_folder());
                    return false;
                }
                Ok(what) if what.is_dir() => {}
                _ => return false,
            }
        }
        true
    }

    /// The first ten thousand stay, the rest is named as one.
    fn cut(&mut self) {
        let beyond = self.paths.len().saturating_sub(MAX_FILES);
        if let Some(first) = self.paths.get(MAX_FILES).cloned() {
            self.paths.truncate(MAX_FILES);
            let why = format!("and {} more are beyond {MAX_FILES} plan files", beyond - 1);
            self.skip(
                &first,
                (
                    why,
                    "Divide the repository, or archive old plans outside of it.",
                ),
            );
        }
    }

    fn skip(&mut self, path: &str, why: Why) {
        // A folder that holds two of the folders of plans is looked at twice.
        if !self.skipped.iter().any(|before| before.path == path) {
            self.skipped.push(skipped(path, None, why));
        }
    }
}

/// The text of the plan file at `path` below the root.
pub(super) fn read(root: &Path, path: &str) -> Result<String, Skipped> {
    let file = inside(root, path).map_err(|why| skipped(path, None, why))?;
    let bytes = bytes(&file).map_err(|why| skipped(path, None, why))?;
    String::from_utf8(bytes).map_err(|fault| {
        let valid = &fault.as_bytes()[..fault.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count() as u64;
        let why = ("is not UTF-8 text".to_owned(), "Save it as UTF-8.");
        skipped(path, Some(line), why)
    })
}

/// Where the file really lies: a symbolic link may lead to another file of the repository and nowhere else.
fn inside(root: &Path, path: &str) -> Result<std::path::PathBuf, Why> {
    let real = root
        .join(path)
        .canonicalize()
        .map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => (
                "is gone, or a symbolic link to nothing".to_owned(),
                "Remove the link, or restore the file that it leads to.",
            ),
            _ => refused(&cause),
        })?;
    if real.starts_with(root) {
        return Ok(real);
    }
    Err((
        "is a symbolic link out of the repository".to_owned(),
        "Put the file itself there: nothing outside of the repository is read.",
    ))
}

fn bytes(file: &Path) -> Result<Vec<u8>, Why> {
    let what = fs::metadata(file).map_err(|cause| refused(&cause))?;
    if !what.is_file() {
        return Err(("is no ordinary file".to_owned(), "Put a text file there."));
    }
    let mut bytes = Vec::new();
    let file = File::open(file).map_err(|cause| refused(&cause))?;
    // One byte more than may be, so that a file that grows meanwhile is noticed as well.
    let read = file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|cause| refused(&cause))?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err((
            "is larger than 1 MiB".to_owned(),
            "Divide it into several plan files.",
        ));
    }
    Ok(bytes)
}

fn linked_folder() -> Why {
    (
        "is a symbolic link to a folder, which is not followed".to_owned(),
        "Put the folder itself there, or sync the repository that it leads to.",
    )
}

fn refused(cause: &io::Error) -> Why {
    (
        format!("cannot be read: {cause}"),
        "Give the user that runs this the right to read it.",
    )
}

fn skipped(path: &str, line: Option<u64>, (reason, way_out): Why) -> Skipped {
    Skipped {
        path: path.to_owned(),
        line,
        reason,
        way_out: way_out.to_owned(),
    }
}
