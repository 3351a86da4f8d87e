//! Data keys, with a key management service of our own that can be switched off; tests/portal/kms.rs has a real one.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;

use super::service::Scene;
use super::*;

#[tokio::test]
async fn one_data_key_seals_many_and_no_folder_is_needed() {
    let scene = Scene::new();
    let keyring = scene.keyring(true);
    let blobs = [keyring.seal(&PLACE, b"one").await.unwrap(), keyring.seal(&PLACE, b"two").await.unwrap()];
    assert_eq!(Keyring::name_of(&blobs[0]), Keyring::name_of(&blobs[1]));
    assert!(Keyring::name_of(&blobs[0]).unwrap().is_data_key);
    assert_eq!(scene.asked(), 1);
    assert!(!keyring.path().exists());
    let another = scene.keyring(true);
    assert!(
        matches!(another.open_prepared(&PLACE, &blobs[0]), Err(OpenError::Kms { .. })),
        "nothing was asked for yet"
    );
    assert_eq!(another.open_sealed(&PLACE, &blobs[0]).await.unwrap().as_slice(), b"one");
    assert_eq!(another.open_sealed(&PLACE, &blobs[1]).await.unwrap().as_slice(), b"two");
    assert_eq!(scene.asked(), 2);
    let elsewhere = Place { row: "r2", ..PLACE };
    assert!(matches!(another.open_sealed(&elsewhere, &blobs[0]).await, Err(OpenError::Decrypt { .. })));
    let without = Keyring::look(scene.folder.path(), &scene.clock);
    let error = without.open_sealed(&PLACE, &blobs[0]).await.unwrap_err();
    assert!(error.sentence().contains("kms_key_id"), "{}", error.sentence());
}

#[tokio::test]
async fn every_changed_bit_of_a_wrapped_seal_is_found() {
    let scene = Scene::new();
    let keyring = scene.keyring(true);
    let blob = keyring.seal(&PLACE, b"fake secret").await.unwrap();
    for byte in 0..blob.len() {
        let mut changed = blob.clone();
        changed[byte] ^= 1 << (byte % 8);
        assert!(keyring.open_sealed(&PLACE, &changed).await.is_err(), "byte {byte}");
    }
    for length in 0..blob.len() {
        assert!(keyring.open_sealed(&PLACE, &blob[..length]).await.is_err(), "cut to {length}");
    }
    assert!(keyring.open_sealed(&PLACE, &blob).await.is_ok());
}

#[tokio::test]
async fn an_outage_is_bridged_for_a_bounded_time_and_said() {
    let scene = Scene::new();
    let blob = scene.keyring(true).seal(&PLACE, b"fake secret").await.unwrap();
    let keyring = scene.keyring(true);
    assert!(keyring.open_sealed(&PLACE, &blob).await.is_ok());
    scene.switch(true);
    scene.clock.advance(TimeDelta::minutes(59));
    assert!(keyring.open_sealed(&PLACE, &blob).await.is_ok());
    assert!(keyring.check().is_ok());
    scene.clock.advance(TimeDelta::minutes(1));
    let error = keyring.open_sealed(&PLACE, &blob).await.unwrap_err();
    let OpenError::Kms { kms_key, cause, .. } = &error else { panic!("{error:?}") };
    assert_eq!((kms_key.as_str(), cause.as_str()), ("alias/fake", "it is switched off"));
    assert!(keyring.has_file(&blob).is_err() && keyring.check().is_err());
    assert!(keyring.seal(&PLACE, b"x").await.unwrap_err().to_string().contains("alias/fake"));
    // Those who come at once after are told the same, without another call each.
    let asked = scene.asked();
    for _ in 0..10 {
        assert!(keyring.open_sealed(&PLACE, &blob).await.is_err());
    }
    assert_eq!(scene.asked(), asked);
    scene.switch(false);
    scene.clock.advance(TimeDelta::seconds(3));
    assert!(keyring.open_sealed(&PLACE, &blob).await.is_ok());
    assert!(keyring.check().is_ok());
    // A clock that goes back does not make a data key live longer.
    scene.switch(true);
    scene.clock.advance(TimeDelta::days(-1));
    assert!(keyring.open_sealed(&PLACE, &blob).await.is_err());
}

#[tokio::test]
async fn what_is_used_is_asked_for_anew_at_half_its_time() {
    let scene = Scene::new();
    let blob = scene.keyring(true).seal(&PLACE, b"fake secret").await.unwrap();
    let keyring = scene.keyring(true);
    keyring.prepare(&[&blob]).await;
    let asked = scene.asked();
    scene.clock.advance(TimeDelta::minutes(31));
    keyring.prepare(&[&blob]).await;
    while scene.asked() == asked {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    scene.switch(true);
    scene.clock.advance(TimeDelta::minutes(59));
    assert!(keyring.open_sealed(&PLACE, &blob).await.is_ok(), "an outage finds it young");
}

#[tokio::test]
async fn many_who_wait_for_one_data_key_ask_once() {
    let scene = Scene::new();
    let blob = scene.keyring(true).seal(&PLACE, b"fake secret").await.unwrap();
    let keyring = scene.keyring(true);
    let asked = scene.asked();
    let opened = futures_util::future::join_all((0..50).map(|_| keyring.open_sealed(&PLACE, &blob))).await;
    assert!(opened.iter().all(Result::is_ok));
    assert_eq!(scene.asked(), asked + 1);
}

#[tokio::test]
async fn both_kinds_open_beside_each_other_and_the_configured_one_seals() {
    let scene = Scene::new();
    Keyring::open(&scene.folder.path().join("keys"), &scene.clock).unwrap();
    let (files, kms) = (scene.keyring(false), scene.keyring(true));
    let (old, new) = (files.seal(&PLACE, b"old").await.unwrap(), kms.seal(&PLACE, b"new").await.unwrap());
    assert_eq!([&old, &new].map(|blob| Keyring::name_of(blob).unwrap().is_data_key), [false, true]);
    for keyring in [&files, &kms] {
        assert_eq!(keyring.open_sealed(&PLACE, &old).await.unwrap().as_slice(), b"old");
        assert_eq!(keyring.open_sealed(&PLACE, &new).await.unwrap().as_slice(), b"new");
    }
}

#[tokio::test]
async fn a_data_key_is_taken_up_again_only_where_the_same_key_wraps_still() {
    let scene = Scene::new();
    let blob = scene.keyring(true).seal(&PLACE, b"x").await.unwrap();
    let name = Keyring::name_of(&blob).unwrap();
    let resumed = scene.keyring(true);
    resumed.adopt(&blob).await.unwrap();
    assert_eq!(resumed.sealing_key().await.unwrap(), name);
    scene.service.other.store(true, Ordering::SeqCst);
    let moved = scene.keyring(true);
    moved.adopt(&blob).await.unwrap();
    assert_ne!(moved.sealing_key().await.unwrap(), name);
}
