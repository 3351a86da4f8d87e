//! Our reader of JSON against serde_json: the same texts, the same values.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::super::json::{DEEPEST, Node, Value, read};
use super::super::minify::minify;
use super::super::{LONGEST_TYPED, Policy, check};
use super::scraps;

/// What serde_json would have made of it; the last of two same names counts.
fn value(node: &Node, text: &str) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number => serde_json::from_str(&text[node.at.clone()]).unwrap(),
        Value::Text(value) => Json::String(value.clone()),
        Value::List(nodes) => nodes.iter().map(|node| value(node, text)).collect(),
        Value::Object(members) => {
            Json::Object(members.iter().map(|member| (member.name.clone(), value(&member.value, text))).collect())
        }
    }
}

fn same(text: &str) {
    match (read(text), serde_json::from_str::<Json>(text)) {
        (Ok(node), Ok(other)) => {
            assert_eq!(value(&node, text), other, "{text:?}");
            let small = minify(text);
            assert_eq!(serde_json::from_str::<Json>(&small).unwrap(), other, "{text:?}");
            assert_eq!(minify(&small), small, "{text:?}");
        }
        (Err(broken), Err(_)) => assert!(text.get(broken.at.clone()).is_some(), "{text:?}: {broken:?}"),
        (ours, theirs) => panic!("{text:?}: {ours:?}, {theirs:?}"),
    }
}

/// Texts on both sides of what JSON is.
const KNOWN: &[&str] = &[
    "",
    " ",
    "null",
    "nul",
    "nulll",
    "true",
    "True",
    "\"\"",
    "\"",
    "'a'",
    "{}",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "[]",
    "[,]",
    "[1,]",
    "[1 2]",
    "[1]]",
    "[[]",
    "1 ",
    "-",
    "-0",
    "01",
    "-01",
    "1.",
    ".5",
    "1e",
    "1e+",
    "1E-7",
    "1.0",
    "+1",
    "1e308",
    "1e309",
    "-1e309",
    "0e999999",
    "12345678901234567890123",
    "NaN",
    "Infinity",
    "\"\\u0041\"",
    "\"\\u004\"",
    "\"\\u+041\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ud83d\\n\"",
    "\"\\ud83dx\"",
    "\"\\x\"",
    "\"\\",
    "\"\\u",
    "\"\u{0}\"",
    "\"\u{1f}\"",
    "\"\u{7f}\u{80}\"",
    "\"a\nb\"",
    "\"a\tb\"",
    "\u{feff}{}",
    "\u{a0}1",
    "1\u{b}",
    "/* */1",
    "//\n1",
    "{\"a\":1,\"a\":2}",
    "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
    "[1}",
    "{]",
    "\u{0}",
    "é",
];

#[test]
fn known_texts() {
    for text in KNOWN {
        same(text);
    }
}

#[test]
fn depth_is_limited() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&deep(DEEPEST)).is_ok());
    let broken = read(&deep(DEEPEST + 1)).unwrap_err();
    assert_eq!((broken.at, broken.why.contains("too deep")), (DEEPEST..DEEPEST + 1, true));
    assert!(read(&"{\"a\":".repeat(100_000)).is_err());
}

#[test]
fn every_value_knows_its_place() {
    let text = " { \"é\" : [ 12 , \"a\\\"b\" ] } ";
    let root = read(text).unwrap();
    assert_eq!(&text[root.at.clone()], "{ \"é\" : [ 12 , \"a\\\"b\" ] }");
    let Value::Object(members) = &root.value else { panic!("{root:?}") };
    assert_eq!(&text[members[0].at.clone()], "\"é\"");
    let Value::List(nodes) = &members[0].value.value else { panic!("{root:?}") };
    assert_eq!([&text[nodes[0].at.clone()], &text[nodes[1].at.clone()]], ["12", "\"a\\\"b\""]);
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-1.0e9..1.0e9).prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_text(text in "\\PC{0,60}") { same(&text); }

    #[test]
    fn nearly_json(text in "[-+0-9.eEuUdD\\\\\"{}\\[\\],: \ntrfalsn]{0,20}") { same(&text); }

    #[test]
    fn pieces(text in scraps()) { same(&text); }

    #[test]
    fn what_serde_writes(json in any_json(), pretty in any::<bool>()) {
        same(&if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap());
    }

    #[test]
    fn json_with_one_change(json in any_json(), at in any::<prop::sample::Index>(), with in "\\PC") {
        let mut characters: Vec<char> = json.to_string().chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..=at, with.chars());
        same(&characters.into_iter().collect::<String>());
    }
}

/// A text that is mostly white space is kept up to a limit, and nothing beyond it is looked at.
#[test]
fn a_text_is_kept_up_to_a_limit() {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let of = |length: usize| format!("{policy}{}", " ".repeat(length - policy.len()));
    assert!(Policy::parse(&of(LONGEST_TYPED)).is_ok());
    let checked = check(&of(LONGEST_TYPED + 1), None);
    assert_eq!((checked.errors, checked.findings.len()), (1, 1));
    assert!(Policy::parse(&of(LONGEST_TYPED + 1)).unwrap_err().contains("is not kept"));
}

#[test]
fn what_is_no_json_is_named_and_marked_where_it_stands() {
    let broken = |text: &str| read(text).unwrap_err();
    for space in ["\u{a0}1", "\u{feff}{}", "\u{2003}1"] {
        assert!(broken(space).why.contains("a space stands here"), "{space:?}");
    }
    for other in ["é", "\u{b}1", "$"] {
        assert!(!broken(other).why.contains("a space stands here"), "{other:?}");
    }
    assert_eq!(broken("[1,]").at, 2..3);
    assert_eq!(broken("{\"a\":1,}").at, 6..7);
    assert_eq!(broken(" \"never").at, 1..2);
    for (text, why) in
        [("\"a\nb\"", "ends on its own line"), ("\"a\rb\"", "ends on its own line"), ("\"a\tb\"", "no control")]
    {
        assert!(broken(text).why.contains(why), "{text:?}: {}", broken(text).why);
    }
}
