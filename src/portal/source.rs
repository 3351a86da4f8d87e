//! A credentials source: opened, from an access key and its sealed secrets to a client that signs with them, and what may be
//! made of it once it is known whose it is.

use secrecy::SecretString;

use crate::app::App;
use crate::aws::{Clients, KeyPair, Signer, StsClient};
use crate::keyring::{OpenError, Place};
use crate::model::access_key::{AccessKey, KeyKind, Validated};
use crate::model::principal::PrincipalType;
use crate::store::access_keys::SealedSecrets;
use crate::store::{DbConnection, StoreError, access_keys, connectors};

/// Where an access key's secret is sealed: bound to its row, to AWS's id of the key, and to the partition.
#[must_use]
pub fn place(key: &AccessKey) -> Place<'_> {
    Place { table: "access_keys", row: &key.id, column: "secret", fixed: [&key.key_id, key.partition.id()] }
}

/// Where its session token is sealed.
#[must_use]
pub fn token_place(key: &AccessKey) -> Place<'_> {
    Place { column: "session_token", ..place(key) }
}

/// Where the seed of its MFA device is sealed: bound to the device, not to the key pair, which may be rotated.
#[must_use]
pub fn mfa_place(key: &AccessKey) -> Place<'_> {
    let serial = key.mfa_serial.as_deref().unwrap_or_default();
    Place { table: "access_keys", row: &key.id, column: "mfa_seed", fixed: [serial, key.partition.id()] }
}

/// Where the sealed new secret of a rotation stands: bound to AWS's id of the new key.
#[must_use]
pub const fn new_secret_place<'a>(rotation: &'a str, new_key_id: &'a str, partition: &'a str) -> Place<'a> {
    Place { table: "rotations", row: rotation, column: "new_secret", fixed: [new_key_id, partition] }
}

/// A client of `clients` that signs with `key`, made where there is none yet. A key whose file is gone is refused even while its client
/// is still in memory.
///
/// # Errors
/// One of the failures of a sealed secret.
pub async fn client(
    app: &App,
    clients: &Clients,
    key: &AccessKey,
    sealed: &SealedSecrets,
    region: &str,
) -> Result<StsClient, OpenError> {
    let refused = match client_of(app, clients, key, sealed, region).await {
        Err(cause) => cause,
        client => return client,
    };
    // It may have been sealed anew since it was read, and the old file removed.
    match resealed(app, key, sealed).await {
        Some(newer) => client_of(app, clients, key, &newer, region).await,
        None => Err(refused),
    }
}

/// The secrets of `key` as they stand now, where they are others than `sealed` in the same version.
async fn resealed(app: &App, key: &AccessKey, sealed: &SealedSecrets) -> Option<SealedSecrets> {
    let id = key.id.clone();
    let (now, newer) = app.database.read(move |connection| access_keys::find_sealed(connection, &id)).await.ok()?;
    (now.version == key.version && newer != *sealed).then_some(newer)
}

async fn client_of(
    app: &App,
    clients: &Clients,
    key: &AccessKey,
    sealed: &SealedSecrets,
    region: &str,
) -> Result<StsClient, OpenError> {
    if key.source.surroundings().is_none() {
        prepare(app, sealed).await;
        app.keyring.has_file(&sealed.secret)?;
    }
    clients.of(key, region, || prepared_signer(app, key, sealed))
}

/// What `key` signs with.
///
/// # Errors
/// One of the failures of a sealed secret.
pub async fn signer<'a>(app: &App, key: &'a AccessKey, sealed: &SealedSecrets) -> Result<Signer<'a>, OpenError> {
    prepare(app, sealed).await;
    prepared_signer(app, key, sealed)
}

async fn prepare(app: &App, sealed: &SealedSecrets) {
    let token = sealed.session_token.as_deref().unwrap_or_default();
    app.keyring.prepare(&[sealed.secret.as_slice(), token]).await;
}

