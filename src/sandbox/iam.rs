//! IAM's calls about a user's own access keys: the query protocol of version 2010-05-08, with its quota of two keys.

use std::sync::{Arc, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};

use super::caller::{self, Caller};
use super::counters::Action;
use super::error::Refusal;
use super::incoming::Incoming;
use super::index::{Index, Owner};
use super::rules::{self, Constraints};
use super::server::Shared;
use super::sigv4::SigningKeys;
use super::sts::Call;
use super::uses::Use;
use super::world::{Key, User, World};
use super::xml::Answer;
use crate::random;

/// The one version of the interface.
pub(super) const VERSION: &str = "2010-05-08";
/// How the id of a key begins that `CreateAccessKey` made; no key of AWS does.
pub(super) const KEY_PREFIX: &str = "SBXN";
/// Access keys of one user (IAM quotas; it cannot be raised).
const KEYS_MAX: usize = 2;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Authenticates the sender, checks their right and answers the call.
///
/// # Errors
/// What AWS refuses.
pub(super) fn answer(
    action: Action,
    request: &Incoming<'_>,
    call: &Call<'_>,
    (shared, keys): (&Shared, &SigningKeys),
) -> Result<Answer, Refusal> {
    // As it was before this very request.
    let last = call.params.get("AccessKeyId").and_then(|id| call.uses.of(id));
    let caller = caller::authenticate(request, "iam", call, keys)?;
    // AWS lets no session of GetSessionToken or GetFederationToken call IAM, and the sandbox's roles have no rights there.
    let Caller::LongTerm(owner) = caller else { return Err(Refusal::unknown_key()) };
    if action == Action::GetAccessKeyLastUsed {
        return last_used(call, owner, last);
    }
    let user = target(action, call, owner)?;
    let at = Target { partition: &owner.account.partition, account: &owner.account.id, user: &user.name };
    match action {
        Action::ListAccessKeys => Ok(list(user)),
        Action::CreateAccessKey => create(shared, &at, call.now),
        Action::UpdateAccessKey => update(shared, &at, call),
        _ => delete(shared, &at, call),
    }
}

/// Whose keys a call is about.
struct Target<'a> {
    partition: &'a str,
    account: &'a str,
    user: &'a str,
}

/// The user that a call names, else the one that signed it. Users may change their own keys, root everybody's.
fn target<'w>(action: Action, call: &Call<'_>, owner: Owner<'w>) -> Result<&'w User, Refusal> {
    let named = call.params.get("UserName");
    let own = owner.user.filter(|user| named.is_none_or(|name| name == short(&user.name)));
    match (owner.user, own, named) {
        (Some(_), Some(user), _) if user.may_rotate => Ok(user),
        (None, _, Some(name)) => owner
            .account
            .users
            .iter()
            .find(|user| short(&user.name) == name)
            .ok_or_else(|| no_such(format!("The user with name {name} cannot be found."))),
        (None, _, None) => Err(Refusal::validation("Must specify userName when calling with non-User credentials")),
        (Some(user), ..) => {
            let resource = named.unwrap_or_else(|| short(&user.name));
            Err(not_allowed(owner, action, &format!("user {resource}")))
        }
    }
}

fn not_allowed(owner: Owner<'_>, action: Action, resource: &str) -> Refusal {
    let arn = Caller::LongTerm(owner).arn();
    let action = format!("iam:{}", action.name());
    Refusal::denied(format!(
        "User: {arn} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action"
    ))
}

/// A name without its path: IAM's calls take names only.
fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

fn no_such(message: String) -> Refusal {
    Refusal::new(404, "NoSuchEntity", message)
}

fn date(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

const fn status(key: &Key) -> &'static str {
    if key.active { "Active" } else { "Inactive" }
}

fn list(user: &User) -> Answer {
    let mut answer = Answer::open_iam("ListAccessKeys");
    answer.field("UserName", short(&user.name)).group("AccessKeyMetadata");
    for key in &user.keys {
        answer
            .group("member")
            .field("UserName", short(&user.name))
            .field("AccessKeyId", &key.id)
            .field("Status", status(key))
            .field("CreateDate", &date(key.created_at))
            .group("/member");
    }
    answer.group("/AccessKeyMetadata").field("IsTruncated", "false");
    answer
}

