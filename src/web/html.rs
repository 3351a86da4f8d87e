//! Small values that templates show: moments, badges, choices, errors of a form.
//!
//! They are ready to be written into a page: already worded, already in the form that the reader sees. Escaping is the
//! template's work.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use chrono::{DateTime, SecondsFormat, Utc};

use super::frame::FramePerson;
pub use crate::model::FieldErrors;
use crate::model::account::{self, Account, COLOURS};
use crate::portal::Who;

/// What a badge or a notice says by its colour. The text always says it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// It works, it was done.
    Good,
    /// Worth knowing, nothing to do.
    Info,
    /// Works, but somebody should look.
    Warning,
    /// Refused, failed, cannot be undone.
    Danger,
    /// No judgement.
    #[default]
    Neutral,
}

impl Tone {
    /// The class suffix in `daypass.css`.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Danger => "danger",
            Self::Neutral => "neutral",
        }
    }

    /// Whether a screen reader interrupts for it (`role=alert`) instead of waiting for a pause (`role=status`).
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Danger | Self::Warning)
    }
}

/// A short labelled state, as in the last column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Badge {
    /// Its colour.
    pub tone: Tone,
    /// One to three words.
    pub text: String,
}

impl Badge {
    /// A badge of `tone` that says `text`.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }
}

/// A point in time. The page says it in UTC; `time.js` shows it in the reader's zone and keeps UTC for the hover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub DateTime<Utc>);

impl Moment {
    /// For the `datetime` attribute: RFC 3339 in UTC, whole seconds.
    #[must_use]
    pub fn rfc3339(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// For reading: `2026-11-20 09:12:04 UTC`.
    #[must_use]
    pub fn utc(&self) -> String {
        self.0.format("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    /// The day alone, in UTC, for lists: `2026-11-20`.
    #[must_use]
    pub fn day(&self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }
}

/// One entry of a select.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the reader sees.
    pub label: String,
    /// What is added to the label in the list, or empty.
    pub detail: String,
    /// Whether it is the chosen one.
    pub selected: bool,
}

/// An AWS account as pages name it: never by colour alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountTag {
    /// The account's name; empty where nobody named it.
    pub label: String,
    /// The twelve digits as shown, `1234-5678-9012`.
    pub id: String,
    /// Which of the eight account colours, 0 to 7.
    pub colour: u8,
    /// Our id of it, for the address of its page; empty where there is none.
    pub key: String,
}

impl AccountTag {
    /// The tag of an account; one that says "account not known" where nobody has validated the access key yet.
    #[must_use]
    pub fn of(account: Option<&Account>) -> Self {
        account.map_or_else(
            || Self { label: "Account not known".to_owned(), id: String::new(), colour: 0, key: String::new() },
            |account| Self {
                label: account.about.label.clone(),
                id: account::grouped(&account.account_id),
                colour: account.about.colour,
                key: account.id.clone(),
            },
        )
    }

    /// `saved` as it would look with this label and colour.
    #[must_use]
    pub fn shown(label: &str, saved: &Self, colour: &u8) -> Self {
        Self { label: label.trim().to_owned(), colour: *colour % COLOURS, ..saved.clone() }
    }

    /// What a search finds it by: its name, and its digits with and without hyphens.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} {} {}", self.label, self.id, self.digits())
    }

    /// The twelve digits as AWS takes them.
    #[must_use]
    pub fn digits(&self) -> String {
        self.id.replace('-', "")
    }
}

/// The signed-in person as the top bar shows them.
#[must_use]
pub fn person_of(who: Option<&Who>) -> Option<FramePerson> {
    let identity = who.and_then(|who| who.identity().ok());
    identity.map(|identity| FramePerson {
        name: identity.person.display_name.clone(),
        user_name: identity.person.user_name.clone(),
        administrator: identity.administrator,
        restricted: identity.restricted,
        auditor: identity.auditor,
        ..FramePerson::default()
    })
}

/// Where administrators change the connector with this id; empty for everybody else.
#[must_use]
pub fn manage(who: &Who, connector: &str) -> String {
    if who.administrator().is_err() {
        return String::new();
    }
    format!("/admin/connectors/{connector}")
}

/// A page as the body of an answer.
#[must_use]
pub fn respond(response: &mut HttpResponseBuilder, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => response.insert_header(ContentType::html()).body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// A page that is fine.
#[must_use]
pub fn ok(page: &impl Template) -> HttpResponse {
    respond(&mut HttpResponse::Ok(), page)
}

/// A form that needs another look: 422, with what was typed.
#[must_use]
pub fn unprocessable(page: &impl Template) -> HttpResponse {
    respond(&mut HttpResponse::UnprocessableEntity(), page)
}

/// What a form says that somebody else saved in the meantime: nothing that was typed is lost, and nothing of theirs is
/// overwritten unseen.
#[must_use]
pub fn stale() -> FieldErrors {
    let sentence = "Somebody else has saved this since you opened it. What you typed stands below: compare it with what is saved now, in another tab, then save again to replace that.";
    FieldErrors::from(("", sentence.to_owned()))
}

/// Goes to another page of ours, after something was done.
#[must_use]
pub fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", address)).finish()
}

/// Cuts `text` in two so that the page can shorten the front and always show the end: ARNs and keys differ at the end.
///
/// The end has twelve characters at most and is never empty for a text that is not.
#[must_use]
pub fn head_and_tail(text: &str) -> (&str, &str) {
    const TAIL: usize = 12;
    let at = text.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    text.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_cut_between_characters() {
        assert_eq!(
            head_and_tail("arn:aws:iam::123456789012:role/ReadOnly"),
            ("arn:aws:iam::123456789012:r", "ole/ReadOnly")
        );
        assert_eq!(head_and_tail("short"), ("", "short"));
        assert_eq!(head_and_tail("ääääääääääääää"), ("ää", "ääääääääääää"));
        assert_eq!(head_and_tail(""), ("", ""));
    }
}
