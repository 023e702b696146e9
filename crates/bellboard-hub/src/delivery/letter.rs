//! Deliveries as mail.

use bellboard_core::delivery::{BellWords, MailAddress};
use bellboard_core::text::{escape_html, sanitise};
use serde_json::{Value, json};

use super::Taken;
use super::follow::Tried;
use super::secret::{Link, link_token};
use super::send::Facts;
use crate::Hub;
use crate::fault::{Fault, Outcome};
use crate::outgoing::Letter;

/// The message that asks an address whether it wants bells.
const CONFIRM: &str = "subscription.confirm";
/// The message of a test.
pub(super) const TEST: &str = "dashboard.test";
/// Characters of a dashboard's title in a subject, at most.
pub(super) const TITLE_AT_MOST: usize = 120;

/// Where the links in mails lead; the token follows.
pub(super) const CONFIRM_PATH: &str = "/bells/confirm/";
pub(super) const END_PATH: &str = "/bells/end/";

const NO_SERVER: &str = "this hub was started without a server of mail (--smtp)";
const NO_KEY: &str = "this hub has another key than the bell was sealed with";

/// The address in the form in which it is kept.
pub fn mail_address(text: &str) -> Outcome<String> {
    let parsed: Result<MailAddress, _> = text.parse();
    parsed
        .map(|address| address.to_string())
        .map_err(|fault| Fault::invalid("subscriber_id", fault.to_string()))
}

/// The body of the message that asks.
pub(super) fn confirm_body() -> String {
    json!({ "type": CONFIRM }).to_string()
}

/// Whether this is the message that asks.
pub(super) fn asks_to_confirm(body: &str) -> bool {
    is_of(body, CONFIRM)
}

fn is_of(body: &str, kind: &str) -> bool {
    let read: Option<Value> = serde_json::from_str(body).ok();
    read.is_some_and(|body| body["type"] == kind)
}

/// What a message says to people; a test says in its title that it is one.
pub(super) fn words(dashboard_title: &str, body: &str) -> Option<BellWords> {
    let mut words = BellWords::of(dashboard_title, body)?;
    if is_of(body, TEST) {
        words.title = format!("Test: {}", sanitise(dashboard_title, TITLE_AT_MOST));
    }
    Some(words)
}

/// One try.
pub(super) async fn mail(hub: &Hub, taken: &Taken, facts: &Facts) -> Tried {
    let Some(outgoing) = hub.outgoing().filter(|outgoing| outgoing.has_mail()) else {
        tracing::warn!(delivery = %taken.id, "mail waits: {NO_SERVER}");
        return Tried::Deferred(NO_SERVER);
    };
    let Some(links) = Links::of(hub, taken, facts) else {
        return Tried::Deferred(NO_KEY);
    };
    let Some(letter) = letter(taken, facts, &links) else {
        return Tried::Cancelled("the message cannot be read");
    };
    match outgoing.mail(letter).await {
        Some(mailed) => Tried::Sent(mailed.sent),
        None => Tried::Deferred(NO_SERVER),
    }
}

/// The addresses of a mail's links.
pub(super) struct Links {
    base: String,
    confirm: String,
    end: String,
}

impl Links {
    pub(super) fn of(hub: &Hub, taken: &Taken, facts: &Facts) -> Option<Self> {
        let subscription = taken.subscription?;
        let url = |path: &str, link| {
            let end = link_token(hub, taken.engagement, subscription, &facts.kept, link)?;
            Some(format!("{}{path}{end}", hub.public_url()))
        };
        Some(Self {
            base: hub.public_url().to_owned(),
            confirm: url(CONFIRM_PATH, Link::Confirm)?,
            end: url(END_PATH, Link::Unsubscribe)?,
        })
    }
}

