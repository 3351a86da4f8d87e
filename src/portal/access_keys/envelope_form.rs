//! The part of an access key's form that sets what restricted administrators may make of it.

use crate::model::FieldErrors;
use crate::model::envelope::Envelope;
use crate::model::principal::PrincipalType;
use crate::model::session::{parse_duration, write_duration};
use crate::model::source::Source;

/// The most patterns of an envelope.
const PATTERNS: usize = 50;
/// The shortest and the longest session of any principal type, in seconds.
const SECONDS: std::ops::RangeInclusive<u32> = 900..=129_600;

/// What was typed; all of it empty: nothing is open to restricted administrators.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeForm {
    /// They may make connectors that assume roles.
    pub assume_role: bool,
    /// Of federated users.
    pub federated_user: bool,
    /// Of IAM users' sessions.
    pub iam_user: bool,
    /// That hand credentials of the surroundings on.
    pub provided: bool,
    /// Patterns of role ARNs, one a line.
    pub roles: String,
    /// The longest session, as `1h`; may be empty.
    pub longest: String,
    /// Programs may use such connectors.
    pub system_scope: bool,
}

impl From<&Envelope> for EnvelopeForm {
    fn from(envelope: &Envelope) -> Self {
        let has = |kind: PrincipalType| envelope.principal_types.iter().any(|word| word == kind.word());
        Self {
            assume_role: has(PrincipalType::AssumeRole),
            federated_user: has(PrincipalType::FederatedUser),
            iam_user: has(PrincipalType::IamUser),
            provided: has(PrincipalType::Provided),
            roles: envelope.role_patterns.join("\n"),
            longest: envelope.longest_seconds.map(write_duration).unwrap_or_default(),
            system_scope: envelope.system_scope,
        }
    }
}

impl EnvelopeForm {
    /// The envelope; `None` where nothing is open, or something is wrong.
    pub(super) fn check(&self, errors: &mut FieldErrors, source: Source) -> Option<Envelope> {
        let kinds = [
            (self.assume_role, PrincipalType::AssumeRole),
            (self.federated_user, PrincipalType::FederatedUser),
            (self.iam_user, PrincipalType::IamUser),
            (self.provided, PrincipalType::Provided),
        ];
        let kinds: Vec<PrincipalType> = kinds.into_iter().filter(|(ticked, _)| *ticked).map(|(_, kind)| kind).collect();
        let roles: Vec<&str> = self.roles.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let longest = self.longest.trim();
        if kinds.is_empty() {
            if !roles.is_empty() || !longest.is_empty() || self.system_scope {
                errors.add(
                    "envelope",
                    "Tick the principal types that are open to them, or leave all of this section empty.",
                );
            }
            return None;
        }
        for kind in &kinds {
            if let Err(sentence) = source.allows(*kind) {
                errors.add("envelope", format!("{}: {sentence}", kind.label()));
            }
        }
        self.check_roles(errors, &roles);
        let longest_seconds = if longest.is_empty() { None } else { errors.take("envelope_longest", seconds(longest)) };
        let principal_types = kinds.into_iter().map(|kind| kind.word().to_owned()).collect();
        let role_patterns = roles.into_iter().map(str::to_owned).collect();
        Some(Envelope { principal_types, role_patterns, longest_seconds, system_scope: self.system_scope })
    }

    fn check_roles(&self, errors: &mut FieldErrors, roles: &[&str]) {
        let is_pattern = |line: &str| {
            let plain = line.len() <= 2048 && !line.chars().any(|c| c.is_whitespace() || c.is_control());
            plain && (line.starts_with("arn:") || line == "*")
        };
        if self.assume_role && roles.is_empty() {
            errors.add(
                "envelope_roles",
                "Enter which roles they may use, one pattern a line; * alone stands for every role.",
            );
        }
        if let Some(wrong) = roles.iter().find(|line| !is_pattern(line)) {
            let sentence =
                format!("“{wrong}” is no pattern of a role's ARN, for example arn:aws:iam::123456789012:role/team/*.");
            errors.add("envelope_roles", sentence);
        }
        if roles.len() > PATTERNS {
            errors.add("envelope_roles", format!("Use at most {PATTERNS} patterns."));
        }
    }
}

fn seconds(text: &str) -> Result<u32, String> {
    let seconds = parse_duration(text)?;
    if SECONDS.contains(&seconds) { Ok(seconds) } else { Err("Sessions last 15m to 36h.".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: &EnvelopeForm) -> (Option<Envelope>, Vec<&'static str>) {
        let mut errors = FieldErrors::default();
        let envelope = form.check(&mut errors, Source::LongTerm);
        let fields = errors.iter().map(|(field, _)| field).collect();
        (envelope, fields)
    }

    #[test]
    fn nothing_typed_opens_nothing() {
        assert_eq!(check(&EnvelopeForm::default()), (None, vec![]));
    }

    #[test]
    fn what_is_saved_comes_back() {
        let form = EnvelopeForm {
            assume_role: true,
            federated_user: true,
            roles: "arn:aws:iam::123456789012:role/team/*\n*".to_owned(),
            longest: "1h30m".to_owned(),
            system_scope: true,
            ..EnvelopeForm::default()
        };
        let (envelope, wrong) = check(&form);
        assert_eq!((EnvelopeForm::from(&envelope.unwrap()), wrong), (form, vec![]));
    }

    #[test]
    fn each_mistake_has_its_field() {
        let roles =
            |roles: &str| EnvelopeForm { assume_role: true, roles: roles.to_owned(), ..EnvelopeForm::default() };
        let longest = |longest: &str| EnvelopeForm { longest: longest.to_owned(), ..roles("*") };
        let cases = [
            (EnvelopeForm { system_scope: true, ..EnvelopeForm::default() }, "envelope"),
            (EnvelopeForm { roles: "*".to_owned(), ..EnvelopeForm::default() }, "envelope"),
            (EnvelopeForm { provided: true, ..EnvelopeForm::default() }, "envelope"),
            (roles(""), "envelope_roles"),
            (roles("*\nrole/ReadOnly"), "envelope_roles"),
            (roles("arn:aws:iam::123456789012:role/a b"), "envelope_roles"),
            (roles(&"*\n".repeat(51)), "envelope_roles"),
            (longest("14m59s"), "envelope_longest"),
            (longest("37h"), "envelope_longest"),
            (longest("soon"), "envelope_longest"),
        ];
        for (form, field) in cases {
            assert_eq!(check(&form).1, [field], "{form:?}");
        }
        assert!(check(&longest("15m")).1.is_empty() && check(&longest("36h")).1.is_empty());
        assert!(check(&roles(&"*\n".repeat(50))).1.is_empty());
    }
}