fn create(shared: &Shared, at: &Target<'_>, now: DateTime<Utc>) -> Result<Answer, Refusal> {
    let id = format!("{KEY_PREFIX}{}", random::text(BASE32, 16));
    let secret = format!("sandbox/{}", random::text(BASE32, 32));
    let key = Key { created_at: now, ..Key::new(&id, &secret) };
    change(shared, at, |user| {
        if user.keys.len() >= KEYS_MAX {
            let sentence = format!("Cannot exceed quota for AccessKeysPerUser: {KEYS_MAX}");
            return Err(Refusal::new(409, "LimitExceeded", sentence));
        }
        user.keys.push(key);
        Ok(())
    })?;
    let mut answer = Answer::open_iam("CreateAccessKey");
    answer
        .group("AccessKey")
        .field("UserName", short(at.user))
        .field("AccessKeyId", &id)
        .field("Status", "Active")
        .field("SecretAccessKey", &secret)
        .field("CreateDate", &date(now))
        .group("/AccessKey");
    Ok(answer)
}

fn update(shared: &Shared, at: &Target<'_>, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = key_id(call)?;
    let active = match call.params.get("Status") {
        Some("Active") => true,
        Some("Inactive") => false,
        other => {
            let sentence = format!(
                "1 validation error detected: Value '{}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]",
                other.unwrap_or("null")
            );
            return Err(Refusal::validation(sentence));
        }
    };
    change(shared, at, |user| {
        let key = user.keys.iter_mut().find(|key| key.id == id).ok_or_else(|| no_key(id))?;
        key.active = active;
        Ok(())
    })?;
    Ok(Answer::done_iam("UpdateAccessKey"))
}

fn delete(shared: &Shared, at: &Target<'_>, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = key_id(call)?;
    change(shared, at, |user| {
        let before = user.keys.len();
        user.keys.retain(|key| key.id != id);
        if user.keys.len() == before { Err(no_key(id)) } else { Ok(()) }
    })?;
    Ok(Answer::done_iam("DeleteAccessKey"))
}

fn last_used(call: &Call<'_>, owner: Owner<'_>, last: Option<Use>) -> Result<Answer, Refusal> {
    let id = key_id(call)?;
    let user = call.index.owner(id).filter(|found| found.account.id == owner.account.id).and_then(|found| found.user);
    let user = user.ok_or_else(|| no_key(id))?;
    if owner.user.is_some_and(|own| !own.may_rotate || own.name != user.name) {
        return Err(not_allowed(owner, Action::GetAccessKeyLastUsed, &format!("access key {id}")));
    }
    let mut answer = Answer::open_iam("GetAccessKeyLastUsed");
    answer.field("UserName", short(&user.name)).group("AccessKeyLastUsed");
    match last {
        Some(last) => answer
            .field("LastUsedDate", &date(last.at))
            .field("ServiceName", last.service)
            .field("Region", &last.region),
        None => answer.field("ServiceName", "N/A").field("Region", "N/A"),
    };
    answer.group("/AccessKeyLastUsed");
    Ok(answer)
}

fn key_id<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    let id = call.params.get("AccessKeyId");
    let mut constraints = Constraints::default();
    constraints.required("accessKeyId", id).text("accessKeyId", id, (16, 128), &rules::WORD).finish()?;
    Ok(id.unwrap_or_default())
}

fn no_key(id: &str) -> Refusal {
    no_such(format!("The Access Key with id {id} cannot be found."))
}

/// Changes a user's keys: the next generation of the world, made while nobody else changes it.
fn change(
    shared: &Shared,
    at: &Target<'_>,
    work: impl FnOnce(&mut User) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut index = shared.index.write().unwrap_or_else(PoisonError::into_inner);
    let mut world: World = index.world().clone();
    let mut accounts = world.accounts.iter_mut();
    let account = accounts.find(|account| account.id == at.account && account.partition == at.partition);
    let user = account.and_then(|account| account.users.iter_mut().find(|user| user.name == at.user));
    work(user.ok_or_else(|| no_such(format!("The user with name {} cannot be found.", at.user)))?)?;
    *index = Arc::new(Index::new(world, index.generation + 1));
    Ok(())
}
