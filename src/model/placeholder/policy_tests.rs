use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::identity::{Attribute, Attributes};
use crate::model::policy::Policy;

fn resource(resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resource}]})
        .to_string()
}

fn filled(resource_text: &str, name: &str) -> Result<String, Unfilled> {
    let attributes = Attributes::from([("home".to_owned(), Attribute::Value(name.to_owned()))]);
    let values = Values { name, mail: "", display_name: name, attributes: &attributes };
    let policy = fill(&resource(resource_text), &values)?;
    let value: Value = serde_json::from_str(&policy).unwrap();
    Ok(value["Statement"][0]["Resource"].as_str().unwrap().to_owned())
}

/// What AWS reads: `${*}`, `${?}` and `${$}` as the character itself.
fn unescape(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("${") {
        plain.push_str(&rest[..at]);
        let character = rest[at + 2..].chars().next().unwrap();
        assert!("*?$".contains(character) && rest[at + 3..].starts_with('}'), "{text}");
        plain.push(character);
        rest = &rest[at + 4..];
    }
    assert!(!rest.contains(['*', '?', '$']), "{text}");
    plain + rest
}

#[test]
fn a_value_is_put_where_its_placeholder_stood() {
    assert_eq!(filled("arn:aws:s3:::home/{{user.name}}/*", "alice").as_deref(), Ok("arn:aws:s3:::home/alice/*"));
    assert_eq!(filled("arn:aws:s3:::{{user.name}}-{{ user.name }}", "a").as_deref(), Ok("arn:aws:s3:::a-a"));
    assert_eq!(filled("arn:aws:s3:::home", "alice").as_deref(), Ok("arn:aws:s3:::home"));
    let escaped = filled("arn:aws:s3:::home/{{user.name}}", "a*b?c$d{e}");
    assert_eq!(escaped.as_deref(), Ok("arn:aws:s3:::home/a${*}b${?}c${$}d{e}"));
    let again = filled("arn:aws:s3:::home/{{user.name}}", "{{user.mail}}");
    assert_eq!(again.as_deref(), Ok("arn:aws:s3:::home/{{user.mail}}"), "a value is not read again");
}

#[test]
fn parting_characters_need_leave() {
    for character in PARTING {
        let name = format!("a{character}b");
        let cause = Cause::Character(character);
        let refused = Unfilled::Value { placeholder: "{{user.attribute.home}}".to_owned(), cause };
        assert_eq!(filled("arn:aws:s3:::x/{{user.attribute.home}}", &name), Err(refused.clone()));
        let other = PARTING.iter().find(|other| **other != character).unwrap();
        assert_eq!(filled(&format!("arn:aws:s3:::x/{{{{user.attribute.home | allow {other}}}}}"), &name), Err(refused));
        let allowed = filled(&format!("arn:aws:s3:::x/{{{{user.attribute.home | allow {character}}}}}"), &name);
        assert_eq!(allowed, Ok(format!("arn:aws:s3:::x/{name}")));
    }
}

#[test]
fn a_variable_of_awss_that_somebody_is_named_after_stays_text() {
    let variable = filled("arn:aws:s3:::x/{{user.name | allow :}}", "${aws:username}").unwrap();
    assert_eq!(variable, "arn:aws:s3:::x/${$}{aws:username}");
}

#[test]
fn characters_that_sts_does_not_take_are_refused() {
    for (name, fits) in
        [("\u{FF}", true), ("\u{100}", false), ("\u{7f}", false), ("a\nb", false), ("\u{85}", false), (" ", true)]
    {
        assert_eq!(filled("arn:aws:s3:::x/{{user.name}}", name).is_ok(), fits, "{name:?}");
    }
}

#[test]
fn empty_and_missing_give_nothing() {
    let missing = |placeholder: &str| Unfilled::Value { placeholder: placeholder.to_owned(), cause: Cause::Missing };
    assert_eq!(filled("arn:aws:s3:::x/{{user.name}}*", ""), Err(missing("{{user.name}}")));
    assert_eq!(filled("arn:aws:s3:::x/{{user.mail}}*", "a"), Err(missing("{{user.mail}}")));
    assert_eq!(filled("arn:aws:s3:::x/{{user.attribute.team}}*", "a"), Err(missing("{{user.attribute.team}}")));
}

