//! Access keys: kept sealed, validated by GetCallerIdentity, never shown.

mod ask;
pub mod check;
mod envelope_form;
mod form;
pub mod list;
pub(super) mod moved;
pub mod replace;

use secrecy::{ExposeSecret, SecretString};

pub use envelope_form::EnvelopeForm;
pub use form::AccessKeyForm;
pub use list::{KeyStatus, State, list};

use super::once::Once;
use super::rotation::refuse_while_rotating;
use super::source::{mfa_place, place, source_rule_of_all, token_place};
use super::{PortalError, Who};
use crate::app::App;
use crate::aws::{KeyPair, Signer};
use crate::keyring::{KeyFileError, OpenError, Place};
use crate::model::access_key::AccessKey;
use crate::model::api_token::Part;
use crate::model::envelope::Envelope;
use crate::model::event::{Event, Kind};
use crate::model::principal::PrincipalType;
use crate::store::access_keys::{Change, SealedSecrets, SecretChanges};
use crate::store::{DbConnection, StoreError, access_keys, accounts, connectors, key_list, rotations};
use form::Typed;

/// One access key, and the connectors that use it as (id, name).
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn show(app: &App, who: &Who, id: &str) -> Result<(KeyStatus, Vec<(String, String)>), PortalError> {
    who.may(Part::AccessKeys)?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let (key, sealed) = access_keys::find_sealed(connection, &id)?;
        let rotating = rotations::open(connection)?.iter().any(|rotation| rotation.access_key == id);
        Ok((key, sealed, access_keys::used_by(connection, &id)?, rotating))
    });
    let (key, sealed, used_by, rotating) = read.await?;
    let used = i64::try_from(used_by.len()).unwrap_or(i64::MAX);
    Ok((KeyStatus::of(app, key, &sealed, used, rotating).await, used_by))
}

/// The names of other entries that hold the same key of AWS.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn twins(app: &App, who: &Who, id: &str) -> Result<Vec<String>, PortalError> {
    who.may(Part::AccessKeys)?;
    let id = id.to_owned();
    Ok(app.database.read(move |connection| access_keys::twins(connection, &id)).await?)
}

/// Adds an access key and gives its id.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong; AWS's refusal stands at the field it is about, its silence at `""`.
pub async fn create(app: &App, who: &Who, form: AccessKeyForm) -> Result<String, PortalError> {
    create_once(app, who, form, &Once::UNNAMED).await
}

/// [`create`], with a request that may have a name.
///
/// # Errors
/// As [`create`].
pub async fn create_once(app: &App, who: &Who, form: AccessKeyForm, once: &Once) -> Result<String, PortalError> {
    who.may(Part::AccessKeys)?;
    if !who.is_at_page() {
        form.fits()?;
    }
    let mut typed = form.check(app, None)?;
    if !form.skip_validation {
        let signer = signer(app, &typed, None).await?;
        let validated = ask::whose(app, who, &typed.key, &signer).await?;
        ask::validated(app, &mut typed.key, validated);
    }
    let changes = sealed(app, &typed).await?;
    let key = typed.key;
    let event = Event::new(app.clock.now(), Kind::AccessKeyCreate, &who.origin).by(&who.actor());
    let event = describe(&key, event);
    let (id, once) = (key.id.clone(), once.clone());
    let write = app.database.write(move |connection| {
        access_keys::insert(connection, &key, &all_of(changes))?;
        if let Some(validated) = &key.validated {
            accounts::ensure(connection, key.partition, &validated.account_id)?;
        }
        once.keep(connection, &id)?;
        Ok((id, vec![event]))
    });
    Ok(write.await?)
}

/// Saves an access key. Connectors that use it change with it.
///
/// # Errors
/// As [`create`]; [`PortalError::Stale`] where somebody else saved it since.
pub async fn update(app: &App, who: &Who, id: &str, form: AccessKeyForm) -> Result<(), PortalError> {
    who.may(Part::AccessKeys)?;
    let before = before(app, id).await?;
    save_over(app, who, before, form).await
}

/// Saves what is said of an access key: name, note, when a temporary one ends, MFA device and envelope. Its key pair, where
/// that comes from, its partition and its rotation stay, whatever `form` has of them.
///
/// # Errors
/// As [`update`]; [`PortalError::Invalid`] too at what does not go with the key's source, and where AWS says that it is of
/// another account than it was.
pub async fn edit(app: &App, who: &Who, id: &str, form: AccessKeyForm) -> Result<(), PortalError> {
    who.may(Part::AccessKeys)?;
    let before = before(app, id).await?;
    if before.key.version != form.version {
        return Err(PortalError::Stale);
    }
    let kept = AccessKeyForm::from(&before.key);
    let form = AccessKeyForm {
        source: kept.source,
        key_id: kept.key_id,
        secret: SecretString::default(),
        session_token: SecretString::default(),
        partition: kept.partition,
        rotate_days: kept.rotate_days,
        rotate_window: kept.rotate_window,
        other_account: false,
        ..form
    };
    form.fits()?;
    save_over(app, who, before, form).await
}

