//! The searches we make.

use ldap3::Scope;

use super::escape::in_filter;
use crate::config;
use crate::model::placeholder::attribute_name;

/// A search.
#[derive(Clone, Debug)]
pub struct Search {
    /// Where it begins.
    pub base: String,
    /// The base alone, or all below it too.
    pub scope: Scope,
    /// Which entries (RFC 4515).
    pub filter: String,
    /// The attributes wanted of each.
    pub attributes: Vec<String>,
    /// The most entries wanted; without one, all, page by page.
    pub limit: Option<i32>,
}

impl Search {
    /// The search in words, for causes of failures; without the filter, which may hold what people typed.
    pub fn what(&self) -> String {
        format!("search below {}", self.base)
    }
}

/// `(&KIND(ATTRIBUTE=VALUE))`; `value` is escaped already.
pub fn both(kind: &str, attribute: &str, value: &str) -> String {
    format!("(&{kind}({attribute}={value}))")
}

/// Groups that hold `dn` as a member.
pub fn groups_with_member(settings: &config::Ldap, dn: &str) -> String {
    let value = in_filter(dn);
    let members: String = settings.member_attributes.iter().map(|attribute| format!("({attribute}={value})")).collect();
    format!("(&{}(|{members}))", settings.group_filter)
}

/// Checks what is put into filters as it is written in the settings.
///
/// # Errors
/// A sentence that names the setting.
pub fn check(settings: &config::Ldap) -> Result<(), String> {
    for (name, filter) in [("user_filter", &settings.user_filter), ("group_filter", &settings.group_filter)] {
        if !filter.starts_with('(') || ldap3::parse_filter(both(filter, "cn", "x")).is_err() {
            return Err(format!("{name} is no LDAP filter; an example is (objectClass=inetOrgPerson)."));
        }
    }
    if settings.member_attributes.is_empty() {
        return Err("member_attributes names no attribute.".to_owned());
    }
    let members = settings.member_attributes.iter().map(|attribute| ("member_attributes", attribute));
    let others = [
        ("user_name_attribute", &settings.user_name_attribute),
        ("display_name_attribute", &settings.display_name_attribute),
        ("mail_attribute", &settings.mail_attribute),
        ("group_name_attribute", &settings.group_name_attribute),
        ("stable_id_attribute", &settings.stable_id_attribute),
    ];
    let given = settings.attributes.values().map(|attribute| ("attributes", attribute));
    for (name, attribute) in others.into_iter().chain(members).chain(given) {
        let plain = attribute.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';'));
        if !plain || ldap3::parse_filter(format!("({attribute}=x)")).is_err() {
            return Err(format!("{name}: {attribute:?} is no name of an attribute."));
        }
    }
    for (name, attribute) in &settings.attributes {
        attribute_name(name).map_err(|why| format!("attributes: {name:?} cannot be used in placeholders: {why}."))?;
        if PASSWORDS.iter().any(|password| password.eq_ignore_ascii_case(attribute)) {
            return Err(format!("attributes: {attribute} holds passwords."));
        }
    }
    Ok(())
}

/// Attributes that nobody means to send to AWS.
const PASSWORDS: [&str; 4] = ["userPassword", "unicodePwd", "sambaNTPassword", "krbPrincipalKey"];
