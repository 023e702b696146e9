//! Where bells go: what is no address is refused when somebody subscribes it, and what an address shows to those who only
//! look on.

use bellboard_core::id::PersonId;

use super::SubscriberKind;
use crate::delivery::mail_address;
use crate::fault::{Fault, Outcome};

/// Who or what is to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// In the one form in which it is kept, so that nobody is subscribed twice by two spellings.
    pub(super) address: String,
    /// The person, when it is one.
    pub(super) person: Option<PersonId>,
}

/// Who or what is to be told, checked for its form.
pub(super) fn checked(kind: SubscriberKind, text: &str) -> Outcome<Target> {
    let (address, person) = match kind {
        SubscriberKind::Person => {
            let person: PersonId = text
                .parse()
                .map_err(|fault| Fault::invalid("subscriber_id", format!("{fault}")))?;
            (person.to_string(), Some(person))
        }
        SubscriberKind::Webhook => (web(text)?, None),
        SubscriberKind::Email => (mail_address(text)?, None),
    };
    Ok(Target { address, person })
}

/// `https://host/...`, without a name and password, its host in lower case, without the usual port and without a fragment,
/// which never reaches the host. Whether the host may be reached is decided whenever it is called.
fn web(text: &str) -> Outcome<String> {
    let refused = || {
        Fault::invalid(
            "subscriber_id",
            "A webhook is an address such as https://example.com/bells, without name and password.",
        )
    };
    let (scheme, rest) = ["https://", "http://"]
        .iter()
        .find_map(|scheme| Some((scheme, text.strip_prefix(scheme)?)))
        .ok_or_else(refused)?;
    let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let usual_port = if *scheme == "https://" { ":443" } else { ":80" };
    let host = host.strip_suffix(usual_port).unwrap_or(host);
    let is_plain = text.chars().all(|c| c.is_ascii_graphic());
    if host.is_empty() || host.contains('@') || host.contains('\\') || !is_plain {
        return Err(refused());
    }
    let root = if path.starts_with('/') { "" } else { "/" };
    Ok(format!("{scheme}{}{root}{path}", host.to_ascii_lowercase()))
}

/// Where an address is, and nothing more of it.
pub(super) fn veiled(kind: SubscriberKind, text: &str) -> String {
    match kind {
        SubscriberKind::Person => text.to_owned(),
        SubscriberKind::Webhook => {
            let parts: Vec<&str> = text.splitn(4, '/').take(3).collect();
            format!("{}/\u{2026}", parts.join("/"))
        }
        SubscriberKind::Email => {
            let domain = text.rsplit_once('@').map_or("", |(_, domain)| domain);
            format!("\u{2026}@{domain}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_is_told_is_kept_in_one_form() {
        let (email, webhook) = (SubscriberKind::Email, SubscriberKind::Webhook);
        for (kind, text, kept) in [
            (email, "Ada@Example.ORG", "Ada@example.org"),
            (
                webhook,
                "https://example.com/bells",
                "https://example.com/bells",
            ),
            (
                webhook,
                "https://Example.COM:80/Bells?Of=A",
                "https://example.com:80/Bells?Of=A",
            ),
            (
                webhook,
                "http://127.0.0.1:8080/x?y=1",
                "http://127.0.0.1:8080/x?y=1",
            ),
            (webhook, "https://[::1]/", "https://[::1]/"),
            (webhook, "https://EXAMPLE.com?a", "https://example.com/?a"),
            (webhook, "http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            (webhook, "https://h/x#frag?/y", "https://h/x"),
            (webhook, "https://h#frag", "https://h/"),
            (webhook, "https://h:443/x", "https://h/x"),
            (webhook, "http://h:80?x", "http://h/?x"),
            (webhook, "http://h:443/", "http://h:443/"),
        ] {
            let target = checked(kind, text).unwrap();
            assert_eq!((target.address.as_str(), target.person), (kept, None));
        }
        let id = "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7";
        let target = checked(SubscriberKind::Person, &id.to_uppercase()).unwrap();
        assert_eq!(target.address, id);
        assert_eq!(target.person, Some(id.parse().unwrap()));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https:///x",
            "https://#x",
            "https://:443/x",
            "https://a:b@example.com/",
            "https://example.com/a b",
            "https://ex\u{e4}mple.com",
        ] {
            assert!(checked(SubscriberKind::Webhook, text).is_err(), "{text}");
        }
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "a@b@example.com",
            "ada@example.com\r\nBcc: x@y.z",
            "ada <ada@example.com>",
            "ada@.com",
        ] {
            assert!(checked(SubscriberKind::Email, text).is_err(), "{text}");
        }
        assert!(checked(SubscriberKind::Person, "ada").is_err());
    }

    #[test]
    fn an_address_shows_where_it_is_and_no_more() {
        assert_eq!(
            veiled(SubscriberKind::Webhook, "https://example.com/bells/secret"),
            "https://example.com/\u{2026}"
        );
        assert_eq!(
            veiled(SubscriberKind::Webhook, "https://example.com"),
            "https://example.com/\u{2026}"
        );
        assert_eq!(
            veiled(SubscriberKind::Email, "ada@example.com"),
            "\u{2026}@example.com"
        );
    }
}
