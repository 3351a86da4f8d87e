//! The fields of a JSON body. Those that are not known are ignored.

use serde_json::{Map, Value};

use crate::model::FieldErrors;
use crate::portal::connectors::ConnectorForm;

/// A body, and what is wrong with it.
pub struct Fields {
    body: Map<String, Value>,
    /// What is wrong, by field.
    pub errors: FieldErrors,
}

impl Fields {
    /// The fields of a body.
    #[must_use]
    pub fn of(body: Map<String, Value>) -> Self {
        Self { body, errors: FieldErrors::default() }
    }

    /// A text: empty where it is null, nothing where it was not sent.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        match self.body.remove(name)? {
            Value::Null => Some(String::new()),
            Value::String(text) => Some(text),
            _ => self.wrong(name, format!("{name} has to be a text.")),
        }
    }

    /// A policy: a text that is one, or the policy itself.
    fn policy(&mut self, name: &'static str) -> Option<String> {
        match self.body.remove(name)? {
            Value::Null => Some(String::new()),
            Value::String(text) => Some(text),
            policy @ Value::Object(_) => Some(policy.to_string()),
            _ => self.wrong(name, format!("{name} has to be a policy, as a text or as JSON.")),
        }
    }

    /// Texts: none where it is null, nothing where it was not sent.
    fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let sentence = || format!("{name} has to be a list of texts, each in one line.");
        let texts = match self.body.remove(name)? {
            Value::Null => Vec::new(),
            Value::Array(values) => values,
            _ => return self.wrong(name, sentence()),
        };
        let text = |value: Value| match value {
            Value::String(text) if !text.chars().any(char::is_control) => Some(text),
            _ => None,
        };
        match texts.into_iter().map(text).collect() {
            Some(texts) => Some(texts),
            None => self.wrong(name, sentence()),
        }
    }

    fn wrong<T>(&mut self, name: &'static str, sentence: String) -> Option<T> {
        self.errors.add(name, sentence);
        None
    }
}

/// What was sent of a connector; what was not is `None` and stays as it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Its id.
    pub id: Option<String>,
    /// Its partition, which is its access key's.
    pub partition: Option<String>,
    /// The groups that may use it.
    pub groups: Option<Vec<String>>,
    name: Option<String>,
    kind: Option<&'static str>,
    account_id: Option<String>,
    role_arn: Option<String>,
    external_id: Option<String>,
    policy: Option<String>,
    system_scope: Option<bool>,
}

