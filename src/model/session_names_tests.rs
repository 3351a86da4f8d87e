//! Promise 5 over a crowd: whatever people are called, AWS sees names that it takes, each of one person alone.

use std::collections::HashMap;

use super::*;

/// A crowd of a million takes too long without optimisation, so a debug build tries a part of it.
const PEOPLE: u64 = if cfg!(debug_assertions) { 250_000 } else { 1_000_000 };

/// Numbers that are the same at each run (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 33) % end
    }

    fn character(&mut self) -> char {
        let range = match self.below(4) {
            0 => 0x80,
            1 => 0x250,
            2 => 0x1_0000,
            _ => 0x11_0000,
        };
        char::from_u32(u32::try_from(self.below(range)).unwrap()).unwrap_or('\u{FFFD}')
    }

    fn text(&mut self, longest: u64) -> String {
        let length = self.below(longest + 1);
        (0..length).map(|_| self.character()).collect()
    }

    fn pick<'a>(&mut self, all: &'a [&'a str]) -> &'a str {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    /// A user name: of any Unicode, everyday ones, and those that somebody would choose to be taken for another.
    fn user_name(&mut self) -> String {
        let plain = self.pick(&["alice", "bob", "maria.garcia", "o'neil", "j+tag", "x", "ALICE", "Jörg", "山田", "🦀"]);
        match self.below(9) {
            0 | 1 => self.text(80),
            2 => format!("{plain}{}", self.below(50_000)),
            3 => plain.to_owned(),
            4 => format!("program-{plain}{}", self.below(1000)),
            5 => format!("Program-{}", self.text(70)),
            6 => format!(
                "{plain}-{}",
                &hash("", &self.below(5000).to_string())[..self.pick(&["6", "12", "24"]).parse().unwrap()]
            ),
            7 => format!("{}{}", "maximiliane.wolkenstein-hohenfels.projektleitung@bereiche.example", self.below(1000)),
            _ => format!("{}\\{plain}@example.test", self.text(3)),
        }
    }
}

/// A name as AWS's patterns read it, written down here anew.
fn fits(name: &str, longest: usize, more: &str) -> bool {
    (2..=longest).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_=,.@-".contains(c) || more.contains(c))
        && !name.starts_with("aws:")
}

/// Whether one sees in `name` who it is: all of the user name that AWS takes, as far as there is room, in its place.
fn is_recognisable(name: &str, user_name: &str, longest: usize) -> bool {
    if name == user_name {
        return true;
    }
    let Some((shown, _)) = name.rsplit_once('-') else { return false };
    let cleaned = |c: char| if is_allowed(c) && (c != '+' || longest > FEDERATED_NAME_LONGEST) { c } else { '_' };
    let whole: String = user_name.chars().map(cleaned).collect();
    let closed = whole.to_ascii_lowercase().starts_with(PROGRAM_PREFIX);
    let whole = if closed { format!("_{}", &whole[1..]) } else { whole };
    // Cut only where the room ends.
    whole.starts_with(shown) && (shown == whole || name.len() == longest)
}

#[test]
fn of_a_crowd_each_has_names_of_their_own_that_aws_takes() {
    let mut dice = Dice(0x00DA_117A_550D_2026);
    let mut owners: HashMap<String, u64> = HashMap::new();
    let (mut plain, mut hashed) = (0, 0);
    for person in 0..PEOPLE {
        let user_name = dice.user_name();
        let directory = dice.pick(&["corp", "local", "corp2"]);
        // Two directories may have the same id.
        let id = (person / 2).to_string();
        let id = if person % 2 == 0 { id } else { format!("{id}-{directory}") };
        let mut own = Vec::new();
        for (longest, more) in [(SESSION_NAME_LONGEST, "+"), (FEDERATED_NAME_LONGEST, "")] {
            // As people are added: the first that nobody has.
            let free = |name: &String| !owners.contains_key(&name.to_ascii_lowercase());
            let name = candidates(&user_name, directory, &id, longest).find(free).unwrap();
            assert!(fits(&name, longest, more), "{name:?} of {user_name:?}");
            assert!(!name.to_ascii_lowercase().starts_with(PROGRAM_PREFIX), "{name:?} of {user_name:?}");
            assert!(is_recognisable(&name, &user_name, longest), "{name:?} of {user_name:?}");
            if person % 16 == 0 {
                let again = candidates(&user_name, directory, &id, longest).find(free);
                assert_eq!(again.as_ref(), Some(&name), "not the same twice");
            }
            if name == user_name {
                plain += 1;
            } else {
                hashed += 1;
            }
            own.push(name.to_ascii_lowercase());
        }
        for name in own {
            let other = owners.insert(name.clone(), person);
            assert!(other.is_none_or(|other| other == person), "{name:?} is two people's");
        }
    }
    assert!(plain > PEOPLE / 20 && hashed > PEOPLE, "{plain} plain, {hashed} hashed: the crowd is one-sided");
}

#[test]
fn the_names_of_programs_are_nobodys() {
    let mut dice = Dice(7);
    for _ in 0..2000 {
        let slug = dice.user_name();
        let slug: String = slug.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        for (longest, more) in [(SESSION_NAME_LONGEST, "+"), (FEDERATED_NAME_LONGEST, "")] {
            let name = program_name(&slug, longest);
            assert!(fits(&name, longest, more) && name.starts_with(PROGRAM_PREFIX), "{name:?}");
            assert!(candidates(&name, "corp", "1", longest).all(|persons| persons != name), "{name:?}");
        }
    }
}
