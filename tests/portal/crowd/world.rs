//! Who and what the tests' Crowd server knows, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::cql::Restriction;
use super::sessions::Session;

/// The application that Daypass is.
pub const APPLICATION: &str = "daypass";
pub const APPLICATION_PASSWORD: &str = "fake-application-password";

#[derive(Clone, Debug)]
pub struct User {
    pub name: String,
    pub key: Option<String>,
    pub password: String,
    pub display: String,
    pub mail: String,
    pub active: bool,
    pub expired: bool,
    pub groups: Vec<String>,
    pub attributes: Vec<(String, Vec<String>)>,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub active: bool,
    /// The groups that it is in.
    pub parents: Vec<String>,
}

/// Everything that the server knows; names in small letters are the keys.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub users: BTreeMap<String, User>,
    pub groups: BTreeMap<String, Group>,
    /// Whether it finds people by key, as newer versions do.
    pub finds_by_key: bool,
    /// Of the single sign-on, by their token.
    pub sessions: BTreeMap<String, Session>,
    /// Proxies that it believes what they say of the caller.
    pub trusted_proxies: Vec<String>,
}

/// Status and body.
pub type Answer = (u16, Value);

/// What is asked: the resource below `usermanagement/1`, its parameters, and what was posted.
pub struct Asked<'a> {
    pub method: &'a str,
    pub resource: &'a str,
    pub parameters: &'a BTreeMap<String, String>,
    pub body: &'a Value,
}

impl World {
    /// alice of `developers`, which are in `staff`; bob of nothing; carla whose account is closed; ada of `crowd-admins`.
    pub fn sample() -> Self {
        let mut world = Self { finds_by_key: true, ..Self::default() };
        world.group("staff", &[]);
        world.group("developers", &["staff"]);
        world.group("crowd-admins", &[]);
        world.group("Payments Ops", &[]);
        world.user("alice", &["developers"]);
        world.user("bob", &[]);
        world.user("ada", &["crowd-admins"]);
        world.user("carla", &["developers"]).active = false;
        world
    }

    /// Adds somebody, whose password is `fake-password-NAME`.
    pub fn user(&mut self, name: &str, groups: &[&str]) -> &mut User {
        let id = name.to_lowercase();
        let user = User {
            name: name.to_owned(),
            key: Some(format!("32769:id-of-{id}")),
            password: format!("fake-password-{name}"),
            display: format!("{name} of Crowd"),
            mail: format!("{id}@example.test"),
            active: true,
            expired: false,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            attributes: Vec::new(),
        };
        self.users.entry(id).insert_entry(user).into_mut()
    }

    pub fn group(&mut self, name: &str, parents: &[&str]) -> &mut Group {
        let parents = parents.iter().map(|parent| (*parent).to_owned()).collect();
        let group = Group { name: name.to_owned(), active: true, parents };
        self.groups.entry(name.to_lowercase()).insert_entry(group).into_mut()
    }

    pub fn answer(&mut self, asked: &Asked<'_>) -> Answer {
        if let Some(answer) = self.session_answer(asked) {
            return answer;
        }
        let parameter = |name: &str| asked.parameters.get(name).map(String::as_str);
        let by_name = || parameter("username").and_then(|name| self.users.get(&name.to_lowercase()));
        match asked.resource {
            "user" => {
                let by_key = |key: &str| self.users.values().find(|user| user.key.as_deref() == Some(key));
                let user = match (parameter("username"), parameter("key").filter(|_| self.finds_by_key)) {
                    (Some(_), _) => by_name(),
                    (None, Some(key)) => by_key(key),
                    (None, None) => return refusal(400, "ILLEGAL_ARGUMENT"),
                };
                user.map_or_else(no_user, |user| (200, user.json(parameter("expand") == Some("attributes"))))
            }
            "authentication" => {
                let Some(user) = by_name() else { return refusal(400, "USER_NOT_FOUND") };
                match () {
                    () if asked.body["value"] != user.password.as_str() => refusal(400, "INVALID_USER_AUTHENTICATION"),
                    () if !user.active => refusal(400, "INACTIVE_ACCOUNT"),
                    () if user.expired => refusal(400, "EXPIRED_CREDENTIAL"),
                    () => (200, user.json(false)),
                }
            }
            // Of somebody unknown the list is empty (CWD-4433).
            "user/group/direct" | "user/group/nested" => {
                let direct = by_name().map(|user| user.groups.clone()).unwrap_or_default();
                let names = if asked.resource.ends_with("nested") { self.nested(&direct) } else { direct };
                let groups = names.iter().filter_map(|name| self.groups.get(&name.to_lowercase()));
                (200, page(groups, asked.parameters))
            }
            "group" => {
                let group = parameter("groupname").and_then(|name| self.groups.get(&name.to_lowercase()));
                group.map_or_else(|| refusal(404, "GROUP_NOT_FOUND"), |group| (200, group.json(true)))
            }
            "group/user/direct" | "group/user/nested" => {
                let name = parameter("groupname").unwrap_or_default().to_lowercase();
                if !self.groups.contains_key(&name) {
                    return refusal(404, "GROUP_NOT_FOUND");
                }
                let nests = asked.resource.ends_with("nested");
                let groups_of = |user: &User| if nests { self.nested(&user.groups) } else { user.groups.clone() };
                let is_in = |user: &&User| groups_of(user).iter().any(|group| group.eq_ignore_ascii_case(&name));
                (200, page_of_users(self.users.values().filter(is_in), asked.parameters))
            }
            "config/cookie" => {
                (200, json!({"domain": ".example.test", "secure": false, "name": super::sessions::COOKIE}))
            }
            "search" if parameter("entity-type") == Some("group") => {
                let Some(restriction) = Restriction::parse(parameter("restriction").unwrap_or_default()) else {
                    return refusal(400, "ILLEGAL_ARGUMENT");
                };
                let fits = |group: &&Group| restriction.fits(&group.name, group.active);
                (200, page(self.groups.values().filter(fits), asked.parameters))
            }
            _ => (404, json!({"status-code": 404, "message": "null for uri"})),
        }
    }

