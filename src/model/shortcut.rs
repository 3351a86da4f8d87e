//! Ways past a role chain: a connector that hands out sessions of a role with which another one goes on to the next.
//!
//! A chain never hands out the sessions on its way. But a session of such a role that another connector hands out can make
//! the same call by itself, unless the next role's trust policy asks for an external id that its holder does not know.

use super::connector::Connector;
use super::hop::{Hop, parse_through};
use super::policy::SessionPolicies;
use super::principal::Principal;

/// The roles that a connector assumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The connector's name.
    pub name: String,
    /// The roles with their external ids, in the order in which they are assumed; the sessions of the last are handed out.
    pub roles: Vec<(String, Option<String>)>,
    /// Whether what is handed out has all the rights of the role, so that it may assume what the role may.
    pub is_whole: bool,
}

impl Route {
    /// The route of a connector; `None` where it assumes no role.
    #[must_use]
    pub fn of(connector: &Connector) -> Option<Self> {
        let Principal::AssumeRole { through, role, external_id, policies, .. } = &connector.principal else {
            return None;
        };
        let mut roles = roles_of(through);
        roles.push((role.as_str().to_owned(), external_id.clone()));
        let is_whole = connector.enabled && SessionPolicies::is_empty(policies);
        Some(Self { name: connector.name.clone(), roles, is_whole })
    }

    /// The roles on the way, as far as they can be read.
    #[must_use]
    pub fn typed(through: &str) -> Vec<(String, Option<String>)> {
        roles_of(&parse_through(through).unwrap_or_default())
    }

    /// The sentence that warns of a way past `chain` with what this one hands out; `None` where there is none.
    #[must_use]
    pub fn leads_past(&self, chain: &Self) -> Option<String> {
        let (role, _) = self.roles.last().filter(|_| self.is_whole)?;
        let mut steps = chain.roles.iter().zip(chain.roles.iter().skip(1));
        let open = |((from, _), (_, external_id)): &(&(String, _), &(String, Option<String>))| {
            from == role && external_id.is_none()
        };
        let (_, (next, _)) = steps.find(open)?;
        let (other, chain) = (&self.name, &chain.name);
        Some(format!(
            "“{other}” hands out sessions of {role} that nothing narrows, and “{chain}” goes on from that role to {next}. If its trust policy lets them, whoever may use “{other}” can assume it too, past the groups and limits of “{chain}”. Let the trust policy of {next} ask for an external id, and put that into “{chain}”."
        ))
    }
}

fn roles_of(through: &[Hop]) -> Vec<(String, Option<String>)> {
    through.iter().map(|hop| (hop.role.as_str().to_owned(), hop.external_id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(name: &str, roles: &[(&str, Option<&str>)]) -> Route {
        let roles = roles.iter().map(|(role, id)| ((*role).to_owned(), id.map(str::to_owned))).collect();
        Route { name: name.to_owned(), roles, is_whole: true }
    }

    #[test]
    fn the_holder_of_a_role_on_the_way_can_go_on_without_an_external_id_alone() {
        let chain = route("Chain", &[("one", None), ("two", Some("id")), ("goal", None)]);
        let said = route("Other", &[("two", None)]).leads_past(&chain).unwrap();
        for part in ["“Other”", "“Chain”", "of two ", "to goal", "external id"] {
            assert!(said.contains(part), "no {part} in {said}");
        }
        // The next role asks for an external id; the last role of a chain leads nowhere; another role is another role.
        for other in ["one", "goal", "three"] {
            assert_eq!(route("Other", &[(other, None)]).leads_past(&chain), None, "{other}");
        }
        // Only what is handed out counts, and only where nothing narrows it.
        assert_eq!(route("Other", &[("two", None), ("three", None)]).leads_past(&chain), None);
        assert!(route("Other", &[("three", None), ("two", None)]).leads_past(&chain).is_some());
        let narrowed = Route { is_whole: false, ..route("Other", &[("two", None)]) };
        assert_eq!(narrowed.leads_past(&chain), None);
        assert_eq!(route("Other", &[]).leads_past(&chain), None);
        assert_eq!(route("Other", &[("one", None)]).leads_past(&route("Short", &[("one", None)])), None);
    }
}
