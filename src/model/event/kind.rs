//! What can happen, and what it reads like.

/// What happened: `noun.verb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody signed in, or tried to.
    SessionStart,
    /// Somebody signed out.
    SessionEnd,
    /// A page was asked for by somebody without its role.
    PageOpen,
    /// Temporary credentials were asked for.
    CredentialsIssue,
    /// Somebody asked whom AWS sees.
    IdentityShow,
    /// A console sign-in was asked for.
    ConsoleOpen,
    /// A log-in to the container registry was asked for.
    EcrIssue,
    /// A log-in to the repositories of a domain was asked for.
    CodeArtifactIssue,
    /// The first administrator was made, or somebody tried to.
    SetupComplete,
    /// An access key was added.
    AccessKeyCreate,
    /// An access key was changed.
    AccessKeyUpdate,
    /// An access key was removed.
    AccessKeyDelete,
    /// AWS was asked whose key it is.
    AccessKeyCheck,
    /// A program replaced the secret of an access key.
    AccessKeyReplace,
    /// The rotation of an access key began, or somebody tried to begin one.
    RotationStart,
    /// A rotation went a step further, or could not.
    RotationStep,
    /// A rotation ended.
    RotationEnd,
    /// A key file was made.
    KeyFileCreate,
    /// Secrets were sealed anew under the newest key.
    KeyringReseal,
    /// An administrator said that this is the live instance.
    InstanceClaim,
    /// A connector was added.
    ConnectorCreate,
    /// A connector was changed.
    ConnectorUpdate,
    /// A connector was removed.
    ConnectorDelete,
    /// An administrator tried a connector out.
    ConnectorTest,
    /// A group may use a connector from now on.
    GrantCreate,
    /// A group may no longer use a connector.
    GrantDelete,
    /// An account was named, coloured or described.
    AccountUpdate,
    /// An account that nothing uses was removed.
    AccountDelete,
    /// A policy example was added.
    PolicyExampleCreate,
    /// A policy example was changed.
    PolicyExampleUpdate,
    /// A policy example was removed.
    PolicyExampleDelete,
    /// A shipped policy example is no longer offered, or is again.
    PolicyExampleHide,
    /// An API token was made, or somebody tried to make one.
    TokenCreate,
    /// An API token was revoked.
    TokenRevoke,
    /// Somebody answers for a program's token from now on.
    TokenAdopt,
    /// Whoever answers for a program's token is gone, or is there again.
    TokenOrphan,
    /// A local person was added.
    UserCreate,
    /// A local person's password was set.
    UserPassword,
    /// What is known of a local person was changed: an attribute.
    UserAttribute,
    /// A local person was disabled or enabled.
    UserDisable,
    /// A local person was changed.
    UserUpdate,
    /// A local person was removed.
    UserDelete,
    /// A local group was added.
    GroupCreate,
    /// A local group was removed.
    GroupDelete,
    /// An administrator tried a name and password with the directories.
    DirectoryTry,
    /// An administrator looked a person up in the directories.
    DirectoryLookUp,
}

