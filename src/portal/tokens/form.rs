//! What is typed to make a token, and what it has to be. The rules of both kinds of token stand here.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::model::FieldErrors;
use crate::model::api_token::life::{self, DAY, OF_ADMINISTRATION};
use crate::model::api_token::networks::{self, Networks};
use crate::model::api_token::{Connectors, Part};
use crate::portal::Who;

/// The longest name, in characters.
pub const NAME_LONGEST: usize = 100;
/// The most connectors that one token names; beyond, it is for all of them.
pub const MOST_CONNECTORS: usize = 200;

/// A token as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenForm {
    /// Name.
    pub name: String,
    /// Of a program's: the slug; made of the name where empty.
    pub slug: String,
    /// How long it lives, as `30d`.
    pub life: String,
    /// The words of the parts of the API.
    pub parts: Vec<String>,
    /// All connectors, those too that come later.
    pub all_connectors: bool,
    /// Else these, by id.
    pub connectors: Vec<String>,
    /// And these, by id, slug or name, one a line.
    pub more: String,
    /// Networks, one a line.
    pub networks: String,
    /// Of a program's: the user name of whoever answers for it; the maker where empty.
    pub responsible: String,
    /// Of a program's: the group whose members look after it too; may be empty.
    pub group: String,
}

/// What a [`TokenForm`] says.
pub(super) struct Parsed {
    pub name: String,
    pub life: TimeDelta,
    pub parts: BTreeSet<Part>,
    pub networks: Networks,
    /// The connectors as typed; `None`: all.
    pub wanted: Option<Vec<String>>,
}

impl Parsed {
    /// Whether it changes how Daypass is set up.
    pub fn administers(&self) -> bool {
        self.parts.iter().any(|part| part.is_administration())
    }

    /// The scope's connectors, with what was typed for them as ids.
    pub fn connectors(&self, ids: Vec<String>) -> Connectors {
        if self.wanted.is_none() { Connectors::All } else { Connectors::These(ids) }
    }
}

impl TokenForm {
    /// A person's own token: parts that are theirs, for `days` at most.
    pub(super) fn of_person(&self, who: &Who, days: u32) -> Result<Parsed, FieldErrors> {
        let mut errors = FieldErrors::default();
        let parts = self.parts(&mut errors);
        for part in &parts {
            let word = part.word();
            if !part.is_for_people() {
                errors.add("parts", format!("“{word}” is for tokens of programs alone."));
            } else if !who.actor.may(*part) {
                errors.add("parts", format!("“{word}” needs a role that you do not have."));
            }
        }
        let administers = parts.iter().any(|part| part.is_administration());
        let longest = if administers { OF_ADMINISTRATION } else { days.saturating_mul(DAY) };
        let life = match life::parse(&self.life, longest) {
            Err(_) if administers && life::parse(&self.life, days.saturating_mul(DAY)).is_ok() => {
                let longest = life::show(OF_ADMINISTRATION);
                Err(format!("A token that administers lives {longest} at most: write 1h, or make one for use alone."))
            }
            life => life,
        };
        self.rest(parts, life, errors)
    }

    /// A program's token, for `days` at most.
    pub(super) fn of_program(&self, days: u32) -> Result<Parsed, FieldErrors> {
        let mut errors = FieldErrors::default();
        let parts = self.parts(&mut errors);
        self.rest(parts, life::parse(&self.life, days.saturating_mul(DAY)), errors)
    }

    fn rest(
        &self,
        parts: BTreeSet<Part>,
        life: Result<u32, String>,
        mut errors: FieldErrors,
    ) -> Result<Parsed, FieldErrors> {
        let name = errors.take("name", name(&self.name)).unwrap_or_default();
        let life = errors.take("life", life).unwrap_or_default();
        let networks = errors.take("networks", networks::parse(&self.networks)).unwrap_or_default();
        let wanted = errors.take("connectors", self.wanted(&parts)).unwrap_or_default();
        errors.into_result()?;
        Ok(Parsed { name, life: TimeDelta::seconds(life.into()), parts, networks, wanted })
    }

    fn parts(&self, errors: &mut FieldErrors) -> BTreeSet<Part> {
        let mut parts = BTreeSet::new();
        for word in &self.parts {
            match Part::parse(word) {
                Some(part) => drop(parts.insert(part)),
                None => {
                    let word: String = word.chars().take(64).collect();
                    errors.add("parts", format!("The API has no part “{word}”."));
                }
            }
        }
        if parts.is_empty() {
            errors.add("parts", "Choose at least one part of the API.");
        }
        parts
    }