    fn nested(&self, direct: &[String]) -> Vec<String> {
        let (mut found, mut waiting) = (BTreeSet::new(), direct.to_vec());
        while let Some(name) = waiting.pop() {
            if found.insert(name.to_lowercase()) {
                waiting
                    .extend(self.groups.get(&name.to_lowercase()).into_iter().flat_map(|group| group.parents.clone()));
            }
        }
        found.into_iter().collect()
    }
}

impl User {
    pub fn json(&self, with_attributes: bool) -> Value {
        let attributes = self.attributes.iter().filter(|_| with_attributes);
        let attributes: Vec<Value> = attributes.map(|(name, values)| json!({"name": name, "values": values})).collect();
        let mut user = json!({
            "expand": "attributes",
            "link": {"href": "http://crowd.example/user", "rel": "self"},
            "name": self.name,
            "first-name": self.display.split(' ').next(),
            "last-name": self.display.split(' ').next_back(),
            "display-name": self.display,
            "email": self.mail,
            "password": {"link": {"href": "http://crowd.example/password", "rel": "edit"}},
            "active": self.active,
            "attributes": {"attributes": attributes, "link": {"href": "http://crowd.example/a", "rel": "self"}},
        });
        if let Some(key) = &self.key {
            user["key"] = json!(key);
        }
        user
    }
}

impl Group {
    fn json(&self, expanded: bool) -> Value {
        let mut group = json!({"link": {"href": "http://crowd.example/group", "rel": "self"}, "name": self.name});
        if expanded {
            group["description"] = json!("");
            group["type"] = json!("GROUP");
            group["active"] = json!(self.active);
        }
        group
    }
}

/// A page of 1000 where nothing else is asked for.
fn page<'a>(groups: impl Iterator<Item = &'a Group>, parameters: &BTreeMap<String, String>) -> Value {
    let number = |name: &str, usual: usize| parameters.get(name).map_or(usual, |text| text.parse().unwrap());
    let expanded = parameters.get("expand").map(String::as_str) == Some("group");
    let groups = groups.skip(number("start-index", 0)).take(number("max-results", 1000));
    json!({"expand": "group", "groups": groups.map(|group| group.json(expanded)).collect::<Vec<_>>()})
}

/// The same of people, who are names alone where no more is asked for.
fn page_of_users<'a>(users: impl Iterator<Item = &'a User>, parameters: &BTreeMap<String, String>) -> Value {
    let number = |name: &str, usual: usize| parameters.get(name).map_or(usual, |text| text.parse().unwrap());
    let expanded = parameters.get("expand").map(String::as_str) == Some("user");
    let users = users.skip(number("start-index", 0)).take(number("max-results", 1000));
    let json = |user: &User| if expanded { user.json(false) } else { json!({"name": user.name}) };
    json!({"expand": "user", "users": users.map(json).collect::<Vec<_>>()})
}

fn no_user() -> Answer {
    refusal(404, "USER_NOT_FOUND")
}

pub fn refusal(status: u16, reason: &str) -> Answer {
    (status, json!({"reason": reason, "message": "Failed to authenticate principal, password was invalid"}))
}
