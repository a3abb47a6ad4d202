//! The words about versions of the app.

/// The words about versions of the app.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct OfflineText {
    pub update: &'static str,
    pub other_tabs: &'static str,
    pub take: &'static str,
}

pub(super) const ENGLISH: OfflineText = OfflineText {
    update: "A newer version of Digit Lab is here. This one stays until you take it, or close the tab.",
    other_tabs: "Digit Lab is open in another tab, which needs the files of this version. Close it first, then take the newer one.",
    take: "Reload with it",
};
