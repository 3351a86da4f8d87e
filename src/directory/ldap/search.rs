//! The searches we make.

use ldap3::Scope;

use super::escape::in_filter;
use crate::config::{self, GroupLookup};
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

/// `(&KIND(|TERM…))`: entries of a kind that fit one of the terms.
pub fn one_of(kind: &str, terms: &[String]) -> String {
    match terms {
        [term] => format!("(&{kind}{term})"),
        _ => format!("(&{kind}(|{}))", terms.concat()),
    }
}

/// `(ATTRIBUTE=VALUE)` for each attribute; `value` is escaped here.
pub fn equal_to<'a>(attributes: impl IntoIterator<Item = &'a String>, value: &str) -> Vec<String> {
    let value = in_filter(value);
    attributes.into_iter().map(|attribute| format!("({attribute}={value})")).collect()
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
    check_lookup(settings)?;
    let members = settings.member_attributes.iter().map(|attribute| ("member_attributes", attribute));
    let names = settings.member_name_attributes.iter().map(|attribute| ("member_name_attributes", attribute));
    let further = settings.further_name_attributes.iter().map(|attribute| ("further_name_attributes", attribute));
    let first =
        Some(("primary_group_attribute", &settings.primary_group_attribute)).filter(|(_, name)| !name.is_empty());
    let others = [
        ("user_name_attribute", &settings.user_name_attribute),
        ("display_name_attribute", &settings.display_name_attribute),
        ("mail_attribute", &settings.mail_attribute),
        ("group_name_attribute", &settings.group_name_attribute),
        ("stable_id_attribute", &settings.stable_id_attribute),
        ("member_of_attribute", &settings.member_of_attribute),
    ];
    let given = settings.attributes.values().map(|attribute| ("attributes", attribute));
    for (name, attribute) in others.into_iter().chain(members).chain(names).chain(further).chain(first).chain(given) {
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

/// Whether groups can be found as the settings say.
fn check_lookup(settings: &config::Ldap) -> Result<(), String> {
    let lookup = settings.group_lookup;
    let by_dn = !settings.member_attributes.is_empty();
    if lookup == GroupLookup::Members && !by_dn && settings.member_name_attributes.is_empty() {
        return Err("member_attributes names no attribute, nor does member_name_attributes.".to_owned());
    }
    if lookup == GroupLookup::InChain && !by_dn {
        return Err("member_attributes names no attribute.".to_owned());
    }
    if matches!(lookup, GroupLookup::TokenGroups | GroupLookup::InChain) && !settings.nested_groups {
        return Err("group_lookup: token_groups and in_chain always find nested groups; set nested_groups = true, or \
                    group_lookup = \"members\"."
            .to_owned());
    }
    Ok(())
}

/// Attributes that nobody means to send to AWS.
const PASSWORDS: [&str; 4] = ["userPassword", "unicodePwd", "sambaNTPassword", "krbPrincipalKey"];
