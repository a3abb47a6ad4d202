//! The words of the model and its editor.

use crate::spec::Measured;

words! {
    /// The words of the model and its editor.
    ModelText {
        title: "Model",
        preset: "Preset",
        parameters: "parameters",
        undo_edit: "Undo the last change of the model",
        undo_edit_hint: "Undo the last change of the model (Ctrl+Z in here)",
        redo_edit: "Redo the change of the model",
        redo_edit_hint: "Redo the change of the model (Ctrl+Shift+Z in here)",
        add_layer: "Add layer",
        row_hint: "Edit (Enter), move (Alt+\u{2191} or \u{2193}, or drag), remove (Delete)",
        move_up: "Up",
        move_down: "Down",
        remove: "Remove",
        remove_hint: "Delete, on the row",
        rare_arguments: "Weights",
        summary: "Summary",
        does_not_fit: "The model does not fit together",
    }
}

impl ModelText {
    /// What a preset was measured to reach.
    pub fn measured(&self, measured: &Measured) -> String {
        let Measured { seeds, mean, lowest } = measured;
        match seeds {
            1 => format!("Measured: test accuracy {mean:.4} with seed 1"),
            _ => format!("Measured: test accuracy {mean:.4}, mean of {seeds} seeds; lowest {lowest:.4}"),
        }
    }

    /// A preset whose layers were changed.
    pub fn custom_from(&self, preset: &str) -> String {
        format!("custom, from {preset}")
    }

    /// A layer was added; places count from 1.
    pub fn layer_added(&self, kind: &str, place: usize, count: usize) -> String {
        format!("{kind} added: layer {place} of {count}")
    }

    /// A layer went elsewhere.
    pub fn layer_moved(&self, kind: &str, place: usize, count: usize) -> String {
        format!("{kind} moved: layer {place} of {count}")
    }

    /// A layer is gone, and so many are left.
    pub fn layer_removed(&self, kind: &str, count: usize) -> String {
        format!("{kind} removed: {count} layers")
    }

    /// A change was taken back; so many are left.
    pub fn edit_undone(&self, left: usize) -> String {
        format!("Undone: {left} more can be undone")
    }

    /// A change was made again; so many are left.
    pub fn edit_redone(&self, left: usize) -> String {
        format!("Redone: {left} more can be redone")
    }

    /// Which layer stands in the way of a run.
    pub fn layer_does_not_fit(&self, number: usize) -> String {
        format!("Layer {number} does not fit")
    }
}
