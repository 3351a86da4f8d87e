//! What a connector is to be, as JSON has it: made into the form that pages make, whose rules count for both.

use serde_json::{Map, Value};

use crate::model::principal::PrincipalType;
use crate::model::slug::guid;
use crate::portal::PortalError;
use crate::portal::connectors::ConnectorForm;
use crate::web::api::fields::Fields;

/// Reads a new connector.
///
/// # Errors
/// [`PortalError::Invalid`] with all that cannot be read.
pub fn new(body: Map<String, Value>) -> Result<ConnectorForm, PortalError> {
    let mut fields = Fields::of(body);
    if fields.any_text("id").is_some() {
        fields.wrong("id", "A new connector gets an id of its own. Leave id out.");
    }
    let enabled = fields.flag("enabled").unwrap_or(true);
    read(fields, ConnectorForm { enabled, ..ConnectorForm::default() })
}

/// Reads what the connector `id` is to be, over the version `version` of it.
///
/// # Errors
/// As [`new`].
pub fn whole(body: Map<String, Value>, id: &str, version: i32) -> Result<ConnectorForm, PortalError> {
    let mut fields = Fields::of(body);
    if fields.any_text("id").is_some_and(|sent| guid(&sent).as_deref() != Some(id)) {
        fields.wrong("id", "This is another connector's id. A connector keeps its own.");
    }
    // Whoever forgets it is not to switch on what somebody else switched off.
    let was_sent = fields.has("enabled");
    let enabled = fields.flag("enabled").unwrap_or_default();
    if !was_sent {
        fields.wrong("enabled", "Send enabled: true or false.");
    }
    read(fields, ConnectorForm { enabled, version, ..ConnectorForm::default() })
}

fn read(mut fields: Fields, begun: ConnectorForm) -> Result<ConnectorForm, PortalError> {
    let mut text = |name| fields.any_text(name).unwrap_or_default();
    let mut form = ConnectorForm {
        name: text("name"),
        slug: text("slug"),
        description: text("description"),
        principal_type: text("type"),
        access_key: text("accessKeyId"),
        role_arn: text("roleArn"),
        external_id: text("externalId"),
        source_identity: text("sourceIdentity"),
        region: text("region"),
        console_start: text("consoleStart"),
        ..begun
    };
    fields.follow(&["partition", "accountId", "console", "changeable", "version", "createdAt", "updatedAt"]);
    let mut flag = |name| fields.flag(name).unwrap_or_default();
    form.omit_policy = flag("omitPolicy");
    form.system_scope = flag("systemScope");
    form.open_without_asking = flag("openWithoutAsking");
    form.registry_tokens_outlive = flag("registryTokensOutlive");
    form.duration = fields.number::<u32>("duration").map(|seconds| seconds.to_string()).unwrap_or_default();
    form.policy = fields.text_or_object("policy").unwrap_or_default();
    form.through = through(&mut fields);
    (form.tags, form.transitive_tags) = tags(&mut fields);
    form.policy_arns = arns(&mut fields);
    let kind = PrincipalType::parse(&form.principal_type);
    if kind.is_err() {
        let words = PrincipalType::ALL.map(PrincipalType::word).join(", ");
        fields.wrong("type", format!("type has to be one of {words}."));
    }
    foreign(&mut fields, &form, kind.ok());
    fields.end().map(|()| form)
}

/// What the form parts by blanks and lines has to be one word.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn through(fields: &mut Fields) -> String {
    let mut lines = Vec::new();
    for (at, hop) in fields.objects("through").unwrap_or_default().into_iter().enumerate() {
        let mut hop = Fields::of(hop);
        let (role, external_id) = (hop.required("roleArn").unwrap_or_default(), hop.any_text("externalId"));
        let external_id = external_id.unwrap_or_default();
        if !role.is_empty() && !is_word(&role) || !external_id.is_empty() && !is_word(&external_id) {
            hop.wrong("", "Leave out blanks, line ends and control characters.");
        }
        if let Some(sentence) = sentence(hop) {
            fields.wrong("through", format!("Role {}: {sentence}", at + 1));
        }
        lines.push(format!("{role}\t{external_id}"));
    }
    lines.join("\n")
}

