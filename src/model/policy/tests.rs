//! The rules of session policies, each on both sides of its limit.

mod corpus;
mod edges;
mod reader;

use proptest::prelude::*;

use super::*;

/// A policy of one statement with these parts.
fn with(parts: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{parts}}}]}}"#)
}

const WHOLE: &str = r#""Effect":"Allow","Action":"s3:Get*","Resource":"*""#;

/// `WHOLE` with one text in place of another.
fn changed(old: &str, new: &str) -> String {
    assert!(WHOLE.contains(old), "{old}");
    with(&WHOLE.replace(old, new))
}

fn of(text: &str, severity: Severity) -> Vec<String> {
    let checked = check(text, Some(Partition::Aws));
    checked.findings.iter().filter(|f| f.severity == severity).map(ToString::to_string).collect()
}

fn errors(text: &str) -> Vec<String> {
    of(text, Severity::Error)
}

fn warnings(text: &str) -> Vec<String> {
    assert_eq!(errors(text), Vec::<String>::new(), "{text}");
    of(text, Severity::Warning)
}

/// `text` has exactly one error, which says `part`.
fn refused(text: &str, part: &str) {
    let errors = errors(text);
    assert!(errors.len() == 1 && errors[0].contains(part), "{text}\n{errors:?}\n{part}");
    assert!(Policy::parse(text).unwrap_err().contains(part), "{text}");
}

/// `text` has exactly one warning, which says `part`, and can be saved.
fn odd(text: &str, part: &str) {
    let warnings = warnings(text);
    assert!(warnings.len() == 1 && warnings[0].contains(part), "{text}\n{warnings:?}\n{part}");
    assert_eq!(Policy::parse(text).map(|policy| policy.text().to_owned()), Ok(text.to_owned()));
}

fn fine(text: &str) {
    assert_eq!(warnings(text), Vec::<String>::new(), "{text}");
    assert!(Policy::parse(text).is_ok(), "{text}");
}

