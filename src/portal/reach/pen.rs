//! The writes to connectors and grants, each as far as a [`Reach`] goes.

use super::Reach;
use super::gain::gained;
use crate::model::connector::Connector;
use crate::model::grant::Grant;
use crate::store::{DbConnection, StoreError, access_keys, api_tokens, connectors, grants};

impl Reach {
    /// Adds a connector.
    ///
    /// # Errors
    /// [`StoreError::Refused`] at the field that lies outside; else as [`connectors::insert`].
    pub(in crate::portal) fn insert(
        &self,
        connection: &mut DbConnection,
        connector: &Connector,
        by: &str,
    ) -> Result<(), StoreError> {
        self.obeys(connection, connector)?;
        // Whoever runs a program may read its token: one that is for all connectors would be for this one too.
        if !self.is_everywhere() && connector.system_scope && api_tokens::is_used(connection, &connector.id)? {
            let sentence =
                "A program has a token for all connectors of system scope, so an administrator has to make this one.";
            return Err(StoreError::Refused("system_scope", sentence.to_owned()));
        }
        connectors::insert(connection, connector, by)
    }

    /// Saves a connector, which has to lie inside as it was and as it is to be. Whoever is in a group that may use it changes
    /// nothing that its sessions follow from: that would be a grant to themselves.
    ///
    /// # Errors
    /// [`StoreError::Refused`] at the field that lies outside; else as [`connectors::update`].
    pub(in crate::portal) fn update(
        &self,
        connection: &mut DbConnection,
        connector: &Connector,
        by: &str,
    ) -> Result<(), StoreError> {
        if !self.is_everywhere() {
            self.obey(connection, &connector.id)?;
            self.obeys(connection, connector)?;
            let before = connectors::find(connection, &connector.id)?;
            let granted = grants::of_connector(connection, &connector.id)?;
            let own = granted.iter().find(|grant| self.own_group(&grant.group).is_some());
            if let Some((field, grant)) = gained(&before, connector).zip(own) {
                let sentence = format!(
                    "You are in “{}”, which may use this connector, so an administrator has to change this.",
                    grant.group_name
                );
                return Err(StoreError::Refused(field, sentence));
            }
            // Whoever runs a program may read its token, so this too would be a grant to themselves.
            let gained = gained(&before, connector)
                .or((!before.system_scope && connector.system_scope).then_some("system_scope"));
            if let Some(field) = gained
                && api_tokens::is_used(connection, &connector.id)?
            {
                let sentence = "A program has a token for this connector, so an administrator has to change this.";
                return Err(StoreError::Refused(field, sentence.to_owned()));
            }
        }
        connectors::update(connection, connector, by)
    }

    /// Removes a connector, where a `version` is named only that one; a damaged one only where nothing limits the reach.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it lies outside; else as [`connectors::delete`].
    pub(in crate::portal) fn delete(
        &self,
        connection: &mut DbConnection,
        id: &str,
        version: Option<i32>,
    ) -> Result<(), StoreError> {
        self.obey(connection, id)?;
        connectors::delete(connection, id, version)
    }

    /// Adds a grant.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the connector lies outside, or at `field` where they are in the group; else as
    /// [`grants::insert`].
    pub(in crate::portal) fn grant(
        &self,
        connection: &mut DbConnection,
        grant: &Grant,
        field: &'static str,
    ) -> Result<(), StoreError> {
        self.may_grant(connection, grant, field)?;
        grants::insert(connection, grant)
    }

    /// Adds a grant where the group may not use the connector yet; false: it may already.
    ///
    /// # Errors
    /// As [`Reach::grant`].
    pub(in crate::portal) fn grant_new(
        &self,
        connection: &mut DbConnection,
        grant: &Grant,
        field: &'static str,
    ) -> Result<bool, StoreError> {
        self.may_grant(connection, grant, field)?;
        grants::insert_new(connection, grant)
    }

    fn may_grant(&self, connection: &mut DbConnection, grant: &Grant, field: &'static str) -> Result<(), StoreError> {
        self.obey(connection, &grant.connector_id)?;
        match self.own_group(&grant.group) {
            Some(sentence) => Err(StoreError::Refused(field, format!("“{}”: {sentence}", grant.group_name))),
            None => Ok(()),
        }
    }

    /// Removes a grant.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the connector lies outside, or [`StoreError::NotFound`].
    pub(in crate::portal) fn revoke(&self, connection: &mut DbConnection, grant: &Grant) -> Result<(), StoreError> {
        self.obey(connection, &grant.connector_id)?;
        grants::delete(connection, &grant.id)
    }

    /// Refuses a connector that would lie outside, at its field.
    fn obeys(&self, connection: &mut DbConnection, connector: &Connector) -> Result<(), StoreError> {
        if self.is_everywhere() {
            return Ok(());
        }
        // A slug is looked for before a name: it would take the uses of the one that is called so.
        if connectors::is_called(connection, &connector.slug, &connector.id)? {
            let sentence =
                "Another connector has this as its name, and people may use it by that. Choose another slug.";
            return Err(StoreError::Refused("slug", sentence.to_owned()));
        }
        let key = access_keys::find(connection, &connector.access_key_id)?;
        match self.outside(&key, connector).iter().next() {
            None => Ok(()),
            Some((field, sentence)) => Err(StoreError::Refused(field, sentence.to_owned())),
        }
    }
}