#[test]
fn placeholders_stand_where_aws_reads_variables_and_nowhere_else() {
    let statement = |statement: Value| json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let condition = |operator: &str| {
        statement(
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"s3:prefix": ["x", "{{user.name}}/*"]}}}),
        )
    };
    let right = [
        resource("arn:aws:s3:::home/{{user.name}}"),
        statement(json!({"Effect": "Deny", "Action": "*", "NotResource": ["*", "arn:aws:s3:::{{user.name}}"]})),
        condition("StringLike"),
        condition("ForAnyValue:StringEqualsIfExists"),
        condition("ArnLike"),
        condition("stringequals"),
        resource("arn:aws:s3:::${aws:username}/{{user.name}}"),
    ];
    for policy in right {
        assert_eq!(check(&policy).map(|found| found.len()), Ok(1), "{policy}");
    }
    let wrong = [
        resource("{{user.name}}"),
        resource("arn:aws:iam::{{user.attribute.account}}:role/x"),
        resource("x:x:x:x:x:{{user.name}}"),
        resource("arn:aws:s3:::${aws:PrincipalTag/{{user.name}}}"),
        resource("arn:aws:s3:::a${{user.name}}"),
        resource("arn:aws:s3:::{{user.nothing}}"),
        resource("arn:aws:s3:::{{user.name"),
        statement(json!({"Effect": "Allow", "Action": "{{user.name}}", "Resource": "*"})),
        statement(json!({"Effect": "Allow", "Action": ["s3:*", "s3:{{user.name}}"], "Resource": "*"})),
        statement(json!({"Effect": "Allow", "NotAction": "{{user.name}}", "Resource": "*"})),
        statement(json!({"Effect": "{{user.name}}", "Action": "*", "Resource": "*"})),
        statement(json!({"Sid": "{{user.name}}", "Effect": "Allow", "Action": "*", "Resource": "*"})),
        statement(json!({"Effect": "Allow", "{{user.name}}": "*", "Resource": "*"})),
        statement(json!({"Effect": "Allow", "Action": "*", "Resource": {"{{user.name}}": 1}})),
        statement(
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:{{user.name}}": "x"}}}),
        ),
        statement(
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"{{user.name}}": {"aws:x": "x"}}}),
        ),
        condition("IpAddress"),
        condition("NumericLessThan"),
        condition("Bool"),
        statement(json!("{{user.name}}")),
        json!({"Version": "2012-10-17", "Id": "{{user.name}}", "Statement": []}).to_string(),
        json!({"Version": "{{user.name}}", "Statement": []}).to_string(),
        json!({"{{user.name}}": "2012-10-17", "Statement": []}).to_string(),
    ];
    for policy in wrong {
        assert!(check(&policy).is_err(), "{policy}");
        let values = Values { name: "a", mail: "a", display_name: "a", attributes: &Attributes::new() };
        assert!(matches!(fill(&policy, &values), Err(Unfilled::Rule(_))), "{policy}");
    }
}

#[test]
fn a_placeholder_in_escapes_is_one() {
    let escaped = resource("arn:aws:s3:::{{user.name}}").replace("{{", "{\\u007b");
    assert_eq!(check(&escaped).map(|found| found.len()), Ok(1));
}

#[test]
fn the_version_that_knows_variables_is_needed() {
    let with = |version: Value| {
        let mut policy =
            json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::{{user.name}}"}});
        if !version.is_null() {
            policy["Version"] = version;
        }
        check(&policy.to_string())
    };
    assert!(with(json!("2012-10-17")).is_ok());
    for version in [json!("2008-10-17"), json!(2012), Value::Null] {
        assert!(with(version).unwrap_err().contains(VERSION));
    }
    assert_eq!(check(r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#), Ok(Vec::new()));
}

/// A policy in which every kind of place has a placeholder, and texts that have none.
fn rich() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Own", "Effect": "Allow", "Action": ["s3:Get*", "s3:Put*"],
         "Resource": ["arn:aws:s3:::home/{{user.name | allow / : ,}}/*", "arn:aws:s3:::shared/*"],
         "Condition": {"StringEquals": {"aws:PrincipalTag/x": ["{{user.name | allow / : ,}}", "${aws:username}"]}, "Bool": {"aws:SecureTransport": "true"}}},
        {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    ]})
}

