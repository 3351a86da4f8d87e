//! A [`World`] arranged for look-ups: by access key id and by role ARN.

use std::collections::HashMap;

use super::world::{Account, Key, Role, User, World};

/// Where a long-term key stands in the world.
#[derive(Clone, Copy)]
struct Place {
    account: usize,
    /// `None` for the account's root user.
    user: Option<usize>,
    key: usize,
}

/// A world and its indices. Immutable: a changed world is a new index of a later generation.
pub(super) struct Index {
    world: World,
    keys: HashMap<String, Place>,
    roles: HashMap<String, (usize, usize)>,
    /// Tells the workers' caches of signing keys that the secrets may be others now.
    pub(super) generation: u64,
}

/// Whose long-term key it is.
#[derive(Clone, Copy)]
pub(super) struct Owner<'w> {
    pub(super) account: &'w Account,
    /// `None` for the account's root user.
    pub(super) user: Option<&'w User>,
    pub(super) key: &'w Key,
}

impl Index {
    /// Arranges `world`.
    pub(super) fn new(world: World, generation: u64) -> Self {
        let mut keys = HashMap::new();
        let mut roles = HashMap::new();
        for (account_at, account) in world.accounts.iter().enumerate() {
            for (at, key) in account.root_keys.iter().enumerate() {
                keys.entry(key.id.clone()).or_insert(Place { account: account_at, user: None, key: at });
            }
            for (user_at, user) in account.users.iter().enumerate() {
                for (at, key) in user.keys.iter().enumerate() {
                    let place = Place { account: account_at, user: Some(user_at), key: at };
                    keys.entry(key.id.clone()).or_insert(place);
                }
            }
            for (at, role) in account.roles.iter().enumerate() {
                roles.entry(account.role_arn(&role.name)).or_insert((account_at, at));
            }
        }
        Self { world, keys, roles, generation }
    }

    /// The owner of a long-term key, active or not.
    pub(super) fn owner(&self, key_id: &str) -> Option<Owner<'_>> {
        let place = self.keys.get(key_id)?;
        let account = self.world.accounts.get(place.account)?;
        let user = match place.user {
            Some(at) => Some(account.users.get(at)?),
            None => None,
        };
        let key = user.map_or(&account.root_keys, |user| &user.keys).get(place.key)?;
        Some(Owner { account, user, key })
    }

    /// The world as it is.
    pub(super) const fn world(&self) -> &World {
        &self.world
    }

    /// The role of an ARN and its account.
    pub(super) fn role(&self, arn: &str) -> Option<(&Account, &Role)> {
        let (account, role) = self.roles.get(arn)?;
        let account = self.world.accounts.get(*account)?;
        Some((account, account.roles.get(*role)?))
    }

    /// A user of an account, for sessions that act as that user.
    pub(super) fn user(&self, partition: &str, account: &str, name: &str) -> Option<&User> {
        let of_partition = |candidate: &&Account| candidate.id == account && candidate.partition == partition;
        self.world.accounts.iter().find(of_partition)?.users.iter().find(|user| user.name == name)
    }
}
