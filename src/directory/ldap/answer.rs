//! Whether a message of the server is an answer that may reach the LDAP library.
//!
//! The library reads nested values recursively without a limit and panics at many a surprise, so a message goes on only
//! if it has exactly the form that RFC 4511 gives to an answer of the question that is open. That form is five levels
//! deep at most, so nothing deeper comes through.

use super::ber::{ENUMERATED, Elements, INTEGER, OCTET_STRING, SEQUENCE, SET, Wrong, number};

/// The most values that the answers to one question may have together: some 20 MB once the library has read them.
const MOST_VALUES: usize = 200_000;
/// The most bytes that the answers to one question may have together.
const MOST_BYTES: usize = 8 * 1024 * 1024;

const BOOLEAN: u8 = 0x01;
const BIND_REQUEST: u8 = 0x60;
const BIND_RESPONSE: u8 = 0x61;
const SEARCH_REQUEST: u8 = 0x63;
const SEARCH_ENTRY: u8 = 0x64;
const SEARCH_DONE: u8 = 0x65;
const SEARCH_REFERENCE: u8 = 0x73;
const EXTENDED_REQUEST: u8 = 0x77;
const EXTENDED_RESPONSE: u8 = 0x78;
const CONTROLS: u8 = 0xa0;
const REFERRAL: u8 = 0xa3;
const SASL_CREDENTIALS: u8 = 0x87;
const EXTENDED_NAME: u8 = 0x8a;
const EXTENDED_VALUE: u8 = 0x8b;

const STRANGE: Wrong = "it sent a message that is not as RFC 4511 describes it";

/// What to do with a message of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Hand it on; more may follow.
    Pass,
    /// Hand it on; the question is answered.
    Last,
    /// Leave it out: a reference to another server, which we never follow.
    Drop,
}

/// The question that is open: its id and operation, and what its answers may still cost.
#[derive(Debug)]
pub struct Question {
    id: u32,
    operation: u8,
    values_left: usize,
    bytes_left: usize,
}

impl Question {
    /// The question in a whole message of ours; `None` where it has no answer (unbind, abandon).
    ///
    /// # Errors
    /// Where it is no message.
    pub fn of(message: &[u8]) -> Result<Option<Self>, Wrong> {
        let mut parts = Elements::new(Elements::new(message).expect(SEQUENCE)?);
        let id = number(parts.expect(INTEGER)?)?;
        let operation = parts.next()?.ok_or(STRANGE)?.tag;
        let asks = matches!(operation, BIND_REQUEST | SEARCH_REQUEST | EXTENDED_REQUEST);
        Ok(asks.then_some(Self { id, operation, values_left: MOST_VALUES, bytes_left: MOST_BYTES }))
    }

    /// Judges a whole message of the server.
    ///
    /// # Errors
    /// Where it is no answer to this question, or one that costs too much: the connection is of no use any more.
    pub fn judge(&mut self, message: &[u8]) -> Result<Verdict, Wrong> {
        const MUCH: Wrong = "its answer is too long";
        self.bytes_left = self.bytes_left.checked_sub(message.len()).ok_or(MUCH)?;
        let mut parts = Elements::new(Elements::new(message).expect(SEQUENCE)?);
        let id = number(parts.expect(INTEGER)?)?;
        let operation = parts.next()?.ok_or(STRANGE)?;
        if id == 0 && operation.tag == EXTENDED_RESPONSE {
            return Err("it ended the connection (notice of disconnection)");
        }
        if id != self.id {
            return Err("it answered what was not asked");
        }
        let mut values = Values(self.values_left);
        let verdict = match (self.operation, operation.tag) {
            (SEARCH_REQUEST, SEARCH_REFERENCE) => return Ok(Verdict::Drop),
            (SEARCH_REQUEST, SEARCH_ENTRY) => {
                values.entry(operation.content)?;
                Verdict::Pass
            }
            (BIND_REQUEST, BIND_RESPONSE) | (SEARCH_REQUEST, SEARCH_DONE) | (EXTENDED_REQUEST, EXTENDED_RESPONSE) => {
                values.result(operation.content)?;
                Verdict::Last
            }
            _ => return Err("it answered what was not asked"),
        };
        match parts.next()? {
            None => {}
            Some(controls) if controls.tag == CONTROLS && parts.next()?.is_none() => {
                values.controls(controls.content)?;
            }
            Some(_) => return Err(STRANGE),
        }
        self.values_left = values.0;
        Ok(verdict)
    }
}

