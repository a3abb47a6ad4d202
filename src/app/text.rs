//! Every word of the page, in one place, a file a section: a second language is a second [`Text`].

/// The words of a section: a struct whose fields are named after what they stand for, and the English ones.
macro_rules! words {
    (
        $(#[$about:meta])*
        $Section:ident { $($name:ident: $text:literal,)* }
        $(with $($part:ident: $Part:ty = $english:expr,)*)?
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        #[allow(missing_docs)]
        pub struct $Section {
            $(pub $name: &'static str,)*
            $($(pub $part: $Part,)*)?
        }

        pub(super) const ENGLISH: $Section = $Section {
            $($name: $text,)*
            $($($part: $english,)*)?
        };
    };
}

/// Terms of a section, each with its name, what it means and its formula, and the English ones.
macro_rules! terms {
    (
        $(#[$about:meta])*
        $Section:ident { $($name:ident: $label:literal, $help:literal, $formula:literal;)* }
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        #[allow(missing_docs)]
        pub struct $Section {
            $(pub $name: super::Term,)*
        }

        pub(super) const TERMS: $Section = $Section {
            $($name: super::Term { name: $label, help: $help, formula: $formula },)*
        };
    };
}

mod assignment;
mod coach;
mod curves;
mod data;
mod engine;
mod evaluation;
mod files;
mod hand;
mod help;
mod history;
mod inside;
mod model;
mod network;
mod offline;
mod pad;
mod race;
mod recovery;
mod study;
mod terms;
mod tour;
mod training;
mod transport;

pub use assignment::{AssignmentText, HandIn};
pub use coach::CoachText;
pub use curves::CurveText;
pub use data::DataText;
pub use engine::EngineText;
pub use evaluation::EvaluationText;
pub use files::FileText;
pub use hand::HandText;
pub use help::HelpText;
pub use history::HistoryText;
pub use inside::InsideText;
pub use model::ModelText;
pub use network::NetworkText;
pub use offline::OfflineText;
pub use pad::PadText;
pub use race::RaceText;
pub use recovery::RecoveryText;
pub use study::StudyText;
pub use terms::Terms;
pub use tour::{Now, TourText};
pub use training::{Training, TrainingTerms};
pub use transport::TransportText;

use super::format::thousands;

/// The words of the page in the language in force.
pub fn t() -> &'static Text {
    &ENGLISH
}

/// A term of the field and what it means: two sentences and, where there is one, a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The term.
    pub name: &'static str,
    /// What it means.
    pub help: &'static str,
    /// The formula, or nothing.
    pub formula: &'static str,
}

words! {
    /// The words of one language: those that belong to no section, then the sections.
    Text {
        title: "Digit Lab",
        results: "Results",
        // Places.
        places: "Places",
        tab_draw: "Draw",
        tab_train: "Train",
        tab_network: "Network",
        tab_results: "Results",
        // On many a button.
        about: "About",
        close: "Close",
        copy: "Copy",
        copied: "Copied",
        retry: "Retry",
        stop: "Stop",
        undo: "Undo",
        dismiss: "Dismiss",
        restart: "Restart",
        reload: "Reload",
        download: "Download",
        csv: "CSV",
        png: "PNG",
        // Trouble.
        worker_slow: "The worker has not started within half a minute. The connection may be slow: wait, or restart it.",
        other_build: "The page and its worker are of different versions. Reload to get the new one; if this stays, empty the browser's cache.",
        copy_failed: "The link could not be copied: copy the address from the address bar.",
        copy_text_failed: "The text could not be copied: select it and copy it by hand.",
    }
    with
        assignment: AssignmentText = assignment::ENGLISH,
        coach: CoachText = coach::ENGLISH,
        curves: CurveText = curves::ENGLISH,
        data: DataText = data::ENGLISH,
        engine: EngineText = engine::ENGLISH,
        evaluation: EvaluationText = evaluation::ENGLISH,
        files: FileText = files::ENGLISH,
        hand: HandText = hand::ENGLISH,
        help: HelpText = help::ENGLISH,
        history: HistoryText = history::ENGLISH,
        inside: InsideText = inside::ENGLISH,
        model: ModelText = model::ENGLISH,
        network: NetworkText = network::ENGLISH,
        offline: OfflineText = offline::ENGLISH,
        pad: PadText = pad::ENGLISH,
        race: RaceText = race::ENGLISH,
        recipe: Training = training::ENGLISH,
        recovery: RecoveryText = recovery::ENGLISH,
        study: StudyText = study::ENGLISH,
        terms: Terms = terms::TERMS,
        tour: TourText = tour::ENGLISH,
        transport: TransportText = transport::ENGLISH,
}

/// So many images.
fn images(count: usize) -> String {
    match count {
        1 => "1 image".into(),
        _ => format!("{} images", thousands(count)),
    }
}

impl Text {
    /// How many steps.
    pub fn steps(&self, count: usize) -> String {
        format!("{} steps", thousands(count))
    }

    /// A link that asks for other instructions than the worker at hand has.
    pub fn other_simd(&self, id: &str) -> String {
        format!("The link asks for simd={id}, which takes a reload. Everything else of it is in force.")
    }

    /// A setting of the address that could not be used.
    pub fn bad_link(&self, problems: &str) -> String {
        format!("In the address: {problems}")
    }

    /// The worker's own words about its end.
    pub fn worker_failed(&self, reason: &str) -> String {
        format!(
            "The worker stopped ({reason}). Your drawing and settings are safe, and so is the run as it was saved last: reload the page to go on with it."
        )
    }

    /// Other instructions than those asked for.
    pub fn other_tier(&self, wanted: &str, got: &str) -> String {
        format!("simd={wanted} is not available here: {got} is used.")
    }
}
