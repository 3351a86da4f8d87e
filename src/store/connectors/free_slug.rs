//! Slugs that no connector ever had.

use diesel::prelude::*;

use crate::model::slug::{LONGEST, from_name};
use crate::store::schema::slugs;
use crate::store::{DbConnection, StoreError};

/// `slug` where no connector has or had it, else the same with the first number behind it that makes it free; empty where none
/// of the first hundred does.
///
/// # Errors
/// Where the database cannot be read.
pub fn free_slug(connection: &mut DbConnection, slug: &str) -> Result<String, StoreError> {
    let numbered = |number: u8| {
        let end = if number < 2 { String::new() } else { format!("-{number}") };
        let room = LONGEST - end.len();
        format!("{}{end}", from_name(slug).chars().take(room).collect::<String>())
    };
    let tried: Vec<String> = (1..=100).map(numbered).collect();
    let taken: Vec<String> = slugs::table.filter(slugs::slug.eq_any(&tried)).select(slugs::slug).load(connection)?;
    Ok(tried.into_iter().find(|slug| !taken.contains(slug)).unwrap_or_default())
}
