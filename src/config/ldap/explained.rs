//! What the settings of a server come to, in words.

use super::{GroupLookup, Ldap};

impl Ldap {
    /// Whom and what the settings find, in a few lines: what was left to the schema is said as well as what is written.
    #[must_use]
    pub fn explained(&self) -> String {
        let names = self.name_attributes().map(String::as_str).collect::<Vec<_>>().join(" or ");
        let id = &self.stable_id_attribute;
        let lines = [
            format!("Directory {}: LDAP at {}{}.", self.name, self.addresses().join(", "), self.security()),
            format!(
                "  People: {} below {}; they sign in by {names} and are known by {id}.",
                self.user_filter, self.user_base
            ),
            format!("  Groups: {} below {}, known by {id}.", self.group_filter, self.group_base),
            format!("  Somebody's groups: {}", self.lookup()),
        ];
        lines.join("\n")
    }

    const fn security(&self) -> &'static str {
        match (self.start_tls, self.insecure_plain) {
            (true, _) => " with StartTLS",
            (false, true) => ", where ldap:// is not encrypted",
            (false, false) => "",
        }
    }

    fn lookup(&self) -> String {
        let primary = match self.primary_group_attribute.as_str() {
            "" => String::new(),
            attribute => format!(", and the one that their {attribute} names"),
        };
        let nested =
            if self.nested_groups { ", and those around them at any depth" } else { "; nested ones do not count" };
        match self.group_lookup {
            GroupLookup::Members => {
                let by_dn = (!self.member_attributes.is_empty())
                    .then(|| format!("their DN in {}", self.member_attributes.join(" or ")));
                let by_name = (!self.member_name_attributes.is_empty())
                    .then(|| format!("their user name in {}", self.member_name_attributes.join(" or ")));
                let held: Vec<_> = by_dn.into_iter().chain(by_name).collect();
                format!("those that have {}{primary}{nested}.", held.join(", or "))
            }
            GroupLookup::MemberOf => format!("those in their {}{primary}{nested}.", self.member_of_attribute),
            GroupLookup::TokenGroups => "Active Directory's own list (tokenGroups): nested and primary.".to_owned(),
            GroupLookup::InChain => {
                format!(
                    "Active Directory's rule that looks through nested groups by {}{primary}.",
                    self.member_attributes.join(" or ")
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> String {
        let least =
            "name = 'corp'\nbind_dn = 'cn=a'\nuser_base = 'dc=x'\ngroup_base = 'dc=x'\nbind_password = 'fake-secret'\n";
        toml::from_str::<Ldap>(&format!("{least}{text}")).unwrap().explained()
    }

    #[test]
    fn each_schema_is_told_in_words() {
        let openldap = explained("url = 'ldaps://a'");
        for part in [
            "Directory corp: LDAP at ldaps://a.",
            "(objectClass=inetOrgPerson) below dc=x; they sign in by uid and are known by entryUUID.",
            "those that have their DN in member or uniqueMember; nested ones do not count.",
        ] {
            assert!(openldap.contains(part), "{openldap}");
        }
        let active = explained("schema = 'active_directory'\nurls = ['ldap://a', 'ldap://b']\nstart_tls = true");
        for part in ["ldap://a, ldap://b with StartTLS", "sAMAccountName or userPrincipalName", "tokenGroups"] {
            assert!(active.contains(part), "{active}");
        }
        let posix = explained("schema = 'rfc2307'\nurl = 'ldap://a'\ninsecure_plain = true\nnested_groups = true");
        for part in [
            "where ldap:// is not encrypted",
            "those that have their user name in memberUid, and the one that their gidNumber names, and those around them",
        ] {
            assert!(posix.contains(part), "{posix}");
        }
        let listed = explained("url = 'ldaps://a'\ngroup_lookup = 'member_of'");
        assert!(listed.contains("those in their memberOf; nested"), "{listed}");
        let chain = explained("url = 'ldaps://a'\nschema = 'active_directory'\ngroup_lookup = 'in_chain'");
        assert!(chain.contains("nested groups by member, and the one that their primaryGroupID names."), "{chain}");
        assert!(!chain.contains("fake-"));
    }
}
