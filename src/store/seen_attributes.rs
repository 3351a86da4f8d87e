//! How long the values of attributes are that people were seen with: lengths alone, since the values are the directory's.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::schema::local_attributes;
use super::{DbConnection, StoreError, settings};
use crate::model::identity::{Attribute, Attributes};
use crate::model::placeholder::policy;

/// How many values of a local attribute are measured: a shorter one may take more room, where it has much to escape.
const FEW: i64 = 20;

diesel::define_sql_function! {
    /// SQL's own `length`, in characters.
    fn length(text: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

fn name_of(attribute: &str) -> String {
    format!("longest-attribute/{attribute}")
}

/// Notes what somebody who signs in has, where it is longer than what was seen so far.
///
/// # Errors
/// Where the database cannot be written.
pub fn note(connection: &mut DbConnection, attributes: &Attributes) -> Result<(), StoreError> {
    for (name, attribute) in attributes {
        let Attribute::Value(value) = attribute else { continue };
        let room = policy::room(value);
        if noted(connection, name)? < room {
            settings::set(connection, &name_of(name), room.to_string().as_bytes())?;
        }
    }
    Ok(())
}

fn noted(connection: &mut DbConnection, attribute: &str) -> Result<usize, StoreError> {
    let value = settings::get(connection, &name_of(attribute))?.unwrap_or_default();
    Ok(std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// How many characters the longest value takes in a policy, of each of these attributes that anybody was seen with or that a
/// local person has.
///
/// # Errors
/// Where the database cannot be read.
pub fn longest(connection: &mut DbConnection, attributes: &[String]) -> Result<BTreeMap<String, usize>, StoreError> {
    let mut longest = BTreeMap::new();
    for name in attributes {
        let local = local_attributes::table.filter(local_attributes::name.eq(name));
        let local = local.order(length(local_attributes::value).desc()).limit(FEW);
        let values: Vec<String> = local.select(local_attributes::value).load(connection)?;
        let room = values.iter().map(|value| policy::room(value)).max().unwrap_or_default();
        let room = room.max(noted(connection, name)?);
        if room > 0 {
            longest.insert(name.clone(), room);
        }
    }
    Ok(longest)
}
