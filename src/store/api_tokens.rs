//! API tokens, found by the SHA-256 of their text.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::{api_token_connectors, api_tokens};
use super::{DbConnection, StoreError, time};
use crate::model::api_token::{ApiToken, Connectors, Holder, LastUse, Owner, Part, Scope};
use crate::model::identity::GroupRef;

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
pub(super) struct Row {
    pub(super) id: String,
    name: String,
    slug: String,
    access_key_id: Option<String>,
    person_id: Option<String>,
    parts: String,
    pub(super) all_connectors: bool,
    networks: String,
    responsible_id: Option<String>,
    group_directory: Option<String>,
    group_id: Option<String>,
    group_name: Option<String>,
    orphaned_at: Option<i64>,
    created_by: String,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
    last_used_from: Option<String>,
}

impl Row {
    pub(super) fn into_token(self, connectors: Vec<String>) -> Result<ApiToken, StoreError> {
        let damaged =
            |what: &str, text: &str| StoreError::Damaged(format!("the token {text} has a {what} nobody knows"));
        let parts: Option<_> = self.parts.split_whitespace().map(Part::parse).collect();
        let networks: Result<_, _> = self.networks.split_whitespace().map(str::parse).collect();
        let group = self.group_directory.zip(self.group_id).zip(self.group_name);
        let owner = Owner {
            responsible: self.responsible_id,
            group: group.map(|((directory, id), name)| (GroupRef { directory, id }, name)),
            orphaned_at: self.orphaned_at.map(time::from),
        };
        let scope = Scope {
            parts: parts.ok_or_else(|| damaged("scope", &self.slug))?,
            connectors: if self.all_connectors { Connectors::All } else { Connectors::These(connectors) },
            access_key_id: self.access_key_id,
        };
        Ok(ApiToken {
            networks: networks.map_err(|_| damaged("network", &self.slug))?,
            id: self.id,
            name: self.name,
            slug: self.slug,
            holder: self.person_id.map_or(Holder::Program(owner), Holder::Person),
            scope,
            created_by: self.created_by,
            created_at: time::from(self.created_at),
            expires_at: time::from(self.expires_at),
            revoked_at: self.revoked_at.map(time::from),
            last_use: self
                .last_used_at
                .zip(self.last_used_from)
                .map(|(at, address)| LastUse { at: time::from(at), address }),
        })
    }
}

/// The token of a row, with the connectors that it names.
fn whole(connection: &mut DbConnection, row: Option<Row>) -> Result<Option<ApiToken>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let connectors = if row.all_connectors {
        Vec::new()
    } else {
        directly!(connection, |database| api_token_connectors::table
            .filter(api_token_connectors::token_id.eq(&row.id))
            .order(api_token_connectors::connector_id)
            .select(api_token_connectors::connector_id)
            .load(database))?
    };
    row.into_token(connectors).map(Some)
}

/// The token with this hash.
///
/// # Errors
/// Where the database cannot be read.
pub fn find_by_hash(connection: &mut DbConnection, hash: &str) -> Result<Option<ApiToken>, StoreError> {
    let row: Option<Row> = directly!(connection, |database| api_tokens::table
        .filter(api_tokens::hash.eq(hash))
        .select(Row::as_select())
        .get_result(database))
    .optional()?;
    whole(connection, row)
}

/// The token with this id.
///
/// # Errors
/// Where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<ApiToken>, StoreError> {
    let row: Option<Row> = api_tokens::table.find(id).select(Row::as_select()).get_result(connection).optional()?;
    whole(connection, row)
}

/// Whether a program's token that was not revoked is good for a connector.
///
/// # Errors
/// Where the database cannot be read.
pub fn is_used(connection: &mut DbConnection, connector_id: &str) -> Result<bool, StoreError> {
    let named = api_token_connectors::table
        .filter(api_token_connectors::connector_id.eq(connector_id))
        .select(api_token_connectors::token_id);
    let token: Option<String> = api_tokens::table
        .filter(api_tokens::person_id.is_null())
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::all_connectors.eq(true).or(api_tokens::id.eq_any(named)))
        .select(api_tokens::id)
        .first(connection)
        .optional()?;
    Ok(token.is_some())
}

