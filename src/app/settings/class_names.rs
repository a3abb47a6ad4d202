//! What the user calls the classes of his own files.

use std::fmt;

use super::shown;
use crate::{app::assignment::plain, spec::MAX_CLASSES};

/// The longest name, in characters.
const LONGEST: usize = 24;

/// Names by class, first to last; an empty one is not given. As text: `cat,dog,,horse`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassNames(Vec<String>);

impl ClassNames {
    /// What a class is called, if it was given a name.
    pub fn get(&self, class: usize) -> Option<&str> {
        self.0.get(class).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// Whether no class has a name.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// From text.
    ///
    /// # Errors
    /// A sentence without its full stop: what is allowed, and what came.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut names: Vec<String> = text.split(',').map(plain).collect();
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        if names.len() > MAX_CLASSES {
            return Err(format!(
                "classes must be at most {MAX_CLASSES} names, got {}",
                names.len()
            ));
        }
        match names.iter().find(|name| name.chars().count() > LONGEST) {
            Some(long) => Err(format!(
                "a class's name must have at most {LONGEST} characters, got {}\u{2026}",
                shown(long)
            )),
            None => Ok(Self(names)),
        }
    }
}

impl fmt::Display for ClassNames {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_from_their_text() {
        let names = ClassNames::parse(" cat, a  big\tdog ,,horse,,").unwrap();
        assert_eq!(names.to_string(), "cat,a big dog,,horse");
        assert_eq!(ClassNames::parse(&names.to_string()), Ok(names.clone()));
        assert_eq!(
            [0, 1, 2, 3, 4].map(|class| names.get(class)),
            [Some("cat"), Some("a big dog"), None, Some("horse"), None]
        );
        assert!(ClassNames::parse(" ,,").unwrap().is_empty());
    }

    #[test]
    fn too_many_and_too_long_ones_are_refused() {
        let many = vec!["a"; 27].join(",");
        assert_eq!(
            ClassNames::parse(&many).unwrap_err(),
            "classes must be at most 26 names, got 27"
        );
        let long = ClassNames::parse(&"x".repeat(25)).unwrap_err();
        assert!(
            long.starts_with("a class's name must have at most 24 characters"),
            "{long}"
        );
        assert!(ClassNames::parse(&vec!["y".repeat(24); 26].join(",")).is_ok());
    }
}
