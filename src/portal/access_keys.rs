//! Access keys: kept sealed, validated by GetCallerIdentity, never shown.

use secrecy::{ExposeSecret, SecretString};

use super::connectors::source_rule;
use super::source::{self, place};
use super::{PortalError, Who};
use crate::app::App;
use crate::aws::{AwsError, Caller, KeyPair, Signer, issuer};
use crate::keyring::OpenError;
use crate::model::FieldErrors;
use crate::model::access_key::{AccessKey, KeyKind, KeyState, Validated, is_temporary, parse_key_id, parse_secret};
use crate::model::connector::parse_name;
use crate::model::event::{Event, Kind};
use crate::model::partition::Partition;
use crate::model::source::Source;
use crate::random;
use crate::store::access_keys::{Change, SealedSecrets, SecretChanges};
use crate::store::{StoreError, access_keys, accounts, connectors};

/// What was typed into the form of an access key.
#[derive(Clone, Debug, Default)]
pub struct AccessKeyForm {
    /// Name.
    pub name: String,
    /// AWS's id of the key.
    pub key_id: String,
    /// Its secret half; empty: keep the one there is.
    pub secret: SecretString,
    /// The partition's id.
    pub partition: String,
    /// Free text.
    pub note: String,
    /// Save without asking AWS.
    pub skip_validation: bool,
    /// The version that the form was made of.
    pub version: i32,
}

/// An access key and how it stands here.
#[derive(Clone, Debug)]
pub struct KeyStatus {
    /// The key.
    pub key: AccessKey,
    /// Why its secret does not open; `None`: it does.
    pub closed: Option<OpenError>,
    /// How many connectors use it.
    pub used_by: i64,
}

/// Every access key, by name.
///
/// # Errors
/// Where the database cannot be read, or the caller does not administer.
pub async fn list(app: &App, who: &Who) -> Result<Vec<KeyStatus>, PortalError> {
    who.administrator()?;
    let read = app.database.read(|connection| {
        Ok((access_keys::all(connection)?, access_keys::sealed(connection)?, access_keys::use_counts(connection)?))
    });
    let (keys, sealed, counts) = read.await?;
    let sealed: std::collections::HashMap<_, _> = sealed.into_iter().collect();
    let counts: std::collections::HashMap<_, _> = counts.into_iter().collect();
    let mut statuses = Vec::with_capacity(keys.len());
    for key in keys {
        let closed = match sealed.get(&key.id) {
            Some(sealed) => source::closed(app, &key, sealed).await,
            None => None,
        };
        statuses.push(KeyStatus { used_by: counts.get(&key.id).copied().unwrap_or(0), closed, key });
    }
    Ok(statuses)
}

/// One access key, and the connectors that use it as (id, name).
///
/// # Errors
/// [`PortalError::NotFound`], or where the caller does not administer.
pub async fn show(app: &App, who: &Who, id: &str) -> Result<(KeyStatus, Vec<(String, String)>), PortalError> {
    who.administrator()?;
    let id = id.to_owned();
    let read = app.database.read(move |connection| {
        let (key, sealed) = access_keys::find_sealed(connection, &id)?;
        Ok((key, sealed, access_keys::used_by(connection, &id)?))
    });
    let (key, sealed, used_by) = read.await?;
    let closed = source::closed(app, &key, &sealed).await;
    Ok((KeyStatus { used_by: i64::try_from(used_by.len()).unwrap_or(i64::MAX), closed, key }, used_by))
}

/// Adds an access key and gives its id.
///
/// # Errors
/// [`PortalError::Invalid`] with what is wrong; AWS's refusal stands at `secret`, its silence at `""`.
pub async fn create(app: &App, who: &Who, form: AccessKeyForm) -> Result<String, PortalError> {
    who.administrator()?;
    let typed = check(app, &form, None)?;
    let secret = typed.secret.unwrap_or_default();
    let mut key = typed.key;
    validate(app, &mut key, &secret, form.skip_validation).await?;
    let secret = app.keyring.seal(&place(&key), secret.expose_secret().as_bytes()).await?;
    let sealed = SealedSecrets { secret, ..SealedSecrets::default() };
    let event = describe(app, who, Kind::AccessKeyCreate, &key);
    let id = key.id.clone();
    let write = app.database.write(move |connection| {
        access_keys::insert(connection, &key, &sealed)?;
        if let Some(validated) = &key.validated {
            accounts::ensure(connection, key.partition, &validated.account_id)?;
        }
        Ok((id, vec![event]))
    });
    Ok(write.await?)
}

