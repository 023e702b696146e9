//! What came of a form on a bell: in words, and with what is shown this once: a new secret, or a test byte by byte.

use serde_json::Value;

use crate::pages::mark::Mark;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How it came out.
    pub mark: Mark,
    /// In words.
    pub words: String,
    /// A secret that is shown this once.
    pub secret: Option<String>,
    /// What a test sent and what came back.
    pub sent: Option<Sent>,
}

/// A test, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The headers and the body.
    pub bytes: String,
    /// What came back.
    pub answer: String,
}

/// What was saved, as far as it says when that rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// No address of mail.
    Rings,
    /// An address of mail as well, which is asked first.
    RingsAndAsks,
    /// Only an address of mail, which is asked first.
    Asks,
    /// An address of mail as well, and the hub sends no mail yet.
    RingsAndWaits,
    /// Only an address of mail, and the hub sends no mail yet.
    Waits,
}

impl Saved {
    const ALL: [Self; 5] = [
        Self::Rings,
        Self::RingsAndAsks,
        Self::Asks,
        Self::RingsAndWaits,
        Self::Waits,
    ];

    /// Its word in an address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rings => "saved",
            Self::RingsAndAsks => "saved-asks",
            Self::Asks => "asks",
            Self::RingsAndWaits => "saved-waits",
            Self::Waits => "waits",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Rings => "Saved. It rings from the next snapshot on.",
            Self::RingsAndAsks => {
                "Saved. It rings from the next snapshot on; by mail once the address has said yes to the mail that asks it."
            }
            Self::Asks => "Saved. It rings once the address has said yes to the mail that asks it.",
            Self::RingsAndWaits => {
                "Saved. It rings from the next snapshot on; not by mail yet: this hub sends none, and the mail that asks the \
                 address waits."
            }
            Self::Waits => {
                "Saved. It does not ring yet: this hub sends no mail, and the mail that asks the address waits."
            }
        }
    }
}

const DONE: Mark = Mark {
    icon: "s-ok",
    hue: "green",
    word: "Done",
};
const FAILED: Mark = Mark {
    icon: "s-bad",
    hue: "red",
    word: "Failed",
};

impl Told {
    fn done(words: &str) -> Self {
        Self {
            mark: DONE,
            words: words.to_owned(),
            secret: None,
            sent: None,
        }
    }

    /// What the address says was done.
    pub fn of(did: &str) -> Option<Self> {
        let saved = Saved::ALL.into_iter().find(|saved| saved.word() == did);
        if let Some(saved) = saved {
            return Some(Self::done(saved.words()));
        }
        Some(Self::done(match did {
            "mute" => "Muted. What it would have said is in the ledger.",
            "unmute" => "It can be heard again.",
            "remove" => "Removed. What was decided for it stays in the ledger.",
            _ => return None,
        }))
    }

    /// Why nothing was done.
    pub fn refused(why: &str) -> Self {
        Self {
            mark: FAILED,
            ..Self::done(why)
        }
    }

    /// A webhook was saved, and this is what it signs with.
    pub fn with_secret(secret: String, saved: Saved) -> Self {
        Self {
            secret: Some(secret),
            ..Self::done(saved.words())
        }
    }

    /// The answer of a verb that shows something once.
    pub fn came_of(verb: &str, answer: &Value) -> Option<Self> {
        match verb {
            "rotate_secret" => Some(Self {
                secret: answer["secret"].as_str().map(str::to_owned),
                ..Self::done(
                    "A new secret. For a day messages are signed with the former one as well.",
                )
            }),
            "test_subscription" => Some(Self::tested(answer)),
            _ => None,
        }
    }

    fn tested(answer: &Value) -> Self {
        let said = |name: &str| answer[name].as_str().unwrap_or_default();
        let arrived = answer["arrived"] == true;
        let code = answer["status_code"]
            .as_u64()
            .filter(|_| said("kind") != "persona");
        let came_back = match (code, said("reason")) {
            (Some(code), _) => format!("{code} {}", said("answer_excerpt"))
                .trim()
                .to_owned(),
            (None, "") => "Nothing: it was put into the inbox and the thread.".to_owned(),
            (None, reason) => reason.to_owned(),
        };
        let headers = answer["headers"].as_array().cloned().unwrap_or_default();
        let mut bytes: String = headers
            .iter()
            .filter_map(|header| {
                let (name, value) = (header["name"].as_str()?, header["value"].as_str()?);
                Some(format!("{name}: {value}\n"))
            })
            .collect();
        if !bytes.is_empty() {
            bytes.push('\n');
        }
        bytes.push_str(said("body"));
        Self {
            mark: if arrived { DONE } else { FAILED },
            sent: Some(Sent {
                bytes,
                answer: came_back,
            }),
            ..Self::done(if arrived {
                "The test arrived."
            } else {
                "The test did not arrive. It is not tried again."
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_test_is_shown_byte_by_byte() {
        let told = Told::came_of(
            "test_subscription",
            &json!({"kind": "webhook", "headers": [{"name": "webhook-id", "value": "7"}], "body": "{\"a\": 1}",
                    "arrived": true, "status_code": 204, "answer_excerpt": null, "reason": null}),
        )
        .unwrap();
        assert_eq!(
            (told.words.as_str(), told.mark),
            ("The test arrived.", DONE)
        );
        let sent = told.sent.unwrap();
        assert_eq!(
            (sent.bytes.as_str(), sent.answer.as_str()),
            ("webhook-id: 7\n\n{\"a\": 1}", "204")
        );
        let told = Told::came_of(
            "test_subscription",
            &json!({"kind": "webhook", "headers": [], "body": "x", "arrived": false, "reason": "no connection"}),
        )
        .unwrap();
        assert_eq!(told.mark, FAILED);
        assert_eq!(told.sent.unwrap().answer, "no connection");
        let told = Told::came_of(
            "test_subscription",
            &json!({"kind": "persona", "headers": [], "body": "x", "arrived": true, "status_code": 200}),
        )
        .unwrap();
        assert!(told.sent.unwrap().answer.contains("inbox"));
    }

    #[test]
    fn what_is_done_twice_over_has_words() {
        let saved = Saved::ALL.map(Saved::word);
        for did in ["mute", "unmute", "remove"].into_iter().chain(saved) {
            assert!(Told::of(did).unwrap().words.ends_with('.'), "{did}");
        }
        assert_eq!(Told::of("sold"), None);
        assert_eq!(Told::came_of("update_subscription", &json!({})), None);
        let rotated = Told::came_of("rotate_secret", &json!({"secret": "whsec_x"})).unwrap();
        assert_eq!(rotated.secret.as_deref(), Some("whsec_x"));
    }
}
