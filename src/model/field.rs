//! What is wrong with something that was typed: a sentence for each field.

use std::collections::BTreeMap;

/// A field and the sentence that says what to do about it. The field `""` is the form as a whole.
pub type FieldError = (&'static str, String);

/// Every mistake of one form, by field name. The first mistake of a field wins: one sentence is enough to act on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<&'static str, String>);

impl FieldErrors {
    /// Notes that `field` is wrong, unless something is noted for it already.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.entry(field).or_insert_with(|| sentence.into());
    }

    /// Takes the value out of `result`, or notes its error at `field`.
    pub fn take<T>(&mut self, field: &'static str, result: Result<T, String>) -> Option<T> {
        result.map_err(|sentence| self.add(field, sentence)).ok()
    }

    /// The sentence at `field`.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are wrong.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether all that is wrong is the form as a whole: then no field needs a change.
    #[must_use]
    pub fn is_of_the_whole(&self) -> bool {
        self.count() == 1 && self.get("").is_some()
    }

    /// Each field with its sentence, in the order of the field names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(field, sentence)| (*field, sentence.as_str()))
    }

    /// Nothing wrong, or all of it as an error.
    ///
    /// # Errors
    /// Itself, where a field is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl From<FieldError> for FieldErrors {
    fn from((field, sentence): FieldError) -> Self {
        Self(BTreeMap::from([(field, sentence)]))
    }
}
