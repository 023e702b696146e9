//! Opens the folder and the database. Every way in which that fails ends with the way out.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use bellboard_hub::db::{DatabaseUrl, Db, DbFault, DbOptions};

/// The file of the embedded database.
const FILE: &str = "bellboard.db";

/// An open database whose schema is current.
pub struct Opened {
    /// The database.
    pub db: Db,
    /// Where it lies, in words without a password.
    pub place: String,
}

/// Makes the data folder, for its owner's eyes only, and tries whether it can be written.
pub fn prepare_folder(folder: &Path) -> Result<()> {
    let probe = folder.join(format!(".probe-{}", std::process::id()));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| fs::write(&probe, b""))
        .and_then(|()| fs::remove_file(&probe))
        .map_err(|error| {
            let cause = match error.kind() {
                io::ErrorKind::PermissionDenied => "you may not write there".to_owned(),
                io::ErrorKind::ReadOnlyFilesystem => "it lies on a read-only disk".to_owned(),
                io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "it is not a folder".to_owned(),
                io::ErrorKind::StorageFull => "the disk is full".to_owned(),
                _ => error.to_string(),
            };
            anyhow!(
                "The data folder {} cannot be used: {cause}. Choose another: bellboard up --data FOLDER",
                folder.display()
            )
        })
}

/// Opens the database and brings its schema up to date.
pub async fn open(database: Option<&str>, folder: &Path) -> Result<Opened> {
    let embedded = format!("sqlite:{}", folder.join(FILE).display());
    let url: DatabaseUrl = database
        .unwrap_or(&embedded)
        .parse()
        .context("The database cannot be opened")?;
    let place = match &url {
        DatabaseUrl::Sqlite(path) => path.display().to_string(),
        DatabaseUrl::Postgres(_) => url.to_string(),
    };
    let options = DbOptions {
        exclusive: true,
        ..DbOptions::default()
    };
    let db = Db::open(&url, &options)
        .await
        .map_err(|fault| explain(&url, &fault))?;
    db.migrate().await.map_err(|fault| explain(&url, &fault))?;
    Ok(Opened { db, place })
}

fn explain(url: &DatabaseUrl, fault: &DbFault) -> anyhow::Error {
    match (url, fault) {
        (DatabaseUrl::Postgres(_), DbFault::Unavailable(cause)) => anyhow!(
            "PostgreSQL at {url} cannot be reached: {cause}. Start it or correct --database; \
             without --database the hub uses its embedded SQLite."
        ),
        (_, fault) => anyhow!("{url} cannot be used: {fault}."),
    }
}
