//! The new key: made once, and kept before anything else.

use secrecy::ExposeSecret;

use super::halt::Halt;
use super::orphan::{self, Found};
use super::step::{Progress, Scene, event, save, settle};
use super::{iam_of, new_place};
use crate::app::App;
use crate::aws::Iam;
use crate::aws::iam::ListedKey;
use crate::model::rotation::Step;
use crate::store::{StoreError, rotations};

/// Looks for what a process that died has left, makes the new key, and keeps it before anything else.
pub(super) async fn create(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let iam = iam_of(app, &scene.key, &scene.sealed).await?;
    let listed = iam.list().await?;
    if let Some(progress) = clear_orphan(app, scene, &iam, &listed).await? {
        return Ok(progress);
    }
    if let Some(other) = listed.iter().find(|key| key.id != scene.rotation.old_key_id) {
        let sentence = format!(
            "The user has a second key, {}, and AWS allows two. Delete it in IAM, or abandon the rotation.",
            other.id
        );
        return Err(Halt::stop("two_keys", sentence));
    }
    // A keyring that cannot seal is found out before there is anything to seal.
    app.keyring.seal(&new_place(&scene.rotation, "trial", &scene.key), b"trial").await?;
    let made = iam.create().await?;
    let place = new_place(&scene.rotation, &made.id, &scene.key);
    let sealed = app.keyring.seal(&place, made.secret.expose_secret().as_bytes()).await?;
    keep_new(app, scene, made.id, sealed).await
}

/// Keeps the new key beside the old one; also where the rotation was given up while AWS made it, so that it is deleted.
async fn keep_new(app: &App, scene: &Scene, new_key_id: String, sealed: Vec<u8>) -> Result<Progress, Halt> {
    let (before, now, wait) = (scene.rotation.clone(), app.clock.now(), settle(app));
    let mut after = before.clone().took(Step::Created, now, wait);
    after.new_key_id = Some(new_key_id.clone());
    let event = event(app, scene, &after);
    let made = new_key_id.clone();
    let write = app.database.write(move |connection| {
        let mut found = rotations::find(connection, &before.id)?;
        if found == before {
            found = after;
        } else if found.step == Step::Abandoning && found.new_key_id.is_none() {
            found.new_key_id = Some(new_key_id);
        } else {
            return Err(StoreError::Stale);
        }
        rotations::update(connection, &found)?;
        rotations::set_new_secret(connection, &found.id, Some(&sealed))?;
        Ok((found.step, vec![event]))
    });
    let step = write.await.inspect_err(|error| {
        tracing::error!(key_id = made, %error, "a new access key was made at AWS and could not be kept");
    });
    Ok(Progress::Took(step?))
}

/// Takes away what a process that died has left, or waits until it is sure whose it is.
pub(super) async fn clear_orphan(
    app: &App,
    scene: &Scene,
    iam: &Iam,
    listed: &[ListedKey],
) -> Result<Option<Progress>, Halt> {
    let (after, id, what) = match orphan::look(scene, iam, listed, app.clock.now()).await? {
        Found::Nothing => return Ok(None),
        Found::Noted(after, id) => (after, id, "noted"),
        Found::Deleted(after, id) => (after, id, "deleted"),
    };
    let event = event(app, scene, &after).with("orphan_key_id", id).with("orphan", what);
    let progress =
        if what == "noted" { Progress::Waits(after.not_before) } else { Progress::Took(scene.rotation.step) };
    save(app, scene, after, event, |_| Ok(())).await?;
    Ok(Some(progress))
}
