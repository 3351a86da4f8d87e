//! Session tags: their form, and which of them go on along a chain of roles.

use std::collections::HashSet;

use super::error::Refusal;
use super::params::Params;
use super::rules::{Constraints, TAG};

/// Tags of one session (STS service model).
const MOST_TAGS: usize = 50;

/// The tags and transitive keys of a call.
pub(super) struct Tags<'p> {
    pub(super) pairs: Vec<(&'p str, &'p str)>,
    transitive: Vec<&'p str>,
}

impl<'p> Tags<'p> {
    /// Reads `Tags` and, for `AssumeRole`, `TransitiveTagKeys`; adds broken constraints to `constraints`.
    pub(super) fn read(params: &'p Params<'_>, constraints: &mut Constraints) -> Self {
        let keys = params.list("Tags", ".Key");
        let mut pairs = Vec::with_capacity(keys.len());
        for (at, key) in keys.into_iter().enumerate() {
            let member = at + 1;
            let value = params.get(&format!("Tags.member.{member}.Value"));
            constraints
                .text(&format!("tags.{member}.member.key"), Some(key), (1, 128), &TAG)
                .required(&format!("tags.{member}.member.value"), value)
                .text(&format!("tags.{member}.member.value"), value, (0, 256), &TAG);
            pairs.push((key, value.unwrap_or_default()));
        }
        let transitive = params.list("TransitiveTagKeys", "");
        constraints.count("tags", pairs.len(), MOST_TAGS).count("transitiveTagKeys", transitive.len(), MOST_TAGS);
        Self { pairs, transitive }
    }

    /// The transitive tags of the new session: those of the calling session and the ones this call marks.
    ///
    /// # Errors
    /// 400 `InvalidParameterValue`: a key twice (case does not count), a reserved key, a transitive key without its tag, or
    /// a tag that the calling session has handed on already.
    pub(super) fn transitive(&self, inherited: &[(String, String)]) -> Result<Vec<(String, String)>, Refusal> {
        let mut seen = HashSet::new();
        for (key, _) in &self.pairs {
            let key = key.to_lowercase();
            if key.starts_with("aws:") {
                return Err(Refusal::parameter("Tag keys beginning with aws: are reserved for system use."));
            }
            if inherited.iter().any(|(other, _)| other.to_lowercase() == key) {
                return Err(Refusal::parameter(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
                     from the calling session.",
                ));
            }
            if !seen.insert(key) {
                return Err(Refusal::parameter(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
        }
        let mut all = inherited.to_vec();
        for key in &self.transitive {
            let tag = self.pairs.iter().find(|(candidate, _)| candidate.to_lowercase() == key.to_lowercase());
            let Some((key, value)) = tag else {
                return Err(Refusal::parameter(
                    "The specified transitive tag key must be included in the requested tags.",
                ));
            };
            all.push(((*key).to_owned(), (*value).to_owned()));
        }
        Ok(all)
    }
}
