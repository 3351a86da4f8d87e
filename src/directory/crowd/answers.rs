//! Crowd's answers as it writes them in JSON, and what of them is let in.

use serde::Deserialize;

use crate::model::identity::Attribute;

/// The longest value of an attribute that is kept, in bytes: longer than any policy.
const LONGEST_VALUE: usize = 2048;

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct User {
    /// The name that Crowd knows them by, in its own spelling.
    pub name: String,
    /// Whether the account is open. Whoever leaves it out gives no answer.
    pub active: bool,
    /// Their name for people.
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    /// E-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// `DIRECTORY:ID`, which stays when they are renamed; older versions of Crowd give none.
    #[serde(default)]
    pub key: Option<String>,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Attributes {
    #[serde(default)]
    attributes: Vec<Values>,
}

#[derive(Clone, Debug, Deserialize)]
struct Values {
    name: String,
    values: Vec<String>,
}

/// How the cookie of the single sign-on is set.
#[derive(Debug, Deserialize)]
pub struct CookieConfig {
    /// Its name.
    pub name: String,
}

/// A session of the single sign-on that is good.
#[derive(Debug, Deserialize)]
pub struct SsoSession {
    /// Whose it is.
    pub user: SsoUser,
}

/// The person of such a session; whether they are active is asked anew.
#[derive(Debug, Deserialize)]
pub struct SsoUser {
    /// The name that Crowd knows them by.
    pub name: String,
}

/// A list of groups.
#[derive(Debug, Deserialize)]
pub struct GroupList {
    /// One page of them.
    pub groups: Vec<GroupName>,
}

/// A group.
#[derive(Clone, Debug, Deserialize)]
pub struct GroupName {
    /// Its name in Crowd's own spelling.
    pub name: String,
    /// Whether it counts; lists may leave it out.
    #[serde(default)]
    pub active: Option<bool>,
}

/// A list of people.
#[derive(Debug, Deserialize)]
pub struct UserList {
    /// One page of them.
    pub users: Vec<Member>,
}

/// A person of a list.
#[derive(Debug, Deserialize)]
pub struct Member {
    /// Their name in Crowd's own spelling.
    pub name: String,
    /// Whether the account is open; a list that does not say it is of no use.
    pub active: bool,
}

/// The body of an error.
#[derive(Deserialize)]
pub struct Refused {
    /// One of `ErrorEntity.ErrorReason`.
    pub reason: String,
}

impl User {
    /// What Crowd says under an attribute, in its own spelling; `None` where it says nothing.
    pub fn attribute(&self, name: &str) -> Option<Attribute> {
        let own = match name {
            "first-name" => Some(&self.first_name),
            "last-name" => Some(&self.last_name),
            _ => None,
        };
        if let Some(own) = own {
            return own.as_deref().and_then(value);
        }
        let mut named = self.attributes.attributes.iter().filter(|attribute| attribute.name == name);
        let first = named.next()?;
        let mut values = first.values.iter().filter(|text| !text.is_empty());
        match (values.next(), values.next(), named.next()) {
            (None, _, None) => None,
            (Some(text), None, None) => value(text),
            _ => Some(Attribute::Several),
        }
    }
}

/// A text as the value of an attribute; `None` where it is empty.
pub fn value(text: &str) -> Option<Attribute> {
    match text {
        "" => None,
        _ if text.len() > LONGEST_VALUE || text.contains(char::is_control) => Some(Attribute::NotText),
        _ => Some(Attribute::Value(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_counts_where_it_has_one_value_that_is_text() {
        let user = |attributes: &str| -> User {
            let text = format!(
                r#"{{"name":"eva","active":true,"first-name":"Eva","last-name":"","attributes":{{"attributes":{attributes}}}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let text = |text: &str| Some(Attribute::Value(text.to_owned()));
        let team = |values: &str| user(&format!(r#"[{{"name":"team","values":{values}}}]"#)).attribute("team");
        assert_eq!(team(r#"["blue"]"#), text("blue"));
        assert_eq!(team(r#"["blue",""]"#), text("blue"));
        assert_eq!(team(r#"["blue","red"]"#), Some(Attribute::Several));
        assert_eq!(team(r#"["bl\u0000ue"]"#), Some(Attribute::NotText));
        assert_eq!(team(&format!("[\"{}\"]", "x".repeat(LONGEST_VALUE + 1))), Some(Attribute::NotText));
        assert_eq!(team(&format!("[\"{}\"]", "x".repeat(LONGEST_VALUE))), text(&"x".repeat(LONGEST_VALUE)));
        assert_eq!((team("[]"), team(r#"[""]"#)), (None, None));
        let twice = user(r#"[{"name":"team","values":["a"]},{"name":"team","values":["a"]}]"#);
        assert_eq!(twice.attribute("team"), Some(Attribute::Several));
        assert_eq!((twice.attribute("first-name"), twice.attribute("last-name")), (text("Eva"), None));
        assert_eq!(twice.attribute("TEAM"), None);
    }

    #[test]
    fn whoever_is_not_said_to_be_active_is_no_answer() {
        for text in [r#"{"name":"eva"}"#, r#"{"name":"eva","active":"true"}"#, r#"{"name":"eva","active":1}"#] {
            assert!(serde_json::from_str::<User>(text).is_err(), "{text}");
        }
    }
}
