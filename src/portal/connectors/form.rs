//! The form of a connector, and every rule on it.

use serde::{Deserialize, Serialize};

use super::per_person;
use crate::app::App;
use crate::model::FieldErrors;
use crate::model::access_key::{AccessKey, KeyKind};
use crate::model::cap::{Basis, Cap, cap};
use crate::model::connector::{Connector, parse_name};
use crate::model::hop::{Hop, parse_through, write_through};
use crate::model::policy::{Policy, SessionPolicies, in_account, parse_arns};
use crate::model::principal::{Principal, PrincipalType, RoleArn, SourceIdentity, parse_external_id};
use crate::model::session_tag::{parse_tags, write_tags};
use crate::model::{session, slug};
use crate::portal::PortalError;
use crate::portal::source::source_rule;
use crate::portal::use_connector::destination_of;
use crate::random;
use crate::store::{StoreError, access_keys};

/// What was typed into the form of a connector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectorForm {
    /// Name.
    pub name: String,
    /// Slug; empty: made from the name.
    pub slug: String,
    /// One line for the people who use it.
    pub description: String,
    /// [`PrincipalType::word`].
    pub principal_type: String,
    /// The access key's id.
    pub access_key: String,
    /// The roles to assume first, one a line (assume role): see [`parse_through`].
    pub through: String,
    /// The role's ARN (assume role).
    pub role_arn: String,
    /// External id (assume role), may be empty.
    pub external_id: String,
    /// [`SourceIdentity::word`] (assume role); empty: off.
    pub source_identity: String,
    /// Session tags, one a line: see [`parse_tags`].
    pub tags: String,
    /// The keys of the tags that stay through further roles (assume role).
    pub transitive_tags: String,
    /// Inline policy, may be empty.
    pub policy: String,
    /// ARNs of managed policies, one a line.
    pub policy_arns: String,
    /// Federated user without a policy.
    pub omit_policy: bool,
    /// Duration; empty: AWS's default.
    pub duration: String,
    /// Region; empty: the partition's home region.
    pub region: String,
    /// What the console opens with; empty: its home page.
    pub console_start: String,
    /// For programs.
    pub system_scope: bool,
    /// Switched on.
    pub enabled: bool,
    /// Links open without asking.
    pub open_without_asking: bool,
    /// Log-ins to registries may go on after the session.
    pub registry_tokens_outlive: bool,
    /// Groups that may use it from now on beside those that may already, one a line.
    pub groups: String,
    /// The version that the form was made of.
    pub version: i32,
    /// The earlier version whose content it was filled with; 0: none.
    pub restored: i32,
}

impl From<&Connector> for ConnectorForm {
    fn from(connector: &Connector) -> Self {
        let (role_arn, external_id, source_identity) = match &connector.principal {
            Principal::AssumeRole { role, external_id, source_identity, .. } => {
                (role.as_str().to_owned(), external_id.clone().unwrap_or_default(), *source_identity)
            }
            _ => (String::new(), String::new(), SourceIdentity::Off),
        };
        let (tags, transitive_tags) = write_tags(connector.principal.tags());
        let policies = connector.principal.policies().cloned().unwrap_or_default();
        Self {
            name: connector.name.clone(),
            slug: connector.slug.clone(),
            description: connector.description.clone(),
            principal_type: connector.principal.kind().word().to_owned(),
            access_key: connector.access_key_id.clone(),
            through: write_through(connector.principal.through()),
            role_arn,
            external_id,
            source_identity: source_identity.word().to_owned(),
            tags,
            transitive_tags,
            policy: policies.inline.map(|policy| policy.text().to_owned()).unwrap_or_default(),
            policy_arns: policies.arns.join("\n"),
            omit_policy: matches!(connector.principal, Principal::FederatedUser { policies: None, .. }),
            duration: connector.duration.map(session::write_duration).unwrap_or_default(),
            region: connector.region.clone().unwrap_or_default(),
            console_start: connector.console_start.clone(),
            system_scope: connector.system_scope,
            enabled: connector.enabled,
            open_without_asking: connector.open_without_asking,
            registry_tokens_outlive: connector.registry_tokens_outlive,
            groups: String::new(),
            version: connector.version,
            restored: 0,
        }
    }
}

