//! The page of a rotation.

use super::*;

#[actix_web::test]
async fn from_the_key_to_the_end_without_javascript() {
    let scene = Scene::new().await;
    let path = format!("/admin/access-keys/{}/rotate", scene.key);
    let ada = scene.app.administrator().await;
    let key = ada.get(&format!("/admin/access-keys/{}", scene.key)).await;
    assert!(key.body.contains(&format!("href=\"{path}\"")), "{}", key.text());
    let page = ada.get(&path).await;
    page.is(200).says(KEY_ID).says("stays active for 1 h more").says("iam:CreateAccessKey");
    assert!(!page.body.contains("data-hx-get"), "nothing moves yet");
    assert_eq!(scene.app.sandbox.counters().of("ListAccessKeys").served, 0, "looking asks nobody");

    ada.post(&path, &[("action", "start")]).await.leads_to(&path);
    let page = ada.get(&path).await;
    page.is(200).says("The rotation has begun").says("Asked for by ada").says("Abandon");
    assert!(page.body.contains("data-hx-get"), "it asks again by itself");
    ada.post(&path, &[("action", "start")]).await.is(422).says("being rotated already");
    scene.step().await;
    let new = scene.newest().await.new_key_id.unwrap();
    ada.get(&path).await.is(200).says(&new).says("Not before");
    scene.next().await;
    let page = ada.get(&path).await;
    page.is(200).does_not_say("Abandon").does_not_say("End it").does_not_say("Go on");
    assert!(!page.body.contains("data-hx-get"), "not for a whole grace");
    ada.post(&path, &[("action", "abandon")]).await.is(422).says("only go on to its end");
    scene.to_the_end().await;
    let ada = scene.app.sign_in("ada").await;
    ada.get(&path).await.is(200).says("Rotated").says("asked for by ada").says(&format!("Rotate {new}"));
    for action in ["go_on", "abandon"] {
        ada.post(&path, &[("action", action)]).await.is(404);
    }
    ada.post(&path, &[("action", "nonsense")]).await.is(422).says("Choose what to do");
}

#[actix_web::test]
async fn what_stands_in_the_way_is_confirmed_on_the_page() {
    let scene = Scene::new().await;
    let path = format!("/admin/access-keys/{}/rotate", scene.key);
    let ada = scene.app.administrator().await;
    let leftover = "FAKELEFTOVERKEY00001";
    scene.add_at_aws(Key { active: false, ..Key::new(leftover, "fake-secret-of-the-leftover-not-a-real-0") });
    scene.app.sandbox.use_key(KEY_ID, "s3", "us-east-1");
    let page = ada.post(&path, &[("action", "start")]).await;
    page.is(422)
        .says("Somebody else uses this key")
        .says("Rotate it all the same")
        .says(&format!("Delete {leftover} at AWS"));
    // The questions themselves were uses, for IAM; AWS is hours behind, and says the same again.
    scene.app.sandbox.use_key(KEY_ID, "s3", "us-east-1");
    let page = ada.post(&path, &[("action", "start"), ("delete_key", leftover)]).await;
    page.is(422).says("Rotate it all the same").does_not_say("Delete FAKE");
    scene.app.sandbox.use_key(KEY_ID, "s3", "us-east-1");
    let form = [("action", "start"), ("delete_key", leftover), ("other_use", "true")];
    ada.post(&path, &form).await.leads_to(&path);
    assert_eq!(scene.at_aws(), [(KEY_ID.to_owned(), true)]);
}
