//! People, as Daypass keeps them: bound to the names that AWS sees, which are theirs for ever.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::people;
use super::{DbConnection, StoreError, seen_attributes};
use crate::model::identity::{Entry, Person};
use crate::model::session::{self, FEDERATED_NAME_LONGEST, SESSION_NAME_LONGEST};
use crate::random;

#[derive(Queryable, Selectable)]
#[diesel(table_name = people)]
struct Row {
    id: String,
    directory: String,
    external_id: String,
    user_name: String,
    display_name: String,
    mail: String,
    session_name: String,
    federated_name: String,
}

impl From<Row> for Person {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            directory: row.directory,
            external_id: row.external_id,
            user_name: row.user_name,
            display_name: row.display_name,
            mail: row.mail,
            session_name: row.session_name,
            federated_name: row.federated_name,
        }
    }
}

/// The person with this id.
///
/// # Errors
/// Where the database cannot be read.
pub fn find(connection: &mut DbConnection, id: &str) -> Result<Option<Person>, StoreError> {
    Ok(directly!(connection, |database| people::table.find(id).select(Row::as_select()).get_result::<Row>(database))
        .optional()?
        .map(Person::from))
}

/// The person with this id in this directory, where they signed in before.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_entry(
    connection: &mut DbConnection,
    directory: &str,
    external_id: &str,
) -> Result<Option<Person>, StoreError> {
    let found = people::table
        .filter(people::directory.eq(directory))
        .filter(people::external_id.eq(external_id))
        .select(Row::as_select())
        .first::<Row>(connection)
        .optional()?;
    Ok(found.map(Person::from))
}

/// The ids of the people with this id in their directory.
///
/// # Errors
/// Where the database cannot be read.
pub fn of_external_id(connection: &mut DbConnection, external_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(people::table.filter(people::external_id.eq(external_id)).select(people::id).load(connection)?)
}

/// The person that `entry` tells of: found by (directory, external id) and brought up to date, or added with session
/// names that nobody has. Those are compared without regard to case, because CloudTrail's readers may not look at it.
///
/// # Errors
/// Where the database cannot be written.
pub fn remember(connection: &mut DbConnection, entry: &Entry, now: DateTime<Utc>) -> Result<Person, StoreError> {
    seen_attributes::note(connection, &entry.attributes)?;
    let known = people::table
        .filter(people::directory.eq(&entry.directory))
        .filter(people::external_id.eq(&entry.external_id))
        .select(people::id)
        .first::<String>(connection)
        .optional()?;
    let id = match known {
        Some(id) => id,
        None => add(connection, entry, now)?,
    };
    diesel::update(people::table.find(&id))
        .set((
            people::user_name.eq(&entry.user_name),
            people::display_name.eq(&entry.display_name),
            people::mail.eq(&entry.mail),
            people::last_seen_at.eq(now.timestamp_millis()),
        ))
        .execute(connection)?;
    Ok(people::table.find(&id).select(Row::as_select()).first::<Row>(connection)?.into())
}

fn add(connection: &mut DbConnection, entry: &Entry, now: DateTime<Utc>) -> Result<String, StoreError> {
    let id = random::id();
    let session_name = free_name(connection, entry, SESSION_NAME_LONGEST)?;
    let federated_name = free_name(connection, entry, FEDERATED_NAME_LONGEST)?;
    diesel::insert_into(people::table)
        .values((
            people::id.eq(&id),
            people::directory.eq(&entry.directory),
            people::external_id.eq(&entry.external_id),
            people::user_name.eq(&entry.user_name),
            people::display_name.eq(&entry.display_name),
            people::mail.eq(&entry.mail),
            people::session_name.eq(&session_name),
            people::federated_name.eq(&federated_name),
            people::first_seen_at.eq(now.timestamp_millis()),
            people::last_seen_at.eq(now.timestamp_millis()),
        ))
        .execute(connection)?;
    Ok(id)
}

diesel::define_sql_function! {
    /// SQL's own `lower`.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    /// SQL's own `length`, in characters.
    fn length(text: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

/// The longest of what is known of people, a few of each, the longest first: user names, e-mail addresses, display names.
#[derive(Clone, Debug, Default)]
pub struct Longest {
    /// User names.
    pub user_names: Vec<String>,
    /// E-mail addresses.
    pub mails: Vec<String>,
    /// Names for people.
    pub display_names: Vec<String>,
}

/// How many of each [`Longest`] has: a shorter one may take more room in a policy, where it has much to escape.
const FEW: i64 = 20;

/// The longest names and addresses of everybody who signed in so far.
///
/// # Errors
/// Where the database cannot be read.
pub fn longest(connection: &mut DbConnection) -> Result<Longest, StoreError> {
    let names = people::table.order(length(people::user_name).desc()).limit(FEW);
    let mails = people::table.order(length(people::mail).desc()).limit(FEW);
    let shown = people::table.order(length(people::display_name).desc()).limit(FEW);
    Ok(Longest {
        user_names: names.select(people::user_name).load(connection)?,
        mails: mails.select(people::mail).load(connection)?,
        display_names: shown.select(people::display_name).load(connection)?,
    })
}

/// The user names of those who were seen last in a directory, by name.
///
/// # Errors
/// Where the database cannot be read.
pub fn lately(connection: &mut DbConnection, directory: &str, limit: i64) -> Result<Vec<String>, StoreError> {
    let seen = people::table.filter(people::directory.eq(directory)).order(people::last_seen_at.desc()).limit(limit);
    let mut names: Vec<String> = seen.select(people::user_name).load(connection)?;
    names.sort_by_key(|name| name.to_lowercase());
    names.dedup();
    Ok(names)
}

fn free_name(connection: &mut DbConnection, entry: &Entry, longest: usize) -> Result<String, StoreError> {
    for name in session::candidates(&entry.user_name, &entry.directory, &entry.external_id, longest) {
        let folded = name.to_lowercase();
        let taken: i64 = people::table
            .filter(lower(people::session_name).eq(&folded).or(lower(people::federated_name).eq(&folded)))
            .count()
            .get_result(connection)?;
        if taken == 0 {
            return Ok(name);
        }
    }
    Err(StoreError::Taken("session_name"))
}
