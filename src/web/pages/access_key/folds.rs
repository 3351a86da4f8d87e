//! The parts of an access key's form that are folded away: each says how it stands, and opens where something is wrong in it.

use super::AccessKeyPage;
use crate::model::principal::PrincipalType;

/// A part that can be folded.
pub struct Fold {
    /// Its heading.
    pub title: &'static str,
    /// How it stands, in a few words.
    pub state: String,
    /// Whether it is open when the page is shown.
    pub open: bool,
}

impl AccessKeyPage {
    /// A part with these fields, which holds what `state` says.
    fn fold(&self, title: &'static str, fields: &[&'static str], state: Option<String>, nothing: &str) -> Fold {
        let wrong = fields.iter().any(|field| self.errors.get(field).is_some());
        // Where a new key's form came back, what was typed is shown: a seed has to be typed again.
        let open = wrong || (self.id.is_none() && state.is_some() && !self.errors.is_empty());
        let state = if wrong { "needs a change".to_owned() } else { state.unwrap_or_else(|| nothing.to_owned()) };
        Fold { title, state, open }
    }

    /// The MFA device.
    pub(super) fn mfa(&self) -> Fold {
        let serial = self.f.mfa_serial.trim();
        let state = (!serial.is_empty()).then(|| shortened(serial, LONGEST));
        self.fold("MFA", &["mfa_serial", "mfa_seed"], state, "none")
    }

    /// The plan of rotation.
    pub(super) fn rotation(&self) -> Fold {
        let (days, window) = (self.f.rotate_days.trim(), self.f.rotate_window.trim());
        let every = if days == "1" { "every day".to_owned() } else { format!("every {} days", shortened(days, 8)) };
        let state = match (days, window) {
            ("", _) => None,
            (_, "") => Some(every),
            (_, window) => Some(format!("{every}, {} UTC", shortened(window, 24))),
        };
        self.fold("Rotation", &["rotate_days", "rotate_window"], state, "never by itself")
    }

    /// What restricted administrators may make of it.
    pub(super) fn envelope(&self) -> Fold {
        let types = self.envelope_types().into_iter().filter(|(_, _, ticked)| *ticked);
        let mut parts: Vec<String> = types.map(|(_, label, _)| label.to_owned()).collect();
        let longest = self.f.envelope.longest.trim();
        if !parts.is_empty() && !longest.is_empty() {
            parts.push(format!("up to {}", shortened(longest, 12)));
        }
        if !parts.is_empty() && self.f.envelope.system_scope {
            parts.push("programs too".to_owned());
        }
        let state = (!parts.is_empty()).then(|| parts.join(", "));
        self.fold(
            "Restricted administrators",
            &["envelope", "envelope_roles", "envelope_longest"],
            state,
            "nothing is open to them",
        )
    }

    /// The principal types that may be open to restricted administrators: field, words, whether it is ticked.
    pub(super) fn envelope_types(&self) -> [(&'static str, &'static str, bool); 4] {
        let envelope = &self.f.envelope;
        [
            ("envelope_assume_role", PrincipalType::AssumeRole.label(), envelope.assume_role),
            ("envelope_federated_user", PrincipalType::FederatedUser.label(), envelope.federated_user),
            ("envelope_iam_user", PrincipalType::IamUser.label(), envelope.iam_user),
            ("envelope_provided", PrincipalType::Provided.label(), envelope.provided),
        ]
    }
}

/// How long a serial number may be in a heading.
const LONGEST: usize = 48;

/// No longer than `most` characters: the end says more than the beginning.
fn shortened(text: &str, most: usize) -> String {
    let over = text.chars().count().saturating_sub(most);
    if over == 0 {
        text.to_owned()
    } else {
        text.chars().skip(over + 1).fold("…".to_owned(), |all, c| all + c.encode_utf8(&mut [0; 4]))
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn what_is_too_long_ends_as_it_did() {
        assert_eq!(shortened("every", 5), "every");
        assert_eq!(shortened("longer", 5), "…nger");
        assert_eq!(shortened("äöüäöü", 3), "…öü");
    }
}
