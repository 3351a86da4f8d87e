//! An entry of the server as it came.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use data_encoding::HEXLOWER;
use ldap3::{ResultEntry, SearchEntry};

use super::dn;
use crate::model::identity::Attribute;

/// Attributes by which servers mark an account that is closed; to be asked for by name, since OpenLDAP's is operational.
pub const CLOSED_MARKS: [&str; 8] = [
    LOCKED_TIME,
    "pwdReset",
    "nsAccountLock",
    "accountUnlockTime",
    "passwordExpirationTime",
    "userAccountControl",
    COMPUTED,
    "accountExpires",
];

/// Active Directory's flags that it works out when it is asked: locked by wrong passwords, password expired or to be
/// changed.
const COMPUTED: &str = "msDS-User-Account-Control-Computed";
const UF_LOCKOUT: i64 = 0x10;
const UF_PASSWORD_EXPIRED: i64 = 0x80_0000;

const LOCKED_TIME: &str = "pwdAccountLockedTime";
/// By an administrator (draft-behera-ldap-password-policy, 5.3.3); any other time is that of too many wrong passwords.
const LOCKED_FOR_GOOD: &str = "000001010000Z";

/// The longest value of an attribute that is kept, in bytes: longer than any policy.
const LONGEST_VALUE: usize = 2048;

/// Stable ids that are sixteen bytes and no text: Active Directory's and eDirectory's.
const BINARY_IDS: [&str; 2] = ["objectguid", "guid"];

/// An entry: its DN, and its attributes by their names in small letters.
#[derive(Clone, Debug)]
pub struct Record {
    /// The DN as the server writes it.
    pub dn: String,
    attributes: HashMap<String, Vec<Vec<u8>>>,
}

impl Record {
    /// Reads an entry that [passed](super::answer), without which the library would panic at a strange one.
    pub fn new(entry: ResultEntry) -> Self {
        let entry = SearchEntry::construct(entry);
        let texts = entry.attrs.into_iter().map(|(name, values)| {
            (name.to_lowercase(), values.into_iter().map(String::into_bytes).collect::<Vec<_>>())
        });
        let binary = entry.bin_attrs.into_iter().map(|(name, values)| (name.to_lowercase(), values));
        Self { dn: entry.dn, attributes: texts.chain(binary).collect() }
    }

