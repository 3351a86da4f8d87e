//! The one place where text becomes part of a filter or of a DN.

use std::borrow::Cow;

/// Text as a value in a filter (RFC 4515, 3).
pub fn in_filter(text: &str) -> Cow<'_, str> {
    ldap3::ldap_escape(text)
}

/// Bytes as a value in a filter, each one escaped (RFC 4515, 3).
pub fn bytes_in_filter(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

/// Text as a value in a DN (RFC 4514, 2.4).
pub fn in_dn(text: &str) -> Cow<'_, str> {
    ldap3::dn_escape(text)
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::{ASNTag, PL, StructureTag};
    use proptest::prelude::*;

    use super::*;

    fn primitive(tag: &StructureTag) -> &[u8] {
        match &tag.payload {
            PL::P(bytes) => bytes,
            PL::C(_) => panic!("constructed"),
        }
    }

    /// The attribute and value of a filter that is one comparison for equality.
    fn equality(filter: &str) -> (Vec<u8>, Vec<u8>) {
        let tag = ldap3::parse_filter(filter).unwrap().into_structure();
        assert_eq!(tag.id, 3, "{filter} is no equality");
        let PL::C(parts) = &tag.payload else { panic!("{filter} has no parts") };
        (primitive(&parts[0]).to_vec(), primitive(&parts[1]).to_vec())
    }

    #[test]
    fn what_ends_a_value_is_escaped() {
        assert_eq!(in_filter("*)(uid=*"), "\\2a\\29\\28uid=\\2a");
        assert_eq!(in_filter("mü\\ller"), "mü\\5cller");
        assert_eq!(bytes_in_filter(&[0, b'a', 0xff]), "\\00\\61\\ff");
        assert_eq!(in_dn(" a,b+c=\"d\\ "), "\\20a\\2cb\\2bc\\3d\\22d\\5c\\20");
    }

    proptest! {
        #[test]
        fn any_text_stays_one_value_of_one_comparison(text: String, bytes: Vec<u8>) {
            let expected = (b"uid".to_vec(), text.clone().into_bytes());
            prop_assert_eq!(equality(&format!("(uid={})", in_filter(&text))), expected);
            let expected = (b"objectGUID".to_vec(), bytes.clone());
            prop_assert_eq!(equality(&format!("(objectGUID={})", bytes_in_filter(&bytes))), expected);
        }
    }
}
