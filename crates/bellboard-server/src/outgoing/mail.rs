//! Mail, through the server of mail that the operator named.

use std::sync::Arc;
use std::time::Duration;

use bellboard_core::delivery::Answer;
use bellboard_core::text::sanitise;
use bellboard_hub::outgoing::{Letter, Mailed, Outgoing, Sent};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

/// One command of the exchange, and all of it.
const COMMAND: Duration = Duration::from_secs(15);
const EXCHANGE: Duration = Duration::from_secs(30);
/// How much of an answer is kept for people.
const EXCERPT_CHARACTERS: usize = 1_000;

const TIMED_OUT: &str = "the server of mail did not answer in time";
const UNREACHABLE: &str = "the server of mail cannot be reached, or broke off";
const MALFORMED: &str = "the mail cannot be written";

/// Why mail cannot be sent with these settings.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// No sender.
    #[error(
        "the sender must be an address such as bells@example.com, or Bellboard <bells@example.com>"
    )]
    Sender,
    /// No server.
    #[error(
        "the server of mail must be written smtps://name:password@mail.example.com, \
         smtp://mail.example.com:587?tls=required, or smtp://localhost:25: {0}"
    )]
    Server(String),
}

struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Mailbox,
}

/// Adds a way out for mail: through this server, from this sender.
pub fn with_mail(outgoing: Outgoing, server: &str, sender: &str) -> Result<Outgoing, MailFault> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sender: Mailbox = sender.parse().map_err(|_| MailFault::Sender)?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server)
        .map_err(|error| MailFault::Server(error.to_string()))?
        .hello_name(ClientId::Domain(sender.email.domain().to_owned()))
        .timeout(Some(COMMAND))
        .build();
    let post = Arc::new(Post { transport, sender });
    Ok(outgoing.with_mail(move |letter| {
        let post = post.clone();
        Box::pin(async move { post.send(letter).await })
    }))
}

impl Post {
    async fn send(&self, letter: Letter) -> Mailed {
        let Some(message) = self.message(&letter) else {
            return Mailed {
                sent: Sent::failed(MALFORMED),
                message: String::new(),
            };
        };
        Mailed {
            // Its parts are encoded, and a header holds ASCII alone.
            message: String::from_utf8_lossy(&message.formatted()).into_owned(),
            sent: self.hand_over(message).await,
        }
    }

    async fn hand_over(&self, message: Message) -> Sent {
        match tokio::time::timeout(EXCHANGE, self.transport.send(message)).await {
            Ok(Ok(response)) => {
                let words: Vec<&str> = response.message().collect();
                answered(response.code().into(), &words.join(" "))
            }
            Ok(Err(error)) => match error.status() {
                Some(code) => answered(code.into(), &error.to_string()),
                None if error.is_timeout() => Sent::failed(TIMED_OUT),
                None => Sent::failed(UNREACHABLE),
            },
            Err(_) => Sent::failed(TIMED_OUT),
        }
    }

    fn message(&self, letter: &Letter) -> Option<Message> {
        let to: Address = letter.to.parse().ok()?;
        let id = format!("<{}@{}>", letter.id, self.sender.email.domain());
        let mut message = Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .message_id(Some(id))
            .raw_header(raw("Auto-Submitted", "auto-generated")?);
        if let Some(url) = &letter.unsubscribe_url {
            message = message
                .raw_header(raw("List-Unsubscribe", &format!("<{url}>"))?)
                .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?);
        }
        message
            .multipart(MultiPart::alternative_plain_html(
                letter.text.clone(),
                letter.html.clone(),
            ))
            .ok()
    }
}

fn answered(code: u16, words: &str) -> Sent {
    let words = sanitise(words, EXCERPT_CHARACTERS);
    Sent {
        answer: Answer::Status(code, None),
        excerpt: (!words.is_empty()).then_some(words),
        reason: None,
    }
}

/// A header as it is. Only visible ASCII stands in one, so that no line ends in the middle of it.
fn raw(name: &'static str, value: &str) -> Option<HeaderValue> {
    let is_plain = value
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    is_plain.then(|| {
        let name = HeaderName::new_from_ascii_str(name);
        HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use bellboard_core::delivery::AllowList;

    use super::*;

    fn post() -> Post {
        Post {
            transport: AsyncSmtpTransport::<Tokio1Executor>::from_url("smtp://127.0.0.1:1")
                .unwrap()
                .build(),
            sender: "Bellboard <bells@example.com>".parse().unwrap(),
        }
    }

    fn letter() -> Letter {
        Letter {
            id: "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7".to_owned(),
            to: "ada@example.org".to_owned(),
            subject: "Größe changed".to_owned(),
            text: "TREM2 leads.\n".to_owned(),
            html: "<p>TREM2 leads.</p>\n".to_owned(),
            unsubscribe_url: Some("https://board.example/bells/end/abc".to_owned()),
        }
    }

    fn written(letter: &Letter) -> Option<String> {
        let message = post().message(letter)?;
        Some(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_mail_has_two_forms_one_id_and_a_way_out() {
        let text = written(&letter()).unwrap();
        for line in [
            "From: Bellboard <bells@example.com>\r\n",
            "To: ada@example.org\r\n",
            "Message-ID: <01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7@example.com>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "List-Unsubscribe: <https://board.example/bells/end/abc>\r\n",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
            "<p>TREM2 leads.</p>",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("Größe"), "headers are ASCII: {text}");
    }

    #[test]
    fn no_field_can_begin_another_line() {
        let evil = "x\r\nBcc: all@example.com\r\n\r\nhello";
        for changed in [
            Letter {
                to: format!("ada@example.org{evil}"),
                ..letter()
            },
            Letter {
                unsubscribe_url: Some(format!("https://board.example/{evil}")),
                ..letter()
            },
        ] {
            assert_eq!(written(&changed), None);
        }
        let subject = Letter {
            subject: evil.to_owned(),
            ..letter()
        };
        let text = written(&subject).unwrap_or_default();
        let (head, _) = text.split_once("\r\n\r\n").unwrap_or_default();
        assert!(!head.contains("\nBcc:"), "{head}");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_a_failed_try() {
        assert_eq!(post().send(letter()).await.sent, Sent::failed(UNREACHABLE));
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let outgoing = || super::super::open(AllowList::default()).unwrap();
        for (server, sender, is_sender) in [
            ("smtp://localhost:25", "no address", true),
            ("smtp://localhost:25", "", true),
            ("http://localhost:25", "bells@example.com", false),
            ("nonsense", "bells@example.com", false),
        ] {
            let fault = with_mail(outgoing(), server, sender).unwrap_err();
            assert_eq!(matches!(fault, MailFault::Sender), is_sender, "{fault}");
        }
        assert!(
            with_mail(
                outgoing(),
                "smtps://a:b@mail.example.com",
                "bells@example.com"
            )
            .is_ok()
        );
    }
}