impl Kind {
    /// Every kind with its word and what it reads like on pages: where it was done ("alice *opened the console*"), and where it
    /// was only tried.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 46] = [
        (Self::ConsoleOpen, "console.open", "opened the console", "asked for the console"),
        (Self::CredentialsIssue, "credentials.issue", "asked for credentials", "asked for credentials"),
        (Self::IdentityShow, "identity.show", "asked AWS whom it sees", "asked whom AWS sees"),
        (Self::EcrIssue, "ecr.issue", "logged in to ECR", "asked for a log-in to ECR"),
        (
            Self::CodeArtifactIssue,
            "codeartifact.issue",
            "logged in to CodeArtifact",
            "asked for a log-in to CodeArtifact",
        ),
        (Self::SessionStart, "session.start", "signed in", "tried to sign in"),
        (Self::SessionEnd, "session.end", "signed out", "tried to sign out"),
        (Self::PageOpen, "page.open", "opened a page", "asked for a page"),
        (Self::AccessKeyCreate, "access_key.create", "added an access key", "tried to add an access key"),
        (Self::AccessKeyUpdate, "access_key.update", "changed an access key", "tried to change an access key"),
        (Self::AccessKeyDelete, "access_key.delete", "removed an access key", "tried to remove an access key"),
        (Self::AccessKeyCheck, "access_key.check", "checked an access key", "tried to check an access key"),
        (
            Self::AccessKeyReplace,
            "access_key.replace",
            "replaced the secret of an access key",
            "tried to replace the secret of an access key",
        ),
        (
            Self::RotationStart,
            "rotation.start",
            "started the rotation of an access key",
            "tried to start the rotation of an access key",
        ),
        (
            Self::RotationStep,
            "rotation.step",
            "rotated an access key, one step",
            "tried to rotate an access key, one step",
        ),
        (
            Self::RotationEnd,
            "rotation.end",
            "ended the rotation of an access key",
            "tried to end the rotation of an access key",
        ),
        (Self::KeyFileCreate, "key_file.create", "made a key file", "tried to make a key file"),
        (Self::KeyringReseal, "keyring.reseal", "sealed the secrets anew", "tried to seal the secrets anew"),
        (Self::InstanceClaim, "instance.claim", "made this the live instance", "tried to make this the live instance"),
        (Self::ConnectorCreate, "connector.create", "added a connector", "tried to add a connector"),
        (Self::ConnectorUpdate, "connector.update", "changed a connector", "tried to change a connector"),
        (Self::ConnectorDelete, "connector.delete", "removed a connector", "tried to remove a connector"),
        (Self::ConnectorTest, "connector.test", "tested a connector", "tried to test a connector"),
        (Self::GrantCreate, "grant.create", "granted a connector to a group", "tried to grant a connector to a group"),
        (Self::GrantDelete, "grant.delete", "took a connector from a group", "tried to take a connector from a group"),
        (Self::AccountUpdate, "account.update", "changed an account", "tried to change an account"),
        (Self::AccountDelete, "account.delete", "removed an account", "tried to remove an account"),
        (Self::PolicyExampleCreate, "policy_example.create", "added a policy example", "tried to add a policy example"),
        (
            Self::PolicyExampleUpdate,
            "policy_example.update",
            "changed a policy example",
            "tried to change a policy example",
        ),
        (
            Self::PolicyExampleDelete,
            "policy_example.delete",
            "removed a policy example",
            "tried to remove a policy example",
        ),
        (
            Self::PolicyExampleHide,
            "policy_example.hide",
            "hid or showed a shipped policy example",
            "tried to hide or show a shipped policy example",
        ),
        (Self::TokenCreate, "token.create", "made an API token", "tried to make an API token"),
        (Self::TokenRevoke, "token.revoke", "revoked an API token", "tried to revoke an API token"),
        (Self::TokenAdopt, "token.adopt", "adopted an API token", "tried to adopt an API token"),
        (
            Self::TokenOrphan,
            "token.orphan",
            "looked whether anybody answers for an API token",
            "tried to look whether anybody answers for an API token",
        ),
        (
            Self::SetupComplete,
            "setup.complete",
            "set up the first administrator",
            "tried to set up the first administrator",
        ),
        (Self::UserCreate, "user.create", "added a local person", "tried to add a local person"),
        (Self::UserPassword, "user.password", "set a local password", "tried to set a local password"),
        (
            Self::UserAttribute,
            "user.attribute",
            "changed what is known of a person",
            "tried to change what is known of a person",
        ),
        (
            Self::UserDisable,
            "user.disable",
            "disabled or enabled a local person",
            "tried to disable or enable a local person",
        ),
        (Self::UserUpdate, "user.update", "changed a local person", "tried to change a local person"),
        (Self::UserDelete, "user.delete", "removed a local person", "tried to remove a local person"),
        (Self::GroupCreate, "group.create", "added a local group", "tried to add a local group"),
        (Self::GroupDelete, "group.delete", "removed a local group", "tried to remove a local group"),
        (Self::DirectoryTry, "directory.try", "tried out somebody's sign-in", "tried out a sign-in"),
        (Self::DirectoryLookUp, "directory.look_up", "looked up a person", "looked for a person"),
    ];

    /// The word in database, log and filter.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, word, ..)| word)
    }

    /// What a kind's word reads like on pages, where it was `done` or else tried; an unknown word stands for itself.
    #[must_use]
    pub fn phrase(word: &str, done: bool) -> &str {
        let known = Self::ALL.iter().find(|(_, known, ..)| *known == word);
        known.map_or(word, |(_, _, phrase, tried)| if done { phrase } else { tried })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_and_what_was_tried_read_differently() {
        assert_eq!(Kind::phrase("session.start", true), "signed in");
        assert_eq!(Kind::phrase("session.start", false), "tried to sign in");
        assert_eq!(Kind::phrase("of.another.time", false), "of.another.time");
        for (kind, word, done, tried) in Kind::ALL {
            assert_eq!(kind.word(), word);
            // Asking is the same thing whatever comes of it.
            assert!(done != tried || kind == Kind::CredentialsIssue, "{word}");
        }
    }
}