/// Compares a filled-in policy with what it was made of, string by string.
fn same(before: &Value, after: &Value, name: &str) -> Result<(), TestCaseError> {
    match (before, after) {
        (Value::String(before), Value::String(after)) => match before.split_once("{{user.name | allow / : ,}}") {
            None => prop_assert_eq!(before, after),
            Some((head, tail)) => {
                let inner = after.strip_prefix(head).and_then(|rest| rest.strip_suffix(tail));
                prop_assert_eq!(inner.map(unescape), Some(name.to_owned()));
            }
        },
        (Value::Array(before), Value::Array(after)) => {
            prop_assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(after) {
                same(before, after, name)?;
            }
        }
        (Value::Object(before), Value::Object(after)) => {
            prop_assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
            for (key, before) in before {
                same(before, &after[key], name)?;
            }
        }
        _ => prop_assert_eq!(before, after),
    }
    Ok(())
}

proptest! {
    #[test]
    fn whatever_somebody_is_called_the_statements_stay(
        pieces in proptest::collection::vec(prop_oneof![
            Just("\"}],\"Effect\":\"Allow\"".to_owned()), Just("${aws:username}".to_owned()), Just("{{user.mail}}".to_owned()),
            Just("\\".to_owned()), Just("\"".to_owned()), Just("}}".to_owned()), Just("${*}".to_owned()), Just("$".to_owned()),
            Just("{".to_owned()), Just("*".to_owned()), Just("\u{202e}".to_owned()), "[ -~]{0,8}", "[\u{a0}-\u{ff}]{0,4}", "\\PC{0,3}", "[\\x00-\\x1f]{0,1}",
        ], 0..6)
    ) {
        let name = pieces.concat();
        let before = rich();
        let attributes = Attributes::new();
        let values = Values { name: &name, mail: "m", display_name: "d", attributes: &attributes };
        let fits = !name.is_empty() && name.chars().all(|c| !c.is_control() && c <= '\u{ff}');
        let after = fill(&before.to_string(), &values);
        prop_assert_eq!(after.is_ok(), fits, "{:?}", name);
        if let Ok(after) = after {
            same(&before, &serde_json::from_str(&after).unwrap(), &name)?;
            if after.chars().count() <= crate::model::policy::LONGEST {
                prop_assert_eq!(Policy::parse(&after).map(|policy| policy.minified().to_owned()), Ok(after));
            }
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,120}", place in "[a-z:{}$.]{0,40}") {
        let values = Values { name: &text, mail: &text, display_name: &text, attributes: &Attributes::new() };
        let _ = check(&text);
        let _ = fill(&text, &values);
        let _ = fill(&resource(&place), &values);
    }
}

#[test]
fn a_brace_alone_opens_no_variable() {
    assert_eq!(filled("arn:aws:s3:::home/{x-{{user.name}}", "alice").as_deref(), Ok("arn:aws:s3:::home/{x-alice"));
}

#[test]
fn room_counts_what_both_escapes_add() {
    assert_eq!(["", "ab", "a*", "\"", "ä", "$?"].map(room), [0, 2, 5, 2, 1, 8]);
}

#[test]
fn a_character_that_may_not_stand_there_is_shown_as_far_as_it_can_be() {
    let refused = |name: &str| filled("arn:aws:s3:::home/{{user.name}}", name).unwrap_err().to_string();
    assert!(refused("a,b").contains("“,” (U+002C)"), "{}", refused("a,b"));
    assert!(refused("a\nb").contains("“\u{FFFD}” (U+000A)"), "{}", refused("a\nb"));
}