    /// A value of an attribute. Where there are several, the first in the order of letters: servers promise no order
    /// (RFC 4511, 4.1.7), and it must be the same one each time.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        let values = self.attributes.get(&attribute.to_lowercase())?;
        values.iter().filter_map(|value| std::str::from_utf8(value).ok()).filter(|text| !text.is_empty()).min()
    }

    /// All values of an attribute that are text.
    pub fn texts(&self, attribute: &str) -> impl Iterator<Item = &str> {
        self.bytes(attribute).filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// Whether the values of an attribute came in parts, as `member;range=0-1499`.
    pub fn has_part_of(&self, attribute: &str) -> bool {
        let start = format!("{};range=", attribute.to_lowercase());
        self.attributes.keys().any(|name| name.starts_with(&start))
    }

    /// All values of an attribute.
    pub fn bytes(&self, attribute: &str) -> impl Iterator<Item = &[u8]> {
        self.attributes.get(&attribute.to_lowercase()).into_iter().flatten().map(Vec::as_slice)
    }

    /// A value as it is shown and kept: without control characters, of which PostgreSQL has no NUL.
    pub fn name(&self, attribute: &str) -> Option<String> {
        self.text(attribute).map(printable).filter(|name| !name.is_empty())
    }

    /// What the entry says under an attribute, in its own spelling; `None` where it says nothing.
    pub fn attribute(&self, attribute: &str) -> Option<Attribute> {
        let mut values = self.attributes.get(&attribute.to_lowercase())?.iter().filter(|value| !value.is_empty());
        let value = values.next()?;
        if values.next().is_some() {
            return Some(Attribute::Several);
        }
        let text = std::str::from_utf8(value).ok();
        let text = text.filter(|text| text.len() <= LONGEST_VALUE && !text.contains(char::is_control));
        Some(text.map_or(Attribute::NotText, |text| Attribute::Value(text.to_owned())))
    }

    /// The id that stays: the attribute's value, in hexadecimal where it is binary; else the normalised DN. `None` where
    /// the DN is none.
    pub fn id(&self, attribute: &str) -> Option<String> {
        let id = if is_binary_id(attribute) {
            let values = self.attributes.get(&attribute.to_lowercase());
            values.and_then(|values| values.first()).map(|bytes| HEXLOWER.encode(bytes))
        } else {
            self.text(attribute).filter(|id| !id.contains(char::is_control)).map(str::to_owned)
        };
        id.or_else(|| dn::normalise(&self.dn).filter(|dn| !dn.is_empty()))
    }

    /// Whether OpenLDAP lets nobody in here, whatever the password.
    pub fn is_locked_for_good(&self) -> bool {
        self.text(LOCKED_TIME) == Some(LOCKED_FOR_GOOD)
    }

    /// Whether the server lets this person in at `now`, by its [marks](CLOSED_MARKS); a mark that is not there says yes.
    pub fn is_active(&self, now: DateTime<Utc>) -> bool {
        let number = |attribute| self.text(attribute).map(str::parse::<i64>);
        // OpenLDAP: [for good](LOCKED_FOR_GOOD), else since when; it takes the mark away at the next good sign-in.
        let locked = self.text(LOCKED_TIME).is_some();
        let is_true = |attribute| self.text(attribute).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        // OpenLDAP: the password was set by an administrator, and nothing is allowed before it is changed, although a
        // bind succeeds. 389 Directory Server: inactivated.
        let waits = is_true("pwdReset") || is_true("nsAccountLock");
        // Active Directory: ACCOUNTDISABLE. A number that is none closes the account too.
        let disabled = number("userAccountControl").is_some_and(|bits| bits.map_or(true, |bits| bits & 2 != 0));
        let computed = number(COMPUTED)
            .is_some_and(|bits| bits.map_or(true, |bits| bits & (UF_LOCKOUT | UF_PASSWORD_EXPIRED) != 0));
        // 389 Directory Server: locked by wrong passwords until then, for ever where it is the beginning of time; and until
        // when the password may be used.
        let unlocks = self.text("accountUnlockTime").map(time);
        let locked_out = unlocks.is_some_and(|time| time.is_none_or(|time| time.timestamp() == 0 || time > now));
        let password_expires = self.text("passwordExpirationTime").map(time);
        let password_expired = password_expires.is_some_and(|time| time.is_none_or(|time| time <= now));
        let expired = number("accountExpires").is_some_and(|ticks| ticks.map_or(true, |ticks| has_passed(ticks, now)));
        !(locked || waits || disabled || computed || locked_out || password_expired || expired)
    }
}

/// `text` without control characters.
pub fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

/// Whether values of this attribute are bytes and not text.
pub fn is_binary_id(attribute: &str) -> bool {
    BINARY_IDS.iter().any(|name| name.eq_ignore_ascii_case(attribute))
}

/// A generalised time in UTC, as 389 Directory Server writes it: `20261121220413Z`.
fn time(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%SZ").ok().map(|time| time.and_utc())
}

