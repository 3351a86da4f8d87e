//! What a token is for.

use std::collections::BTreeSet;

/// A part of the API. Its [word](Self::word) is what tokens, pages and documents call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Listing connectors and getting credentials of them, registries' too.
    Use,
    /// Links that sign a browser in to the console.
    Console,
    /// Reading the usage log.
    UsageLog,
    /// Access keys: all but their rotation.
    AccessKeys,
    /// Connectors.
    Connectors,
    /// Which groups may use which connectors.
    Grants,
    /// Policy examples.
    PolicyExamples,
    /// Names and colours of accounts.
    Accounts,
    /// Seeing and revoking tokens; no token makes one.
    Tokens,
}

impl Part {
    /// Each with its word, and what it lets a program do, for people who choose.
    pub const ALL: [(Self, &'static str, &'static str); 9] = [
        (Self::Use, "use", "List connectors and get temporary credentials"),
        (Self::Console, "console", "Get links that open the AWS console"),
        (Self::UsageLog, "usage_log", "Read the usage log"),
        (Self::AccessKeys, "admin:access_keys", "Manage access keys"),
        (Self::Connectors, "admin:connectors", "Manage connectors"),
        (Self::Grants, "admin:grants", "Manage which groups may use which connectors"),
        (Self::PolicyExamples, "admin:policy_examples", "Manage policy examples"),
        (Self::Accounts, "admin:accounts", "Name and describe accounts"),
        (Self::Tokens, "admin:tokens", "See and revoke API tokens"),
    ];

    /// The word in database, API and log.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(part, ..)| *part == self).map_or("", |(_, word, _)| word)
    }

    /// The part with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(part, ..)| *part)
    }

    /// Whether it changes how Daypass is set up.
    #[must_use]
    pub const fn is_administration(self) -> bool {
        !matches!(self, Self::Use | Self::Console | Self::UsageLog)
    }

    /// Whether a person's own token may carry it: never keys and tokens.
    #[must_use]
    pub const fn is_for_people(self) -> bool {
        !matches!(self, Self::AccessKeys | Self::Tokens)
    }
}

/// What a token is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The parts of the API.
    pub parts: BTreeSet<Part>,
    /// The connectors it may use.
    pub connectors: Connectors,
    /// The one access key whose secret it may replace.
    pub access_key_id: Option<String>,
}

/// Connectors that a token may use; of a program only those of system scope, of a person only what they may use themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connectors {
    /// All of them, those too that come later.
    All,
    /// These, by id.
    These(Vec<String>),
}

impl Default for Connectors {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl Scope {
    /// For using one connector.
    #[must_use]
    pub fn of_connector(id: String) -> Self {
        let parts = BTreeSet::from([Part::Use, Part::Console]);
        Self { parts, connectors: Connectors::These(vec![id]), access_key_id: None }
    }

    /// For replacing the secret of one access key, and nothing else.
    #[must_use]
    pub fn of_secret(access_key_id: String) -> Self {
        Self { access_key_id: Some(access_key_id), ..Self::default() }
    }

    /// Whether it goes as far as this part.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Whether it changes how Daypass is set up.
    #[must_use]
    pub fn administers(&self) -> bool {
        self.access_key_id.is_some() || self.parts.iter().any(|part| part.is_administration())
    }

    /// Whether it goes as far as the connector with this id.
    #[must_use]
    pub fn covers(&self, connector_id: &str) -> bool {
        match &self.connectors {
            Connectors::All => true,
            Connectors::These(ids) => ids.iter().any(|id| id == connector_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_word_of_its_own() {
        for (part, word, sentence) in Part::ALL {
            assert_eq!((Part::parse(word), part.word()), (Some(part), word));
            assert!(!sentence.is_empty());
        }
        assert_eq!(Part::parse("admin"), None);
    }

    #[test]
    fn a_scope_goes_as_far_as_it_says() {
        let one = Scope::of_connector("1".to_owned());
        assert!(one.has(Part::Use) && one.covers("1") && !one.covers("2") && !one.has(Part::Connectors));
        let secret = Scope::of_secret("k".to_owned());
        assert!(!secret.has(Part::Use) && !secret.covers("1"));
        assert!(secret.administers() && !one.administers());
        for (part, word, _) in Part::ALL {
            let only = Scope { parts: BTreeSet::from([part]), ..Scope::default() };
            assert_eq!(only.administers(), word.starts_with("admin:"), "{word}");
        }
        assert!(Scope { connectors: Connectors::All, ..Scope::default() }.covers("2"));
    }
}
