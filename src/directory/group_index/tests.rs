use proptest::prelude::*;

use super::*;

fn group(number: usize, name: &str, detail: &str) -> Group {
    let group = GroupRef { directory: "corp".to_owned(), id: format!("id-{number}") };
    Group { group, name: name.to_owned(), detail: detail.to_owned() }
}

fn names(found: &[Ranked]) -> Vec<&str> {
    found.iter().map(|ranked| ranked.group.name.as_str()).collect()
}

#[test]
fn the_whole_name_comes_first_then_what_begins_so() {
    let all = ["my ops", "Ops", "ops-eu", "dev", "devops", "OPS-us"];
    let index = GroupIndex::new("corp", all.iter().enumerate().map(|(n, name)| group(n, name, "")).collect());
    assert_eq!(names(&index.find(" oPs ")), ["Ops", "ops-eu", "OPS-us", "devops", "my ops"]);
    assert_eq!(names(&index.find("")), ["dev", "devops", "my ops", "Ops", "ops-eu", "OPS-us"]);
    assert!(index.find("none").is_empty() && index.find("dev\nmy").is_empty() && index.find("\n").len() == 6);
    assert!(index.has("id-0") && index.has("id-5") && !index.has("id-6") && !index.has(""));
    assert_eq!(index.get("id-4"), Some(group(4, "devops", "")));
    assert_eq!((index.get("id-1").unwrap().name.as_str(), index.get("id-6")), ("Ops", None));
    assert!(GroupIndex::new("corp", Vec::new()).find("").is_empty());
}

#[test]
fn one_more_than_are_shown_says_that_there_are_more() {
    let of =
        |count: usize| GroupIndex::new("corp", (0..count).map(|n| group(n, &format!("a team {n:03}"), "")).collect());
    for part in ["", "a", "team"] {
        assert_eq!(of(MOST_GROUPS).find(part).len(), MOST_GROUPS, "{part}");
        assert_eq!(of(MOST_GROUPS + 50).find(part).len(), MOST_GROUPS + 1, "{part}");
    }
}

#[test]
fn a_hundred_thousand_groups_take_less_than_sixteen_mebibytes() {
    let one = |n: usize| {
        let name =
            format!("Team {} {} {n:06}", ["Payments", "Data", "Network", "Audit"][n % 4], ["EU", "US", "AP"][n % 3]);
        let group = GroupRef { directory: "corp".to_owned(), id: format!("{n:08x}-5b5e-103f-8a4c-{n:012x}") };
        Group { group, detail: format!("cn={name},ou=team{},ou=groups,dc=example,dc=test", n % 50), name }
    };
    let index = GroupIndex::new("corp", (0..100_000).map(one).collect());
    assert_eq!(index.len(), 100_000);
    assert!(index.size() < 16 << 20, "{} bytes", index.size());
    assert_eq!(index.find("099999").first().map(|ranked| ranked.group.clone()), Some(one(99_999)));
}

proptest! {
    #[test]
    fn finds_what_looking_at_each_name_finds(
        words in prop::collection::vec(("[a-cA-Cé İß,=\\n]{0,6}", "[a-c]{0,2}(,[a-c]{0,2})?"), 0..40),
        part in "[a-cA-Cé İß,]{0,3}",
    ) {
        let groups: Vec<Group> = words.iter().enumerate().map(|(n, (name, detail))| group(n, name, detail)).collect();
        let index = GroupIndex::new("corp", groups.clone());
        let wanted = folded(&part);
        let mut expected: Vec<(Rank, String, String)> = groups
            .iter()
            .filter(|group| folded(&group.name).contains(&wanted))
            .map(|group| (Rank::of(&folded(&group.name), &wanted), folded(&group.name), group.detail.clone()))
            .collect();
        expected.sort();
        let found = index.find(&part);
        let got: Vec<_> =
            found.iter().map(|one| (one.rank, one.folded.clone(), one.group.detail.clone())).collect();
        prop_assert_eq!(got, expected);
        for one in &found {
            prop_assert!(groups.contains(&one.group), "{:?}", one);
        }
        prop_assert!(groups.iter().all(|group| index.has(&group.group.id)));
    }
}

/// The index of `new` after one of `known`, and whether it is the same one.
fn renewed(known: &[Group], new: &[Group]) -> (Arc<GroupIndex>, bool) {
    let known = Arc::new(GroupIndex::new("corp", known.to_vec()));
    let mut renewed = Renewed::of("corp", Some(known.clone()));
    new.iter().for_each(|group| renewed.add(group));
    let index = renewed.in_order();
    let is_same = Arc::ptr_eq(&index, &known);
    (index, is_same)
}

#[test]
fn a_list_that_did_not_change_is_not_made_anew() {
    let all = vec![group(0, "Ops", "cn,x"), group(1, "dev", "cn,x"), group(2, "dev", "cn,z")];
    let mut turned = all.clone();
    turned.reverse();
    assert!(renewed(&all, &turned).1 && renewed(&[], &[]).1);
    let with = |change: fn(&mut Vec<Group>)| {
        let mut new = all.clone();
        change(&mut new);
        new
    };
    let changes: [fn(&mut Vec<Group>); 7] = [
        |new| drop(new.pop()),
        |new| new.clear(),
        |new| new.push(group(3, "more", "cn,y")),
        |new| new.push(group(0, "Ops", "cn,x")),
        |new| "OPS".clone_into(&mut new[0].name),
        |new| "cn,y".clone_into(&mut new[1].detail),
        |new| "id-9".clone_into(&mut new[2].group.id),
    ];
    for change in changes {
        let new = with(change);
        let (index, is_same) = renewed(&all, &new);
        let fresh = GroupIndex::new("corp", new.clone());
        let found = |index: &GroupIndex| index.find("").into_iter().map(|ranked| ranked.group).collect::<Vec<_>>();
        assert_eq!((found(&index), is_same), (found(&fresh), false), "{new:?}");
        assert!(new.iter().all(|group| index.get(&group.group.id).is_some()) && index.len() == new.len());
    }
}
