//! Where bells go: what is no address is refused when somebody subscribes it, and what an address shows to those who only
//! look on.

use bellboard_core::id::PersonId;

use super::SubscriberKind;
use crate::delivery::mail_address;
use crate::fault::{Fault, Outcome};

/// Who or what is to be told, checked for its form.
pub(super) fn checked(kind: SubscriberKind, text: &str) -> Outcome<Option<PersonId>> {
    match kind {
        SubscriberKind::Person => text
            .parse()
            .map(Some)
            .map_err(|fault| Fault::invalid("subscriber_id", format!("{fault}"))),
        SubscriberKind::Webhook => web(text).map(|()| None),
        SubscriberKind::Email => mail_address(text).map(|_| None),
    }
}

/// `https://host/...`, without a name and password. Whether the host may be reached is decided whenever it is called.
fn web(text: &str) -> Outcome<()> {
    let refused = || {
        Fault::invalid(
            "subscriber_id",
            "A webhook is an address such as https://example.com/bells, without name and password.",
        )
    };
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .ok_or_else(refused)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = text.chars().all(|c| c.is_ascii_graphic());
    if host.is_empty() || host.contains('@') || host.contains('\\') || !is_plain {
        return Err(refused());
    }
    Ok(())
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
    fn what_is_no_address_is_refused() {
        for text in [
            "https://example.com/bells",
            "http://127.0.0.1:8080/x?y=1",
            "https://[::1]/",
        ] {
            assert_eq!(checked(SubscriberKind::Webhook, text), Ok(None), "{text}");
        }
        for text in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https:///x",
            "https://a:b@example.com/",
            "https://example.com/a b",
            "https://ex\u{e4}mple.com",
        ] {
            assert!(checked(SubscriberKind::Webhook, text).is_err(), "{text}");
        }
        assert_eq!(checked(SubscriberKind::Email, "ada@example.com"), Ok(None));
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