/// The mail of a delivery: the same words on every try.
pub(super) fn letter(taken: &Taken, facts: &Facts, links: &Links) -> Option<Letter> {
    let id = taken.id.to_string();
    let to = taken.target.clone();
    if asks_to_confirm(&facts.body) {
        let title = sanitise(&facts.dashboard_title, TITLE_AT_MOST);
        let asks =
            format!("Somebody wants to tell you by mail when \u{201c}{title}\u{201d} changes.");
        let or = "If you do not know what this is about, do nothing: no further mail comes.";
        let link = &links.confirm;
        return Some(Letter {
            id,
            to,
            subject: format!("Confirm: bells of {title}"),
            text: format!("{asks}\n\nYes, tell me: {link}\n\n{or}\n"),
            html: format!(
                "<p>{}</p>\n<p><a href=\"{}\">Yes, tell me</a></p>\n<p>{or}</p>\n",
                escape_html(&asks),
                escape_html(link)
            ),
            unsubscribe_url: Some(links.end.clone()),
        });
    }
    let mut words = words(&facts.dashboard_title, &facts.body)?;
    if words.link.starts_with('/') {
        // Outside of the hub an address without a host leads nowhere.
        words.link.insert_str(0, &links.base);
    }
    let end = &links.end;
    Some(Letter {
        id,
        to,
        text: format!("{}\n\nNo more of these: {end}\n", words.text()),
        html: format!(
            "{}<p><a href=\"{}\">No more of these</a></p>\n",
            words.html(),
            escape_html(end)
        ),
        subject: words.title,
        unsubscribe_url: Some(end.clone()),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::delivery::Kind;
    use crate::delivery::secret::Kept;

    fn taken() -> Taken {
        Taken {
            engagement: Uuid::from_u128(1).into(),
            id: Uuid::from_u128(2).into(),
            fence: 1,
            kind: Kind::Email,
            target: "ada@example.org".to_owned(),
            attempts: 0,
            subscription: None,
            dashboard: None,
        }
    }

    fn links() -> Links {
        Links {
            base: "https://board.example".to_owned(),
            confirm: "https://board.example/bells/confirm/yes".to_owned(),
            end: "https://board.example/bells/end/no".to_owned(),
        }
    }

    fn written(title: &str, body: &str) -> Option<Letter> {
        let facts = Facts::of_test(body, title, Kept::default());
        letter(&taken(), &facts, &links())
    }

    #[test]
    fn a_bell_is_told_with_its_link_and_its_way_out() {
        let body = json!({ "sentence": "TREM2 leads.", "link": "/ui/dashboards/1?a=2&b=3" });
        let letter = written("Targets", &body.to_string()).unwrap();
        assert_eq!(letter.id, "00000000-0000-0000-0000-000000000002");
        assert_eq!(letter.to, "ada@example.org");
        assert_eq!(letter.subject, "Targets changed");
        assert_eq!(
            letter.text,
            "TREM2 leads.\n\nhttps://board.example/ui/dashboards/1?a=2&b=3\n\n\
             No more of these: https://board.example/bells/end/no\n"
        );
        assert!(
            letter
                .html
                .contains("href=\"https://board.example/ui/dashboards/1?a=2&amp;b=3\"")
        );
        assert_eq!(
            letter.unsubscribe_url.as_deref(),
            Some("https://board.example/bells/end/no")
        );
    }

    #[test]
    fn an_address_is_asked_with_the_link_that_confirms() {
        let letter = written("<Targets>\r\nBcc: x", &confirm_body()).unwrap();
        assert_eq!(letter.subject, "Confirm: bells of <Targets> Bcc: x");
        assert!(
            letter
                .text
                .contains("Yes, tell me: https://board.example/bells/confirm/yes")
        );
        assert!(letter.html.contains("&lt;Targets&gt; Bcc: x"));
        assert!(!letter.html.contains("<Targets>"));
    }

    #[test]
    fn a_test_says_that_it_is_one() {
        let body = json!({ "type": TEST, "sentence": "Nothing has changed." }).to_string();
        let letter = written("Targets\u{202e}", &body).unwrap();
        assert_eq!(letter.subject, "Test: Targets");
        assert!(letter.html.starts_with("<h1>Test: Targets</h1>"));
        let body = json!({ "type": "dashboard.diverged", "sentence": "dashboard.test" });
        let letter = written("Targets", &body.to_string()).unwrap();
        assert_eq!(letter.subject, "Targets changed");
    }

    #[test]
    fn only_the_message_that_asks_asks() {
        assert!(asks_to_confirm(&confirm_body()));
        for body in [
            "",
            "{}",
            "nonsense",
            r#"{"type":"dashboard.diverged"}"#,
            r#"{"sentence":"subscription.confirm"}"#,
        ] {
            assert!(!asks_to_confirm(body), "{body}");
        }
        assert_eq!(written("Targets", "nonsense"), None);
    }

    #[test]
    fn an_address_is_kept_in_one_form() {
        assert_eq!(mail_address("Ada@Example.ORG").unwrap(), "Ada@example.org");
        let fault = mail_address("ada@example.org\r\nBcc: x@y.zz").unwrap_err();
        assert_eq!(fault.field.as_deref(), Some("subscriber_id"));
    }
}
