//! Addresses of mail, parsed once and strictly: what is refused here can change no header and reach nobody else.

use std::fmt;
use std::str::FromStr;

/// An address such as `ada@example.com`: of plain ASCII, without quotes, comments or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAddress(String);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an address of mail such as ada@example.com, in plain ASCII and without a name before it"
)]
pub struct MailFault;

/// Longer ones no server takes (RFC 5321, 4.5.3.1).
const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;
const LONGEST_LABEL: usize = 63;

impl MailAddress {
    /// The address, its domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MailAddress {
    type Err = MailFault;

    fn from_str(text: &str) -> Result<Self, MailFault> {
        let (local, domain) = text.split_once('@').ok_or(MailFault)?;
        let is_local = local.len() <= LONGEST_LOCAL
            && local
                .split('.')
                .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom));
        let labels: Vec<&str> = domain.split('.').collect();
        let is_domain = labels.len() > 1 && labels.iter().all(|label| is_label(label));
        if is_local && is_domain && text.len() <= LONGEST {
            Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(MailFault)
        }
    }
}

/// What may stand before the `@` without quotes (RFC 5322, 3.2.3).
fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= LONGEST_LABEL
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_kept_with_its_domain_in_lower_case() {
        for (text, kept) in [
            ("ada@example.com", "ada@example.com"),
            (
                "Ada.L+bells@Mail.Example.COM",
                "Ada.L+bells@mail.example.com",
            ),
            (
                "o'neil@xn--bcher-kva.example",
                "o'neil@xn--bcher-kva.example",
            ),
        ] {
            assert_eq!(text.parse::<MailAddress>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn what_could_change_a_header_or_reach_somebody_else_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "ada@@example.com",
            "ada@example.com@evil.example",
            "ada@example.com\r\nBcc: all@example.com",
            "ada@example.com\n",
            "\tada@example.com",
            " ada@example.com",
            "ada @example.com",
            "ada@exam ple.com",
            "ada@example.com,bob@example.com",
            "Ada <ada@example.com>",
            "\"ada\"@example.com",
            "ada(comment)@example.com",
            "ada@[127.0.0.1]",
            "ada@-example.com",
            "ada@example-.com",
            "ada@example..com",
            ".ada@example.com",
            "ada.@example.com",
            "a..da@example.com",
            "äda@example.com",
            "ada@bücher.example",
            "ada@example.com\0",
            "ada\u{202e}@example.com",
            &long,
        ] {
            assert_eq!(text.parse::<MailAddress>(), Err(MailFault), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_can_stand_in_a_header(text in r"[a-zA-Z0-9.@<>()\r\n\t ,;:_+-]{0,40}") {
            if let Ok(address) = text.parse::<MailAddress>() {
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
                let is_plain = |c: char| c.is_ascii_graphic() && !"<>(),;:".contains(c);
                prop_assert!(address.as_str().chars().all(is_plain));
                prop_assert_eq!(address.to_string().parse::<MailAddress>(), Ok(address));
            }
        }
    }
}