/// Tags, and the keys of those that stay, as the form has them.
fn tags(fields: &mut Fields) -> (String, String) {
    let (mut lines, mut transitive) = (Vec::new(), Vec::new());
    for (at, tag) in fields.objects("sessionTags").unwrap_or_default().into_iter().enumerate() {
        let mut tag = Fields::of(tag);
        let (key, value) = (tag.required("key").unwrap_or_default(), tag.any_text("value").unwrap_or_default());
        if key.contains(['=', ',']) || key.chars().chain(value.chars()).any(char::is_control) {
            tag.wrong("", "A tag is one line, and its key has no “=” and no comma.");
        }
        if tag.flag("transitive").unwrap_or_default() {
            transitive.push(key.clone());
        }
        if let Some(sentence) = sentence(tag) {
            fields.wrong("sessionTags", format!("Tag {}: {sentence}", at + 1));
        }
        lines.push(format!("{key} = {value}"));
    }
    (lines.join("\n"), transitive.join(","))
}

fn arns(fields: &mut Fields) -> String {
    let arns = fields.texts("policyArns").unwrap_or_default();
    if arns.iter().any(|arn| !is_word(arn)) {
        fields.wrong("policyArns", "A policy ARN is one word: leave out blanks, line ends and what is empty.");
    }
    arns.join("\n")
}

