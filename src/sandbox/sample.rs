//! The world of `daypass sandbox` when it runs alone.

use super::world::{Account, Domain, Key, Role, User, World};

/// The access key of the sample world's broker; it may do everything the sandbox offers.
pub const SAMPLE_KEY_ID: &str = "SBXABROKEREXAMPLE001";
/// Its secret: fixed, because nothing is behind it, and visibly not a real one.
pub const SAMPLE_SECRET: &str = "sandbox/only/not/a/real/secret/EXAMPLE01";
/// An access key of the sample world's second account, [`SAMPLE_OTHER_ACCOUNT`].
pub const SAMPLE_OTHER_KEY_ID: &str = "SBXAOTHEREXAMPLE0001";
/// Its secret, as visibly not a real one.
pub const SAMPLE_OTHER_SECRET: &str = "sandbox/only/not/a/real/secret/EXAMPLE06";
/// The second account of the sample world.
pub const SAMPLE_OTHER_ACCOUNT: &str = "210987654321";
/// The account of the sample world that holds the broker.
pub const SAMPLE_ACCOUNT: &str = "123456789012";

fn key(id: &str, number: u8) -> Key {
    Key::new(id, &format!("sandbox/only/not/a/real/secret/EXAMPLE{number:02}"))
}

impl World {
    /// Three accounts that show every rule: `123456789012` with the users `broker` (may everything), `reader` (may
    /// nothing) and root, and the roles `ReadOnly` (12 h), `Operator` (1 h, external id `example-external-id`),
    /// `Strict` (neither tags nor source identity nor registries), `Chained` (trusts `ReadOnly`); `210987654321` with `CrossAccount`,
    /// which trusts the first account, and a user and a role of its own; and one in China with the same user and role.
    #[must_use]
    pub fn sample() -> Self {
        let mut main = Account { id: SAMPLE_ACCOUNT.to_owned(), partition: "aws".to_owned(), ..Account::default() };
        let broker = main.user_arn("broker");
        let mut inactive = key("SBXAINACTIVEEXAMPLE1", 2);
        inactive.active = false;
        main.users.push(User::broker("broker", key(SAMPLE_KEY_ID, 1)));
        main.users[0].keys.push(inactive);
        main.users.push(User {
            name: "reader".to_owned(),
            keys: vec![key("SBXAREADEREXAMPLE001", 3)],
            ..User::default()
        });
        main.root_keys.push(key("SBXAROOTEXAMPLE00001", 4));
        let operator =
            Role { external_id: Some("example-external-id".to_owned()), ..Role::trusting("Operator", &broker, 1) };
        let strict =
            Role { permits_tagging: false, permits_source_identity: false, ..Role::trusting("Strict", &broker, 1) };
        let chained = Role::trusting("Chained", &main.role_arn("ReadOnly"), 12);
        main.roles = vec![Role::trusting("ReadOnly", &broker, 12), operator, strict, chained];
        main.roles[3].trusts.push(broker);
        main.roles[2].no_registries = true;
        main.domains.push(Domain { name: "packages".to_owned(), region: "eu-central-1".to_owned() });

        let mut other =
            Account { id: SAMPLE_OTHER_ACCOUNT.to_owned(), partition: "aws".to_owned(), ..Account::default() };
        other.roles.push(Role::trusting("CrossAccount", &main.root_arn(), 4));
        other.users.push(User::broker("broker", Key::new(SAMPLE_OTHER_KEY_ID, SAMPLE_OTHER_SECRET)));
        other.roles.push(Role::trusting("ReadOnly", &other.user_arn("broker"), 12));

        let mut china = Account { id: "345678901234".to_owned(), partition: "aws-cn".to_owned(), ..Account::default() };
        china.users.push(User::broker("broker", key("SBXACHINAEXAMPLE0001", 5)));
        china.roles.push(Role::trusting("ReadOnly", &china.user_arn("broker"), 12));
        Self { accounts: vec![main, other, china] }
    }
}
