//! What every command holds: where the hub is, a client for it, and how to speak to the person.

use std::time::Duration;

use anyhow::Result;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::by_part;
use crate::client::{CallFault, Client};
use crate::config::{Config, DEFAULT_URL};
use crate::output::{Form, Mark, Output, print_json};
use crate::spool;
use crate::stop::{self, Stop};
use crate::wire::{self, Membership};

/// How long a command may be held up by what earlier ones left behind.
const CATCH_UP: Duration = Duration::from_secs(5);
/// How long a delivery that was asked for may take.
const FLUSH: Duration = Duration::from_mins(10);

/// One invocation of the command line.
#[derive(Debug, Clone)]
pub struct Session {
    /// Which hub, as whom.
    pub config: Config,
    /// Speaks to it.
    pub client: Client,
    /// Speaks to the person.
    pub output: Output,
}

impl Session {
    /// Reads the configuration; nothing is sent yet.
    pub fn open(output: Output) -> Result<Self> {
        let config = Config::read()?;
        let client = Client::new(&config)?;
        Ok(Self {
            config,
            client,
            output,
        })
    }

    /// For commands that must go on whatever is wrong with the configuration: then as somebody who never signed in.
    pub fn open_anyway(output: Output) -> Result<Self> {
        match Self::open(output.clone()) {
            Ok(session) => Ok(session),
            Err(error) => {
                output.warn(&format!("{error:#}."));
                let config = Config {
                    url: DEFAULT_URL.to_owned(),
                    token: None,
                    engagement: None,
                };
                Ok(Self {
                    client: Client::new(&config)?,
                    config,
                    output,
                })
            }
        }
    }

    /// Delivers what earlier commands could not, so that what is shown next is the whole truth.
    pub async fn deliver_spooled(&self) {
        if self.config.token.is_some() {
            let delivery = spool::deliver_all(&self.client, &self.config, CATCH_UP).await;
            for line in delivery.remarks {
                self.output.warn(&line);
            }
        }
    }

    /// Delivers everything that waits, and says why not if something has to go on waiting.
    pub async fn flush_spool(&self) -> Result<u8> {
        let delivery = spool::deliver_all(&self.client, &self.config, FLUSH).await;
        for line in delivery.remarks {
            self.output.say(Mark::Note, &line);
        }
        if let Some(away) = delivery.away {
            return Err(away.into());
        }
        if delivery.delivered == 0 {
            self.output.say(Mark::Done, "No reports wait for this hub.");
        }
        Ok(0)
    }

    /// The address of a run's page.
    pub fn page_of_run(&self, run_id: &str) -> String {
        self.page(&format!("/ui/runs/{run_id}"))
    }

    /// The address of a page of the hub.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.config.url)
    }

    /// The engagement that is meant: the named one, the configured one, or the only one.
    pub async fn engagement(&self, named: Option<&str>) -> Result<Membership> {
        Ok(resolve_engagement(&self.client, named.or(self.config.engagement.as_deref())).await?)
    }

    /// The engagement that a list is narrowed to; null when none is named.
    pub async fn engagement_filter(&self, named: Option<&str>) -> Result<Value> {
        Ok(match named {
            Some(named) => json!(self.engagement(Some(named)).await?.engagement_id),
            None => Value::Null,
        })
    }

    /// The engagement where something is made or changed: the named or the configured one; null leaves it to the hub.
    pub async fn engagement_meant(&self, named: Option<&str>) -> Result<Value> {
        self.engagement_filter(named.or(self.config.engagement.as_deref()))
            .await
    }

    /// Tells what was done: the view for programs, a sentence for people.
    pub fn tell<T: DeserializeOwned>(
        &self,
        view: &Value,
        words: impl FnOnce(&T) -> String,
    ) -> Result<u8> {
        if self.output.form == Form::Json {
            print_json(view)?;
            return Ok(0);
        }
        self.output.say(Mark::Done, &words(&T::deserialize(view)?));
        Ok(0)
    }

    /// The run whose id begins or ends like this; `None` asks for the one around this command (`$BELLBOARD_RUN`).
    pub async fn run_id(&self, reference: Option<&str>) -> Result<String> {
        let around = crate::config::variable("BELLBOARD_RUN");
        let reference = reference.map(str::to_owned).or(around).ok_or_else(|| {
            Stop::usage("Which run? Give its id, or call this inside of `bellboard run -- ...`, which sets BELLBOARD_RUN.")
        })?;
        let reference = reference.trim().to_ascii_lowercase();
        if uuid::Uuid::try_parse(&reference).is_ok() {
            return Ok(reference);
        }
        self.run_by_part(&reference).await
    }

    async fn run_by_part(&self, part: &str) -> Result<String> {
        let found = by_part::rows(&self.client, "list_runs", json!({}), part).await?;
        let only = by_part::only(part, &found)?;
        only.map(|run| by_part::id(run).to_owned()).ok_or_else(|| {
            Stop::usage(format!(
                "No run of yours begins or ends with {part}. `bellboard runs list` shows the newest; an older one needs its whole id."
            ))
            .into()
        })
    }
}