fn of_length(length: usize) -> String {
    let frame = with(&format!("\"Sid\":\"\",{WHOLE}"));
    frame.replace(r#""Sid":"""#, &format!(r#""Sid":"{}""#, "x".repeat(length - frame.len())))
}

#[test]
fn length_is_counted_after_minifying() {
    assert_eq!(Policy::parse(&of_length(LONGEST)).map(|p| p.minified().len()), Ok(LONGEST));
    refused(&of_length(LONGEST + 1), "2049 characters after minifying; STS takes at most 2048");
    let spaced = format!("{}{}", " \r\n\t".repeat(500), of_length(LONGEST));
    assert_eq!(Policy::parse(&spaced).map(|p| (p.text().len(), p.minified().len())), Ok((LONGEST + 2000, LONGEST)));
    assert_eq!(check(&spaced, None).size, LONGEST);
    assert_eq!(check(&of_length(LONGEST + 7), None).findings[0].column, LONGEST + 1);
}

#[test]
fn what_is_typed_is_kept_and_sent_without_space_alone() {
    let text = "{ \"Statement\" : [ { \"Resource\":\"*\", \"Condition\" : { \"NumericEquals\" : { \"a:b\" : 1.0 } },\n \
                \"Action\": \"s3:*\", \"Sid\": \"\\u0041\",\"Effect\":\"Allow\" } ], \"Version\":\"2012-10-17\" }";
    let policy = Policy::parse(text).unwrap();
    assert_eq!(policy.text(), text);
    let sent = "{\"Statement\":[{\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"a:b\":1.0}},\
                \"Action\":\"s3:*\",\"Sid\":\"\\u0041\",\"Effect\":\"Allow\"}],\"Version\":\"2012-10-17\"}";
    assert_eq!(policy.minified(), sent);
}

#[test]
fn characters_that_sts_refuses_are_named() {
    let among =
        |c: &str| changed("\"s3:Get*\"", &format!("\"s3:Get*\",\"Condition\":{{\"Null\":{{\"a:{c}\":\"true\"}}}}"));
    for good in ["ä", "\u{ff}", "\u{a0}", "\u{7f}", "\\u2013"] {
        fine(&among(good));
    }
    refused(&among("\u{100}"), "STS does not take the character “\u{100}” (U+0100)");
    refused(&among("a\u{2013}\u{2014}b"), "(U+2013)");
    assert_eq!(errors(&among("\u{2013}x\u{2014}")).len(), 2);
    let at = check(&among("\u{2013}\u{2014}"), None).findings[0].clone();
    assert_eq!((at.line, at.length), (1, 2));
}

#[test]
fn what_is_no_policy_is_refused() {
    for (wrong, part) in [
        ("", "This is not valid JSON: it ends here"),
        ("null", "A policy is a JSON object"),
        ("[]", "A policy is a JSON object"),
        ("{}", "needs a “Statement”"),
        ("{\"Statement\":[]}", "has no statement"),
        ("{\"Statement\":1}", "“Statement” is a list"),
        ("{\"Statement\":[1]}", "A statement is an object"),
        ("{\"Statement\":[{}]", "a comma or “}” is missing"),
        ("{\n  \"Statement\": [,]\n}", "Line 2, column 17: This is not valid JSON: a value is expected here"),
        ("{“Statement”: 1}", "““” (U+201C) is typographic"),
    ] {
        let error = Policy::parse(wrong).unwrap_err();
        assert!(error.contains(part), "{wrong}: {error}");
    }
}

#[test]
fn the_parts_of_a_policy() {
    fine(&with(WHOLE));
    fine(&format!("{{\"Statement\":{{{WHOLE}}}}}"));
    fine(&format!("{{\"Version\":\"2008-10-17\",\"Id\":\"any text\",\"Statement\":[{{{WHOLE}}}]}}"));
    let of = |part: &str| format!("{{{part},\"Statement\":[{{{WHOLE}}}]}}");
    refused(&of("\"Version\":\"2012-10-18\""), "is “2012-10-17”");
    refused(&of("\"Version\":2012"), "is “2012-10-17”");
    refused(&of("\"Id\":1"), "Id of a policy is a text");
    refused(&of("\"version\":\"2012-10-17\""), "“version” is no part of a policy; did you mean “Version”?");
    refused(&of("\"Comment\":\"\""), "“Comment” is no part of a policy. A policy has Version");
    refused(&of("\"Id\":\"a\",\"Id\":\"a\""), "“Id” stands here a second time");
}

#[test]
fn the_parts_of_a_statement() {
    for (old, new, part) in [
        ("\"Resource\"", "\"Resouce\"", "“Resouce” is no part of a statement; did you mean “Resource”?"),
        ("\"Effect\"", "\"Comment\":1,\"Effect\"", "“Comment” is no part of a statement. A statement has Sid"),
        ("\"Effect\"", "\"Principal\":\"*\",\"Effect\"", "A session policy has no “Principal”"),
        ("\"Effect\"", "\"NotPrincipal\":\"*\",\"Effect\"", "A session policy has no “NotPrincipal”"),
        ("\"Effect\":\"Allow\",", "", "needs an “Effect”"),
        ("\"Allow\"", "\"allow\"", "“allow” is no effect; write “Allow”"),
        ("\"Allow\"", "\"Perhaps\"", "it is “Allow” or “Deny”"),
        ("\"Allow\"", "true", "The effect is “Allow” or “Deny”"),
        ("\"Action\":\"s3:Get*\",", "", "needs “Action” or “NotAction”"),
        (",\"Resource\":\"*\"", "", "needs “Resource” or “NotResource”"),
        ("\"Action\"", "\"NotAction\":\"s3:*\",\"Action\"", "“Action” or “NotAction”, not both"),
        ("\"Resource\"", "\"NotResource\":\"*\",\"Resource\"", "“Resource” or “NotResource”, not both"),
        ("\"s3:Get*\"", "[]", "AWS wants at least one action"),
        ("\"*\"", "[]", "AWS wants at least one resource"),
        ("\"s3:Get*\"", "[\"s3:Get*\",1]", "“Action” is a text or a list of texts"),
        ("\"s3:Get*\"", "{}", "“Action” is a text or a list of texts"),
        ("\"*\"", "null", "“Resource” is a text or a list of texts"),
        ("\"s3:Get*\"", "\"GetObject\"", "it begins with its service"),
        ("\"*\"", "[\"*\",\"bucket\"]", "“bucket” is no resource"),
        ("\"Effect\"", "\"Effect\":\"Allow\",\"Effect\"", "“Effect” stands here a second time"),
        ("\"Effect\"", "\"Sid\":\"not-plain\",\"Effect\"", "letters A–Z and digits"),
        ("\"Effect\"", "\"Sid\":1,\"Effect\"", "A Sid is a text"),
        ("\"Effect\"", "\"Condition\":[],\"Effect\"", "A condition is an object"),
    ] {
        refused(&changed(old, new), part);
    }
    for (old, new) in [
        ("\"Action\"", "\"NotAction\""),
        ("\"Resource\"", "\"NotResource\""),
        ("\"s3:Get*\"", "[\"s3:Get*\",\"ec2:*\"]"),
        ("\"Effect\"", "\"Sid\":\"Sid09Az\",\"Effect\""),
        ("\"Effect\"", "\"Sid\":\"\",\"Effect\""),
        ("\"*\"", "\"arn:aws:s3:::{{user.name}}/*\""),
        ("\"*\"", "\"{{user.name}}\""),
    ] {
        fine(&changed(old, new));
    }
    odd(&changed("\"*\"", "\"arn:aws-cn:s3:::x\""), "lies in partition aws-cn, the connector in aws");
}

#[test]
fn a_sid_is_used_once() {
    let two = |a: &str, b: &str| with(&format!("\"Sid\":\"{a}\",{WHOLE}}},{{\"Sid\":\"{b}\",{WHOLE}"));
    fine(&two("A", "a"));
    fine(&two("", ""));
    refused(&two("A", "A"), "The Sid “A” stands in a statement before");
}

#[test]
fn conditions() {
    let of = |condition: &str| with(&format!("{WHOLE},\"Condition\":{condition}"));
    let value = |operator: &str, value: &str| of(&format!("{{\"{operator}\":{{\"aws:x\":{value}}}}}"));
    for (operator, good) in [
        ("StringEquals", "\"\""),
        ("StringNotEqualsIgnoreCaseIfExists", "[\"a\",\"b\"]"),
        ("ForAllValues:StringLike", "[\"a*\",1,true]"),
        ("ForAnyValue:StringNotLikeIfExists", "\"a\""),
        ("NumericLessThanEquals", "\"10\""),
        ("NumericLessThanEquals", "10.5"),
        ("DateGreaterThan", "\"2026-11-21T00:00:00Z\""),
        ("Bool", "true"),
        ("BoolIfExists", "\"false\""),
        ("BinaryEquals", "\"QmFzZTY0\""),
        ("IpAddress", "[\"203.0.113.0/24\",\"2001:db8::/32\"]"),
        ("NotIpAddress", "\"${aws:SourceIp}\""),
        ("ArnLike", "\"arn:aws:iam::*:role/x\""),
        ("ArnNotEquals", "\"{{user.name}}\""),
        ("Null", "\"true\""),
    ] {
        fine(&value(operator, good));
    }
    for (operator, wrong, part) in [
        ("StringEqual", "\"a\"", "“StringEqual” is no condition operator; did you mean “StringEquals”?"),
        ("Equals", "\"a\"", "“Equals” is no condition operator"),
        ("stringequals", "\"a\"", "did you mean “StringEquals”?"),
        ("IPAddressIfExists", "\"10.0.0.1\"", "did you mean “IpAddress”?"),
        ("DateLessThan", "\"tomorrow\"", "compares with a time"),
        ("ForSomeValues:StringLike", "\"a\"", "is no condition operator"),
        ("NullIfExists", "\"true\"", "takes no “IfExists”"),
        ("StringEquals", "null", "A condition compares with"),
        ("StringEquals", "{}", "A condition compares with"),
        ("StringEquals", "[[\"a\"]]", "A condition compares with"),
        ("StringEquals", "\"a\",\"aws:x\":\"b\"", "“aws:x” stands here a second time"),
    ] {
        refused(&value(operator, wrong), part);
    }
    refused(&of("{\"StringEquals\":\"a\"}"), "An operator holds an object");
    refused(&of("{\"StringEquals\":{\"region\":\"a\"}}"), "“region” is no condition key");
    refused(&of("{\"Bool\":{\"a:b\":true},\"Bool\":{\"a:c\":true}}"), "“Bool” stands here a second time");
    for (operator, never, part) in [
        ("NumericEquals", "\"ten\"", "compares with a number; “ten” never matches"),
        ("Bool", "\"yes\"", "compares with true or false"),
        ("IpAddress", "\"10.0.0.0/33\"", "compares with an address"),
        ("StringEquals", "[]", "The list is empty"),
    ] {
        odd(&value(operator, never), part);
    }
    odd(&of("{}"), "This condition is empty");
    odd(&of("{\"StringEquals\":{}}"), "has no condition key");
}

#[test]
fn a_policy_that_comes_to_nothing_or_to_everything() {
    let allow =
        |action: &str, resource: &str| format!("\"Effect\":\"Allow\",\"Action\":{action},\"Resource\":{resource}");
    let everything = allow("[\"s3:*\",\"*\"]", "\"*\"");
    odd(&with(&everything), "narrows nothing");
    odd(&with(&allow("\"*:*\"", "[\"*\"]")), "narrows nothing");
    fine(&with(&format!("{everything},\"Condition\":{{\"Bool\":{{\"aws:MultiFactorAuthPresent\":true}}}}")));
    fine(&with(&allow("\"*\"", "\"arn:aws:s3:::x\"")));
    fine(&with(&format!("{everything}}},{{{}", allow("\"iam:*\"", "\"*\"").replace("Allow", "Deny"))));

    let deny = |action: &str, resource: &str| allow(action, resource).replace("Allow", "Deny");
    odd(&with(&deny("\"s3:*\"", "\"*\"")), "The policy only denies");
    let both = |a: &str, d: &str| with(&format!("{a}}},{{{d}"));
    let narrow = allow("[\"s3:Get*\",\"S3:ListBucket\"]", "\"arn:aws:s3:::x/*\"");
    for covering in [
        deny("\"s3:*\"", "\"*\""),
        deny("[\"s3:get*\",\"s3:List*\"]", "[\"arn:aws:s3:::y\",\"arn:aws:s3:::x*\"]"),
        deny("\"*:*\"", "\"*\""),
    ] {
        odd(&both(&narrow, &covering), "This allows nothing: a “Deny”");
        odd(&both(&covering, &narrow), "This allows nothing: a “Deny”");
        let conditional = format!("{covering},\"Condition\":{{\"Bool\":{{\"a:b\":true}}}}");
        fine(&both(&narrow, &conditional));
    }
    odd(&both(&narrow.replace("\"Action\"", "\"NotAction\""), &deny("\"*\"", "\"*\"")), "This allows nothing");
    for other in [
        deny("\"s3:Get*\"", "\"*\""),
        deny("\"s3:*\"", "\"arn:aws:s3:::x/y\""),
        deny("\"s3:*\"", "\"*\"").replace("\"Action\"", "\"NotAction\""),
        deny("\"s3:*\"", "\"*\"").replace("\"Resource\"", "\"NotResource\""),
    ] {
        fine(&both(&narrow, &other));
    }
}

#[test]
fn variables_need_the_newer_language() {
    let text = changed("\"*\"", "\"arn:aws:s3:::home/${aws:username}/*\"");
    fine(&text);
    odd(&text.replace("2012", "2008"), "In version 2008-10-17 AWS takes “${aws:username}”");
    odd(&text.replace("\"Version\":\"2012-10-17\",", ""), "Without a “Version” AWS takes “${aws:username}”");
}

#[test]
fn everything_is_found_at_once_in_order_and_at_most_twenty() {
    let text = "{\n  \"Version\": \"2012\",\n  \"Statement\": [\n    { \"Effect\": \"allow\",\n      \"Acton\": \"s3:Get\",\n      \
                \"Resource\": \"x\" }\n  ]\n}";
    let places: Vec<(usize, usize, usize)> =
        check(text, None).findings.iter().map(|f| (f.line, f.column, f.length)).collect();
    assert_eq!(places, [(2, 14, 6), (4, 17, 7), (5, 7, 7), (6, 19, 3)]);
    assert!(Policy::parse(text).unwrap_err().ends_with(" There are 3 more errors."));

    let many = |count: usize| changed("\"s3:Get*\"", &format!("[{}]", vec!["\"x\""; count].join(",")));
    assert_eq!(errors(&many(20)).len(), 20);
    assert_eq!(errors(&many(21)).len(), 20);
    assert_eq!(check(&many(21), None).errors, 21);
    let late = with(&format!(
        "{WHOLE},\"Condition\":{{\"Bool\":{{\"a:b\":[{}]}},\"None\":{{}}}}",
        vec!["\"x\""; 30].join(",")
    ));
    assert_eq!((errors(&late).len(), of(&late, Severity::Warning).len()), (1, 19), "a warning hides no error");
    assert!(Policy::parse(&late).is_err());
}

#[test]
fn a_row_of_laxer_times_stays_as_it_is() {
    for lax in ["{\"Statement\":[{\"Sid\":\"\"}]}", "[]", "{\"a\":1,\"a\":2}", &changed("Allow", "allow")] {
        assert!(Policy::parse(lax).is_err(), "{lax}");
        assert_eq!(Policy::from_row(lax).map(|policy| policy.minified().to_owned()), Ok(lax.to_owned()));
    }
    let escaped = of_length(LONGEST).replace('x', "\\u0078");
    assert!(Policy::parse(&escaped).is_err());
    assert_eq!(Policy::from_row(&escaped).map(|policy| policy.minified().to_owned()), Ok(of_length(LONGEST)));
    for (damaged, part) in [
        ("{".to_owned(), "the policy is no JSON"),
        (of_length(LONGEST + 1), "2049 characters"),
        ("{\"a\":\"\u{2013}\"}".to_owned(), "U+2013"),
    ] {
        assert!(Policy::from_row(&damaged).unwrap_err().contains(part), "{damaged}");
    }
}

#[test]
fn arns() {
    let arn = |n: usize| format!("arn:aws:iam::123456789012:policy/P{n}");
    let many = |n: usize| (0..n).map(arn).collect::<Vec<_>>().join("\n");
    assert_eq!(parse_arns(&many(10), Partition::Aws).map(|a| a.len()), Ok(10));
    assert!(parse_arns(&many(11), Partition::Aws).is_err());
    assert_eq!(parse_arns("\n arn:aws:iam::aws:policy/ReadOnlyAccess \n", Partition::Aws).map(|a| a.len()), Ok(1));
    assert!(parse_arns(&arn(1), Partition::AwsCn).unwrap_err().contains("aws-cn"));
    for wrong in
        ["arn:aws:iam::aws:role/X", "ReadOnlyAccess", "arn:aws:iam::12345:policy/X", "arn:aws:iam::aws:policy/"]
    {
        assert!(parse_arns(wrong, Partition::Aws).is_err(), "{wrong}");
    }
}

/// Findings lie inside of the text, in order.
pub(super) fn places_are_inside(text: &str, checked: &Checked) {
    let lines: Vec<&str> =
        text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r')).collect();
    let mut last = (0, 0);
    for finding in &checked.findings {
        let line = lines.get(finding.line - 1).unwrap_or_else(|| panic!("{text:?}: {finding}"));
        assert!(finding.column >= 1 && finding.column <= line.chars().count() + 1, "{text:?}: {finding}");
        assert!((finding.line, finding.column) >= last, "{text:?}: {finding}");
        last = (finding.line, finding.column);
    }
    assert!(checked.findings.len() <= MOST_FINDINGS);
    assert_eq!(checked.first_error().is_some(), checked.errors > 0, "{text:?}");
}

/// Pieces of policies, so that what is put together of them comes near one.
pub(super) fn scraps() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\n",
        "\r\n",
        " ",
        "\"Statement\":",
        "\"Version\":",
        "\"2012-10-17\"",
        "\"Effect\":",
        "\"Allow\"",
        "\"Deny\"",
        "\"Action\":",
        "\"Resource\":",
        "\"*\"",
        "\"s3:*\"",
        "\"Condition\":",
        "-1.5e3",
        "\"StringEquals\":",
        "true",
        "null",
        "0",
        "é",
        "–",
        "\"arn:aws:s3:::${aws:username}\"",
        "\\ud800",
        "{{",
        "}}",
    ]);
    prop::collection::vec(words, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn no_text_panics(text in prop_oneof!["\\PC{0,200}", scraps()]) {
        let checked = check(&text, Some(Partition::Aws));
        places_are_inside(&text, &checked);
        prop_assert_eq!(Policy::parse(&text).is_ok(), checked.errors == 0);
        if let Ok(policy) = Policy::parse(&text) {
            prop_assert!(Policy::from_row(&text).is_ok());
            prop_assert_eq!(check(policy.minified(), None).size, checked.size);
        }
        let _ = parse_arns(&text, Partition::Aws);
    }
}
