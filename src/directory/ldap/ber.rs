//! As much of BER as LDAP messages need (X.690 with the restrictions of RFC 4511, 5.1): definite lengths, tags of one
//! byte. Nothing here recurses or allocates, so that no input can do harm by its depth or its claims.

/// `INTEGER`.
pub const INTEGER: u8 = 0x02;
/// `OCTET STRING`, primitive as RFC 4511 demands.
pub const OCTET_STRING: u8 = 0x04;
/// `ENUMERATED`.
pub const ENUMERATED: u8 = 0x0a;
/// `SEQUENCE`.
pub const SEQUENCE: u8 = 0x30;
/// `SET`.
pub const SET: u8 = 0x31;

/// The longest message that is let through, in bytes.
pub const LONGEST_MESSAGE: usize = 1024 * 1024;
/// The same where the members of a group are read, all of them one message: some hundred thousand.
pub const LONGEST_OF_MEMBERS: usize = 8 * 1024 * 1024;

/// What is wrong with a message, in words for administrators.
pub type Wrong = &'static str;

/// A value with its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier byte: class, constructed or not, number.
    pub tag: u8,
    /// The contents.
    pub content: &'a [u8],
}

/// How many bytes the message at the start of `bytes` has, header and all; `None` where the header is not complete yet.
/// It may be more than there are.
///
/// # Errors
/// Where this is no LDAP message, or one longer than [`LONGEST_MESSAGE`].
pub fn message_length(bytes: &[u8]) -> Result<Option<usize>, Wrong> {
    length_within(bytes, LONGEST_MESSAGE)
}

/// [`message_length`] with another limit.
///
/// # Errors
/// Where this is no LDAP message, or one longer than `longest`.
pub fn length_within(bytes: &[u8], longest: usize) -> Result<Option<usize>, Wrong> {
    match bytes.first() {
        None => return Ok(None),
        Some(&SEQUENCE) => {}
        Some(_) => return Err("it sent what is not LDAP"),
    }
    match header(bytes)? {
        Some((_, length)) if length > longest && longest > LONGEST_MESSAGE => {
            Err("it sent a message longer than 8 MiB")
        }
        Some((_, length)) if length > longest => Err("it sent a message longer than 1 MiB"),
        Some((start, length)) => Ok(Some(start + length)),
        None => Ok(None),
    }
}

/// Where the contents begin and how long they say they are; `None` where the header is not complete.
fn header(bytes: &[u8]) -> Result<Option<(usize, usize)>, Wrong> {
    let (Some(tag), Some(first)) = (bytes.first(), bytes.get(1)) else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err("it sent a tag that LDAP does not have");
    }
    let first = usize::from(*first);
    if first < 0x80 {
        return Ok(Some((2, first)));
    }
    let digits = first - 0x80;
    if digits == 0 || digits > 4 {
        return Err("it sent a length that LDAP does not allow");
    }
    let Some(digits) = bytes.get(2..2 + digits) else { return Ok(None) };
    let length = digits.iter().fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    Ok(Some((2 + digits.len(), length)))
}

/// The elements that stand one after another in some contents.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The elements in `content`.
    pub const fn new(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// The next one; `None` at the end.
    ///
    /// # Errors
    /// Where the bytes are no element.
    pub fn next(&mut self) -> Result<Option<Element<'a>>, Wrong> {
        const CUT: Wrong = "it sent a value longer than what is around it";
        let Some(tag) = self.0.first() else { return Ok(None) };
        let (start, length) = header(self.0)?.ok_or(CUT)?;
        let end = start.checked_add(length).ok_or(CUT)?;
        let content = self.0.get(start..end).ok_or(CUT)?;
        self.0 = self.0.get(end..).unwrap_or_default();
        Ok(Some(Element { tag: *tag, content }))
    }

    /// The contents of the next one, which must be there and have this tag.
    ///
    /// # Errors
    /// Where it is not.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], Wrong> {
        match self.next()? {
            Some(element) if element.tag == tag => Ok(element.content),
            _ => Err("it sent a message that is not as RFC 4511 describes it"),
        }
    }
}

/// A whole number between 0 and 2³¹ − 1, as ids, result codes and sizes are.
///
/// # Errors
/// Where it is none.
pub fn number(content: &[u8]) -> Result<u32, Wrong> {
    if content.is_empty() || content.len() > 4 || content.first().is_some_and(|byte| *byte >= 0x80) {
        return Err("it sent a number that LDAP does not allow");
    }
    Ok(content.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_says_how_long_it_is() {
        assert_eq!(message_length(&[]), Ok(None));
        assert_eq!(message_length(&[0x30]), Ok(None));
        assert_eq!(message_length(&[0x30, 5]), Ok(Some(7)));
        assert_eq!(message_length(&[0x30, 0x82, 1]), Ok(None));
        assert_eq!(message_length(&[0x30, 0x82, 1, 0]), Ok(Some(260)));
        assert_eq!(message_length(&[0x30, 0x84, 0, 0x10, 0, 0]), Ok(Some(6 + LONGEST_MESSAGE)));
    }

    #[test]
    fn lengths_that_are_huge_indefinite_or_absurd_are_refused_from_the_header_alone() {
        for header in [
            &[0x30, 0x83, 0x10, 0, 1][..],
            &[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x88],
            &[0x30, 0xff],
            &[0x30, 0x80],
            b"HTTP/1.1 400",
        ] {
            assert!(message_length(header).is_err(), "{header:?}");
        }
    }

    #[test]
    fn an_element_may_not_be_longer_than_what_is_around_it() {
        let mut elements = Elements::new(&[0x04, 2, b'a', b'b', 0x02, 9, 1]);
        assert_eq!(elements.next(), Ok(Some(Element { tag: OCTET_STRING, content: b"ab" })));
        assert!(elements.next().is_err());
        assert!(Elements::new(&[0x1f, 0x22, 0]).next().is_err());
        assert!(Elements::new(&[0x04]).next().is_err());
    }

    #[test]
    fn numbers_have_one_to_four_bytes_and_no_sign() {
        assert_eq!(number(&[49]), Ok(49));
        assert_eq!(number(&[0x7f, 0xff, 0xff, 0xff]), Ok(0x7fff_ffff));
        for wrong in [&[][..], &[0xff], &[0, 0, 0, 0, 1]] {
            assert!(number(wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(Some(length)) = message_length(&bytes) {
                prop_assert!(length <= LONGEST_MESSAGE + 6);
            }
            let mut elements = Elements::new(&bytes);
            let mut read = 0;
            while let Ok(Some(element)) = elements.next() {
                read += element.content.len() + 2;
                prop_assert!(read <= bytes.len());
            }
        }
    }
}
