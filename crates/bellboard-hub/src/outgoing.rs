//! What leaves the hub: letters to other machines, and the one way out, which is handed in like the clock. The hub knows
//! what is to be sent and what came back; how it travels, and which addresses may be spoken to, others know.

use std::fmt;
use std::sync::Arc;

use bellboard_core::delivery::Answer;
use futures_util::future::BoxFuture;

/// A message to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Where to.
    pub url: String,
    /// Names and values that go with it.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes, as they are.
    pub body: Vec<u8>,
}

/// A mail. Every field was checked: no control characters, addresses that are addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The part of `Message-ID` before the `@`: the same on every try.
    pub id: String,
    /// The address that it goes to.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Where one click ends these mails (RFC 8058).
    pub unsubscribe_url: Option<String>,
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What the other side said, as the schedule of tries reads it.
    pub answer: Answer,
    /// The beginning of its words.
    pub excerpt: Option<String>,
    /// Why there is no usable answer.
    pub reason: Option<&'static str>,
}

impl Sent {
    /// Nothing usable came back.
    pub fn failed(reason: &'static str) -> Self {
        Self {
            answer: Answer::Failed,
            excerpt: None,
            reason: Some(reason),
        }
    }

    /// The one answer for every target that the hub may not speak to, whatever the cause, so that nobody learns from it
    /// what stands in the networks around the hub.
    pub fn forbidden() -> Self {
        Self {
            answer: Answer::Forbidden,
            excerpt: None,
            reason: Some(REFUSED),
        }
    }
}

/// What became of one try of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailed {
    /// The answer of the server of mail.
    pub sent: Sent,
    /// The message as it went, with its headers; empty when it could not be written.
    pub message: String,
}

/// Why a target is refused; one text for every cause.
pub const REFUSED: &str = "this address cannot be used: the hub speaks to public addresses over https, and to networks that its operator listed";

type Poster = dyn Fn(Posting) -> BoxFuture<'static, Sent> + Send + Sync;
type Checker = dyn Fn(String) -> BoxFuture<'static, bool> + Send + Sync;
type Mailer = dyn Fn(Letter) -> BoxFuture<'static, Mailed> + Send + Sync;

/// The ways out that a hub was given.
#[derive(Clone)]
pub struct Outgoing {
    poster: Arc<Poster>,
    checker: Arc<Checker>,
    mailer: Option<Arc<Mailer>>,
}

impl Outgoing {
    /// A way out for webhooks, and a look at whether a URL may be spoken to at this moment.
    pub fn new(
        post: impl Fn(Posting) -> BoxFuture<'static, Sent> + Send + Sync + 'static,
        check: impl Fn(String) -> BoxFuture<'static, bool> + Send + Sync + 'static,
    ) -> Self {
        Self {
            poster: Arc::new(post),
            checker: Arc::new(check),
            mailer: None,
        }
    }

    /// The same with a way out for mail.
    #[must_use]
    pub fn with_mail(
        self,
        mail: impl Fn(Letter) -> BoxFuture<'static, Mailed> + Send + Sync + 'static,
    ) -> Self {
        Self {
            mailer: Some(Arc::new(mail)),
            ..self
        }
    }

    /// One try. It ends within 15 seconds, whatever the other side does.
    pub async fn post(&self, posting: Posting) -> Sent {
        (self.poster)(posting).await
    }

    /// Whether this URL may be spoken to at this moment. It is asked again at every try, because names move.
    pub async fn admits(&self, url: &str) -> bool {
        (self.checker)(url.to_owned()).await
    }

    /// Whether there is a way out for mail.
    pub fn has_mail(&self) -> bool {
        self.mailer.is_some()
    }

    /// One try, or nothing without a way out for mail.
    pub async fn mail(&self, letter: Letter) -> Option<Mailed> {
        match &self.mailer {
            Some(mailer) => Some(mailer(letter).await),
            None => None,
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("has_mail", &self.has_mail())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Letter {
        Letter {
            id: "1".to_owned(),
            to: "ada@example.org".to_owned(),
            subject: "Targets changed".to_owned(),
            text: String::new(),
            html: String::new(),
            unsubscribe_url: None,
        }
    }

    fn way() -> Outgoing {
        Outgoing::new(
            |_| Box::pin(async { Sent::failed("nobody is there") }),
            |url| Box::pin(async move { url.starts_with("https://") }),
        )
    }

    #[tokio::test]
    async fn a_way_out_has_mail_only_when_it_was_given() {
        assert!(!way().has_mail());
        assert_eq!(way().mail(letter()).await, None);
        let with_mail = way().with_mail(|letter| {
            Box::pin(async move {
                assert_eq!(letter.to, "ada@example.org");
                Mailed {
                    sent: Sent::failed("no server"),
                    message: letter.subject,
                }
            })
        });
        assert!(with_mail.has_mail());
        let mailed = with_mail.mail(letter()).await.unwrap();
        assert_eq!(mailed.sent, Sent::failed("no server"));
        assert_eq!(mailed.message, "Targets changed");
    }

    #[tokio::test]
    async fn what_is_admitted_is_asked_outside() {
        assert!(way().admits("https://hooks.example/").await);
        assert!(!way().admits("http://hooks.example/").await);
        let posting = Posting {
            url: "https://hooks.example/".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        assert_eq!(way().post(posting).await.reason, Some("nobody is there"));
    }

    #[test]
    fn every_refused_target_gets_the_same_answer() {
        assert_eq!(Sent::forbidden().answer, Answer::Forbidden);
        assert_eq!(Sent::forbidden().reason, Some(REFUSED));
        assert_eq!(format!("{:?}", way()), "Outgoing { has_mail: false, .. }");
    }
}
