//! Replacing a key pair at once, by a job that gets its keys elsewhere.

use secrecy::SecretString;

use super::form::AccessKeyForm;
use super::{ask, describe, moved, save, sealed, signer};
use crate::app::App;
use crate::model::access::Actor;
use crate::model::access_key::AccessKey;
use crate::model::api_token::Part;
use crate::model::event::{Event, Kind, Origin, Outcome};
use crate::model::source::Source;
use crate::portal::PortalError;
use crate::store::{StoreError, access_keys, key_list};

/// The key pair that takes the place of the one that is kept.
#[derive(Clone, Debug, Default)]
pub struct Replacement {
    /// AWS's id of the key.
    pub key_id: String,
    /// Its secret half.
    pub secret: SecretString,
    /// The session token of a temporary key; `None`: it is a long-term key.
    pub session_token: Option<SecretString>,
    /// When a temporary key ends.
    pub expires_at: Option<String>,
    /// Whether AWS is asked first.
    pub validate: bool,
}

impl Replacement {
    /// What is cut off around its values, a sentence for each.
    #[must_use]
    pub fn cuts(&self) -> Vec<String> {
        let form = AccessKeyForm {
            key_id: self.key_id.clone(),
            secret: self.secret.clone(),
            session_token: self.session_token.clone().unwrap_or_default(),
            ..AccessKeyForm::default()
        };
        form.cuts()
    }
}

/// Replaces key id, secret, session token and expiry of an access key in one write, and gives the key as it is then.
///
/// # Errors
/// [`PortalError::Forbidden`] where the token is for something else, [`PortalError::NotFound`] where there is no such key,
/// [`PortalError::Invalid`] at the field that is wrong, [`PortalError::Aws`] where AWS does not answer,
/// [`PortalError::InUse`] while the key is rotated, [`PortalError::Stale`] where somebody else saved it in between.
pub async fn replace(
    app: &App,
    actor: &Actor,
    origin: &Origin,
    id: &str,
    new: Replacement,
) -> Result<AccessKey, PortalError> {
    let event = Event::new(app.clock.now(), Kind::AccessKeyReplace, origin).by(actor).with("access_key", cut(id));
    let done = attempt(app, actor, id, new, event.clone()).await;
    noted(app, event, done).await
}

/// Whether this token may replace this key's secret now, before anything that was sent is read.
///
/// # Errors
/// As [`replace`].
pub async fn may(app: &App, actor: &Actor, origin: &Origin, id: &str) -> Result<(), PortalError> {
    let event = Event::new(app.clock.now(), Kind::AccessKeyReplace, origin).by(actor).with("access_key", cut(id));
    noted(app, event, allowed(app, actor, id).await.map(drop).map_err(Stop::Error)).await
}

/// Why nothing was replaced.
enum Stop {
    /// The new key is of another account; in a sentence.
    OtherAccount(String),
    /// Anything else.
    Error(PortalError),
}

impl<E: Into<PortalError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Writes down why nothing was replaced.
async fn noted<T>(app: &App, event: Event, done: Result<T, Stop>) -> Result<T, PortalError> {
    let error = match done {
        Ok(done) => return Ok(done),
        Err(Stop::OtherAccount(sentence)) => {
            app.database
                .record(event.with("sentence", sentence.as_str()).ended(Outcome::Refused, "other_account"))
                .await?;
            return Err(moved::by_no_program(sentence));
        }
        Err(Stop::Error(error)) => error,
    };
    let (outcome, reason) = match &error {
        PortalError::TokenScope(_) => (Outcome::Refused, "token_scope".to_owned()),
        PortalError::NotFound(_) => (Outcome::Refused, "unknown_access_key".to_owned()),
        PortalError::Invalid(_) => (Outcome::Refused, "invalid".to_owned()),
        PortalError::InUse(_) | PortalError::Stale => (Outcome::Refused, "conflict".to_owned()),
        PortalError::Aws(error) => (Outcome::Failed, format!("aws:{}", error.code())),
        // Where the database itself fails there is nothing to write a row to.
        _ => return Err(error),
    };
    app.database.record(event.ended(outcome, &reason)).await?;
    Err(error)
}

async fn attempt(app: &App, actor: &Actor, id: &str, new: Replacement, event: Event) -> Result<AccessKey, Stop> {
    let before = allowed(app, actor, id).await?;
    let form = AccessKeyForm {
        source: if new.session_token.is_some() { "temporary" } else { "long_term" }.to_owned(),
        key_id: new.key_id,
        secret: new.secret,
        session_token: new.session_token.unwrap_or_default(),
        expires_at: new.expires_at.clone().unwrap_or_default(),
        ..AccessKeyForm::from(&before)
    };
    let mut typed = form.check_whole(app, &before)?;
    if typed.key.source == Source::LongTerm && new.expires_at.is_some() {
        let sentence = "Only a temporary key ends by itself. Send its session token too, or leave this out.";
        return Err(PortalError::Invalid(("expires_at", sentence.to_owned()).into()).into());
    }
    // The same pair again is a new one all the same: whoever sends it says that it is fresh.
    typed.key.key_since = app.clock.now();
    if new.validate {
        let signer = signer(app, &typed, None).await?;
        let caller = ask::whose_or_silence(app, &typed.key, &signer).await?;
        moved::by_account(&before, &caller.account_id).map_err(Stop::OtherAccount)?;
        ask::validated(app, &mut typed.key, caller);
    } else {
        moved::by_id(&before, &typed.key.key_id).map_err(Stop::OtherAccount)?;
    }
    let changes = sealed(app, &typed).await?;
    let (mut key, shared) = (typed.key, app.config.aws.allow_shared_sources);
    let event = describe(&key, event);
    let saved = key.clone();
    let write = app.database.write(move |connection| {
        save(connection, &saved, &changes, shared)?;
        Ok(((), vec![event]))
    });
    write.await?;
    key.version = key.version.saturating_add(1);
    Ok(key)
}

/// The key as it is now, where the token is for it and nothing stands in the way.
async fn allowed(app: &App, actor: &Actor, id: &str) -> Result<AccessKey, PortalError> {
    let owned = id.to_owned();
    let read = app.database.read(move |connection| {
        Ok((access_keys::find(connection, &owned)?, key_list::rotating(connection)?.contains(&owned)))
    });
    let (key, rotating) = match read.await {
        Err(StoreError::NotFound) => return Err(PortalError::NotFound("access key")),
        read => read?,
    };
    // Programs alone: a person's own token never carries keys.
    let Actor::Program(token) = actor else { return Err(PortalError::TokenScope(Part::AccessKeys)) };
    if token.scope.access_key_id.as_deref() != Some(key.id.as_str()) && !token.scope.has(Part::AccessKeys) {
        return Err(PortalError::TokenScope(Part::AccessKeys));
    }
    if rotating {
        return Err(PortalError::InUse(vec!["a rotation that has not ended".to_owned()]));
    }
    Ok(key)
}

/// What somebody sent as an id, no longer than one is.
fn cut(id: &str) -> String {
    id.chars().filter(|c| !c.is_control()).take(64).collect()
}
