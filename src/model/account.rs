//! AWS accounts, as a thing of their own.

use super::FieldErrors;
use super::partition::Partition;

/// How many colours accounts are told apart by (always beside a label, never alone).
pub const COLOURS: u8 = 8;
/// What the colours are called, by their number.
pub const COLOUR_NAMES: [&str; COLOURS as usize] =
    ["Orange", "Teal", "Violet", "Blue", "Pink", "Green", "Ochre", "Grey"];
/// The longest label, in characters.
pub const LONGEST_LABEL: usize = 60;
/// The longest owner and the longest contact, in characters.
pub const LONGEST_CONTACT: usize = 200;
/// The longest note, in characters.
pub const LONGEST_NOTE: usize = 2_000;

/// An AWS account that a connector leads into or an access key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Our id of it (UUIDv7).
    pub id: String,
    /// Where it lies.
    pub partition: Partition,
    /// The 12 digits.
    pub account_id: String,
    /// What administrators say of it.
    pub about: About,
    /// Counts its changes.
    pub version: i32,
}

/// What administrators say of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What people call it; empty where nobody has named it.
    pub label: String,
    /// One of [`COLOURS`].
    pub colour: u8,
    /// Whose it is: a team or a person; may be empty.
    pub owner: String,
    /// How to reach them: a mail address, an https address or any text; may be empty.
    pub contact: String,
    /// Anything else, for administrators; may be empty.
    pub note: String,
}

impl Account {
    /// The label, else the digits.
    #[must_use]
    pub fn name(&self) -> String {
        if self.about.label.is_empty() { grouped(&self.account_id) } else { self.about.label.clone() }
    }
}

impl About {
    /// Checks what was typed; blanks around it and line ends of Windows are taken away.
    ///
    /// # Errors
    /// A sentence at each wrong field: `label`, `colour`, `owner`, `contact`, `note`.
    pub fn check(&self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut line = |field: &'static str, text: &str, most: usize| {
            let text = text.trim().to_owned();
            if text.chars().count() > most || text.chars().any(char::is_control) {
                errors.add(field, format!("Use one line of at most {most} characters."));
            }
            text
        };
        let label = line("label", &self.label, LONGEST_LABEL);
        let owner = line("owner", &self.owner, LONGEST_CONTACT);
        let contact = line("contact", &self.contact, LONGEST_CONTACT);
        let note = self.note.replace("\r\n", "\n").trim().to_owned();
        let is_control = |c: char| c.is_control() && c != '\n' && c != '\t';
        if note.chars().count() > LONGEST_NOTE || note.chars().any(is_control) {
            errors.add("note", format!("Use at most {LONGEST_NOTE} characters, and none that control a terminal."));
        }
        if self.colour >= COLOURS {
            errors.add("colour", "Choose one of the colours.");
        }
        errors.into_result()?;
        Ok(Self { label, colour: self.colour, owner, contact, note })
    }

    /// Whom to ask, as “Payments team, payments@example.test”; empty where nobody is named.
    #[must_use]
    pub fn whom_to_ask(&self) -> String {
        let named = [self.owner.as_str(), self.contact.as_str()];
        named.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// Where a contact leads: an https or http address as it is, a mail address as `mailto:`; `None` for any other text.
#[must_use]
pub fn link(contact: &str) -> Option<String> {
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c));
    if !is_plain(contact) {
        return None;
    }
    let (scheme, rest) = contact.split_once("://").unwrap_or_default();
    if (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")) && !rest.is_empty() {
        return Some(contact.to_owned());
    }
    let (name, domain) = contact.split_once('@')?;
    let named = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let of_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let is_mail = !name.is_empty() && name.chars().all(named) && !domain.is_empty() && domain.chars().all(of_host);
    is_mail.then(|| format!("mailto:{contact}"))
}

/// `123456789012` as `1234-5678-9012`, as AWS's own pages show it; anything else unchanged.
#[must_use]
pub fn grouped(account_id: &str) -> String {
    match (account_id.get(..4), account_id.get(4..8), account_id.get(8..)) {
        (Some(a), Some(b), Some(c)) if account_id.len() == 12 => format!("{a}-{b}-{c}"),
        _ => account_id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_field_has_its_limit() {
        let long = |count: usize| "ä".repeat(count);
        let most = About {
            label: long(LONGEST_LABEL),
            colour: COLOURS - 1,
            owner: long(LONGEST_CONTACT),
            contact: long(LONGEST_CONTACT),
            note: format!("{}\nb", long(LONGEST_NOTE - 2)),
        };
        assert_eq!(most.check(), Ok(most));
        let over = About {
            label: long(LONGEST_LABEL + 1),
            colour: COLOURS,
            owner: long(LONGEST_CONTACT + 1),
            contact: long(LONGEST_CONTACT + 1),
            note: long(LONGEST_NOTE + 1),
        };
        let errors = over.check().unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["colour", "contact", "label", "note", "owner"]);
        let lines = About { label: "a\nb".to_owned(), note: "a\u{1b}b".to_owned(), ..About::default() };
        assert_eq!(lines.check().unwrap_err().count(), 2);
    }

    #[test]
    fn only_addresses_lead_somewhere() {
        assert_eq!(link("payments@example.test").as_deref(), Some("mailto:payments@example.test"));
        assert_eq!(link("https://chat.example.test/a?b=1").as_deref(), Some("https://chat.example.test/a?b=1"));
        for text in ["", "#payments", "javascript:alert(1)", "data://x@y", "@x", "a@", "a b@c", "https://", "a@b?cc=d"]
        {
            assert_eq!(link(text), None, "{text}");
        }
    }

    #[test]
    fn whom_to_ask_is_who_is_known() {
        let about = |owner: &str, contact: &str| {
            About { owner: owner.to_owned(), contact: contact.to_owned(), ..About::default() }.whom_to_ask()
        };
        assert_eq!(about("Payments team", "payments@example.test"), "Payments team, payments@example.test");
        assert_eq!((about("A", ""), about("", "b"), about("", "")), ("A".to_owned(), "b".to_owned(), String::new()));
    }

    proptest! {
        #[test]
        fn a_link_begins_with_what_is_harmless(text in "\\PC{0,60}") {
            if let Some(link) = link(&text) {
                let link = link.to_lowercase();
                prop_assert!(["https://", "http://", "mailto:"].iter().any(|safe| link.starts_with(safe)));
            }
        }
    }
}
