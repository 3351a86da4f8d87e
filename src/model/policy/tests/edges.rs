//! Edges of what is kept and sent: lengths, ARNs of managed policies, what counts as a narrowing.

use super::*;

/// A policy that has exactly `length` characters after minifying, with an escape that a serializer would write shorter.
fn of_length(length: usize) -> String {
    let policy =
        |fill: &str| with(&format!(r#""Effect":"Allow","Action":"s3:\u0047et*","Resource":"*","Sid":"{fill}""#));
    policy(&"a".repeat(length - policy("").len()))
}

#[test]
fn a_kept_policy_is_sent_as_it_is_up_to_the_limit() {
    let whole = of_length(LONGEST);
    assert_eq!(Policy::from_row(&whole).unwrap().minified(), whole);
    // Written anew it fits, and so it was saved once.
    let longer = of_length(LONGEST + 5);
    assert_eq!(Policy::from_row(&longer).unwrap().minified().chars().count(), LONGEST);
    let too_long = of_length(LONGEST + 6);
    assert!(Policy::from_row(&too_long).unwrap_err().contains("after minifying"));
}

#[test]
fn either_policy_narrows_and_both_make_the_fingerprint() {
    let inline = || Some(Policy::parse(&with(WHOLE)).unwrap());
    let arns = || vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()];
    let all = [
        SessionPolicies::default(),
        SessionPolicies { inline: inline(), arns: Vec::new() },
        SessionPolicies { inline: None, arns: arns() },
        SessionPolicies { inline: inline(), arns: arns() },
    ];
    assert_eq!(all.each_ref().map(SessionPolicies::is_empty), [true, false, false, false]);
    let prints: std::collections::BTreeSet<String> = all.iter().map(SessionPolicies::fingerprint).collect();
    assert_eq!(prints.len(), all.len());
}

#[test]
fn arns_of_managed_policies_have_a_length_and_a_number() {
    let arn = |length: usize| {
        let head = "arn:aws:iam::123456789012:policy/";
        format!("{head}{}", "p".repeat(length - head.len()))
    };
    assert_eq!(parse_arns(&arn(2048), Partition::Aws).unwrap().len(), 1);
    assert!(parse_arns(&arn(2049), Partition::Aws).unwrap_err().contains("is no policy ARN"));
    let many = |count: usize| (0..count).map(|it| format!("arn:aws:iam::aws:policy/P{it}\n")).collect::<String>();
    assert_eq!(parse_arns(&many(MOST_ARNS), Partition::Aws).unwrap().len(), MOST_ARNS);
    assert!(parse_arns(&many(MOST_ARNS + 1), Partition::Aws).unwrap_err().contains("too many"));
    let twice = "arn:aws:iam::aws:policy/P\narn:aws:iam::aws:policy/P\n";
    assert_eq!(parse_arns(twice, Partition::Aws).unwrap().len(), 1);
}

#[test]
fn managed_policies_lie_in_the_account_or_are_awss_own() {
    let own = "arn:aws:iam::123456789012:policy/Own".to_owned();
    let awss = "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned();
    let both = vec![own, awss];
    assert_eq!(in_account(both.clone(), Some("123456789012")), Ok(both.clone()));
    assert_eq!(in_account(both.clone(), None), Ok(both.clone()));
    let wrong = in_account(both, Some("210987654321")).unwrap_err();
    assert!(wrong.contains("policy/Own” lies in account 123456789012"), "{wrong}");
}

#[test]
fn the_number_of_further_errors_is_said() {
    let sentence = |text: &str| Policy::parse(text).unwrap_err();
    assert!(!sentence(&changed("Allow", "Alow")).contains("more error"));
    assert!(sentence(&with(r#""Effect":"Alow","Action":7,"Resource":"*""#)).ends_with("There is one more error."));
    assert!(sentence(&with(r#""Effect":"Alow","Action":7,"Resource":7"#)).ends_with("There are 2 more errors."));
}

#[test]
fn each_character_that_sts_does_not_take_is_found_up_to_the_most() {
    let with_many = |count: usize| changed("s3:Get*", &format!("s3:Get*{}", "\u{2013}a".repeat(count)));
    let told = |count: usize| errors(&with_many(count)).iter().filter(|sentence| sentence.contains("U+2013")).count();
    assert_eq!((told(1), told(2)), (1, 2));
    assert_eq!((told(MOST_FINDINGS), told(MOST_FINDINGS + 1)), (MOST_FINDINGS, MOST_FINDINGS));
}

#[test]
fn a_condition_key_has_something_on_both_sides_of_its_colon() {
    let asked = |key: &str| with(&format!(r#"{WHOLE},"Condition":{{"StringEquals":{{"{key}":"x"}}}}"#));
    assert_eq!(errors(&asked("aws:username")), Vec::<String>::new());
    for wrong in [":username", "aws:", ":", "username", ""] {
        assert!(errors(&asked(wrong)).iter().any(|it| it.contains("is no condition key")), "{wrong}");
    }
}

#[test]
fn what_a_statement_lacks_is_marked_at_its_brace_and_what_is_too_much_where_it_stands() {
    let first = |text: &str| check(text, None).first_error().cloned().unwrap();
    let text = with(r#""Action":"s3:*","Resource":"*""#);
    let lacks = first(&text);
    let empty = first("{}");
    assert_eq!((empty.column, empty.length), (1, 1), "{empty}");
    assert_eq!((lacks.column, lacks.length), (text.rfind('{').unwrap() + 1, 1), "{lacks}");
    assert!(lacks.sentence.contains("needs an “Effect”"));
    for (one, other) in [("Action", "NotAction"), ("NotAction", "Action")] {
        let text = with(&format!(r#""Effect":"Deny","{one}":"s3:Get*","{other}":"s3:Put*","Resource":"*""#));
        let both = first(&text);
        assert!(both.sentence.contains("not both"), "{both}");
        assert_eq!(both.column, text.find(&format!("\"{other}\"")).unwrap() + 1, "{both}");
    }
}

#[test]
fn colons_of_variables_part_no_arn() {
    let resource = |text: &str| changed(r#""Resource":"*""#, &format!(r#""Resource":"{text}""#));
    assert_eq!(errors(&resource("arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:queue")), Vec::<String>::new());
    let short = errors(&resource("arn:aws:sqs:${aws:PrincipalAccount}:queue"));
    assert!(short.iter().any(|it| it.contains("six parts")), "{short:?}");
}
