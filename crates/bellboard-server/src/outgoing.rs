//! What leaves the hub: mail, and the one client for outgoing HTTP, which is careful whom it speaks to, for how long, and
//! how much of the answer it reads (quality page, Access).

mod mail;
mod resolver;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bellboard_core::delivery::{AllowList, Answer, Standing};
use bellboard_core::text::sanitise;
use bellboard_hub::outgoing::{Outgoing, Posting, Sent};
use reqwest::{Client, ClientBuilder, Response, Url};

pub use self::mail::{MailFault, with_mail};
use self::resolver::{Admitting, NoAdmitted, addresses_of, literal_in};

/// The whole exchange: name, connection, TLS, request, answer.
const EXCHANGE: Duration = Duration::from_secs(15);
/// How much of an answer's body is read.
const ANSWER_BYTES: usize = 16 * 1024;
/// How much of it is kept for people.
const EXCERPT_BYTES: usize = 1_000;

/// Why an exchange brought no answer.
const TIMED_OUT: &str = "no answer within 15 seconds";
const UNREACHABLE: &str = "no connection, or one that broke before the answer";

/// The client, once for addresses that need TLS and once for the networks that the operator listed.
struct Courier {
    allowed: Arc<AllowList>,
    patience: Duration,
    public: Client,
    listed: Client,
}

/// The way out of a hub whose operator listed these networks.
pub fn open(allowed: AllowList) -> Result<Outgoing, reqwest::Error> {
    let courier = Arc::new(Courier::new(allowed, EXCHANGE)?);
    let asked = courier.clone();
    Ok(Outgoing::new(
        move |posting| {
            let courier = courier.clone();
            Box::pin(async move { courier.post(posting).await })
        },
        move |url| {
            let courier = asked.clone();
            Box::pin(async move { courier.admits(&url).await })
        },
    ))
}

/// Follows nobody, goes through nobody, and keeps no connection: every exchange resolves the name anew and connects to the
/// very address that was looked at.
fn client(resolver: Admitting) -> ClientBuilder {
    // A second call finds the first one's provider; both are ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("bellboard/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .http1_only()
        .dns_resolver(resolver)
}

impl Courier {
    fn new(allowed: AllowList, patience: Duration) -> Result<Self, reqwest::Error> {
        let allowed = Arc::new(allowed);
        Ok(Self {
            public: client(Admitting::public(&allowed))
                .https_only(true)
                .build()?,
            listed: client(Admitting::listed(&allowed)).build()?,
            patience,
            allowed,
        })
    }

    async fn post(&self, posting: Posting) -> Sent {
        let Some((client, url)) = self.way_to(&posting.url) else {
            return Sent::forbidden();
        };
        let mut request = client.post(url).body(posting.body);
        for (name, value) in posting.headers {
            request = request.header(name, value);
        }
        let exchange = async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>(read(response, self.patience / 5).await)
        };
        match tokio::time::timeout(self.patience, exchange).await {
            Ok(Ok(sent)) => sent,
            Ok(Err(error)) if was_refused(&error) => Sent::forbidden(),
            Ok(Err(_)) => Sent::failed(UNREACHABLE),
            Err(_) => Sent::failed(TIMED_OUT),
        }
    }

    /// Whether a message could be sent there at this moment.
    async fn admits(&self, text: &str) -> bool {
        let Some((_, url)) = self.way_to(text) else {
            return false;
        };
        let host = url.host_str().unwrap_or_default();
        if literal_in(host).is_some() {
            return true;
        }
        let look = addresses_of(host, &self.allowed, needs_listing(&url));
        let found = tokio::time::timeout(self.patience, look).await;
        found.is_ok_and(|found| found.is_ok())
    }

    /// The client for this URL. An address written as a number does not pass the resolver, so it is looked at here.
    fn way_to(&self, text: &str) -> Option<(&Client, Url)> {
        let url: Url = text.parse().ok()?;
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let client = match url.scheme() {
            "https" => &self.public,
            "http" => &self.listed,
            _ => return None,
        };
        if let Some(address) = literal_in(url.host_str()?) {
            let standing = self.allowed.standing(address);
            let is_open = standing == Standing::Listed
                || (standing == Standing::Public && !needs_listing(&url));
            if !is_open {
                return None;
            }
        }
        Some((client, url))
    }
}

/// Without TLS only to networks that the operator listed.
fn needs_listing(url: &Url) -> bool {
    url.scheme() != "https"
}

/// The status counts as soon as the head is complete; the body is for people, so what comes of it in time is enough.
async fn read(mut response: Response, patience: Duration) -> Sent {
    let retry_after = response.headers().get(reqwest::header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok().map(str::to_owned));
    let status = response.status().as_u16();
    let mut body = Vec::new();
    let reading = async {
        while body.len() < ANSWER_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES - body.len())]);
        }
    };
    // Whoever answers and then dawdles has answered; a short while is enough for an honest body.
    let _ = tokio::time::timeout(patience, reading).await;
    Sent {
        answer: Answer::Status(status, retry_after),
        excerpt: excerpt(&body),
        reason: None,
    }
}

/// The beginning of the answer as text that deceives nobody.
fn excerpt(body: &[u8]) -> Option<String> {
    let beginning = &body[..body.len().min(EXCERPT_BYTES)];
    let text = sanitise(&String::from_utf8_lossy(beginning), EXCERPT_BYTES);
    (!text.is_empty()).then_some(text)
}

/// Whether our own resolver found nobody to speak to.
fn was_refused(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<NoAdmitted>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod receiver;
#[cfg(test)]
mod tests;