/// The fence that goes with what is said about this run: that of the claim around this command, when it is its run.
pub fn fence_of(run_id: &str) -> Option<u32> {
    let around = crate::config::variable("BELLBOARD_RUN");
    if around.is_none_or(|around| !around.eq_ignore_ascii_case(run_id)) {
        return None;
    }
    crate::config::variable("BELLBOARD_FENCE")?.parse().ok()
}

/// Why an engagement could not be told from what was written.
#[derive(Debug)]
pub enum EngagementFault {
    /// The memberships could not be read.
    Call(CallFault),
    /// The words fit none, or more than one.
    Unclear(String),
}

impl From<EngagementFault> for anyhow::Error {
    fn from(fault: EngagementFault) -> Self {
        match fault {
            EngagementFault::Call(fault) => fault.into(),
            EngagementFault::Unclear(message) => Stop {
                code: stop::USAGE,
                message,
            }
            .into(),
        }
    }
}

/// Finds the engagement by id, slug, name, or the beginning of either; the only one when nothing is named.
pub async fn resolve_engagement(
    client: &Client,
    named: Option<&str>,
) -> Result<Membership, EngagementFault> {
    let all: Vec<Membership> = wire::all(client, "list_memberships", json!({}))
        .await
        .map_err(EngagementFault::Call)?;
    choose_engagement(all, named).map_err(EngagementFault::Unclear)
}

fn choose_engagement(all: Vec<Membership>, named: Option<&str>) -> Result<Membership, String> {
    let known: Vec<String> = all.iter().map(|one| one.engagement_slug.clone()).collect();
    let list = |known: &[String]| {
        if known.is_empty() {
            "none".to_owned()
        } else {
            known.join(", ")
        }
    };
    let Some(named) = named else {
        let mut all = all;
        return match all.len() {
            1 => Ok(all.remove(0)),
            0 => Err(
                "You belong to no engagement. Create one: bellboard engagements create \"My work\""
                    .to_owned(),
            ),
            _ => Err(format!(
                "Which engagement? Name one with --in: {}.",
                list(&known)
            )),
        };
    };
    let wanted = named.to_lowercase();
    let exact = |one: &Membership| {
        one.engagement_id == wanted
            || one.engagement_slug == wanted
            || one.engagement_name.to_lowercase() == wanted
    };
    let begins = |one: &Membership| {
        one.engagement_slug.starts_with(&wanted)
            || one.engagement_name.to_lowercase().starts_with(&wanted)
    };
    if let Some(found) = all.iter().find(|one| exact(one)) {
        return Ok(found.clone());
    }
    let mut near = all.into_iter().filter(begins);
    match (near.next(), near.next()) {
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => Err(format!(
            "`{named}` begins more than one engagement. Yours are: {}.",
            list(&known)
        )),
        (None, _) => Err(format!(
            "No engagement of yours is called `{named}`. Yours are: {}.",
            list(&known)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memberships() -> Vec<Membership> {
        [
            ("Aster Bank", "aster-bank"),
            ("Asterisk", "asterisk"),
            ("Paperboat", "paperboat"),
        ]
        .into_iter()
        .enumerate()
        .map(|(at, (name, slug))| Membership {
            engagement_id: format!("id-{at}"),
            engagement_name: name.to_owned(),
            engagement_slug: slug.to_owned(),
            demo: false,
            designations: Vec::new(),
            read_only: false,
        })
        .collect()
    }

    #[test]
    fn an_engagement_is_found_by_what_one_would_type() {
        for (named, id) in [
            ("aster-bank", "id-0"),
            ("Aster Bank", "id-0"),
            ("id-1", "id-1"),
            ("pap", "id-2"),
            ("aster-", "id-0"),
        ] {
            assert_eq!(
                choose_engagement(memberships(), Some(named))
                    .unwrap()
                    .engagement_id,
                id,
                "{named}"
            );
        }
        for (named, words) in [
            (Some("aster"), "more than one"),
            (Some("nobody"), "called `nobody`"),
            (None, "Which engagement?"),
        ] {
            assert!(
                choose_engagement(memberships(), named)
                    .unwrap_err()
                    .contains(words)
            );
        }
        assert!(
            choose_engagement(Vec::new(), None)
                .unwrap_err()
                .contains("Create one")
        );
    }
}
