//! The switch: the new key has to work wherever it will be used, and then takes the old one's place.

use chrono::TimeDelta;
use secrecy::ExposeSecret;

use super::halt::Halt;
use super::new_place;
use super::step::{Progress, Scene, event, grace, save, settle};
use crate::app::App;
use crate::aws::{AwsError, KeyPair, Signer, issuer};
use crate::model::access_key::KeyState;
use crate::model::event::Outcome;
use crate::model::rotation::Step;
use crate::portal::source;
use crate::store::access_keys::{Change, SecretChanges};
use crate::store::{StoreError, access_keys, rotations};

/// How often a new key has to work, one time after the other, in each region.
const PROOFS: usize = 3;
/// How long a new key may be unknown to AWS.
const UNKNOWN_AT_MOST: TimeDelta = TimeDelta::minutes(10);

/// Tries the new key wherever it will be used, and puts it in place of the old one.
pub(super) async fn switch(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let before = &scene.rotation;
    let (Some(new_key_id), Some(sealed)) = (&before.new_key_id, &scene.new_secret) else {
        return Err(Halt::stop("no_secret", "The new key's secret is gone. Abandon the rotation and start again."));
    };
    if scene.key.key_id != before.old_key_id {
        return Err(Halt::stop("changed", "Another key was entered in the meantime. Abandon the rotation."));
    }
    let secret = source::open(app, &new_place(before, new_key_id, &scene.key), sealed).await?;
    let pair = KeyPair { key_id: new_key_id, secret: secret.clone(), session_token: None };
    if let Some(waits) = prove(app, scene, &Signer::Pair(pair)).await? {
        return Ok(waits);
    }
    let now = app.clock.now();
    let mut key = scene.key.clone();
    key.key_id.clone_from(new_key_id);
    let secret = app.keyring.seal(&source::place(&key), secret.expose_secret().as_bytes()).await?;
    let changes = SecretChanges { secret: Change::Set(secret), ..SecretChanges::default() };
    let after = before.clone().took(Step::Switched, now, grace(app));
    let event = event(app, scene, &after);
    let (rotation_id, old_key_id) = (before.id.clone(), before.old_key_id.clone());
    save(app, scene, after, event, move |connection| {
        // As it is now: its name or plan may have been changed since it was read.
        let mut kept = access_keys::find(connection, &key.id)?;
        if kept.key_id != old_key_id || kept.partition != key.partition {
            return Err(StoreError::Stale);
        }
        (kept.key_id, kept.key_since, kept.updated_at) = (key.key_id, now, now);
        (kept.state, kept.trouble, kept.checked_at) = (KeyState::Good, None, Some(now));
        access_keys::update(connection, &kept, &changes)?;
        rotations::set_new_secret(connection, &rotation_id, None)
    })
    .await?;
    Ok(Progress::Took(Step::Switched))
}

/// Whether the new key works everywhere; where not yet, until when to wait.
async fn prove(app: &App, scene: &Scene, signer: &Signer<'_>) -> Result<Option<Progress>, Halt> {
    let wanted = scene.key.validated.as_ref().map(|validated| validated.arn.as_str());
    for region in &scene.regions {
        let client = app.clients.once_at(signer, scene.key.partition, region);
        for _ in 0..PROOFS {
            match issuer::caller_identity(&client).await {
                Ok(caller) if Some(caller.arn.as_str()) == wanted => {}
                Ok(caller) => {
                    let sentence = format!(
                        "The new key belongs to {} and not to the same user. Abandon the rotation.",
                        caller.arn
                    );
                    return Err(Halt::stop("other_user", sentence));
                }
                // Not a matter of this key: no key works there.
                Err(error) if error.code() == "RegionDisabledException" => break,
                Err(error) if error.is_passing() => return Err(error.into()),
                Err(error) => return not_yet(app, scene, &error).await.map(Some),
            }
        }
    }
    Ok(None)
}

/// AWS does not know the new key everywhere yet.
async fn not_yet(app: &App, scene: &Scene, error: &AwsError) -> Result<Progress, Halt> {
    let now = app.clock.now();
    if now - scene.rotation.step_at >= UNKNOWN_AT_MOST {
        let sentence = format!(
            "AWS does not take the new key after ten minutes: {error}. The old one is in use as before. Look at both in IAM; go on, or abandon the rotation."
        );
        return Err(Halt::stop("new_key_refused", sentence));
    }
    let mut after = scene.rotation.clone();
    after.not_before = now + settle(app);
    after.failure = Some("AWS does not know the new key everywhere yet. That takes some seconds.".to_owned());
    let waits = Progress::Waits(after.not_before);
    let event = event(app, scene, &after).ended(Outcome::Failed, &format!("aws:{}", error.code()));
    save(app, scene, after, event, |_| Ok(())).await?;
    Ok(waits)
}