impl ConnectorForm {
    /// The form of a new connector that begins as a copy of another one. Groups are not copied: nobody may use it yet.
    #[must_use]
    pub fn copy_of(connector: &Connector) -> Self {
        let room = 100 - "Copy of ".len();
        let name = format!("Copy of {}", connector.name.chars().take(room).collect::<String>());
        Self { name, slug: String::new(), version: 0, ..Self::from(connector) }
    }

    /// Whether this principal type is the chosen one.
    #[must_use]
    pub fn is(&self, principal_type: &str) -> bool {
        self.principal_type == principal_type
    }

    /// How long its sessions may last at most, as far as it is filled in; `key` is the chosen access key.
    #[must_use]
    pub fn cap(&self, key: Option<&AccessKey>) -> Cap {
        cap(self.basis(PrincipalType::parse(&self.principal_type).unwrap_or(PrincipalType::AssumeRole), key))
    }

    fn basis(&self, kind: PrincipalType, key: Option<&AccessKey>) -> Basis {
        let validated = key.and_then(|key| key.validated.as_ref());
        Basis {
            kind,
            chain: !self.through.trim().is_empty(),
            source: key.map(|key| key.source),
            root: validated.is_some_and(|validated| KeyKind::of(&validated.arn) == KeyKind::Root),
        }
    }

    /// Checks everything and makes the connector of it.
    ///
    /// # Errors
    /// [`PortalError::Invalid`] with a sentence at each wrong field.
    pub(super) async fn check(&self, app: &App, before: Option<&Connector>) -> Result<Connector, PortalError> {
        let mut errors = FieldErrors::default();
        let key = self.key(app, &mut errors).await?;
        let kind = errors.take("principal_type", PrincipalType::parse(&self.principal_type));
        let connector = match (key, kind) {
            (Some(key), Some(kind)) => {
                let connector = self.connector(app, &mut errors, &key, kind, before);
                self.check_source(app, &mut errors, &key, kind, before).await?;
                connector
            }
            (_, kind) => {
                self.without_key(&mut errors, kind);
                None
            }
        };
        if let Some(kind) = kind {
            per_person::check(app, &mut errors, self, kind).await?;
        }
        match connector {
            Some(connector) if errors.is_empty() => Ok(connector),
            _ => Err(errors.into()),
        }
    }

