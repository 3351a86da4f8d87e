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
/// SQLSTATE, and the server's `lc_messages` is not an ordinary role's to set, so that PostgreSQL's "data exceptions" (class 22)
/// are known by what stands in them in every language. Those that begin with English words cannot happen to columns as ours
/// are, which are texts without a limit and integers as wide as their values; they are known where the server speaks English.
fn is_of_the_value(kind: &DatabaseErrorKind, message: &str) -> bool {
    let begins = ["invalid input syntax", "value too long", "unsupported Unicode"];
    let known = begins.iter().any(|words| message.starts_with(words)) || message.contains("out of range");
    matches!(kind, DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation)
        || matches!(kind, DatabaseErrorKind::Unknown) && (known || names_a_byte(message))
}

/// Whether `message` names a byte of a text, as `0x00`: the encoding does not know it (22021), or the database's own has no
/// such character (22P05).
fn names_a_byte(message: &str) -> bool {
    let is_byte = |after: &str| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    message.match_indices("0x").any(|(at, mark)| is_byte(&message[at + mark.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: DatabaseErrorKind, message: &str) -> StoreError {
        Error::DatabaseError(kind, Box::new(message.to_owned())).into()
    }

    /// As the catalogues of PostgreSQL 15 have it.
    #[test]
    fn a_value_that_does_not_fit_is_known_in_every_language() {
        for message in [
            "invalid byte sequence for encoding \"UTF8\": 0x00",
            "ungültige Byte-Sequenz für Kodierung »UTF8«: 0x00",
            "séquence d'octets invalide pour l'encodage « UTF8 » : 0x00",
            "符号化方式\"UTF8\"に対する不正なバイト列です: 0x00",
            "неверная последовательность байт для кодировки \"UTF8\": 0x00",
            "无效的 \"UTF8\" 编码字节顺序: 0x00",
            "secuencia de bytes no válida para codificación «UTF8»: 0x00",
            "\"UTF8\" 인코딩에서 사용할 수 없는 문자가 있음: 0x00",
            "Zeichen mit Byte-Folge 0xe2 0x82 0xac in Kodierung »UTF8« hat keine Entsprechung in Kodierung »LATIN1«",
        ] {
            assert!(matches!(of(DatabaseErrorKind::Unknown, message), StoreError::Unfit(_)), "{message}");
        }
    }

    #[test]
    fn a_database_that_fails_is_no_value_that_does_not_fit() {
        for message in [
            "could not extend file \"base/16384/16400\": No space left on device",
            "konnte Datei »base/16384/16400« nicht erweitern: Auf dem Gerät ist kein Speicherplatz mehr verfügbar",
            "canceling statement due to lock timeout",
            "storniere Anfrage wegen Zeitüberschreitung bei einer Sperre",
            "out of memory",
            "relation \"0x\" does not exist",
        ] {
            assert!(matches!(of(DatabaseErrorKind::Unknown, message), StoreError::Unavailable(_)), "{message}");
        }
        let closed = of(DatabaseErrorKind::ClosedConnection, "0x00");
        assert!(matches!(closed, StoreError::Unavailable(_)), "{closed}");
    }
}