/// An access key as it is before it is saved.
struct Before {
    key: AccessKey,
    sealed: SealedSecrets,
    used_by: Vec<(String, String)>,
}

async fn before(app: &App, id: &str) -> Result<Before, PortalError> {
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let (key, sealed) = access_keys::find_sealed(connection, &id)?;
        Ok(Before { key, sealed, used_by: access_keys::used_by(connection, &id)? })
    });
    Ok(read.await?)
}

async fn save_over(app: &App, who: &Who, before: Before, form: AccessKeyForm) -> Result<(), PortalError> {
    let Before { key: before, sealed: kept, used_by } = before;
    let mut typed = form.check(app, Some(&before))?;
    if typed.key.partition != before.partition && !used_by.is_empty() {
        let sentence = format!("Connectors use this key ({}), so its partition stays.", names(&used_by));
        return Err(PortalError::Invalid(("partition", sentence).into()));
    }
    if form.skip_validation && !form.other_account {
        let refuse = |sentence: String| match who.is_at_page() {
            true => not_meant(&sentence, &used_by),
            false => moved::by_no_program(sentence),
        };
        moved::by_id(&before, &typed.key.key_id).map_err(refuse)?;
    }
    let signer = signer(app, &typed, Some((&before, &kept))).await?;
    if !form.skip_validation {
        let caller = ask::whose(app, who, &typed.key, &signer).await?;
        if !who.is_at_page() {
            moved::by_account(&before, &caller.account_id).map_err(moved::by_no_program)?;
        }
        ask::validated(app, &mut typed.key, caller);
    }
    let event = Event::new(app.clock.now(), Kind::AccessKeyUpdate, &who.origin).by(&who.actor());
    let event = describe(&typed.key, event).with("secret_changed", typed.secret.is_some());
    let event = match before.account() {
        Some(account) if typed.key.account() != Some(account) => event.with("account_before", account),
        _ => event,
    };
    let event = if before.envelope == typed.key.envelope {
        event
    } else {
        event.with("envelope_before", words(&before)).with("envelope_after", words(&typed.key))
    };
    let event = event.with("connectors", used_by.into_iter().map(|(_, name)| name).collect::<Vec<_>>());
    let changes = sealed(app, &typed).await?;
    let (key, shared) = (typed.key, app.config.aws.allow_shared_sources);
    let write = app.database.write(move |connection| {
        save(connection, &key, &changes, shared)?;
        Ok(((), vec![event]))
    });
    Ok(write.await?)
}

/// Nobody said that the key is to be moved, and these connectors would move with it.
fn not_meant(sentence: &str, used_by: &[(String, String)]) -> PortalError {
    let follow = match used_by {
        [] => "No connector uses it.".to_owned(),
        used_by => format!("These connectors would call AWS from there: {}.", names(used_by)),
    };
    let sentence = format!(
        "{sentence}. {follow} If that is meant, tick “This key belongs to another account” and enter the secret again."
    );
    PortalError::Invalid(("other_account", sentence).into())
}

/// Saves a key with its changed secrets, where the connectors that use it allow that.
fn save(
    connection: &mut DbConnection,
    key: &AccessKey,
    changes: &SecretChanges,
    shared: bool,
) -> Result<(), StoreError> {
    if changes.secret != Change::Keep {
        refuse_while_rotating(connection, &key.id)?;
    }
    access_keys::update(connection, key, changes)?;
    for connector in connectors::of_access_key(connection, &key.id)? {
        // What is of no type that we know cannot be used at all.
        let Ok(kind) = PrincipalType::parse(&connector.principal_type) else { continue };
        let refused = |sentence: String| {
            StoreError::Refused("source", format!("“{}” uses this access key. {sentence}", connector.name))
        };
        key.source.allows(kind).map_err(refused)?;
        if kind == PrincipalType::AssumeRole && connector.seconds() > Some(key.source.longest_role_session()) {
            let sentence = "It asks for sessions of more than an hour, which AWS gives for a long-term key only. Shorten its duration first.";
            return Err(refused(sentence.to_owned()));
        }
    }
    if !shared {
        source_rule_of_all(connection, key).map_err(at_key_id)?;
    }
    if let Some(validated) = &key.validated {
        accounts::ensure(connection, key.partition, &validated.account_id)?;
        connectors::follow_account(connection, &key.id, &validated.account_id)?;
    }
    Ok(())
}

/// The rule on shared sources, at the field of this form that it is about.
fn at_key_id(error: StoreError) -> StoreError {
    match error {
        StoreError::Refused(_, sentence) => StoreError::Refused("key_id", sentence),
        other => other,
    }
}

