//! Where the database is: one word of the command line, parsed once.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use tokio_postgres::config::SslMode;

use super::DbFault;

/// The address of a database. Its `Display` and `Debug` texts leave the password out.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`: a file on this machine, made when it is missing.
    Sqlite(PathBuf),
    /// `postgres://user@host/name`: a PostgreSQL server, version 15 or newer.
    Postgres(Box<tokio_postgres::Config>),
}

impl FromStr for DatabaseUrl {
    type Err = DbFault;

    fn from_str(text: &str) -> Result<Self, DbFault> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            // Other programs write sqlite://PATH and mean the same.
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(DbFault::Other(
                    "sqlite: needs the path of a file".to_owned(),
                ));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(DbFault::Other(
                "a database is written sqlite:PATH or postgres://user@host:port/name".to_owned(),
            ));
        }
        let config = text.parse::<tokio_postgres::Config>().map_err(|error| {
            DbFault::Other(format!("the PostgreSQL address cannot be read: {error}"))
        })?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(DbFault::Other(
                "sslmode=require is not supported: use a unix socket, loopback, or a TLS tunnel on this machine"
                    .to_owned(),
            ));
        }
        Ok(Self::Postgres(Box::new(config)))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(out, "sqlite:{}", path.display()),
            Self::Postgres(config) => {
                write!(out, "postgres://")?;
                for (at, host) in config.get_hosts().iter().enumerate() {
                    write!(out, "{}", if at == 0 { "" } else { "," })?;
                    match host {
                        tokio_postgres::config::Host::Tcp(name) => write!(out, "{name}")?,
                        #[cfg(unix)]
                        tokio_postgres::config::Host::Unix(folder) => {
                            write!(out, "{}", folder.display())?;
                        }
                    }
                    if let Some(port) = config.get_ports().get(at).or(config.get_ports().first()) {
                        write!(out, ":{port}")?;
                    }
                }
                write!(out, "/{}", config.get_dbname().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
