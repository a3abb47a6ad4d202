//! What a teacher asks for, and the fingerprint that a hand-in comes with.

use super::{Section, Settings, Simd, data, engine, model, names, shown};
use crate::app::assignment::{Assignment, Goal, Group, Groups, plain};

pub(super) const SECTION: Section = Section {
    names: &["task", "lock", "hide", "goal", "expect"],
    get,
    assign,
};

/// Hexadecimal digits of a fingerprint.
const FINGERPRINT: usize = 16;

fn get(settings: &Settings, name: &str) -> String {
    let assignment = &settings.assignment;
    match name {
        "task" => assignment.task.clone(),
        "lock" => assignment.locked.to_string(),
        "hide" => assignment.hidden.to_string(),
        "goal" => assignment.goal.to_string(),
        _ => assignment.expected.clone().unwrap_or_default(),
    }
}

fn assign(settings: &mut Settings, name: &str, value: &str) -> Result<(), String> {
    let assignment = &mut settings.assignment;
    let groups = || {
        let ids = Group::ALL.map(Group::id).join(",");
        Groups::parse(value).map_err(|wrong| format!("{name} must be of {ids}, got {}", shown(&plain(&wrong))))
    };
    match name {
        "task" => assignment.task = task(value)?,
        "lock" => assignment.locked = groups()?,
        "hide" => assignment.hidden = groups()?,
        "goal" => {
            let goal = Goal::parse(value);
            assignment.goal = goal.map_err(|problem| format!("{name}: {problem}, got {}", shown(&plain(value))))?;
        }
        _ => assignment.expected = fingerprint(value)?,
    }
    Ok(())
}

fn task(value: &str) -> Result<String, String> {
    let task = plain(value);
    match task.chars().count() {
        0..=Assignment::LONGEST_TASK => Ok(task),
        long => Err(format!(
            "task must have at most {} characters, got {long}",
            Assignment::LONGEST_TASK
        )),
    }
}

fn fingerprint(value: &str) -> Result<Option<String>, String> {
    let value = value.to_ascii_lowercase();
    let digits = value.len() == FINGERPRINT && value.bytes().all(|sign| sign.is_ascii_hexdigit());
    match &value[..] {
        "" => Ok(None),
        _ if digits => Ok(Some(value)),
        _ => Err(format!(
            "expect must be a fingerprint of {FINGERPRINT} hexadecimal digits, got {}",
            shown(&plain(&value))
        )),
    }
}

impl Settings {
    /// The group of controls that a setting is of; none for what computes.
    pub fn group(name: &str) -> Option<Group> {
        let in_section = |section: &Section| section.names.contains(&name);
        match name {
            "seed" => Some(Group::Seed),
            _ if in_section(&data::SECTION) => Some(Group::Data),
            _ if in_section(&model::SECTION) => Some(Group::Model),
            _ if in_section(&engine::SECTION) || in_section(&SECTION) => None,
            _ => names().any(|known| known == name).then_some(Group::Training),
        }
    }

    /// These settings under the assignment of `old`, with what it holds as it is there.
    pub fn held(mut self, old: &Self) -> Self {
        self.assignment = old.assignment.clone();
        for name in names() {
            let held = Self::group(name).is_some_and(|group| self.assignment.holds(group));
            let value = old.get(name).unwrap_or_default();
            if held && self.get(name).as_deref() != Some(&value) {
                // What could be set once can be set again; where other settings forbid it, they are the user's.
                let _ = self.set(name, &value);
            }
        }
        self
    }

    /// The settings that train this run again, in the same instructions, and compare its fingerprint.
    pub fn hand_in(&self, fingerprint: &str, simd: Option<Simd>) -> Self {
        let mut settings = self.clone();
        settings.assignment.expected = Some(fingerprint.into());
        settings.autostart = true;
        settings.simd = simd.unwrap_or(self.simd);
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(hash: &str) -> Settings {
        let (settings, problems) = Settings::parse(hash);
        assert!(problems.is_empty(), "{problems:?}");
        settings
    }

    #[test]
    fn an_assignment_survives_its_link() {
        let hash = "task=Reach%200.98%20%26%20stay%20small:%20100%25%20%C3%A4&lock=data,seed&hide=model&goal=acc:0.98,params:10000&expect=0123456789abcdef";
        let settings = parsed(hash);
        assert_eq!(settings.assignment.task, "Reach 0.98 & stay small: 100% \u{e4}");
        assert_eq!(settings.to_hash(), hash);
        assert_eq!(parsed(&settings.to_hash()), settings);
    }

    #[test]
    fn what_is_none_gives_a_sentence_and_is_left_out() {
        let long = "a".repeat(Assignment::LONGEST_TASK + 1);
        for (hash, sentence) in [
            (
                &format!("task={long}")[..],
                "task must have at most 300 characters, got 301. It is left out.",
            ),
            (
                "lock=workers",
                "lock must be of data,model,training,seed, got workers. It is left out.",
            ),
            (
                "goal=acc:98",
                "goal: acc must be above 0 and at most 1, got acc:98. It is left out.",
            ),
            (
                "expect=xyz",
                "expect must be a fingerprint of 16 hexadecimal digits, got xyz. It is left out.",
            ),
        ] {
            assert_eq!(Settings::parse(hash), (Settings::default(), vec![sentence.to_string()]));
        }
    }

    #[test]
    fn what_is_held_stays_and_the_rest_changes() {
        let old = parsed("lock=training&hide=data&limit=640&lr=0.01&seed=7");
        let mut new = old.clone();
        for (name, value) in [("preset", "fast99"), ("limit", "100"), ("seed", "8"), ("workers", "2")] {
            new.set(name, value).unwrap();
        }
        let held = new.held(&old);
        assert_eq!(held.config, old.config);
        assert_eq!((held.preset, held.workers), (crate::spec::Preset::Fast99, Some(2)));

        let seed = parsed("lock=seed&seed=7");
        let mut new = seed.clone();
        new.set("seed", "8").unwrap();
        new.set("epochs", "9").unwrap();
        let held = new.held(&seed);
        assert_eq!((held.config.seed, held.config.epochs), (7, 9));

        let model = parsed("lock=model&model=Flatten/Dense:10,activation=softmax");
        let mut new = model.clone();
        new.set("preset", "best").unwrap();
        assert_eq!(new.held(&model).model, model.model);
    }

    #[test]
    fn an_edit_leaves_the_assignment_and_without_one_changes_what_it_wants() {
        let old = parsed("task=Try&lock=model&lr=0.01");
        assert_eq!(parsed("lr=0.02").held(&old), parsed("task=Try&lock=model&lr=0.02"));
        let free = parsed("lr=0.02&preset=best");
        assert_eq!(free.clone().held(&parsed("")), free);
    }

    #[test]
    fn a_hand_in_is_the_same_run_with_its_fingerprint() {
        let settings = parsed("task=Try&goal=acc:0.5&limit=640&epochs=1&seed=3");
        let hand_in = settings.hand_in("0123456789abcdef", Some(Simd::Simd128));
        assert!(hand_in.same_run(&settings) && hand_in.assignment.goal == settings.assignment.goal);
        let hash = hand_in.to_hash();
        assert!(
            hash.contains("expect=0123456789abcdef") && hash.contains("simd=simd128") && hash.contains("autostart=1")
        );
        assert_eq!(parsed(&hash), hand_in);
    }
}
