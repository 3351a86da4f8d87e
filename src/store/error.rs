//! What can go wrong with the database, as its callers have to tell it apart.

use diesel::result::{DatabaseErrorKind, Error};

/// What can go wrong with the database.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum StoreError {
    /// It cannot be reached, is locked or full. The text is for the log, not for callers.
    #[error("the database cannot be used: {0}")]
    Unavailable(String),
    /// A row breaks its own rules: somebody changed it past Daypass. The text is for the log.
    #[error("an entry of the database is damaged: {0}")]
    Damaged(String),
    /// A value that the database does not take, such as a NUL in a text of PostgreSQL. The text is for the log.
    #[error("a value cannot be stored: {0}")]
    Unfit(String),
    /// What was asked for breaks a rule between entries; the field's name and a sentence.
    #[error("{1}")]
    Refused(&'static str, String),
    /// There is no such row.
    #[error("there is no such entry")]
    NotFound,
    /// Somebody else saved the row since it was read.
    #[error("somebody else has changed this in the meantime")]
    Stale,
    /// Another row has this value; the field's name, or `""`.
    #[error("another entry has this {0} already")]
    Taken(&'static str),
    /// Other rows still need this one; their names.
    #[error("still in use by {}", .0.join(", "))]
    InUse(Vec<String>),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                // SQLite names the columns in its message, PostgreSQL the constraint.
                let what = format!("{} {}", info.message(), info.constraint_name().unwrap_or_default());
                let field = [("slug", "slug"), ("name_folded", "name"), ("group_id", "group")];
                Self::Taken(field.iter().find(|(column, _)| what.contains(column)).map_or("", |(_, field)| field))
            }
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::InUse(Vec::new()),
            Error::DatabaseError(kind, info) if is_of_the_value(&kind, info.message()) => {
                Self::Unfit(info.message().to_owned())
            }
            Error::SerializationError(error) => Self::Unfit(error.to_string()),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// Whether the database refused a value, and not the work: then the other writes of the group go on. diesel hands over no
/// SQLSTATE, so that PostgreSQL's "data exceptions" (class 22) are known by their words.
fn is_of_the_value(kind: &DatabaseErrorKind, message: &str) -> bool {
    let begins =
        ["invalid byte sequence for encoding", "invalid input syntax", "value too long", "unsupported Unicode"];
    let known = begins.iter().any(|words| message.starts_with(words)) || message.contains("out of range");
    matches!(kind, DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation)
        || matches!(kind, DatabaseErrorKind::Unknown) && known
}
