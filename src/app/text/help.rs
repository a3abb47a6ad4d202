//! The words of the help.

words! {
    /// The words of the help.
    HelpText {
        title: "How to use Digit Lab",
        draw: "Draw a digit on the pad. The network answers while you draw, and every layer shows what it makes of the drawing.",
        train: "Train builds a new network with random weights and trains it on MNIST, in this tab: nothing leaves your computer. Draw while it learns and watch it change its mind.",
        look: "Each row of the network is one layer. A tile is one channel: the stronger the colour, the larger the number. Click a row to enlarge it.",
        link: "The address of the page holds the settings: who opens the link gets the same run, bit for bit.",
        shortcuts: "Keyboard",
        shortcuts_on: "Keyboard shortcuts are on",
        key_space: "Space",
        key_right: "Right arrow",
        key_escape: "Escape",
        does_train: "Train or pause",
        does_step: "One mini-batch",
        does_reset: "Reset",
        does_clear: "Clear the pad",
        does_undo: "Undo the last stroke",
        does_help: "This help",
        does_close: "Close what is open",
    }
}
