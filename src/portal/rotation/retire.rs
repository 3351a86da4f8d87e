//! Taking keys away at AWS: the old one at the end, or what a rotation made that was given up.

use chrono::TimeDelta;

use super::create::clear_orphan;
use super::halt::Halt;
use super::step::{Progress, Scene, event, grace, save, took};
use super::{ORPHAN_REST, iam_of};
use crate::app::App;
use crate::aws::Iam;
use crate::aws::iam::NO_SUCH;
use crate::model::rotation::Step;
use crate::store::rotations;

/// Makes the old key inactive, signed for with the new one.
pub(super) async fn deactivate(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let (iam, old) = (iam_of(app, &scene.key, &scene.sealed).await?, &scene.rotation.old_key_id);
    match iam.set_active(old, false).await {
        Err(error) if error.code() != NO_SUCH => return Err(error.into()),
        _ => {}
    }
    // An empty answer may be anybody's: AWS's list says whether it is done.
    match iam.list().await?.iter().find(|key| key.id == *old) {
        Some(key) if key.active => Err(not_done("AWS still lists the old key as active.")),
        Some(_) => took(app, scene, Step::Deactivated, grace(app)).await,
        // Somebody has deleted it.
        None => took(app, scene, Step::Done, TimeDelta::zero()).await,
    }
}

fn not_done(sentence: &str) -> Halt {
    Halt::Later("not_done".to_owned(), sentence.to_owned())
}

/// Deletes the old key, unless somebody needed it and made it active again.
pub(super) async fn delete(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let (iam, old) = (iam_of(app, &scene.key, &scene.sealed).await?, &scene.rotation.old_key_id);
    if iam.list().await?.iter().any(|key| key.id == *old && key.active) {
        let sentence = format!(
            "The old key {old} was made active again at AWS: somebody needs it. Find out who; then go on, and it is made inactive once more."
        );
        return Err(Halt::stop("active_again", sentence));
    }
    delete_for_sure(&iam, old).await?;
    took(app, scene, Step::Done, TimeDelta::zero()).await
}

/// Deletes a key, or finds that it is gone already.
pub(super) async fn delete_for_sure(iam: &Iam, key_id: &str) -> Result<(), Halt> {
    match iam.delete(key_id).await {
        Err(error) if error.code() != NO_SUCH => return Err(error.into()),
        _ => {}
    }
    if iam.list().await?.iter().any(|key| key.id == key_id) {
        return Err(not_done("AWS still lists the key that was deleted."));
    }
    Ok(())
}

/// Takes away what a rotation made at AWS that was given up.
pub(super) async fn take_away(app: &App, scene: &Scene) -> Result<Progress, Halt> {
    let iam = iam_of(app, &scene.key, &scene.sealed).await?;
    let now = app.clock.now();
    match &scene.rotation.new_key_id {
        Some(new_key_id) if *new_key_id != scene.key.key_id => delete_for_sure(&iam, new_key_id).await?,
        Some(_) => {
            return Err(Halt::stop("in_use", "The new key was entered by hand and is in use. Nothing is deleted."));
        }
        None => {
            let listed = iam.list().await?;
            if let Some(progress) = clear_orphan(app, scene, &iam, &listed).await? {
                return Ok(progress);
            }
            // A key that was being made just then would show by now.
            let until = scene.rotation.step_at + ORPHAN_REST;
            if now < until {
                let mut after = scene.rotation.clone();
                after.not_before = until;
                let event = event(app, scene, &after);
                save(app, scene, after, event, |_| Ok(())).await?;
                return Ok(Progress::Waits(until));
            }
        }
    }
    let after = scene.rotation.clone().took(Step::Abandoned, now, TimeDelta::zero());
    let (event, id) = (event(app, scene, &after), after.id.clone());
    save(app, scene, after, event, move |connection| rotations::set_new_secret(connection, &id, None)).await?;
    Ok(Progress::Took(Step::Abandoned))
}
