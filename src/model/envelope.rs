//! What restricted administrators may make of a credentials source.

use serde::{Deserialize, Serialize};

use super::FieldError;
use super::connector::Connector;
use super::principal::{Principal, PrincipalType, RoleArn};
use super::registry::ECR_SECONDS;
use super::session::show_duration;

/// The limits inside which restricted administrators may make connectors of a source. Without one they may make none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Envelope {
    /// Principal types, as [`super::principal::PrincipalType::word`].
    pub principal_types: Vec<String>,
    /// Patterns that the ARN of each role has to match, those on the way included, with `*` for any characters; none: no role.
    pub role_patterns: Vec<String>,
    /// The longest session, in seconds, and the longest that a registry's log-in may go on; `None`: as long as AWS gives.
    pub longest_seconds: Option<u32>,
    /// Whether programs may use such a connector.
    pub system_scope: bool,
}

impl Envelope {
    /// What is said of a principal type that is not open.
    #[must_use]
    pub fn closed(&self, kind: PrincipalType) -> Option<FieldError> {
        let sentence = || format!("Connectors of type “{}” are not open to you for this source.", kind.label());
        (!self.opens(kind.word())).then(|| ("principal_type", sentence()))
    }

    /// Each field of `connector` that lies outside, with a sentence; none: it lies inside.
    #[must_use]
    pub fn outside(&self, connector: &Connector) -> Vec<FieldError> {
        let mut outside: Vec<FieldError> = self.closed(connector.principal.kind()).into_iter().collect();
        let open = |role: &RoleArn| self.role_patterns.iter().any(|pattern| matches(pattern, role.as_str()));
        let sentence = || match self.role_patterns.as_slice() {
            [] => "No role of this source is open to you.".to_owned(),
            patterns => format!("Roles of this source have to match: {}.", patterns.join(", ")),
        };
        if connector.principal.through().iter().any(|hop| !open(&hop.role)) {
            outside.push(("through", sentence()));
        }
        if let Principal::AssumeRole { role, .. } = &connector.principal
            && !open(role)
        {
            outside.push(("role_arn", sentence()));
        }
        if let Some(longest) = self.longest_seconds.filter(|longest| connector.longest() > *longest) {
            let (longest, given) = (show_duration(longest), show_duration(connector.longest()));
            outside.push((
                "duration",
                format!("Sessions of this source last at most {longest}; this one would last {given}."),
            ));
        }
        // A log-in to ECR then lasts as long as the longest session, so what counts for sessions counts for it.
        if let Some(longest) = self.longest_seconds.filter(|longest| *longest < ECR_SECONDS)
            && connector.registry_tokens_outlive
        {
            let (longest, given) = (show_duration(longest), show_duration(ECR_SECONDS));
            let sentence = format!("Sessions of this source last at most {longest}; a log-in to ECR lasts {given}.");
            outside.push(("registry_tokens_outlive", sentence));
        }
        if connector.system_scope && !self.system_scope {
            outside.push(("system_scope", "Connectors of this source are not open to programs.".to_owned()));
        }
        outside
    }
}

impl Envelope {
    /// Whether connectors of the type with this word lie inside, as far as the type goes.
    #[must_use]
    pub fn opens(&self, kind: &str) -> bool {
        self.principal_types.iter().any(|word| word == kind)
    }

    /// What may be made inside, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let kinds = self.principal_types.iter().filter_map(|word| PrincipalType::parse(word).ok());
        let mut parts = vec![kinds.map(PrincipalType::label).collect::<Vec<_>>().join(", ")];
        if !self.role_patterns.is_empty() {
            parts.push(format!("roles that match {}", self.role_patterns.join(" or ")));
        }
        if let Some(longest) = self.longest_seconds {
            parts.push(format!("at most {}", show_duration(longest)));
        }
        parts.push(if self.system_scope { "also for programs" } else { "not for programs" }.to_owned());
        parts.join(" · ")
    }
}

/// Whether `text` matches `pattern`, in which `*` stands for any characters, none included.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_of_a_chain_has_to_match() {
        let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
        let connector = |through: &str, last: &str| {
            Connector::sample(Principal::AssumeRole {
                through: crate::model::hop::parse_through(through).unwrap(),
                role: RoleArn::parse(last).unwrap(),
                external_id: None,
                source_identity: crate::model::principal::SourceIdentity::Off,
                policies: crate::model::policy::SessionPolicies::default(),
                tags: Vec::new(),
            })
        };
        let envelope = Envelope {
            principal_types: vec!["assume_role".to_owned()],
            role_patterns: vec![role("team/*")],
            ..Envelope::default()
        };
        let (inside, outside) = (role("team/One"), role("Other"));
        let field =
            |through: &str, last: &str| envelope.outside(&connector(through, last)).first().map(|(field, _)| *field);
        assert_eq!(field("", &inside), None);
        assert_eq!(field(&inside, &inside), None);
        assert_eq!(field(&format!("{inside}\n{outside}"), &inside), Some("through"));
        assert_eq!(field(&inside, &outside), Some("role_arn"));
        // A chain lasts an hour, whatever stands in the connector.
        let hour = Envelope { longest_seconds: Some(3600), ..envelope.clone() };
        assert_eq!(hour.outside(&connector(&inside, &inside)), []);
        assert_eq!(hour.outside(&connector("", &inside))[0].0, "duration");
    }

    #[test]
    fn a_log_in_that_outlives_counts_as_the_longest_session() {
        let mut connector = Connector::sample(Principal::IamUser);
        let envelope = |longest_seconds| Envelope {
            principal_types: vec!["iam_user".to_owned()],
            longest_seconds,
            ..Envelope::default()
        };
        for (longest, outlives, inside) in
            [(Some(43_199), false, true), (Some(43_199), true, false), (Some(43_200), true, true), (None, true, true)]
        {
            connector.registry_tokens_outlive = outlives;
            let outside = envelope(longest).outside(&connector);
            assert_eq!(outside.is_empty(), inside, "{outside:?}");
            assert!(outside.iter().all(|(field, _)| *field == "registry_tokens_outlive"));
        }
    }

    #[test]
    fn patterns() {
        let role = "arn:aws:iam::123456789012:role/team/Deploy";
        for right in ["*", role, "arn:aws:iam::123456789012:role/team/*", "arn:aws:iam::*:role/*Deploy", "*role*team*"]
        {
            assert!(matches(right, role), "{right}");
        }
        for wrong in ["", "arn:aws:iam::123456789012:role/team", "role/*", "*/Deplo", "arn:*:role/other/*", "*x*"] {
            assert!(!matches(wrong, role), "{wrong}");
        }
        // The end does not overlap with what stands before it.
        assert!(!matches("aa*aa", "aaa"));
        assert!(matches("aa*aa", "aaaa"));
    }
}
