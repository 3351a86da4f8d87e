//! Making tokens: people their own, administrators those of programs. Only somebody who signed in makes one.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::form::{Parsed, TokenForm};
use super::make;
use crate::app::App;
use crate::model::api_token::{ApiToken, Holder, Owner, PERSON_PREFIX, PROGRAM_PREFIX, Scope};
use crate::model::event::{Event, Kind};
use crate::model::identity::Person;
use crate::model::slug;
use crate::model::summary::Summary;
use crate::portal::prove::{Proof, prove};
use crate::portal::{PortalError, Who, my_access, people, permissions};
use crate::random;
use crate::store::{self, DbConnection, StoreError, connectors, summaries, token_list};

/// The most live tokens of one person's own.
pub const MOST_OF_PERSON: i64 = 20;

/// A token that was just made. No `Debug`: it holds its text.
pub struct Made {
    /// Its text, which is nowhere else.
    pub text: SecretString,
    /// What is kept of it.
    pub token: ApiToken,
    /// What is kept otherwise than it was typed.
    pub notes: Vec<String>,
}

/// Makes a token of the caller's own. One that administers takes their password.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong, at `password` where that is not theirs; [`PortalError::Forbidden`] for whoever
/// did not sign in; where the directory or the database does not answer.
pub async fn create_personal(app: &Arc<App>, who: &Who, form: &TokenForm, proof: Proof) -> Result<Made, PortalError> {
    let (app, who, form) = (app.clone(), who.clone(), form.clone());
    // To its end even if the caller goes away in the middle: a password that was tried is counted and recorded.
    let run = tokio::spawn(async move { personal(&app, &who, &form, proof).await });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

async fn personal(app: &App, who: &Who, form: &TokenForm, proof: Proof) -> Result<Made, PortalError> {
    let person = who.in_person()?.person.id.clone();
    let parsed = form.of_person(who, app.config.api.personal_token_days)?;
    let ids = usable(app, who, &parsed).await?;
    let event = Event::new(app.clock.now(), Kind::TokenCreate, &who.origin).by(&who.actor);
    if parsed.administers() {
        prove(app, who, proof, "password", &event).await?;
    }
    let (notes, by) = (parsed.networks.notes.clone(), who.name().to_owned());
    let new = move |connection: &mut DbConnection, now| {
        if token_list::count_of_person(connection, &person, now)? >= MOST_OF_PERSON {
            let sentence =
                format!("You have {MOST_OF_PERSON} live tokens, which are the most. Revoke one that you do not need.");
            return Err(StoreError::Refused("", sentence));
        }
        still_there(connection, &ids)?;
        let id = random::id();
        let token = ApiToken {
            slug: format!("personal-{id}"),
            holder: Holder::Person(person),
            ..token(id, parsed, ids, (by, now))
        };
        Ok((token, event))
    };
    let (text, token) = make(app, PERSON_PREFIX, new).await?;
    Ok(Made { text, token, notes })
}

/// The ids of the connectors that were typed, as far as the caller may use them now.
async fn usable(app: &App, who: &Who, parsed: &Parsed) -> Result<Vec<String>, PortalError> {
    let Some(wanted) = &parsed.wanted else { return Ok(Vec::new()) };
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mine = my_access::list(app, &who.actor).await?;
    let (mut ids, mut wrong) = (Vec::new(), Vec::new());
    for text in wanted {
        let id = slug::guid(text);
        let named = |connector: &&Summary| {
            id.as_deref().map_or(connector.slug == *text || connector.name == *text, |id| connector.id == id)
        };
        match mine.iter().find(named) {
            Some(connector) => ids.push(connector.id.clone()),
            None => wrong.push(text.as_str()),
        }
    }
    settled(ids, &wrong, "You may use no connector")
        .map_err(|sentence| PortalError::Invalid(("connectors", sentence).into()))
}

/// The ids, each once, where nothing was wrong; else a sentence about the first few that were.
fn settled(mut ids: Vec<String>, wrong: &[&str], sentence: &str) -> Result<Vec<String>, String> {
    ids.sort_unstable();
    ids.dedup();
    if wrong.is_empty() {
        return Ok(ids);
    }
    let named: Vec<String> =
        wrong.iter().take(5).map(|text| format!("“{}”", text.chars().take(64).collect::<String>())).collect();
    let more = if wrong.len() > named.len() { " and others" } else { "" };
    Err(format!("{sentence} {}{more}.", named.join(", ")))
}

/// What was there when it was looked for may be gone by now.
fn still_there(connection: &mut DbConnection, ids: &[String]) -> Result<(), StoreError> {
    if ids.is_empty() || summaries::of(connection, Some(ids))?.len() == ids.len() {
        return Ok(());
    }
    let sentence = "A connector has been deleted in the meantime. Look at your choice again.";
    Err(StoreError::Refused("connectors", sentence.to_owned()))
}

/// Makes a program's token. Only administrators who signed in do. One that administers takes their password.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong, at `password` where that is not theirs; [`PortalError::Forbidden`]; where a
/// directory or the database does not answer.
pub async fn create_program(app: &Arc<App>, who: &Who, form: &TokenForm, proof: Proof) -> Result<Made, PortalError> {
    let (app, who, form) = (app.clone(), who.clone(), form.clone());
    // To its end, as above.
    let run = tokio::spawn(async move {
        who.administrator()?;
        let event = Event::new(app.clock.now(), Kind::TokenCreate, &who.origin).by(&who.actor);
        let maker = Some(who.in_person()?.person.clone());
        let program = program(&app, &form, maker, event).await?;
        if program.parsed.administers() {
            prove(&app, &who, proof, "password", &program.event).await?;
        }
        program.make(&app).await
    });
    run.await.map_err(|error| PortalError::Internal(error.to_string()))?
}

/// A program's token that can be made.
pub(super) struct Program {
    parsed: Parsed,
    slug: String,
    owner: Owner,
    event: Event,
}

impl Program {
    /// Makes it.
    pub async fn make(self, app: &App) -> Result<Made, PortalError> {
        let Self { parsed, slug, owner, event } = self;
        let (notes, by) = (parsed.networks.notes.clone(), event.actor_name.clone());
        let new = move |connection: &mut DbConnection, now| {
            let ids = for_programs(connection, parsed.wanted.as_deref().unwrap_or_default())?;
            let token =
                ApiToken { slug, holder: Holder::Program(owner), ..token(random::id(), parsed, ids, (by, now)) };
            Ok((token, event))
        };
        let (text, token) = make(app, PROGRAM_PREFIX, new).await?;
        Ok(Made { text, token, notes })
    }
}

/// What the form says of a program's token; where it names nobody, `maker` answers for it.
pub(super) async fn program(
    app: &App,
    form: &TokenForm,
    maker: Option<Person>,
    event: Event,
) -> Result<Program, PortalError> {
    let (parsed, slug) = parsed(form, app.config.api.program_token_days)?;
    let responsible = match form.responsible.trim() {
        "" => maker,
        typed => Some(responsible(app, typed).await?),
    };
    let group = match form.group.trim() {
        "" => None,
        typed => Some(permissions::group_of(app, typed).await?),
    };
    let owner = Owner {
        responsible: responsible.as_ref().map(|person| person.id.clone()),
        group: group.map(|group| (group.group, group.name)),
        orphaned_at: None,
    };
    let event = match &responsible {
        Some(person) => event.with("responsible", person.user_name.as_str()),
        None => event,
    };
    let event = match &owner.group {
        Some((group, name)) => event.with("group", name.as_str()).with("group_id", group.to_string()),
        None => event,
    };
    Ok(Program { parsed, slug, owner, event })
}

/// What the form says, and the slug, which is made of the name where none was typed.
fn parsed(form: &TokenForm, days: u32) -> Result<(Parsed, String), PortalError> {
    let is_made = form.slug.trim().is_empty();
    let typed = if is_made { slug::from_name(form.name.trim()) } else { form.slug.clone() };
    let slug = slug::parse(&typed).map_err(|sentence| match is_made {
        true => "Enter a slug: none can be made of the name.".to_owned(),
        false => sentence,
    });
    match (form.of_program(days), slug) {
        (Ok(parsed), Ok(slug)) => Ok((parsed, slug)),
        (parsed, slug) => {
            let mut errors = parsed.err().unwrap_or_default();
            errors.take("slug", slug);
            Err(errors.into())
        }
    }
}

/// Who signs in with the typed name, and did at least once.
async fn responsible(app: &App, typed: &str) -> Result<Person, PortalError> {
    let wrong = |sentence: String| PortalError::Invalid(("responsible", sentence).into());
    let entry = people::named(app, typed).await.map_err(|error| match error {
        PortalError::Invalid(errors) => wrong(errors.get("user_name").unwrap_or_default().to_owned()),
        error => error,
    })?;
    if !entry.active {
        return Err(wrong(format!("“{}” is closed in the directory; choose somebody else.", entry.user_name)));
    }
    let (directory, external_id) = (entry.directory, entry.external_id);
    let read = app.database.read(move |connection| store::people::of_entry(connection, &directory, &external_id));
    read.await?.ok_or_else(|| {
        wrong(format!("“{}” has never signed in to Daypass; ask them to, once, and try again.", entry.user_name))
    })
}

/// The ids of the connectors that were typed, each of system scope.
fn for_programs(connection: &mut DbConnection, wanted: &[String]) -> Result<Vec<String>, StoreError> {
    let (mut ids, mut wrong) = (Vec::new(), Vec::new());
    for text in wanted {
        match connectors::resolve(connection, text) {
            Ok(connector) if connector.system_scope => ids.push(connector.id),
            Ok(_) | Err(StoreError::NotFound) => wrong.push(text.as_str()),
            Err(error) => return Err(error),
        }
    }
    settled(ids, &wrong, "There is no connector of system scope called")
        .map_err(|sentence| StoreError::Refused("connectors", sentence))
}

fn token(id: String, parsed: Parsed, ids: Vec<String>, (by, now): (String, DateTime<Utc>)) -> ApiToken {
    let connectors = parsed.connectors(ids);
    ApiToken {
        id,
        name: parsed.name,
        slug: String::new(),
        holder: Holder::Program(Owner::default()),
        scope: Scope { parts: parsed.parts, connectors, access_key_id: None },
        networks: parsed.networks.all,
        created_by: by,
        created_at: now,
        expires_at: now + parsed.life,
        revoked_at: None,
        last_use: None,
    }
}