fn prepared_signer<'a>(app: &App, key: &'a AccessKey, sealed: &SealedSecrets) -> Result<Signer<'a>, OpenError> {
    if let Some(surroundings) = key.source.surroundings() {
        return Ok(Signer::Surroundings(surroundings));
    }
    let secret = open_prepared(app, &place(key), &sealed.secret)?;
    let token = sealed.session_token.as_ref();
    let session_token = token.map(|token| open_prepared(app, &token_place(key), token)).transpose()?;
    Ok(Signer::Pair(KeyPair { key_id: &key.key_id, secret, session_token }))
}

/// Why the secrets of `key` do not open; `None`: they do, or there are none.
pub async fn closed(app: &App, key: &AccessKey, sealed: &SealedSecrets) -> Option<OpenError> {
    signer(app, key, sealed).await.err()
}

/// Opens a sealed text.
///
/// # Errors
/// One of the failures of a sealed secret.
pub async fn open(app: &App, place: &Place<'_>, blob: &[u8]) -> Result<SecretString, OpenError> {
    app.keyring.prepare(&[blob]).await;
    open_prepared(app, place, blob)
}

fn open_prepared(app: &App, place: &Place<'_>, blob: &[u8]) -> Result<SecretString, OpenError> {
    let opened = app.keyring.open_prepared(place, blob)?;
    let text = std::str::from_utf8(&opened).map_err(|_| OpenError::Decrypt { file: String::new() })?;
    Ok(text.to_owned().into())
}

/// What is said of a root user's key.
pub(super) const ROOT_KEY: &str = "This key belongs to the account's root user, whose sessions cannot be restricted. Make an IAM user and use its key.";

/// Refuses a root user's key, whoever typed or used it, unless the setting takes such.
///
/// # Errors
/// [`ROOT_KEY`].
pub(super) fn root_rule(app: &App, arn: &str) -> Result<(), String> {
    if KeyKind::of(arn) != KeyKind::Root || app.config.aws.allow_root_keys {
        return Ok(());
    }
    Err(ROOT_KEY.to_owned())
}

/// Refuses an IAM user's session on an AWS user that other connectors assume roles or federate with, and the other way
/// round; `connector` is the id of the one that is looked at. Every write that could break the rule checks it in its own
/// transaction.
///
/// # Errors
/// [`StoreError::Refused`] at `access_key`.
pub(super) fn source_rule(
    connection: &mut DbConnection,
    key: &AccessKey,
    connector: &str,
    kind: PrincipalType,
) -> Result<(), StoreError> {
    for other in connectors::of_same_user(connection, key)? {
        // What is of no type that we know cannot be used at all.
        let Ok(others) = PrincipalType::parse(&other.principal_type) else { continue };
        if other.id != connector && others.names_person() != kind.names_person() {
            let sentence = format!(
                "“{}” ({}) calls AWS as the same user. An IAM user's session could assume every role of that user, so IAM user connectors need a user of their own.",
                other.name,
                others.label()
            );
            return Err(StoreError::Refused("access_key", sentence));
        }
    }
    Ok(())
}

/// [`source_rule`] for every connector of `key`, as the key is to be from now on.
///
/// # Errors
/// [`StoreError::Refused`] at `access_key`.
pub(super) fn source_rule_of_all(connection: &mut DbConnection, key: &AccessKey) -> Result<(), StoreError> {
    for connector in connectors::of_access_key(connection, &key.id)? {
        if let Ok(kind) = PrincipalType::parse(&connector.principal_type) {
            source_rule(connection, key, &connector.id, kind)?;
        }
    }
    Ok(())
}

/// Notes whose key it is, where the rule on shared sources allows what its connectors make of that user; else nothing.
///
/// # Errors
/// [`StoreError::Refused`] by the rule, or where the database cannot be written.
pub(super) async fn note_whose(app: &App, key: &AccessKey, validated: Validated) -> Result<(), StoreError> {
    let key = AccessKey { validated: Some(validated), ..key.clone() };
    let shared = app.config.aws.allow_shared_sources;
    let write = app.database.write(move |connection| {
        if !shared {
            source_rule_of_all(connection, &key)?;
        }
        Ok((access_keys::note_validated(connection, &key)?, Vec::new()))
    });
    write.await
}
