//! One token in words.

use crate::model::api_token::{Connectors, Dead, Holder, Part};
use crate::portal::Who;
use crate::portal::tokens::{TokenStatus, may_adopt};
use crate::web::html::{Badge, Moment, Tone};

/// One token, as lists and its page show it.
pub struct TokenRow {
    /// Its id, for addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Of a program's: its slug; else empty.
    pub slug: String,
    /// Whose it is, in words.
    pub holder: String,
    /// The group whose members look after it; may be empty.
    pub group: String,
    /// The words of the parts of the API.
    pub parts: Vec<&'static str>,
    /// The connectors, in words; empty where it uses none.
    pub connectors: String,
    /// The networks, in words.
    pub networks: String,
    /// When it ends by itself.
    pub ends: Moment,
    /// When it was made.
    pub created: Moment,
    /// By whom.
    pub created_by: String,
    /// The last use.
    pub last_used: Option<Moment>,
    /// From where; empty where it was never used.
    pub last_used_from: String,
    /// How it stands.
    pub state: Badge,
    /// What there is to do about it, in one sentence; may be empty.
    pub detail: String,
    /// Whether it can be revoked.
    pub is_live: bool,
    /// Whether the reader can adopt it.
    pub adoptable: bool,
    /// Whether it changes how Daypass is set up: then it is adopted with a password.
    pub administers: bool,
}

/// The row of a token for a reader.
#[must_use]
pub fn row(who: &Who, status: TokenStatus) -> TokenRow {
    let (state, detail) = state(&status);
    let (is_live, adoptable) = (status.dead.is_none(), status.dead.is_none() && may_adopt(who, &status.token));
    let (holder, group, slug) = match &status.token.holder {
        Holder::Person(_) => (status.person.clone(), String::new(), String::new()),
        Holder::Program(owner) => {
            let group = owner.group.as_ref().map(|(_, name)| name.clone()).unwrap_or_default();
            (status.person.clone(), group, status.token.slug.clone())
        }
    };
    let connectors = connectors(&status);
    let token = status.token;
    TokenRow {
        ends: Moment(token.ends_at()),
        created: Moment(token.created_at),
        administers: token.scope.administers(),
        parts: token.scope.parts.iter().map(|part| part.word()).collect(),
        connectors,
        networks: token.networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        last_used: token.last_use.as_ref().map(|last| Moment(last.at)),
        last_used_from: token.last_use.map(|last| last.address).unwrap_or_default(),
        id: token.id,
        name: token.name,
        slug,
        holder,
        group,
        created_by: token.created_by,
        state,
        detail,
        is_live,
        adoptable,
    }
}

fn state(status: &TokenStatus) -> (Badge, String) {
    let token = &status.token;
    match status.dead {
        Some(Dead::Revoked) => (Badge::new(Tone::Neutral, "Revoked"), String::new()),
        Some(Dead::Expired) => (Badge::new(Tone::Neutral, "Expired"), String::new()),
        Some(Dead::Orphaned) => (Badge::new(Tone::Neutral, "Ended"), "Nobody answered for it for 30 days.".to_owned()),
        None if token.is_orphan() => (
            Badge::new(Tone::Warning, "Orphaned"),
            "Whoever answered for it is gone: adopt it, or revoke it.".to_owned(),
        ),
        None => (Badge::new(Tone::Good, "Live"), String::new()),
    }
}

fn connectors(status: &TokenStatus) -> String {
    const SHOWN: usize = 3;
    let scope = &status.token.scope;
    if scope.access_key_id.is_some() {
        return "The secret of one access key".to_owned();
    }
    if !scope.has(Part::Use) && !scope.has(Part::Console) {
        return String::new();
    }
    if scope.connectors == Connectors::All {
        return "All connectors".to_owned();
    }
    let names: Vec<&str> = status.connectors.iter().map(|(_, _, name)| name.as_str()).collect();
    match names.len() {
        0 => "No connector any more".to_owned(),
        1..=SHOWN => names.join(", "),
        more => format!("{} and {} more", names.get(..SHOWN).unwrap_or_default().join(", "), more - SHOWN),
    }
}