/// Adds a token.
///
/// # Errors
/// [`StoreError::Taken`] where the slug is.
pub fn insert(connection: &mut DbConnection, token: &ApiToken, hash: &str) -> Result<(), StoreError> {
    let (kind, person, owner) = match &token.holder {
        Holder::Person(id) => ("person", Some(id), Owner::default()),
        Holder::Program(owner) => ("program", None, owner.clone()),
    };
    let (group, group_name) = owner.group.unzip();
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(&token.id),
            api_tokens::kind.eq(kind),
            api_tokens::name.eq(&token.name),
            api_tokens::slug.eq(&token.slug),
            api_tokens::hash.eq(hash),
            api_tokens::access_key_id.eq(&token.scope.access_key_id),
            api_tokens::person_id.eq(person),
            api_tokens::parts.eq(words(token.scope.parts.iter().map(|part| part.word()))),
            api_tokens::all_connectors.eq(token.scope.connectors == Connectors::All),
            api_tokens::networks.eq(words(token.networks.iter())),
            api_tokens::responsible_id.eq(owner.responsible),
            api_tokens::group_directory.eq(group.as_ref().map(|group| group.directory.clone())),
            api_tokens::group_id.eq(group.map(|group| group.id)),
            api_tokens::group_name.eq(group_name),
            api_tokens::orphaned_at.eq(owner.orphaned_at.map(|at| at.timestamp_millis())),
            api_tokens::created_by.eq(&token.created_by),
            api_tokens::created_at.eq(token.created_at.timestamp_millis()),
            api_tokens::expires_at.eq(token.expires_at.timestamp_millis()),
            api_tokens::revoked_at.eq(token.revoked_at.map(|at| at.timestamp_millis())),
        ))
        .execute(connection)?;
    if let Connectors::These(ids) = &token.scope.connectors {
        for id in ids {
            let row = (api_token_connectors::token_id.eq(&token.id), api_token_connectors::connector_id.eq(id));
            diesel::insert_into(api_token_connectors::table).values(row).execute(connection)?;
        }
    }
    Ok(())
}

fn words(words: impl Iterator<Item = impl ToString>) -> String {
    words.map(|word| word.to_string()).collect::<Vec<_>>().join(" ")
}

/// Refuses a token from `now` on. Whether it was not refused before; one that was stays as it is.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub fn revoke(connection: &mut DbConnection, id: &str, by: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let live = api_tokens::table.find(id).filter(api_tokens::revoked_at.is_null());
    let changed = diesel::update(live)
        .set((api_tokens::revoked_at.eq(Some(now.timestamp_millis())), api_tokens::revoked_by.eq(Some(by))))
        .execute(connection)?;
    if changed == 0 {
        api_tokens::table.find(id).select(api_tokens::id).first::<String>(connection)?;
    }
    Ok(changed > 0)
}

/// Refuses every live token of a person's own from `now` on. How many those are.
///
/// # Errors
/// Where the database cannot be written.
pub fn revoke_of_person(
    connection: &mut DbConnection,
    person: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let live = api_tokens::table
        .filter(api_tokens::person_id.eq(person))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now.timestamp_millis()));
    let new = (api_tokens::revoked_at.eq(Some(now.timestamp_millis())), api_tokens::revoked_by.eq(Some(by)));
    Ok(diesel::update(live).set(new).execute(connection)?)
}

/// Lets a person answer for a program's token from now on, in place of `before`, who did when it was looked at.
///
/// # Errors
/// [`StoreError::Stale`] where somebody else was quicker, or it was revoked.
pub fn adopt(connection: &mut DbConnection, id: &str, before: Option<&str>, person: &str) -> Result<(), StoreError> {
    let of_program =
        api_tokens::table.find(id).filter(api_tokens::person_id.is_null()).filter(api_tokens::revoked_at.is_null());
    let new = (api_tokens::responsible_id.eq(Some(person)), api_tokens::orphaned_at.eq(None::<i64>));
    let changed = match before {
        Some(before) => {
            diesel::update(of_program.filter(api_tokens::responsible_id.eq(before))).set(new).execute(connection)?
        }
        None => diesel::update(of_program.filter(api_tokens::responsible_id.is_null())).set(new).execute(connection)?,
    };
    if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// Notes since when nobody answers for a program's token, or that somebody does again. Whether that is new, and `person` is
/// still who should.
///
/// # Errors
/// Where the database cannot be written.
pub fn set_orphaned(
    connection: &mut DbConnection,
    id: &str,
    person: &str,
    since: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let theirs = api_tokens::table.find(id).filter(api_tokens::responsible_id.eq(person));
    let since = since.map(|at| at.timestamp_millis());
    let changed = if since.is_some() {
        diesel::update(theirs.filter(api_tokens::orphaned_at.is_null()))
            .set(api_tokens::orphaned_at.eq(since))
            .execute(connection)?
    } else {
        diesel::update(theirs.filter(api_tokens::orphaned_at.is_not_null()))
            .set(api_tokens::orphaned_at.eq(since))
            .execute(connection)?
    };
    Ok(changed == 1)
}

/// Notes when and from where a token was used.
///
/// # Errors
/// Where the database cannot be written.
pub fn note_used(connection: &mut DbConnection, id: &str, last: &LastUse) -> Result<(), StoreError> {
    diesel::update(api_tokens::table.find(id))
        .set((
            api_tokens::last_used_at.eq(Some(last.at.timestamp_millis())),
            api_tokens::last_used_from.eq(Some(&last.address)),
        ))
        .execute(connection)?;
    Ok(())
}
