//! How kinds of servers keep people and groups.

use serde::Deserialize;

/// A kind of server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Schema {
    /// OpenLDAP with `inetOrgPerson`, `groupOfNames` and `groupOfUniqueNames`.
    #[default]
    #[serde(rename = "openldap")]
    OpenLdap,
    /// Active Directory, or Samba as its domain controller.
    #[serde(rename = "active_directory")]
    ActiveDirectory,
    /// 389 Directory Server, and Red Hat's of it.
    #[serde(rename = "389ds")]
    Ds389,
    /// `posixAccount` and `posixGroup` (RFC 2307), whose members are user names.
    #[serde(rename = "rfc2307")]
    Rfc2307,
}

/// How somebody's groups are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupLookup {
    /// Groups that name the person are searched; for nested ones again, level by level. Works with every server.
    Members,
    /// The DNs in `member_of_attribute` of the person are read, for nested ones of their groups too. For servers that keep
    /// it (OpenLDAP's memberof overlay, 389 DS's plug-in) and where searching members is slow or not allowed.
    MemberOf,
    /// Active Directory's own list of all of a person's groups, nested and primary: the quickest there.
    TokenGroups,
    /// Active Directory's rule that looks through nested groups (`1.2.840.113556.1.4.1941`): where `tokenGroups` may not
    /// be read; slow in big directories.
    InChain,
}

/// What a schema sets, each where it is not written.
pub(super) struct Defaults {
    pub user_filter: &'static str,
    pub group_filter: &'static str,
    pub user_name: &'static str,
    pub further_names: &'static [&'static str],
    pub display_name: &'static str,
    pub members: &'static [&'static str],
    pub member_names: &'static [&'static str],
    pub primary_group: &'static str,
    pub stable_id: &'static str,
    pub lookup: GroupLookup,
    pub nested: bool,
}

const OPENLDAP: Defaults = Defaults {
    user_filter: "(objectClass=inetOrgPerson)",
    group_filter: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))",
    user_name: "uid",
    further_names: &[],
    display_name: "cn",
    members: &["member", "uniqueMember"],
    member_names: &[],
    primary_group: "",
    stable_id: "entryUUID",
    lookup: GroupLookup::Members,
    nested: false,
};

impl Schema {
    pub(super) const fn defaults(self) -> Defaults {
        match self {
            Self::OpenLdap => OPENLDAP,
            Self::Ds389 => Defaults { stable_id: "nsUniqueId", ..OPENLDAP },
            Self::Rfc2307 => Defaults {
                user_filter: "(objectClass=posixAccount)",
                group_filter: "(objectClass=posixGroup)",
                members: &[],
                member_names: &["memberUid"],
                primary_group: "gidNumber",
                ..OPENLDAP
            },
            Self::ActiveDirectory => Defaults {
                // A computer is a user too, and a contact a person.
                user_filter: "(&(objectCategory=person)(objectClass=user))",
                group_filter: "(objectClass=group)",
                user_name: "sAMAccountName",
                further_names: &["userPrincipalName"],
                display_name: "displayName",
                members: &["member"],
                primary_group: "primaryGroupID",
                stable_id: "objectGUID",
                lookup: GroupLookup::TokenGroups,
                nested: true,
                ..OPENLDAP
            },
        }
    }
}
