//! Sessions of the single sign-on, as the tests' Crowd server has them.

use serde_json::{Value, json};

use super::world::{Answer, Asked, World, refusal};

/// The name of the cookie that has a session's token.
pub const COOKIE: &str = "crowd.token_key";

#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is, in small letters.
    pub user: String,
    /// The address that it was begun from, and is good for.
    pub address: String,
    pub expired: bool,
}

impl World {
    /// Begins one.
    pub fn session(&mut self, token: &str, user: &str, address: &str) -> &mut Session {
        let session = Session { user: user.to_lowercase(), address: address.to_owned(), expired: false };
        self.sessions.entry(token.to_owned()).insert_entry(session).into_mut()
    }

    /// What it answers of sessions; `None` where something else is asked.
    pub fn session_answer(&mut self, asked: &Asked<'_>) -> Option<Answer> {
        match (asked.method, asked.resource.split_once('/')) {
            ("POST", None) if asked.resource == "session" => Some(self.begin(asked)),
            (method, Some(("session", token))) => Some(self.about(method, token, asked)),
            _ => None,
        }
    }

    fn begin(&mut self, asked: &Asked<'_>) -> Answer {
        let name = asked.body["username"].as_str().unwrap_or_default().to_lowercase();
        let Some(user) = self.users.get(&name).cloned() else { return refusal(400, "USER_NOT_FOUND") };
        if asked.body["password"] != user.password.as_str() {
            return refusal(400, "INVALID_USER_AUTHENTICATION");
        }
        if !user.active {
            return refusal(400, "INACTIVE_ACCOUNT");
        }
        let Some(address) = self.address(&asked.body["validation-factors"]) else {
            return refusal(400, "ILLEGAL_ARGUMENT");
        };
        let token = format!("fake{}", daypass::random::text(b"abcdefghijklmnopqrstuvwxyz", 20));
        self.session(&token, &name, &address);
        (201, self.json_of(&token, asked))
    }

    fn about(&mut self, method: &str, token: &str, asked: &Asked<'_>) -> Answer {
        let live = self.sessions.get(token).filter(|session| !session.expired);
        let Some(session) = live.cloned() else { return refusal(404, "INVALID_SSO_TOKEN") };
        match method {
            "GET" => (200, self.json_of(token, asked)),
            "DELETE" => {
                self.sessions.remove(token);
                (204, Value::Null)
            }
            "POST" if self.address(asked.body).as_ref() == Some(&session.address) => (200, self.json_of(token, asked)),
            "POST" => refusal(400, "INVALID_SSO_TOKEN"),
            _ => (405, Value::Null),
        }
    }

    /// The address that a list of validation factors means.
    fn address(&self, factors: &Value) -> Option<String> {
        let factors = factors["validationFactors"].as_array()?;
        let value = |name: &str| factors.iter().find(|factor| factor["name"] == name)?["value"].as_str();
        let remote = value("remote_address")?;
        let forwarded = value("X-Forwarded-For").filter(|_| self.trusted_proxies.iter().any(|proxy| proxy == remote));
        Some(forwarded.unwrap_or(remote).to_owned())
    }

    fn json_of(&self, token: &str, asked: &Asked<'_>) -> Value {
        let user = &self.users[&self.sessions[token].user];
        let expands = asked.parameters.get("expand").map(String::as_str) == Some("user");
        let user = if expands { user.json(false) } else { json!({"name": user.name}) };
        let link = json!({"href": "http://crowd.example/session", "rel": "self"});
        let (created, expires) = (1_700_000_000_000_u64, 4_000_000_000_000_u64);
        json!({"expand": "user", "token": token, "user": user, "link": link, "created-date": created, "expiry-date": expires})
    }
}
