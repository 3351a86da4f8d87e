//! Ways past a chain, as the pages of both connectors tell of them.

use super::*;

/// A connector whose role stands on another one's way: its holder could go on alone, which both pages and the doctor say.
#[actix_web::test]
async fn a_way_past_a_chain_is_said_on_both_pages() {
    let (app, key) = start().await;
    let ada = app.administrator().await;
    let plain = ConnectorForm {
        role_arn: world::role("Step3"),
        external_id: String::new(),
        ..world::form("Plain", "plain", &key)
    };
    let plain_id = world::add_connector(&app, &plain, &[]).await;
    let open = form("chain", &key, 4);
    let open_id = world::add_connector(&app, &open, &[]).await;
    for (id, other, other_id) in [(&plain_id, "chain", &open_id), (&open_id, "Plain", &plain_id)] {
        let page = ada.get(&format!("/admin/connectors/{id}")).await;
        page.is(200).says("can assume it too, past the groups and limits of “chain”").says(&format!("Open “{other}”"));
        page.says(&format!("Let the trust policy of {} ask for an external id", world::role("Step4")));
        assert!(page.body.contains(&format!("/admin/connectors/{other_id}\"")), "{}", page.body);
    }
    // Of many only the first are told.
    let mut more = Vec::new();
    for number in 1..=5 {
        let name = format!("more-{number}");
        let other = ConnectorForm { role_arn: world::role("Step3"), ..world::form(&name, &name, &key) };
        more.push(world::add_connector(&app, &other, &[]).await);
    }
    let page = ada.get(&format!("/admin/connectors/{open_id}")).await;
    page.says("Open “more-5”").does_not_say("Open “Plain”").says("There are more connectors of this kind");
    for id in more {
        connectors::delete(&app.app, &world::setter(), &id).await.unwrap();
    }
    // A new connector is told before it is saved, with the form that came back.
    let typed = [("principal_type", "assume_role"), ("role_arn", &world::role("Step3")), ("enabled", "true")];
    ada.post("/admin/connectors/new", &typed).await.is(422).says("can assume it too");
    // What is narrowed, is switched off, or meets an external id leads past nothing.
    let harmless = async |change: ConnectorForm, chain: &ConnectorForm| {
        let version = connectors::show(&app.app, &world::setter(), &plain_id).await.unwrap().0.version;
        let change = ConnectorForm { version, ..change };
        connectors::update(&app.app, &world::setter(), &plain_id, &change).await.unwrap();
        let version = connectors::show(&app.app, &world::setter(), &open_id).await.unwrap().0.version;
        let chain = ConnectorForm { version, ..chain.clone() };
        connectors::update(&app.app, &world::setter(), &open_id, &chain).await.unwrap();
        for id in [&plain_id, &open_id] {
            ada.get(&format!("/admin/connectors/{id}")).await.is(200).does_not_say("can assume it too");
        }
    };
    harmless(ConnectorForm { policy: world::POLICY.to_owned(), ..plain.clone() }, &open).await;
    harmless(ConnectorForm { enabled: false, ..plain.clone() }, &open).await;
    let closed = ConnectorForm { through: format!("{} fourth-id", open.through), ..open.clone() };
    harmless(plain, &closed).await;
}
