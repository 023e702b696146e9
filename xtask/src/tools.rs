//! What the tests need beside Rust, installed where it is missing: PostgreSQL and Chromium from Debian, axe-core from npm,
//! the foreign MCP client, the OpenAPI validator, the S3 store and a server of mail from PyPI, and from both the libraries
//! that verify webhooks. What is not Debian's goes into the target folder only.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{exists, must, output, step, succeeds, tools};

const NPM_PACKAGES: [&str; 2] = ["axe-core@4.14.1", "standardwebhooks@1.1.1"];
const PYPI_PACKAGES: [&str; 5] = [
    "mcp==2.3.0",
    "openapi-spec-validator==0.9.0",
    "moto[server]==5.2.5",
    "standardwebhooks==1.1.0",
    "aiosmtpd==1.4.6",
];

/// What figure S4 is compared with.
const COMPARED_WITH: [&str; 2] = ["polars==2.1.0", "daff==1.4.2"];

/// The browser that the tests drive, and the program that drives it.
pub const CHROMIUM: &str = "/usr/bin/chromium";
pub const CHROMEDRIVER: &str = "/usr/bin/chromedriver";

/// Installs what is missing. A second call only looks.
pub fn ready() -> Result<()> {
    step("tools");
    debian_packages()?;
    npm_packages(&tools().join("npm"))?;
    pypi_packages(&tools().join("python"), &PYPI_PACKAGES)
}

/// A Python that has what figure S4 is compared with.
pub fn compared_with() -> Result<PathBuf> {
    let folder = tools().join("compared-with");
    pypi_packages(&folder, &COMPARED_WITH)?;
    Ok(folder.join("bin/python"))
}

/// Where PostgreSQL's server programs lie: Debian keeps them outside `PATH`, one folder per version.
pub fn postgres_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
    let newest = versions.and_then(|versions| {
        let folders = versions.flatten().map(|version| version.path().join("bin"));
        folders
            .filter(|folder| folder.join("initdb").is_file())
            .max()
    });
    newest.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file())
    })
}

fn debian_packages() -> Result<()> {
    let mut missing = Vec::new();
    if postgres_programs().is_none() {
        missing.push("postgresql");
    }
    if !Path::new(CHROMIUM).exists() {
        missing.push("chromium");
    }
    if !Path::new(CHROMEDRIVER).exists() {
        missing.push("chromium-driver");
    }
    if !exists("npm") {
        missing.push("npm");
    }
    if !succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])).unwrap_or(false) {
        missing.extend(["python3", "python3-venv"]);
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !exists("apt-get") {
        bail!(
            "the tests need {}; there is no apt-get here, so install them by hand",
            missing.join(", ")
        );
    }
    println!("installing {}", missing.join(" "));
    must(&mut as_root(&["apt-get", "update", "--quiet"]))?;
    let mut install = as_root(&["apt-get", "install", "--quiet", "--yes"]);
    install.arg("--no-install-recommends").args(&missing);
    must(&mut install).context("apt-get could not install what the tests need")
}

fn as_root(words: &[&str]) -> Command {
    let root = output(Command::new("id").arg("--user")).is_ok_and(|id| id.trim() == "0");
    let words: Vec<&str> = if root {
        words.to_vec()
    } else {
        [&["sudo", "DEBIAN_FRONTEND=noninteractive"], words].concat()
    };
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn npm_packages(folder: &Path) -> Result<()> {
    once(folder, &NPM_PACKAGES, || {
        let mut npm = Command::new("npm");
        npm.args([
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ])
        .arg("--prefix")
        .arg(folder)
        .args(NPM_PACKAGES);
        must(&mut npm)
    })
}

fn pypi_packages(folder: &Path, packages: &[&str]) -> Result<()> {
    once(folder, packages, || {
        must(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet"]).args(packages);
        must(&mut pip)
    })
}

/// Installs into `folder` unless its stamp says that exactly these packages are there.
fn once(folder: &Path, packages: &[&str], install: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = folder.join("installed.txt");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("installing {}", packages.join(" "));
    std::fs::create_dir_all(folder)?;
    install()?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn packages_are_installed_once_and_again_when_their_list_changes() {
        let folder = std::env::temp_dir().join(format!("bellboard-tools-{}", std::process::id()));
        let installed = Cell::new(0);
        let install = |packages: &[&str]| {
            once(&folder, packages, || {
                installed.set(installed.get() + 1);
                Ok(())
            })
        };
        install(&["a==1"]).expect("it installs");
        install(&["a==1"]).expect("it is there");
        assert_eq!(installed.get(), 1);
        install(&["a==2"]).expect("it installs");
        assert_eq!(installed.get(), 2);
        std::fs::remove_dir_all(&folder).expect("the folder was made");
    }

    #[test]
    fn a_failed_installation_is_tried_again() {
        let folder =
            std::env::temp_dir().join(format!("bellboard-tools-failed-{}", std::process::id()));
        assert!(once(&folder, &["a==1"], || bail!("no network")).is_err());
        let mut tried = false;
        once(&folder, &["a==1"], || {
            tried = true;
            Ok(())
        })
        .expect("it installs");
        assert!(tried);
        std::fs::remove_dir_all(&folder).expect("the folder was made");
    }
}