/// All that is wrong within one of a list.
fn sentence(fields: Fields) -> Option<String> {
    match fields.end() {
        Err(PortalError::Invalid(errors)) => {
            Some(errors.iter().map(|(_, sentence)| sentence).collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}

/// What is of other types than the chosen one is not dropped in silence.
fn foreign(fields: &mut Fields, form: &ConnectorForm, kind: Option<PrincipalType>) {
    use PrincipalType::{AssumeRole, FederatedUser, Provided};
    let Some(kind) = kind else { return };
    let has_identity = !matches!(form.source_identity.as_str(), "" | "off");
    let of_roles = kind == AssumeRole;
    for (name, is_sent, is_its_own) in [
        ("through", !form.through.is_empty(), of_roles),
        ("roleArn", !form.role_arn.is_empty(), of_roles),
        ("externalId", !form.external_id.is_empty(), of_roles),
        ("sourceIdentity", has_identity, of_roles),
        ("sessionTags", !form.tags.is_empty(), kind.names_person()),
        ("sessionTags", !form.transitive_tags.is_empty(), of_roles),
        ("policy", !form.policy.is_empty(), kind.names_person()),
        ("policyArns", !form.policy_arns.is_empty(), kind.names_person()),
        ("omitPolicy", form.omit_policy, kind == FederatedUser),
        ("duration", !form.duration.is_empty(), kind != Provided),
    ] {
        if is_sent && !is_its_own {
            let sentence = match name {
                "sessionTags" if kind == FederatedUser => "Tags of a federated_user are never transitive.".to_owned(),
                _ => format!("A connector of the type {} has no {name}. Leave it out.", kind.word()),
            };
            fields.wrong(name, sentence);
        }
    }
}

/// What is wrong with the form, at the fields that JSON has for it.
#[must_use]
pub fn in_json(error: PortalError) -> PortalError {
    error.renamed(|field| match field {
        "principal_type" => "type",
        "access_key" => "accessKeyId",
        "tags" | "transitive_tags" => "sessionTags",
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Map<String, Value> {
        let Ok(Value::Object(body)) = serde_json::from_str(text) else { panic!("no object: {text}") };
        body
    }

    fn wrong(text: &str) -> Vec<&'static str> {
        match new(body(text)) {
            Err(PortalError::Invalid(errors)) => errors.iter().map(|(field, _)| field).collect(),
            read => read.map(|_| Vec::new()).unwrap(),
        }
    }

    #[test]
    fn a_body_becomes_the_form_that_the_page_makes() {
        let form = new(body(
            r#"{"name":"A","type":"assume_role","accessKeyId":"k","roleArn":"r","externalId":"e","duration":900,
                "through":[{"roleArn":"one"},{"roleArn":"two","externalId":"x"}],"policyArns":["p","q"],
                "sessionTags":[{"key":"a","value":"1"},{"key":"b","transitive":true}],"policy":{"z":1,"a":2},
                "sourceIdentity":"on","systemScope":true,"accountId":"123456789012","version":7,"console":true}"#,
        ))
        .unwrap();
        let text = |text: &str| text.to_owned();
        let wanted = ConnectorForm {
            name: text("A"),
            principal_type: text("assume_role"),
            access_key: text("k"),
            role_arn: text("r"),
            external_id: text("e"),
            source_identity: text("on"),
            duration: text("900"),
            through: text("one\t\ntwo\tx"),
            tags: text("a = 1\nb = "),
            transitive_tags: text("b"),
            policy: text(r#"{"z":1,"a":2}"#),
            policy_arns: text("p\nq"),
            system_scope: true,
            enabled: true,
            ..ConnectorForm::default()
        };
        assert_eq!(form, wanted);
    }

    #[test]
    fn what_would_be_read_otherwise_than_it_was_sent_is_refused() {
        for (extra, field) in [
            (r#""through":[{"roleArn":"one two"}]"#, "through"),
            (r#""through":[{"roleArn":"one\ttwo"}]"#, "through"),
            (r#""through":[{"roleArn":"one","externalId":"x\ny"}]"#, "through"),
            (r#""through":[{"roleArn":""}]"#, "through"),
            (r#""through":[{}]"#, "through"),
            (r#""through":[{"roleArn":"one","role":"two"}]"#, "through"),
            (r#""through":["one"]"#, "through"),
            (r#""sessionTags":[{"key":"a=b","value":"c"}]"#, "sessionTags"),
            (r#""sessionTags":[{"key":"a,b"}]"#, "sessionTags"),
            (r#""sessionTags":[{"key":"a","value":"b\nc = d"}]"#, "sessionTags"),
            (r#""sessionTags":[{"key":""}]"#, "sessionTags"),
            (r#""sessionTags":[{"key":"a","transitive":"yes"}]"#, "sessionTags"),
            (r#""policyArns":["one\ntwo"]"#, "policyArns"),
            (r#""policyArns":[""]"#, "policyArns"),
            (r#""policyArns":"one""#, "policyArns"),
            (r#""policy":[]"#, "policy"),
            (r#""duration":"1h""#, "duration"),
            (r#""duration":-1"#, "duration"),
            (r#""enabled":"true""#, "enabled"),
            (r#""id":"0193f6a1-0000-7000-8000-000000000001""#, "id"),
            (r#""omitPolicy":true"#, "omitPolicy"),
            (r#""groups":["ops"]"#, ""),
        ] {
            assert_eq!(wrong(&format!(r#"{{"type":"assume_role",{extra}}}"#)), [field], "{extra}");
        }
        assert_eq!(wrong(r#"{"type":"Assume role"}"#), ["type"]);
        assert_eq!(wrong("{}"), ["type"]);
    }

    #[test]
    fn what_a_type_does_not_have_is_said() {
        for (kind, extra, ok) in [
            ("federated_user", r#""policy":"{}","omitPolicy":true,"duration":900"#, true),
            ("federated_user", r#""sessionTags":[{"key":"a"}]"#, true),
            ("federated_user", r#""sessionTags":[{"key":"a","transitive":true}]"#, false),
            ("federated_user", r#""roleArn":"r""#, false),
            ("iam_user", r#""roleArn":null,"through":[],"sourceIdentity":"off","policy":null,"duration":900"#, true),
            ("iam_user", r#""policy":"{}""#, false),
            ("iam_user", r#""policyArns":["p"]"#, false),
            ("iam_user", r#""sourceIdentity":"on""#, false),
            ("iam_user", r#""externalId":"e""#, false),
            ("provided", r#""duration":null,"consoleStart":"/s3/home""#, true),
            ("provided", r#""duration":900"#, false),
            ("provided", r#""through":[{"roleArn":"r"}]"#, false),
        ] {
            assert_eq!(wrong(&format!(r#"{{"type":"{kind}",{extra}}}"#)).is_empty(), ok, "{kind} {extra}");
        }
    }

    #[test]
    fn a_whole_one_says_whether_it_is_enabled_and_is_the_one_it_is_sent_to() {
        let id = "0193f6a1-0000-7000-8000-000000000001";
        let wrong = |text: &str| match whole(body(text), id, 3) {
            Err(PortalError::Invalid(errors)) => errors.iter().map(|(field, _)| field).collect(),
            read => {
                assert_eq!(read.unwrap().version, 3);
                Vec::new()
            }
        };
        let upper = id.to_uppercase();
        assert!(wrong(&format!(r#"{{"type":"iam_user","enabled":false,"id":"{upper}"}}"#)).is_empty());
        assert_eq!(wrong(r#"{"type":"iam_user"}"#), ["enabled"]);
        assert_eq!(wrong(r#"{"type":"iam_user","enabled":null}"#), ["enabled"]);
        assert_eq!(wrong(r#"{"type":"iam_user","enabled":1}"#), ["enabled"]);
        let other = id.replace('1', "2");
        assert_eq!(wrong(&format!(r#"{{"type":"iam_user","enabled":true,"id":"{other}"}}"#)), ["id"]);
    }
}
