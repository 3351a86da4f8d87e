//! What surrounds every page: top bar, rail, breadcrumb, title, notices.

use super::html::{Tone, person_of};
use super::session::Session;
use crate::app::{App, Closed};
use crate::portal::{Who, local_people};

/// Everything that `layout.html` needs; each page has one in its field `frame`.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The page's title and its `<h1>`.
    pub title: String,
    /// The section that is marked in the top bar.
    pub section: Section,
    /// Path of the rail entry that is marked, as `/admin/connectors`; empty where there is none.
    pub rail: &'static str,
    /// The pages above this one as (text, address), outermost first. The page itself is not in it.
    pub breadcrumb: Vec<(String, String)>,
    /// Who is signed in.
    pub person: Option<FramePerson>,
    /// What has just happened, shown under the title.
    pub notices: Vec<Notice>,
    /// What does not open, on the pages of the administration; empty where everything does.
    pub closed: String,
    /// Whether this is the demo, which says so on every page.
    pub demo: bool,
}

impl Frame {
    /// The frame of a page in `section`, for the person who asked; takes what the session has to say.
    #[must_use]
    pub fn new(app: &App, who: &Who, session: &Session, section: Section, title: &str) -> Self {
        let notices = session.take_notices();
        let mut person = person_of(Some(who));
        if let Some(person) = &mut person {
            person.is_local = local_people::is_local(app, who);
        }
        Self { title: title.to_owned(), section, person, notices, demo: app.demo, ..Self::default() }
    }

    /// The frame of a page of the administration, under the rail's entry `rail`.
    #[must_use]
    pub fn administration(app: &App, who: &Who, session: &Session, rail: &'static str, title: &str) -> Self {
        // What does not open is for those who can open it again.
        let closed = if who.administrator().is_ok() { sentence(app.closed.found()) } else { String::new() };
        Self { rail, closed, ..Self::new(app, who, session, Section::Administration, title) }
    }

    /// The frame of a page before sign-in.
    #[must_use]
    pub fn outside(app: &App, title: &str) -> Self {
        Self { title: title.to_owned(), demo: app.demo, ..Self::default() }
    }

    /// Whether the reader sees all of the administration.
    #[must_use]
    pub fn administers(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.administrator)
    }

    /// With a page above this one.
    #[must_use]
    pub fn below(mut self, text: &str, address: &str) -> Self {
        self.breadcrumb.push((text.to_owned(), address.to_owned()));
        self
    }
}

fn sentence(closed: Closed) -> String {
    match closed {
        Closed { access_keys: 0, cookie_key: false } => String::new(),
        Closed { access_keys: 0, cookie_key: true } => {
            "The key that signs cookies cannot be opened, so everybody has to sign in again after a restart. daypass doctor says what to do.".to_owned()
        }
        Closed { access_keys: 1, .. } => "1 access key has a secret that cannot be opened.".to_owned(),
        Closed { access_keys, .. } => format!("{access_keys} access keys have secrets that cannot be opened."),
    }
}

/// The signed-in person, as the top bar needs them.
#[derive(Clone, Debug, Default)]
pub struct FramePerson {
    /// Display name.
    pub name: String,
    /// Name typed at sign-in.
    pub user_name: String,
    /// Sees the administration.
    pub administrator: bool,
    /// Sees the connectors of the administration.
    pub restricted: bool,
    /// Sees the usage log.
    pub auditor: bool,
    /// Is of the local directory, whose password is changed here.
    pub is_local: bool,
}

impl FramePerson {
    /// The first character of the name, for the round mark in the top bar.
    #[must_use]
    pub fn initial(&self) -> String {
        let name = if self.name.trim().is_empty() { &self.user_name } else { &self.name };
        name.trim().chars().next().map(|first| first.to_uppercase().collect()).unwrap_or_default()
    }
}

/// The three parts of the portal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// A page outside of them: sign-in, set-up, errors.
    #[default]
    None,
    /// What a person may use.
    MyAccess,
    /// Access keys, connectors, permissions, policy examples.
    Administration,
    /// Who used what.
    UsageLog,
}

/// One sentence about what has just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its colour, and whether a screen reader interrupts for it.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
}

impl Notice {
    /// A notice of `tone` that says `text`.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_is_that_of_the_name_or_else_of_the_user_name() {
        let person = |name: &str, user_name: &str| FramePerson {
            name: name.to_owned(),
            user_name: user_name.to_owned(),
            ..FramePerson::default()
        };
        assert_eq!(person(" émile", "e").initial(), "É");
        assert_eq!(person("", "bob").initial(), "B");
        assert_eq!(person("", "").initial(), "");
    }
}
