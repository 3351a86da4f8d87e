//! A key at AWS that nobody wrote down: a process died between making it and keeping it. Nobody has its secret.

use chrono::{DateTime, Utc};

use super::ORPHAN_REST;
use super::halt::Halt;
use super::retire::delete_for_sure;
use super::step::Scene;
use crate::aws::Iam;
use crate::aws::iam::ListedKey;
use crate::model::rotation::Rotation;

/// What a look at the user's keys gave.
pub(super) enum Found {
    /// Nothing that this rotation could have left.
    Nothing,
    /// Something, seen now; it is looked at again later. The rotation as it is to be kept.
    Noted(Rotation, String),
    /// It was there at both looks, and is deleted now.
    Deleted(Rotation, String),
}

/// Looks for such a key among `listed`, and deletes it once it is sure whose it is.
///
/// # Errors
/// [`Halt::Stop`] where it may be somebody else's.
pub(super) async fn look(scene: &Scene, iam: &Iam, listed: &[ListedKey], now: DateTime<Utc>) -> Result<Found, Halt> {
    let before = &scene.rotation;
    let unseen: Vec<&ListedKey> =
        listed.iter().filter(|key| key.id != before.old_key_id && !before.seen_key_ids.contains(&key.id)).collect();
    let Some(key) = unseen.first() else { return Ok(Found::Nothing) };
    let last = iam.last_use(&key.id).await?;
    if unseen.len() > 1 || !before.may_have_made(&key.id, key.created_at, last.is_some()) {
        let mut after = before.clone();
        after.orphan = Some((key.id.clone(), now));
        let why = if last.is_some() { "it has been used" } else { "it is older than this rotation" };
        let sentence = format!(
            "The user has a second key, {}, which Daypass did not write down, and {why}: it may be somebody else's. Find out in IAM whose it is. Delete it there and go on, or abandon the rotation to leave it alone.",
            key.id
        );
        return Err(Halt::stop_at(after, "unknown_key", sentence));
    }
    let mut after = before.clone();
    match &before.orphan {
        Some((id, at)) if *id == key.id && now - *at >= ORPHAN_REST => {
            delete_for_sure(iam, &key.id).await?;
            after.orphan = None;
            Ok(Found::Deleted(after, key.id.clone()))
        }
        Some((id, at)) if *id == key.id => {
            after.not_before = *at + ORPHAN_REST;
            Ok(Found::Noted(after, key.id.clone()))
        }
        _ => {
            after.orphan = Some((key.id.clone(), now));
            after.not_before = now + ORPHAN_REST;
            Ok(Found::Noted(after, key.id.clone()))
        }
    }
}
