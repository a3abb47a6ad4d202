//! The exported scripts, run where their packages are installed; the one for this engine is compiled with the tests.

use std::{fs, path::Path};

use digit_lab::{
    io::{code, model, safetensors},
    nn::Sequential,
    spec::{Activation, LayerSpec, ModelSpec},
};

use crate::{
    export::{MODELS, facts, model as random_model},
    python::{self, Packages, root},
};

/// What [`code::rust`] makes of Keras's model.
#[allow(dead_code, reason = "its main is not called")]
#[path = "recipe.rs"]
#[rustfmt::skip]
mod recipe;

const KERAS: &str = "tests/golden/keras-seed-recipe.safetensors";

/// Keras's weights with the names that we give them.
fn keras_model() -> Sequential {
    let bytes = fs::read(root().join(KERAS)).unwrap();
    model::read(bytes, &ModelSpec::keras_recipe()).unwrap().model
}

#[test]
fn the_program_for_this_engine_reaches_the_same_accuracy() {
    let program = code::rust(&facts(&keras_model()), "digit-lab.safetensors");
    let path = root().join("tests/files/recipe.rs");
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        program,
        "tests/files/recipe.rs is what code::rust writes"
    );
    let metrics = recipe::measure(&root().join(KERAS), &root().join("data/mnist")).unwrap();
    assert_eq!(format!("{:.4} {:.4}", metrics.accuracy, metrics.loss), "0.9904 0.0286");
}

/// Runs a script for Keras's model and for models of all kinds; each must print what our engine measures.
fn run(packages: Packages, name: &str, models: usize, script: fn(&safetensors::Facts, &str) -> String) {
    let Some(python) = python::with(packages) else { return };
    let folder = python.folder(name);
    let random = MODELS.into_iter().map(|(name, text)| (name, random_model(text)));
    for (model_name, model) in [("recipe", keras_model())].into_iter().chain(random).take(models) {
        let facts = facts(&model);
        let weights = folder.join(format!("{model_name}.safetensors"));
        let program = folder.join(format!("{model_name}.py"));
        fs::write(&weights, safetensors::save(&model, &facts)).unwrap();
        fs::write(&program, script(&facts, weights.to_str().unwrap())).unwrap();
        let printed = python.run(program.to_str().unwrap(), &[]);
        let last = printed.lines().last().unwrap_or_default();
        println!("{name} {model_name}: {last}");
        assert_eq!(last, measured(model), "{model_name}");
    }
}

fn measured(mut model: Sequential) -> String {
    let file = |name: &str| root().join("data/mnist").join(name);
    let (images, labels) = (file("t10k-images-idx3-ubyte"), file("t10k-labels-idx1-ubyte"));
    let images = digit_lab::data::idx::load_pair(Path::new(&images), Path::new(&labels)).unwrap();
    let metrics = digit_lab::train::evaluate(&mut model, &images, 0..images.len()).metrics();
    format!(
        "test accuracy: {:.4} - test loss: {:.4}",
        metrics.accuracy, metrics.loss
    )
}

#[test]
fn keras_runs_its_script_to_the_same_figures() {
    run(Packages::Keras, "keras", 2, code::keras);
}

#[test]
fn pytorch_runs_its_script_to_the_same_figures() {
    run(Packages::PyTorch, "pytorch", 1 + MODELS.len(), code::pytorch);
}

#[test]
fn what_the_scripts_leave_out_is_said() {
    let mut facts = facts(&keras_model());
    facts.config.data.limit = Some(100);
    facts.config.changes = vec![];
    for script in [code::keras, code::pytorch] {
        assert!(script(&facts, "w").contains("# Not done here: a part of the training images: "));
    }
    facts.model.layers[7] = LayerSpec::dense(10, Activation::Linear);
    assert!(code::keras(&facts, "w").contains("from_logits=True"));
}