impl Sent {
    /// Reads a body.
    ///
    /// # Errors
    /// Every field that cannot be read.
    pub fn read(body: Map<String, Value>) -> Result<Self, FieldErrors> {
        let mut fields = Fields::of(body);
        let kind = fields.text("type").and_then(|word| match word.as_str() {
            "ASSUME_ROLE" => Some("assume_role"),
            "FEDERATION_TOKEN" => Some("federated_user"),
            "SESSION_TOKEN" => Some("iam_user"),
            _ => fields.wrong("type", "type has to be ASSUME_ROLE, FEDERATION_TOKEN or SESSION_TOKEN.".to_owned()),
        });
        let system_scope = fields.text("scope").and_then(|word| match word.as_str() {
            "SYSTEM" => Some(true),
            "" => Some(false),
            _ => fields.wrong("scope", "scope has to be SYSTEM, or null for none.".to_owned()),
        });
        let account_id = fields.text("accountId");
        if account_id.as_ref().is_some_and(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())) {
            let sentence = "accountId is the id that POST …/accounts answered, not the number of the AWS account.";
            fields.errors.add("accountId", sentence);
        }
        let sent = Self {
            id: fields.text("id").filter(|id| !id.is_empty()),
            partition: fields.text("partition").filter(|partition| !partition.is_empty()),
            groups: fields.texts("groups"),
            name: fields.text("name"),
            kind,
            account_id,
            role_arn: fields.text("roleArn"),
            external_id: fields.text("externalId"),
            policy: fields.policy("iamPolicy"),
            system_scope,
        };
        if sent.kind == Some("iam_user") && sent.policy.as_ref().is_some_and(|policy| !policy.trim().is_empty()) {
            let sentence =
                "A SESSION_TOKEN cannot be narrowed by a policy. Leave iamPolicy out, or use FEDERATION_TOKEN.";
            fields.errors.add("iamPolicy", sentence);
        }
        fields.errors.into_result().map(|()| sent)
    }

    /// Puts everything but id, partition and groups into a form.
    pub fn put_into(self, form: &mut ConnectorForm) {
        let put = |sent: Option<String>, field: &mut String| {
            if let Some(sent) = sent {
                *field = sent;
            }
        };
        put(self.name, &mut form.name);
        put(self.kind.map(str::to_owned), &mut form.principal_type);
        put(self.account_id, &mut form.access_key);
        put(self.role_arn, &mut form.role_arn);
        put(self.external_id, &mut form.external_id);
        if let Some(policy) = self.policy {
            // A connector that went without one has one now.
            form.omit_policy &= policy.trim().is_empty();
            form.policy = policy;
        }
        form.system_scope = self.system_scope.unwrap_or(form.system_scope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Sent, Vec<&'static str>> {
        let Ok(Value::Object(body)) = serde_json::from_str(body) else { panic!("no object: {body}") };
        Sent::read(body).map_err(|errors| errors.iter().map(|(field, _)| field).collect())
    }

    #[test]
    fn what_is_sent_is_put_and_what_is_not_stays() {
        let before = ConnectorForm {
            name: "Before".to_owned(),
            principal_type: "assume_role".to_owned(),
            external_id: "before".to_owned(),
            system_scope: true,
            duration: "2h".to_owned(),
            ..ConnectorForm::default()
        };
        let mut form = before.clone();
        read(r#"{"unknown":{"a":[1]},"size":3}"#).unwrap().put_into(&mut form);
        assert_eq!(form, before);
        read(r#"{"name":"After","type":"FEDERATION_TOKEN","externalId":null,"scope":null,"iamPolicy":{"a":1}}"#)
            .unwrap()
            .put_into(&mut form);
        assert_eq!((form.name.as_str(), form.principal_type.as_str()), ("After", "federated_user"));
        assert_eq!((form.external_id.as_str(), form.system_scope, form.duration.as_str()), ("", false, "2h"));
        assert_eq!(form.policy, r#"{"a":1}"#);
        let sent = read(r#"{"groups":["a","b"],"id":"","scope":"SYSTEM"}"#).unwrap();
        assert_eq!(
            (sent.groups, sent.id, sent.system_scope),
            (Some(vec!["a".to_owned(), "b".to_owned()]), None, Some(true))
        );
        assert_eq!(read(r#"{"groups":null}"#).unwrap().groups, Some(Vec::new()));
    }

    #[test]
    fn every_field_that_cannot_be_read_is_named() {
        for (body, field) in [
            (r#"{"type":"PROVIDED"}"#, "type"),
            (r#"{"type":"assume_role"}"#, "type"),
            (r#"{"scope":"system"}"#, "scope"),
            (r#"{"scope":true}"#, "scope"),
            (r#"{"name":1}"#, "name"),
            (r#"{"groups":"ops"}"#, "groups"),
            (r#"{"groups":["ops",1]}"#, "groups"),
            (r#"{"groups":["ops\nadmins"]}"#, "groups"),
            (r#"{"iamPolicy":[]}"#, "iamPolicy"),
            (r#"{"type":"SESSION_TOKEN","iamPolicy":"{}"}"#, "iamPolicy"),
            (r#"{"accountId":"123456789012"}"#, "accountId"),
        ] {
            assert_eq!(read(body), Err(vec![field]), "{body}");
        }
        assert_eq!(read(r#"{"name":[],"type":"","roleArn":{}}"#), Err(vec!["name", "roleArn", "type"]));
    }
}
