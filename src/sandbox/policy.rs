//! Session policies: their form and their packed size.

use std::collections::HashSet;

use serde_json::Value;

use super::error::Refusal;
use super::rules::POLICY_MAX;

/// Bytes that the packed form of policy, policy ARNs and tags may take. AWS publishes neither the number nor the format;
/// with 512, one byte for a word of the policy language and three quarters of a byte for other characters, the sizes
/// come near those that people report (42 actions in 1,690 characters: 157 %; nine tags of 250 characters: 498 %).
const PACKED_LIMIT: usize = 512;
/// What a session tag takes beside its characters.
const TAG_OVERHEAD: usize = 31;
/// Words of the policy language.
const WORDS: [&str; 17] = [
    "Version",
    "2012-10-17",
    "2008-10-17",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Allow",
    "Deny",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "StringEquals",
    "StringLike",
    "*",
];
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

/// Checks a session policy's form, as far as the sandbox reads it: statements with an effect, actions and resources.
///
/// # Errors
/// 400 `MalformedPolicyDocument`.
pub(super) fn parse(text: &str) -> Result<Value, Refusal> {
    let malformed = |message: &'static str| Refusal::new(400, "MalformedPolicyDocument", message);
    let policy: Value = serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    let Some(fields) = policy.as_object() else {
        return Err(malformed("Syntax errors in policy."));
    };
    let known = fields.keys().all(|field| matches!(field.as_str(), "Version" | "Id" | "Statement"));
    let version = fields.get("Version").is_none_or(|version| version.as_str().is_some_and(|v| VERSIONS.contains(&v)));
    let statements = match fields.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => &[],
    };
    if statements.iter().any(|statement| statement.get("Principal").or(statement.get("NotPrincipal")).is_some()) {
        return Err(malformed("Policy document should not specify a principal."));
    }
    if !known || !version || statements.is_empty() || !statements.iter().all(is_statement) {
        return Err(malformed("Syntax errors in policy."));
    }
    Ok(policy)
}

fn is_statement(statement: &Value) -> bool {
    let texts = |value: &Value| match value {
        Value::String(_) => true,
        Value::Array(values) => !values.is_empty() && values.iter().all(Value::is_string),
        _ => false,
    };
    let one_of = |name: &str, negated: &str| match (statement.get(name), statement.get(negated)) {
        (Some(value), None) | (None, Some(value)) => texts(value),
        _ => false,
    };
    let fields = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    statement.as_object().is_some_and(|statement| statement.keys().all(|field| fields.contains(&field.as_str())))
        && matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny"))
        && one_of("Action", "NotAction")
        && one_of("Resource", "NotResource")
        && statement.get("Condition").is_none_or(Value::is_object)
}

/// What a call passes to limit or describe its session.
#[derive(Default)]
pub(super) struct Passed<'p> {
    pub(super) policy: Option<&'p str>,
    pub(super) policy_arns: Vec<&'p str>,
    pub(super) tags: Vec<(&'p str, &'p str)>,
}

impl Passed<'_> {
    /// `PackedPolicySize`, percent; `None` where nothing was passed and AWS answers without it.
    ///
    /// # Errors
    /// 400 `MalformedPolicyDocument`; `ValidationError` for more than 2,048 characters of policy and ARNs together;
    /// `PackedPolicyTooLarge` over 100 %.
    pub(super) fn packed_size(&self) -> Result<Option<usize>, Refusal> {
        if self.policy.is_none() && self.policy_arns.is_empty() && self.tags.is_empty() {
            return Ok(None);
        }
        let mut bytes = 0;
        if let Some(text) = self.policy {
            bytes += packed(&parse(text)?, &mut HashSet::new());
        }
        let arns = self.policy_arns.iter().map(|arn| arn.len()).sum::<usize>();
        if arns + self.policy.map_or(0, |text| text.encode_utf16().count()) > POLICY_MAX {
            return Err(Refusal::validation(format!(
                "The combined size of the session policies cannot exceed {POLICY_MAX} characters."
            )));
        }
        bytes += packed_text(arns) * usize::from(arns > 0);
        bytes += self.tags.iter().map(|(key, value)| TAG_OVERHEAD + key.len() + value.len()).sum::<usize>();
        let percent = (bytes * 100).div_ceil(PACKED_LIMIT);
        if percent <= 100 {
            return Ok(Some(percent));
        }
        Err(Refusal::new(
            400,
            "PackedPolicyTooLarge",
            if self.policy.is_none() && self.policy_arns.is_empty() {
                format!("Packed size of session tags consumes {percent}% of allotted space.")
            } else {
                format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.")
            },
        ))
    }
}

const fn packed_text(characters: usize) -> usize {
    1 + (characters * 3).div_ceil(4)
}

/// Packed bytes of a JSON value: white space costs nothing, a text that came before one byte.
fn packed<'v>(value: &'v Value, seen: &mut HashSet<&'v str>) -> usize {
    let mut text =
        |text: &'v str| if WORDS.contains(&text) || !seen.insert(text) { 1 } else { packed_text(text.len()) };
    match value {
        Value::String(content) => text(content),
        Value::Array(values) => 1 + values.iter().map(|value| packed(value, seen)).sum::<usize>(),
        Value::Object(fields) => {
            let names = fields.keys().map(|name| text(name)).sum::<usize>();
            1 + names + fields.values().map(|value| packed(value, seen)).sum::<usize>()
        }
        other => other.to_string().len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(policy: &str) -> Result<Option<usize>, Refusal> {
        Passed { policy: Some(policy), ..Passed::default() }.packed_size()
    }

    #[test]
    fn only_a_policy_without_principals_is_well_formed() {
        let good = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":["*"]}}"#;
        assert!(size(good).is_ok());
        for (bad, message) in [
            ("{", "This policy contains invalid Json"),
            ("[]", "Syntax errors in policy."),
            (r#"{"Statement":[]}"#, "Syntax errors in policy."),
            (r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#, "Syntax errors in policy."),
            (r#"{"Statement":{"Effect":"Maybe","Action":"*","Resource":"*"}}"#, "Syntax errors in policy."),
            (
                r#"{"Version":"2026-01-01","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#,
                "Syntax errors in policy.",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
                "Policy document should not specify a principal.",
            ),
        ] {
            let refusal = size(bad).unwrap_err();
            assert_eq!((refusal.code, &*refusal.message), ("MalformedPolicyDocument", message), "{bad}");
        }
    }

    #[test]
    fn packed_sizes_come_near_the_reported_ones() {
        let tag = "a".repeat(250);
        let keys: Vec<String> = (1..=9).map(|number| format!("T{number}")).collect();
        let tags = keys.iter().map(|key| (key.as_str(), tag.as_str())).collect();
        let refusal = Passed { tags, ..Passed::default() }.packed_size().unwrap_err();
        assert_eq!(refusal.code, "PackedPolicyTooLarge");
        assert_eq!(refusal.message, "Packed size of session tags consumes 498% of allotted space.");

        let small =
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"Stmt1","Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let small = size(small).unwrap().unwrap();
        assert!((4..=8).contains(&small), "AWS's example says 6: {small}");

        let actions: Vec<String> = (0..42).map(|number| format!("cloudformation:Describe{number:02}Thing")).collect();
        let large = serde_json::json!({"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]});
        assert_eq!(size(&large.to_string()).unwrap_err().code, "PackedPolicyTooLarge");
        let spaced = format!(
            "{{{}\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}}}",
            " ".repeat(1900)
        );
        assert!(size(&spaced).unwrap().unwrap() < 5);
    }
}