/// Saves an access key. Connectors that use it change with it.
///
/// # Errors
/// As [`create`]; [`PortalError::Stale`] where somebody else saved it since.
pub async fn update(app: &App, who: &Who, id: &str, form: AccessKeyForm) -> Result<(), PortalError> {
    who.administrator()?;
    let key_id = id.to_owned();
    let read = app.database.read(move |connection| {
        let (key, sealed) = access_keys::find_sealed(connection, &key_id)?;
        Ok((key, sealed, access_keys::used_by(connection, &key_id)?))
    });
    let (before, sealed, used_by) = read.await?;
    let typed = check(app, &form, Some(&before))?;
    if typed.key.partition != before.partition && !used_by.is_empty() {
        let sentence = format!("Connectors use this key ({}), so its partition stays.", names(&used_by));
        return Err(PortalError::Invalid(("partition", sentence).into()));
    }
    let mut key = typed.key;
    let secret = match &typed.secret {
        Some(secret) => secret.clone(),
        None => opened(app, &before, &sealed.secret).await?,
    };
    validate(app, &mut key, &secret, form.skip_validation).await?;
    let secret = match &typed.secret {
        Some(secret) => Change::Set(app.keyring.seal(&place(&key), secret.expose_secret().as_bytes()).await?),
        None => Change::Keep,
    };
    let changes = SecretChanges { secret, ..SecretChanges::default() };
    let event = describe(app, who, Kind::AccessKeyUpdate, &key).with("secret_changed", typed.secret.is_some());
    let event = event.with("connectors", used_by.into_iter().map(|(_, name)| name).collect::<Vec<_>>());
    let shared = app.config.aws.allow_shared_sources;
    let write = app.database.write(move |connection| {
        access_keys::update(connection, &key, &changes)?;
        if !shared {
            for connector in connectors::of_access_key(connection, &key.id)? {
                source_rule(connection, &key, &connector.id, connector.principal.kind()).map_err(at_key_id)?;
            }
        }
        if let Some(validated) = &key.validated {
            accounts::ensure(connection, key.partition, &validated.account_id)?;
            connectors::follow_account(connection, &key.id, &validated.account_id)?;
        }
        Ok(((), vec![event]))
    });
    Ok(write.await?)
}

/// The rule on shared sources, at the field of this form that it is about.
fn at_key_id(error: StoreError) -> StoreError {
    match error {
        StoreError::Refused(_, sentence) => StoreError::Refused("key_id", sentence),
        other => other,
    }
}

/// Removes an access key that no connector uses.
///
/// # Errors
/// [`PortalError::InUse`] with the connectors' names.
pub async fn delete(app: &App, who: &Who, id: &str) -> Result<(), PortalError> {
    who.administrator()?;
    let (id, base) = (id.to_owned(), Event::new(app.clock.now(), Kind::AccessKeyDelete, &who.origin).by(&who.actor()));
    let write = app.database.write(move |connection| {
        let key = access_keys::find(connection, &id)?;
        access_keys::delete(connection, &id)?;
        Ok(((), vec![base.with("access_key", key.id).with("name", key.name).with("key_id", key.key_id)]))
    });
    Ok(write.await?)
}

struct Typed {
    key: AccessKey,
    secret: Option<SecretString>,
}

