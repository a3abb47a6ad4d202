//! The words about versions of the app.

words! {
    /// The words about versions of the app.
    OfflineText {
        update: "A newer version of Digit Lab is here. This one stays until you take it, or close the tab.",
        other_tabs: "Digit Lab is open in another tab, which needs the files of this version. Close it first, then take the newer one.",
        take: "Reload with it",
    }
}