/// Removes an access key that no connector uses; where a `version` was looked at, that one alone.
///
/// # Errors
/// [`PortalError::InUse`] with the connectors' names; [`PortalError::Stale`] where it is another version.
pub async fn delete(app: &App, who: &Who, id: &str, version: Option<i32>) -> Result<(), PortalError> {
    who.may(Part::AccessKeys)?;
    let (id, base) = (id.to_owned(), Event::new(app.clock.now(), Kind::AccessKeyDelete, &who.origin).by(&who.actor()));
    let write = app.database.write(move |connection| {
        let key = access_keys::find(connection, &id)?;
        if version.is_some_and(|version| version != key.version) {
            return Err(StoreError::Stale);
        }
        if version.is_some() && key_list::rotating(connection)?.contains(&id) {
            return Err(StoreError::InUse(vec!["a rotation that has not ended".to_owned()]));
        }
        refuse_while_rotating(connection, &id)?;
        access_keys::delete(connection, &id)?;
        Ok(((), vec![base.with("access_key", key.id).with("name", key.name).with("key_id", key.key_id)]))
    });
    Ok(write.await?)
}

/// What was typed signs with; what was not typed comes from what is kept.
async fn signer<'a>(
    app: &App,
    typed: &'a Typed,
    kept: Option<(&AccessKey, &SealedSecrets)>,
) -> Result<Signer<'a>, PortalError> {
    if let Some(surroundings) = typed.key.source.surroundings() {
        return Ok(Signer::Surroundings(surroundings));
    }
    let secret = match (&typed.secret, kept) {
        (Some(secret), _) => secret.clone(),
        (None, Some((before, sealed))) => opened(app, "secret", &place(before), &sealed.secret).await?,
        (None, None) => SecretString::default(),
    };
    let temporary = !typed.key.source.is_long_term();
    let session_token = match (&typed.session_token, kept.map(|(before, sealed)| (before, &sealed.session_token))) {
        (Some(token), _) => Some(token.clone()),
        (None, Some((before, Some(token)))) if temporary => {
            Some(opened(app, "session_token", &token_place(before), token).await?)
        }
        _ => None,
    };
    Ok(Signer::Pair(KeyPair { key_id: &typed.key.key_id, secret, session_token }))
}

/// Seals what was typed, and removes what the key no longer has.
async fn sealed(app: &App, typed: &Typed) -> Result<SecretChanges, KeyFileError> {
    let key = &typed.key;
    let seal = async |place: &Place<'_>, secret: &SecretString| {
        app.keyring.seal(place, secret.expose_secret().as_bytes()).await
    };
    let keep_or = |has: bool| if has { Change::Keep } else { Change::Set(None) };
    let secret = match &typed.secret {
        _ if key.source.surroundings().is_some() => Change::Set(Vec::new()),
        Some(secret) => Change::Set(seal(&place(key), secret).await?),
        None => Change::Keep,
    };
    let session_token = match &typed.session_token {
        Some(token) => Change::Set(Some(seal(&token_place(key), token).await?)),
        None => keep_or(!key.source.is_long_term() && key.source.surroundings().is_none()),
    };
    let mfa_seed = match &typed.mfa_seed {
        Some(seed) => Change::Set(Some(seal(&mfa_place(key), seed).await?)),
        None => keep_or(key.mfa_serial.is_some()),
    };
    Ok(SecretChanges { secret, session_token, mfa_seed })
}

/// The secrets of a key that is new, where nothing is kept.
fn all_of(changes: SecretChanges) -> SealedSecrets {
    fn set<T: Default>(change: Change<T>) -> T {
        match change {
            Change::Set(value) => value,
            Change::Keep => T::default(),
        }
    }
    SealedSecrets {
        secret: set(changes.secret),
        session_token: set(changes.session_token),
        mfa_seed: set(changes.mfa_seed),
    }
}

async fn opened(app: &App, field: &'static str, place: &Place<'_>, sealed: &[u8]) -> Result<SecretString, PortalError> {
    let cannot = |cause: &OpenError| format!("{cause} ({}). {}", cause.file(), cause.advice());
    let opened = app.keyring.open_sealed(place, sealed).await;
    let secret = opened.map_err(|cause| PortalError::Invalid((field, cannot(&cause)).into()))?;
    let text =
        std::str::from_utf8(&secret).map_err(|_| PortalError::Internal("a secret that is no text".to_owned()))?;
    Ok(text.to_owned().into())
}

fn describe(key: &AccessKey, event: Event) -> Event {
    let event =
        event.with("access_key", key.id.as_str()).with("name", key.name.as_str()).with("key_id", key.key_id.as_str());
    let event = event.with("source", key.source.word());
    let mut event = event.with("partition", key.partition.id()).with("validated", key.validated.is_some());
    event.account_id = key.account().map(str::to_owned);
    event
}

/// What restricted administrators may make of a key, for the log.
fn words(key: &AccessKey) -> String {
    key.envelope.as_ref().map_or_else(|| "nothing".to_owned(), Envelope::words)
}

fn names(used_by: &[(String, String)]) -> String {
    used_by.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
}