fn check(app: &App, form: &AccessKeyForm, before: Option<&AccessKey>) -> Result<Typed, FieldErrors> {
    let mut errors = FieldErrors::default();
    let name = errors.take("name", parse_name(&form.name));
    let key_id = errors.take("key_id", parse_key_id(&form.key_id));
    if key_id.as_deref().is_some_and(is_temporary) {
        errors.add(
            "key_id",
            "This is a temporary key (ASIA…), which would soon expire. Enter a long-term access key (AKIA…).",
        );
    }
    let partition = errors.take("partition", Partition::parse(&form.partition));
    if form.note.chars().count() > 1000 {
        errors.add("note", "Use at most 1,000 characters.");
    }
    if app.demo && key_id.as_ref().is_some_and(|id| id.starts_with("AKIA")) {
        errors.add(
            "key_id",
            "This is shaped like a real access key. The demo takes none: it has the sandbox in place of AWS.",
        );
    }
    let same_key =
        before.is_some_and(|before| Some(&before.key_id) == key_id.as_ref() && Some(before.partition) == partition);
    let typed = form.secret.expose_secret();
    let secret = match (typed.trim().is_empty(), same_key) {
        (true, true) => None,
        (true, false) => {
            errors.add("secret", "Enter the secret that belongs to this access key id.");
            None
        }
        (false, _) => errors.take("secret", parse_secret(typed)).map(SecretString::from),
    };
    let (Some(name), Some(key_id), Some(partition), true) = (name, key_id, partition, errors.is_empty()) else {
        return Err(errors);
    };
    let key = AccessKey {
        id: before.map_or_else(random::id, |before| before.id.clone()),
        name,
        partition,
        key_id,
        note: form.note.trim().to_owned(),
        validated: before.filter(|_| same_key && secret.is_none()).and_then(|before| before.validated.clone()),
        state: KeyState::Unverified,
        source: Source::LongTerm,
        trouble: None,
        checked_at: None,
        key_since: before.filter(|_| same_key && secret.is_none()).map_or_else(|| app.clock.now(), |b| b.key_since),
        last_used_at: before.and_then(|before| before.last_used_at),
        mfa_serial: None,
        envelope: before.and_then(|before| before.envelope.clone()),
        rotation: before.and_then(|before| before.rotation.clone()),
        version: form.version,
        updated_at: app.clock.now(),
    };
    Ok(Typed { key, secret })
}

async fn opened(app: &App, key: &AccessKey, sealed: &[u8]) -> Result<SecretString, PortalError> {
    let cannot = |cause: &OpenError| format!("{cause} ({}). {}", cause.file(), cause.advice());
    let opened = app.keyring.open_sealed(&place(key), sealed).await;
    let secret = opened.map_err(|cause| PortalError::Invalid(("secret", cannot(&cause)).into()))?;
    let text =
        std::str::from_utf8(&secret).map_err(|_| PortalError::Internal("a secret that is no text".to_owned()))?;
    Ok(text.to_owned().into())
}

/// Asks AWS whose key it is, and refuses a root user's.
async fn validate(app: &App, key: &mut AccessKey, secret: &SecretString, skip: bool) -> Result<(), PortalError> {
    if skip {
        return Ok(());
    }
    let pair = KeyPair { key_id: &key.key_id, secret: secret.clone(), session_token: None };
    let client = app.clients.once(&Signer::Pair(pair), key.partition);
    let Caller { account_id, arn } = issuer::caller_identity(&client).await.map_err(|error| at_field(&error))?;
    if KeyKind::of(&arn) == KeyKind::Root && !app.config.aws.allow_root_keys {
        let sentence = "This key belongs to the account's root user, whose sessions cannot be restricted. Make an IAM user and use its key.";
        return Err(PortalError::Invalid(("key_id", sentence.to_owned()).into()));
    }
    key.validated = Some(Validated { account_id, arn, at: app.clock.now() });
    key.state = KeyState::Good;
    Ok(())
}

/// AWS's refusal, at the field that it is about.
fn at_field(error: &AwsError) -> PortalError {
    let field = match error.code() {
        "InvalidClientTokenId" => "key_id",
        "SignatureDoesNotMatch" => "secret",
        _ => "",
    };
    let skip = if error.is_passing() { " You may also save without validating." } else { "" };
    PortalError::Invalid((field, format!("{error}. {}{skip}", error.advice())).into())
}

fn describe(app: &App, who: &Who, kind: Kind, key: &AccessKey) -> Event {
    let event = Event::new(app.clock.now(), kind, &who.origin).by(&who.actor());
    let event =
        event.with("access_key", key.id.as_str()).with("name", key.name.as_str()).with("key_id", key.key_id.as_str());
    let mut event = event.with("partition", key.partition.id()).with("validated", key.validated.is_some());
    event.account_id = key.validated.as_ref().map(|validated| validated.account_id.clone());
    event
}

fn names(used_by: &[(String, String)]) -> String {
    used_by.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
}
