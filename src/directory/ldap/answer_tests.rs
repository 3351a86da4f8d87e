use proptest::prelude::*;

use super::*;

fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => bytes.push(length),
        _ => {
            bytes.push(0x84);
            bytes.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

fn of(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    value(tag, &parts.concat())
}

fn message(id: u8, operation: Vec<u8>) -> Vec<u8> {
    of(SEQUENCE, &[value(INTEGER, &[id]), operation])
}

fn string(text: &str) -> Vec<u8> {
    value(OCTET_STRING, text.as_bytes())
}

fn result(tag: u8, code: u8) -> Vec<u8> {
    of(tag, &[value(ENUMERATED, &[code]), string(""), string("text")])
}

fn attribute(name: &str, values: &[&str]) -> Vec<u8> {
    let values: Vec<_> = values.iter().map(|value| string(value)).collect();
    of(SEQUENCE, &[string(name), of(SET, &values)])
}

fn entry(attributes: &[Vec<u8>]) -> Vec<u8> {
    of(SEARCH_ENTRY, &[string("uid=alice,dc=test"), of(SEQUENCE, attributes)])
}

fn asked(operation: u8) -> Question {
    Question::of(&message(7, value(operation, &[]))).unwrap().unwrap()
}

#[test]
fn answers_to_the_open_question_pass() {
    let alice = message(7, entry(&[attribute("uid", &["alice"]), attribute("cn", &[])]));
    let mut search = asked(SEARCH_REQUEST);
    assert_eq!(search.judge(&alice), Ok(Verdict::Pass));
    assert_eq!(search.judge(&message(7, of(SEARCH_REFERENCE, &[string("ldap://x")]))), Ok(Verdict::Drop));
    let paging = of(SEQUENCE, &[string("1.2.840.113556.1.4.319"), value(BOOLEAN, &[255]), string("cookie")]);
    let done = of(SEQUENCE, &[value(INTEGER, &[7]), result(SEARCH_DONE, 0), of(CONTROLS, &[paging])]);
    assert_eq!(search.judge(&done), Ok(Verdict::Last));
    assert_eq!(asked(BIND_REQUEST).judge(&message(7, result(BIND_RESPONSE, 49))), Ok(Verdict::Last));
    let parts = [value(ENUMERATED, &[0]), string(""), string(""), value(EXTENDED_VALUE, b"dn:uid=alice,dc=test")];
    assert_eq!(asked(EXTENDED_REQUEST).judge(&message(7, of(EXTENDED_RESPONSE, &parts))), Ok(Verdict::Last));
}

#[test]
fn answers_to_another_question_do_not() {
    assert!(asked(BIND_REQUEST).judge(&message(7, entry(&[]))).is_err());
    assert!(asked(SEARCH_REQUEST).judge(&message(7, result(BIND_RESPONSE, 0))).is_err());
    assert!(asked(BIND_REQUEST).judge(&message(8, result(BIND_RESPONSE, 0))).is_err());
    assert!(asked(BIND_REQUEST).judge(&message(0, result(EXTENDED_RESPONSE, 52))).is_err());
}

#[test]
fn unbind_has_no_answer() {
    assert!(Question::of(&message(7, value(0x42, &[]))).unwrap().is_none());
}

#[test]
fn what_would_make_the_library_recurse_or_panic_does_not_pass() {
    let mut nested = Vec::new();
    for _ in 0..10_000 {
        nested = value(SEQUENCE, &nested);
    }
    let in_values = of(SEQUENCE, &[string("cn"), value(SET, &nested)]);
    let not_utf8 = of(SEARCH_ENTRY, &[value(OCTET_STRING, &[0xff]), value(SEQUENCE, &[])]);
    for operation in [
        value(SEARCH_ENTRY, &nested),
        entry(&[nested.clone()]),
        entry(&[in_values]),
        not_utf8,
        value(SEARCH_ENTRY, &[]),
        of(SEARCH_ENTRY, &[string("dn")]),
        value(SEARCH_DONE, &[]),
        of(SEARCH_DONE, &[value(ENUMERATED, &[]), string(""), string("")]),
        of(SEARCH_DONE, &[value(ENUMERATED, &[0]), string(""), string(""), value(REFERRAL, &nested)]),
        of(SEARCH_DONE, &[value(ENUMERATED, &[0]), string(""), string(""), value(0x83, b"x")]),
        value(0x7f, &[]),
    ] {
        assert!(asked(SEARCH_REQUEST).judge(&message(7, operation.clone())).is_err(), "{operation:?}");
    }
    for controls in [nested, of(SEQUENCE, &[string("1.2"), value(BOOLEAN, &[])]), value(SEQUENCE, &[])] {
        let parts = [value(INTEGER, &[7]), result(SEARCH_DONE, 0), value(CONTROLS, &controls)];
        assert!(asked(SEARCH_REQUEST).judge(&of(SEQUENCE, &parts)).is_err(), "{controls:?}");
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let mut search = asked(SEARCH_REQUEST);
    let many = message(7, entry(&[attribute("cn", &[""; 50_000])]));
    assert_eq!((0..3).map(|_| search.judge(&many)).collect::<Result<Vec<_>, _>>(), Ok(vec![Verdict::Pass; 3]));
    assert!(search.judge(&many).is_err());
    let mut search = asked(SEARCH_REQUEST);
    let long = message(7, entry(&[attribute("cn", &[&"x".repeat(1_000_000)])]));
    let passed = (0..20).take_while(|_| search.judge(&long).is_ok()).count();
    assert_eq!(passed, 8);
}

proptest! {
    #[test]
    fn any_bytes_are_judged_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(Question::of(&bytes));
        for operation in [BIND_REQUEST, SEARCH_REQUEST, EXTENDED_REQUEST] {
            prop_assert!(asked(operation).judge(&bytes).is_err() || bytes.first() == Some(&SEQUENCE));
        }
    }

    #[test]
    fn an_answer_with_one_byte_changed_or_cut_off_is_judged_without_harm(at in 0_usize..90, byte: u8, cut: bool) {
        let mut bytes = message(7, entry(&[attribute("uid", &["alice", "al"]), attribute("mail", &["a@example.test"])]));
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let verdict = asked(SEARCH_REQUEST).judge(&bytes);
        prop_assert!(!cut || verdict.is_err());
    }
}