/// Active Directory's `accountExpires`: ticks of 100 ns since 1601; 0 and 2⁶³ − 1 are never.
fn has_passed(ticks: i64, now: DateTime<Utc>) -> bool {
    const SECONDS_FROM_1601_TO_1970: i64 = 11_644_473_600;
    !matches!(ticks, 0 | i64::MAX) && ticks / 10_000_000 - SECONDS_FROM_1601_TO_1970 <= now.timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(attributes: &[(&str, &[&[u8]])]) -> Record {
        let attributes = attributes
            .iter()
            .map(|(name, values)| (name.to_lowercase(), values.iter().map(|value| value.to_vec()).collect::<Vec<_>>()));
        Record { dn: "UID=Alice,DC=Test".to_owned(), attributes: attributes.collect() }
    }

    #[test]
    fn the_id_is_the_attribute_in_text_or_hexadecimal_else_the_dn() {
        assert_eq!(record(&[("entryUUID", &[b"8f-1"])]).id("EntryUuid").as_deref(), Some("8f-1"));
        let guid: [u8; 16] = *b"text, by chance!";
        let expected = Some("746578742c206279206368616e636521");
        assert_eq!(record(&[("objectGUID", &[&guid])]).id("objectGUID").as_deref(), expected);
        assert_eq!(record(&[]).id("entryUUID").as_deref(), Some("uid=alice,dc=test"));
    }

    #[test]
    fn control_characters_are_no_part_of_a_name_and_make_no_id() {
        let strange = record(&[("cn", &[b"Al\0ice\x1b[1m\r\n"]), ("mail", &[b"\0"]), ("entryUUID", &[b"8f\0"])]);
        assert_eq!(strange.name("cn").as_deref(), Some("Alice[1m"));
        assert_eq!(strange.name("mail"), None);
        assert_eq!(strange.id("entryUUID").as_deref(), Some("uid=alice,dc=test"));
    }

    #[test]
    fn an_attribute_counts_where_it_has_one_value_that_is_text() {
        let text = |text: &str| Some(Attribute::Value(text.to_owned()));
        let of = |values: &[&[u8]]| record(&[("departmentNumber", values)]).attribute("DEPARTMENTNUMBER");
        assert_eq!(of(&[b"Payments 7"]), text("Payments 7"));
        assert_eq!(of(&["Käse".as_bytes(), b""]), text("Käse"));
        assert_eq!(of(&[b"a", b"b"]), Some(Attribute::Several));
        assert_eq!(of(&[b"a", &[0xff]]), Some(Attribute::Several));
        for strange in [&b"\xff\xfe"[..], b"a\0b", b"a\nb", b"\x1b[1m", &[b'x'; LONGEST_VALUE + 1]] {
            assert_eq!(of(&[strange]), Some(Attribute::NotText), "{strange:?}");
        }
        assert!(matches!(of(&[&[b'x'; LONGEST_VALUE]]), Some(Attribute::Value(_))));
        assert_eq!(of(&[b""]), None);
        assert_eq!(record(&[]).attribute("departmentNumber"), None);
    }

    #[test]
    fn of_several_values_it_is_always_the_same_one() {
        for values in [[&b"bob"[..], b"alice"], [b"alice", b"bob"]] {
            assert_eq!(record(&[("uid", &values)]).text("UID"), Some("alice"));
        }
        assert_eq!(record(&[("uid", &[b"", &[0xff]])]).text("uid"), None);
    }

    #[test]
    fn each_servers_mark_of_a_closed_account_is_known() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (name, value, active) in [
            ("pwdAccountLockedTime", "000001010000Z", false),
            ("pwdAccountLockedTime", "20260101000000Z", false),
            ("pwdReset", "TRUE", false),
            ("pwdReset", "FALSE", true),
            ("nsAccountLock", "TRUE", false),
            ("nsAccountLock", "false", true),
            ("userAccountControl", "514", false),
            ("userAccountControl", "512", true),
            ("userAccountControl", "?", false),
            ("accountUnlockTime", "19700101000000Z", false),
            ("accountUnlockTime", "20270115075959Z", true),
            ("accountUnlockTime", "20270115080000Z", true),
            ("accountUnlockTime", "20270115080001Z", false),
            ("accountUnlockTime", "soon", false),
            ("passwordExpirationTime", "20270115080000Z", false),
            ("passwordExpirationTime", "20270115080001Z", true),
            ("passwordExpirationTime", "19700101000000Z", false),
            ("msDS-User-Account-Control-Computed", "0", true),
            ("msDS-User-Account-Control-Computed", "16", false),
            ("msDS-User-Account-Control-Computed", "8388608", false),
            ("msDS-User-Account-Control-Computed", "67108864", true),
            ("msDS-User-Account-Control-Computed", "?", false),
            ("accountExpires", "0", true),
            ("accountExpires", "9223372036854775807", true),
            ("accountExpires", "134444735999999999", false),
            ("accountExpires", "134444736000000000", false),
            ("accountExpires", "134444736010000000", true),
            ("accountExpires", "-1", false),
        ] {
            assert_eq!(record(&[(name, &[value.as_bytes()])]).is_active(now), active, "{name}: {value}");
        }
        assert!(record(&[]).is_active(now));
    }
}