    async fn key(&self, app: &App, errors: &mut FieldErrors) -> Result<Option<AccessKey>, PortalError> {
        if self.access_key.is_empty() {
            errors.add("access_key", "Choose the access key that calls AWS.");
            return Ok(None);
        }
        let id = self.access_key.clone();
        match app.database.read(move |connection| access_keys::find(connection, &id)).await {
            Ok(key) => Ok(Some(key)),
            Err(StoreError::NotFound) => {
                errors.add(
                    "access_key",
                    "There is no access key with this id; it may be gone. The id is Daypass's own, not AWS's.",
                );
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What can be said while nobody knows which key it is: everything wrong is shown at once.
    fn without_key(&self, errors: &mut FieldErrors, kind: Option<PrincipalType>) {
        self.words(errors);
        if kind == Some(PrincipalType::AssumeRole) {
            errors.take("through", parse_through(&self.through));
            errors.take("role_arn", RoleArn::parse(&self.role_arn));
        }
        if kind.is_some_and(PrincipalType::names_person) && !self.policy.trim().is_empty() {
            errors.take("policy", Policy::parse(&self.policy));
        }
        if let Some(kind) = kind.filter(|_| !self.duration.trim().is_empty()) {
            let checked = session::parse_duration(&self.duration).and_then(|seconds| kind.durations().check(seconds));
            let cap = cap(self.basis(kind, None));
            errors.take("duration", checked.and_then(|seconds| cap.check(seconds)));
        }
    }

    /// Name, slug and description.
    fn words(&self, errors: &mut FieldErrors) -> Option<(String, String)> {
        let name = errors.take("name", parse_name(&self.name));
        let typed = if self.slug.trim().is_empty() { slug::from_name(&self.name) } else { self.slug.clone() };
        let slug = if typed.is_empty() && name.is_none() { None } else { errors.take("slug", slug::parse(&typed)) };
        if self.description.chars().count() > 200 || self.description.chars().any(char::is_control) {
            errors.add("description", "Use one line of at most 200 characters.");
        }
        name.zip(slug)
    }

    fn connector(
        &self,
        app: &App,
        errors: &mut FieldErrors,
        key: &AccessKey,
        kind: PrincipalType,
        before: Option<&Connector>,
    ) -> Option<Connector> {
        let words = self.words(errors);
        let principal = self.principal(errors, key, kind);
        let duration = self.duration(errors, key, kind);
        let region = Some(self.region.trim().to_owned()).filter(|region| !region.is_empty());
        if region.as_ref().is_some_and(|region| !key.partition.has_region(region)) {
            errors.add(
                "region",
                format!("This is no region of {}, for example {}.", key.partition, key.partition.home_region()),
            );
        } else if let Some(region) = &region {
            errors.take("region", app.endpoints.sts(key.partition, region));
        }
        let ((name, slug), principal) = (words?, principal?);
        let account_id = match &principal {
            Principal::AssumeRole { role, .. } => Some(role.account_id().to_owned()),
            _ => key.account().map(str::to_owned),
        };
        let connector = Connector {
            id: before.map_or_else(random::id, |before| before.id.clone()),
            slug,
            name,
            description: self.description.trim().to_owned(),
            access_key_id: key.id.clone(),
            partition: key.partition,
            account_id,
            principal,
            duration,
            region,
            console_start: self.console_start.trim().to_owned(),
            system_scope: self.system_scope,
            enabled: self.enabled,
            open_without_asking: self.open_without_asking,
            registry_tokens_outlive: self.registry_tokens_outlive,
            version: self.version,
            updated_at: app.clock.now(),
        };
        if kind.opens_console() && !connector.console_start.is_empty() {
            errors.take("console_start", destination_of(app, &connector, "", None));
        }
        Some(connector)
    }

    fn principal(&self, errors: &mut FieldErrors, key: &AccessKey, kind: PrincipalType) -> Option<Principal> {
        match kind {
            PrincipalType::IamUser => Some(Principal::IamUser),
            PrincipalType::Provided => Some(Principal::Provided),
            PrincipalType::FederatedUser => {
                let policies = self.policies(errors, key, key.account());
                let tags = errors.take("tags", parse_tags(&self.tags, ""));
                let (policies, tags) = (policies?, tags?);
                match (policies.is_empty(), self.omit_policy) {
                    (false, true) => {
                        errors.add("omit_policy", "Either leave out the policy or type one, not both.");
                        None
                    }
                    (true, false) => {
                        errors.add("policy", "A federated user without a policy may do nothing. Type or insert a policy, name a policy ARN, or tick “Go without a policy”.");
                        None
                    }
                    (true, true) => Some(Principal::FederatedUser { policies: None, tags }),
                    (false, false) => Some(Principal::FederatedUser { policies: Some(policies), tags }),
                }
            }
            PrincipalType::AssumeRole => {
                let through = self.through(errors, key);
                let role = errors.take("role_arn", RoleArn::parse(&self.role_arn));
                if let Some(role) = role.as_ref().filter(|role| role.partition() != key.partition) {
                    let sentence =
                        format!("The role is in partition {}, the access key in {}.", role.partition(), key.partition);
                    errors.add("role_arn", sentence);
                }
                let typed = self.external_id.trim();
                let external_id = match typed.is_empty() {
                    true => Some(None),
                    false => errors.take("external_id", parse_external_id(typed)).map(Some),
                };
                let word = self.source_identity.as_str();
                let source_identity =
                    if word.is_empty() { Ok(SourceIdentity::Off) } else { SourceIdentity::parse(word) };
                let source_identity = errors.take("source_identity", source_identity);
                let policies = self.policies(errors, key, role.as_ref().map(RoleArn::account_id));
                let tags = errors.take("tags", parse_tags(&self.tags, &self.transitive_tags));
                Some(Principal::AssumeRole {
                    through: through?,
                    role: role?,
                    external_id: external_id?,
                    source_identity: source_identity?,
                    policies: policies?,
                    tags: tags?,
                })
            }
        }
    }

    fn through(&self, errors: &mut FieldErrors, key: &AccessKey) -> Option<Vec<Hop>> {
        let through = errors.take("through", parse_through(&self.through))?;
        if let Some(hop) = through.iter().find(|hop| hop.role.partition() != key.partition) {
            let (role, partition) = (hop.role.as_str(), hop.role.partition());
            errors
                .add("through", format!("“{role}” is in partition {partition}, the access key in {}.", key.partition));
        }
        Some(through)
    }

    /// `account` is the one whose sessions are narrowed, where it is known: managed policies have to lie in it (AssumeRole's
    /// PolicyArns: "in the same account as the role").
    fn policies(&self, errors: &mut FieldErrors, key: &AccessKey, account: Option<&str>) -> Option<SessionPolicies> {
        let inline = match self.policy.trim().is_empty() {
            true => Some(None),
            false => errors.take("policy", Policy::parse(&self.policy)).map(Some),
        };
        let arns = parse_arns(&self.policy_arns, key.partition).and_then(|arns| in_account(arns, account));
        let arns = errors.take("policy_arns", arns);
        Some(SessionPolicies { inline: inline?, arns: arns? })
    }

    fn duration(&self, errors: &mut FieldErrors, key: &AccessKey, kind: PrincipalType) -> Option<u32> {
        // Provided credentials last as long as the surroundings gave them; the field is not theirs.
        if self.duration.trim().is_empty() || kind == PrincipalType::Provided {
            return None;
        }
        let checked = session::parse_duration(&self.duration).and_then(|seconds| kind.durations().check(seconds));
        let seconds = errors.take("duration", checked)?;
        errors.take("duration", cap(self.basis(kind, Some(key))).check(seconds))
    }

    /// What may share an access key: whoever holds an IAM user's session could assume every role that other connectors
    /// reach with the same key, past grants, policies, names and log.
    async fn check_source(
        &self,
        app: &App,
        errors: &mut FieldErrors,
        key: &AccessKey,
        kind: PrincipalType,
        before: Option<&Connector>,
    ) -> Result<(), PortalError> {
        let key_kind = key.validated.as_ref().map(|validated| KeyKind::of(&validated.arn));
        if key_kind == Some(KeyKind::Root) && kind == PrincipalType::AssumeRole {
            errors.add("access_key", "A root user's key cannot assume roles. Choose an IAM user's key.");
        }
        errors.take("access_key", key.source.allows(kind));
        if let Some(Err(off)) = key.source.surroundings().map(|surroundings| app.clients.allows(surroundings)) {
            errors.add("access_key", format!("{off}. {}", off.advice()));
        }
        if app.config.aws.allow_shared_sources {
            return Ok(());
        }
        let (key, of) = (key.clone(), before.map(|before| before.id.clone()).unwrap_or_default());
        let check = app.database.read(move |connection| source_rule(connection, &key, &of, kind));
        match check.await {
            Err(StoreError::Refused(field, sentence)) => errors.add(field, sentence),
            checked => checked?,
        }
        Ok(())
    }
}