/// Walks through a message and counts its values down.
struct Values(usize);

impl Values {
    fn count(&mut self) -> Result<(), Wrong> {
        self.0 = self.0.checked_sub(1).ok_or("its answer has too many values")?;
        Ok(())
    }

    /// `SearchResultEntry` (RFC 4511, 4.5.2).
    fn entry(&mut self, content: &[u8]) -> Result<(), Wrong> {
        let mut parts = Elements::new(content);
        text(parts.expect(OCTET_STRING)?)?;
        let mut attributes = Elements::new(parts.expect(SEQUENCE)?);
        end(&mut parts)?;
        while let Some(attribute) = attributes.next()? {
            self.count()?;
            let mut attribute = Elements::new(only(attribute, SEQUENCE)?);
            text(attribute.expect(OCTET_STRING)?)?;
            let mut values = Elements::new(attribute.expect(SET)?);
            end(&mut attribute)?;
            while let Some(value) = values.next()? {
                self.count()?;
                only(value, OCTET_STRING)?;
            }
        }
        self.count()
    }

    /// `LDAPResult` (RFC 4511, 4.1.9) with what bind and extended answers add to it.
    fn result(&mut self, content: &[u8]) -> Result<(), Wrong> {
        let mut parts = Elements::new(content);
        number(parts.expect(ENUMERATED)?)?;
        text(parts.expect(OCTET_STRING)?)?;
        text(parts.expect(OCTET_STRING)?)?;
        while let Some(part) = parts.next()? {
            self.count()?;
            match part.tag {
                REFERRAL => {
                    let mut addresses = Elements::new(part.content);
                    while let Some(address) = addresses.next()? {
                        self.count()?;
                        text(only(address, OCTET_STRING)?)?;
                    }
                }
                EXTENDED_NAME => text(part.content)?,
                SASL_CREDENTIALS | EXTENDED_VALUE => {}
                _ => return Err(STRANGE),
            }
        }
        Ok(())
    }

    /// `Controls` (RFC 4511, 4.1.11).
    fn controls(&mut self, content: &[u8]) -> Result<(), Wrong> {
        let mut controls = Elements::new(content);
        while let Some(control) = controls.next()? {
            self.count()?;
            let mut parts = Elements::new(only(control, SEQUENCE)?);
            text(parts.expect(OCTET_STRING)?)?;
            let mut next = parts.next()?;
            if let Some(critical) = next.filter(|part| part.tag == BOOLEAN) {
                if critical.content.len() != 1 {
                    return Err(STRANGE);
                }
                next = parts.next()?;
            }
            if let Some(value) = next {
                only(value, OCTET_STRING)?;
            }
            end(&mut parts)?;
        }
        Ok(())
    }
}

const fn only(element: super::ber::Element<'_>, tag: u8) -> Result<&[u8], Wrong> {
    if element.tag == tag { Ok(element.content) } else { Err(STRANGE) }
}

fn end(parts: &mut Elements<'_>) -> Result<(), Wrong> {
    if parts.next()?.is_none() { Ok(()) } else { Err(STRANGE) }
}

/// Names, DNs and diagnostics are UTF-8 (RFC 4511, 4.1.2).
fn text(content: &[u8]) -> Result<(), Wrong> {
    std::str::from_utf8(content).map(|_| ()).map_err(|_| "it sent a name that is not UTF-8")
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