    /// The connectors as typed; of a token that uses none, none.
    fn wanted(&self, parts: &BTreeSet<Part>) -> Result<Option<Vec<String>>, String> {
        if !parts.contains(&Part::Use) && !parts.contains(&Part::Console) {
            return Ok(Some(Vec::new()));
        }
        if self.all_connectors {
            return Ok(None);
        }
        let typed = self.connectors.iter().map(String::as_str).chain(self.more.lines());
        let mut wanted: Vec<String> =
            typed.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        match wanted.len() {
            0 => Err("Choose at least one connector, or all.".to_owned()),
            1..=MOST_CONNECTORS => Ok(Some(wanted)),
            _ => Err(format!("At most {MOST_CONNECTORS} connectors; choose all, or make several tokens.")),
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err("Enter a name by which you will know it again.".to_owned());
    }
    if name.chars().count() > NAME_LONGEST || name.contains(char::is_control) {
        return Err(format!("Use one line of at most {NAME_LONGEST} characters."));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> TokenForm {
        let text = |text: &str| text.to_owned();
        TokenForm {
            name: text("CI"),
            life: text("30d"),
            parts: vec![text("use")],
            connectors: vec![text("one")],
            ..TokenForm::default()
        }
    }

    fn wrong(form: &TokenForm) -> Vec<&'static str> {
        let errors = form.of_program(365).err();
        errors.map(|errors| errors.iter().map(|(field, _)| field).collect()).unwrap_or_default()
    }

    #[test]
    fn a_name_has_one_to_a_hundred_characters_in_one_line() {
        let named = |name: &str| wrong(&TokenForm { name: name.to_owned(), ..form() });
        for name in ["x", " x ", &"ü".repeat(100), &format!("  {}  ", "x".repeat(100))] {
            assert!(named(name).is_empty(), "{name}");
        }
        for name in ["", "  ", &"ü".repeat(101), "a\nb", "a\u{7f}b"] {
            assert_eq!(named(name), ["name"], "{name:?}");
        }
    }

    #[test]
    fn a_program_lives_a_minute_to_its_longest() {
        let lives = |life: &str| wrong(&TokenForm { life: life.to_owned(), ..form() });
        assert!(lives("365d").is_empty() && lives("1m").is_empty());
        for life in ["366d", "59s", "", "for ever"] {
            assert_eq!(lives(life), ["life"], "{life}");
        }
    }

    #[test]
    fn there_is_at_least_one_part_and_no_unknown_one() {
        let of = |parts: &[&str]| {
            wrong(&TokenForm { parts: parts.iter().map(|part| (*part).to_owned()).collect(), ..form() })
        };
        assert!(of(&["use", "use", "console", "admin:access_keys", "admin:tokens"]).is_empty());
        assert_eq!(of(&[]), ["parts"]);
        assert_eq!(of(&["use", "admin"]), ["parts"]);
        assert_eq!(of(&["Use"]), ["parts"]);
    }

    #[test]
    fn connectors_are_all_or_some_up_to_two_hundred_and_none_where_none_is_used() {
        let many = |count: usize| (0..count).map(|at| format!("c{at}")).collect::<Vec<_>>().join("\n");
        let typed = |more: &str| TokenForm { connectors: Vec::new(), more: more.to_owned(), ..form() };
        assert!(wrong(&typed(&many(MOST_CONNECTORS))).is_empty());
        assert_eq!(wrong(&typed(&many(MOST_CONNECTORS + 1))), ["connectors"]);
        assert_eq!(wrong(&typed(" \r\n ")), ["connectors"]);
        let both = TokenForm { more: "one\r\ntwo\r\n".to_owned(), ..form() }.of_program(1);
        assert!(both.is_err(), "30 days are more than one");
        let both = TokenForm { more: "one\r\ntwo\r\n".to_owned(), ..form() }.of_program(30).ok().unwrap();
        assert_eq!(both.wanted, Some(vec!["one".to_owned(), "two".to_owned()]));
        let all = TokenForm { all_connectors: true, ..form() }.of_program(30).ok().unwrap();
        assert!(all.wanted.is_none() && all.connectors(Vec::new()) == Connectors::All);
        let log = TokenForm { parts: vec!["usage_log".to_owned()], all_connectors: true, ..form() };
        assert_eq!(log.of_program(30).ok().unwrap().wanted, Some(Vec::new()), "nothing is used");
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let form = TokenForm { networks: "nowhere".to_owned(), ..TokenForm::default() };
        assert_eq!(wrong(&form), ["life", "name", "networks", "parts"]);
    }
}
