//! What a link can set: the parameters after `#` in the page's address, and the same settings as the page edits them.
//!
//! A setting is known by its name in the address; [`Settings::set`] is the one way in, for links and for fields. The names
//! are in sections, one file each: `model`, `training`, `data`, `engine`, `assignment`.

mod assignment;
mod class_names;
mod data;
mod engine;
mod model;
mod training;

use std::borrow::Cow;

use super::assignment::Assignment;
use crate::spec::{DataRecipe, Measured, ModelSpec, Preset, TrainConfig};
pub use class_names::ClassNames;
pub use engine::{AUTO, Simd, WORKERS};

/// The longest link that is read, in bytes: longer than any that the page writes.
const MAX_LINK: usize = 1 << 16;

/// How many problems of a link are told one by one.
const MAX_TOLD: usize = 4;

/// Everything that a link can set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where model and training come from, unless `model` or `config` say otherwise.
    pub preset: Preset,
    /// The model to build.
    pub model: ModelSpec,
    /// How to train it.
    pub config: TrainConfig,
    /// What the classes of the user's own files are called; no part of a run.
    pub class_names: ClassNames,
    /// Workers that train; none: as many as the machine has cores.
    pub workers: Option<usize>,
    /// Instructions asked for.
    pub simd: Simd,
    /// Trains as soon as the page is there.
    pub autostart: bool,
    /// Lets the shipped model answer until training starts.
    pub pretrained: bool,
    /// What a teacher asks for.
    pub assignment: Assignment,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            preset: Preset::Keras,
            model: Preset::Keras.recipe().0,
            config: TrainConfig::default(),
            class_names: ClassNames::default(),
            workers: None,
            simd: Simd::Auto,
            autostart: false,
            pretrained: true,
            assignment: Assignment::default(),
        }
    }
}

/// A group of settings.
struct Section {
    /// Their names, in the order in which a link lists them.
    names: &'static [&'static str],
    /// The value of a setting as text, for the names above.
    get: fn(&Settings, &str) -> String,
    /// Takes a value from text; may leave bounds to [`Settings::set`].
    assign: fn(&mut Settings, &str, &str) -> Result<(), String>,
}

/// All of them, in the order in which a link lists them.
const SECTIONS: [Section; 10] = [
    model::SECTION,
    training::optimizer::SECTION,
    training::SECTION,
    training::schedule::SECTION,
    training::regularisation::SECTION,
    training::augmentation::SECTION,
    training::validation::SECTION,
    data::SECTION,
    engine::SECTION,
    assignment::SECTION,
];

/// The names of all settings, in the order in which a link lists them.
pub fn names() -> impl Iterator<Item = &'static str> {
    SECTIONS.iter().flat_map(|section| section.names).copied()
}

fn section(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| section.names.contains(&name))
}

impl Settings {
    /// Reads what follows `#` in an address, in whatever order: the preset, then what it is to be changed in. What cannot
    /// be used keeps its default and gives a sentence that says so.
    pub fn parse(hash: &str) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        if hash.len() > MAX_LINK {
            let problem = format!("at most {MAX_LINK} characters are read, got {}", hash.len());
            return (settings, vec![format!("{problem}. The defaults are used.")]);
        }
        let mut problems = Vec::new();
        let pairs = hash.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty());
        let mut pairs: Vec<_> = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        // A choice comes before what it leaves open.
        pairs.sort_by_key(|(name, _)| names().position(|known| known == *name));
        for (name, value) in pairs {
            if let Err(problem) = settings.set(name, &decoded(value)) {
                problems.push(match settings.get(name) {
                    Some(kept) if !kept.is_empty() => format!("{problem}. {kept} is used."),
                    _ => format!("{problem}. It is left out."),
                });
            }
        }
        let untold = problems.len().saturating_sub(MAX_TOLD);
        if untold > 0 {
            problems.truncate(MAX_TOLD);
            problems.push(format!("And {untold} more."));
        }
        (settings, problems)
    }

    /// What differs from the defaults, or from those of another preset, as a link has it after `#`.
    pub fn to_hash(&self) -> String {
        let mut link = Self::default();
        let mut parts = vec![];
        for name in names() {
            let value = self.get(name).unwrap_or_default();
            if link.get(name).is_none_or(|known| known != value) {
                // What a link says so far: a choice brings defaults of its own. It is a value that was taken before.
                let _ = link.set(name, &value);
                parts.push(format!("{name}={}", encoded(&value)));
            }
        }
        parts.join("&")
    }

    /// The value of a setting as text; empty for one that is not set, none for a name that is no setting.
    pub fn get(&self, name: &str) -> Option<String> {
        section(name).map(|section| (section.get)(self, name))
    }

    /// Sets one setting from text; nothing changes when it cannot be used.
    ///
    /// # Errors
    /// A sentence without its full stop: what is allowed, and what came.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let mut changed = self.clone();
        let section = section(name).ok_or_else(|| format!("there is no setting named {}", shown(name)))?;
        (section.assign)(&mut changed, name, value.trim())?;
        changed.config.validate().map_err(|error| error.to_string())?;
        *self = changed;
        Ok(())
    }

    /// Takes a preset's recipe; the seed and the data stay, and so does the number of images where it was changed.
    fn choose(&mut self, preset: Preset) {
        let before = self.preset.recipe().1.data.limit;
        let (model, config) = preset.recipe();
        let limit = if self.config.data.limit == before {
            config.data.limit
        } else {
            self.config.data.limit
        };
        self.preset = preset;
        self.model = model;
        self.config = TrainConfig {
            seed: self.config.seed,
            data: DataRecipe {
                limit,
                ..self.config.data
            },
            ..config
        };
    }

    /// Another model; weights of a file are another model's then.
    pub fn set_model(&mut self, model: ModelSpec) {
        if self.model != model {
            self.model = model;
            self.config.initial_weights = None;
        }
    }

    /// What these settings were measured to reach: those of a preset, whatever the seed.
    pub fn measured(&self) -> Option<Measured> {
        let (model, config) = self.preset.recipe();
        let recipe = TrainConfig {
            seed: self.config.seed,
            ..config
        };
        let same = self.model == model && self.config == recipe;
        same.then(|| self.preset.measured())
    }

    /// True where both give the same run.
    pub fn same_run(&self, other: &Self) -> bool {
        self.model == other.model && self.config == other.config
    }

    /// True where a run of these settings has become one of others by the changes that were made while it ran.
    pub fn has_become(&self, other: &Self) -> bool {
        self.model == other.model && self.config.settled() == other.config
    }
}

/// A value that is none of those a setting has.
fn no_choice(name: &str, ids: &[&str], value: &str) -> String {
    format!("{name} must be {}, got {}", ids.join(" or "), shown(value))
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    let whole = !std::any::type_name::<T>().starts_with('f');
    let kind = if whole { "a whole number" } else { "a number" };
    value
        .parse()
        .map_err(|_| format!("{name} must be {kind}, got {}", shown(value)))
}

fn switch(value: &str) -> Option<bool> {
    ["0", "1"].iter().position(|&v| v == value).map(|v| v == 1)
}

/// A value from outside, short enough for a sentence.
fn shown(value: &str) -> String {
    if value.is_empty() {
        return "nothing".into();
    }
    value.chars().take(24).collect()
}

/// A value as a link has it: what ends a value, or a link, goes as `%26`.
fn encoded(value: &str) -> String {
    let as_is = |byte: u8| byte.is_ascii_graphic() && !b"%&#\"'<>`\\^{}|+".contains(&byte);
    let byte = |byte: u8| match as_is(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    value.bytes().map(byte).collect()
}

/// A value without the `%2C` that some programs make of a link's signs; as it is, if that is not what it holds.
fn decoded(value: &str) -> Cow<'_, str> {
    let mut parts = value.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part
            .get(..2)
            .filter(|code| code.bytes().all(|sign| sign.is_ascii_hexdigit()));
        let Some(Ok(code)) = code.map(|code| u8::from_str_radix(code, 16)) else {
            return value.into();
        };
        bytes.push(code);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).map_or(value.into(), Cow::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::OptimizerSpec;

    #[test]
    fn an_empty_hash_is_the_default_and_the_default_is_an_empty_hash() {
        for hash in ["", "#", "#&&"] {
            assert_eq!(Settings::parse(hash), (Settings::default(), vec![]));
        }
        assert_eq!(Settings::default().to_hash(), "");
    }

    #[test]
    fn a_link_reproduces_its_settings() {
        let hash = "optimizer=adam&lr=0.01&batch=32&epochs=2&seed=7&limit=6000&workers=4&simd=simd128&autostart=1&pretrained=0";
        let (settings, problems) = Settings::parse(&format!("#preset=keras&{hash}"));
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(settings.config.data.limit, Some(6000));
        assert_eq!(settings.config.optimizer, OptimizerSpec::ADAM);
        assert!(settings.autostart && !settings.pretrained);
        assert_eq!(settings.to_hash(), hash);
    }

    #[test]
    fn a_preset_sets_its_recipe_and_the_rest_of_a_link_changes_it() {
        let (_, recipe) = Preset::Fast99.recipe();
        let (settings, problems) = Settings::parse("#preset=fast99");
        assert_eq!((&settings.config, problems.len()), (&recipe, 0));
        assert_eq!(settings.to_hash(), "preset=fast99");
        let (other_seed, _) = Settings::parse("#preset=fast99&seed=8");
        assert!(settings.measured().is_some() && other_seed.measured() == settings.measured());
        for hash in ["preset=fast99&batch=32&seed=3", "seed=3&batch=32&preset=fast99"] {
            let (changed, _) = Settings::parse(hash);
            let expected = TrainConfig {
                seed: 3,
                batch_size: 32,
                ..recipe.clone()
            };
            assert_eq!(changed.config, expected, "{hash}");
            assert_eq!(changed.to_hash(), "preset=fast99&batch=32&seed=3");
            assert_eq!(changed.measured(), None);
        }
    }

    #[test]
    fn another_preset_keeps_the_seed_and_the_images_and_every_state_has_its_link() {
        let mut settings = Settings::default();
        for (name, value) in [
            ("seed", "9"),
            ("limit", "640"),
            ("lr", "0.5"),
            ("preset", "best"),
            ("optimizer", "sgd"),
            ("optimizer", "adam"),
            ("preset", "fast99"),
            ("epochs", "7"),
            ("preset", "keras"),
        ] {
            settings.set(name, value).unwrap();
            assert_eq!(Settings::parse(&settings.to_hash()), (settings.clone(), vec![]));
        }
        assert_eq!(settings.to_hash(), "seed=9&limit=640");
    }

    #[test]
    fn a_preset_with_few_images_does_not_leave_them_to_the_next() {
        let mut settings = Settings::default();
        settings.set("preset", "overfit").unwrap();
        assert_eq!(
            (settings.config.data.limit, settings.to_hash()),
            (Some(200), "preset=overfit".into())
        );
        settings.set("preset", "keras").unwrap();
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn a_link_holds_the_layers_that_are_not_the_preset_s() {
        let own = "Conv2D:8,5x5,activation=tanh/MaxPooling2D/Flatten/Dense:10,activation=softmax";
        let (settings, problems) = Settings::parse(&format!("model={own}&preset=fast99"));
        assert_eq!((settings.model.layers.len(), problems.len()), (4, 0));
        assert_eq!(settings.config, Preset::Fast99.recipe().1);
        assert_eq!(settings.to_hash(), format!("preset=fast99&model={own}"));
        assert_eq!(settings.measured(), None);
        let encoded = own.replace(':', "%3A").replace(',', "%2c").replace('/', "%2F");
        assert_eq!(Settings::parse(&format!("preset=fast99&model={encoded}")).0, settings);
        let mut back = settings.clone();
        back.set("model", "").unwrap();
        assert_eq!(back.to_hash(), "preset=fast99");
    }

    #[test]
    fn a_bad_value_gives_a_sentence_and_the_default() {
        for (hash, sentence) in [
            ("epochs=0", "epochs must be from 1 to 1000, got 0. 5 is used."),
            ("epochs=many", "epochs must be a whole number, got many. 5 is used."),
            (
                "lr=-1",
                "learning_rate must be above 0 and at most 10, got -1. 0.001 is used.",
            ),
            ("lr=x", "lr must be a number, got x. 0.001 is used."),
            (
                "optimizer=",
                "optimizer must be sgd or rmsprop or adam or adamw, got nothing. rmsprop is used.",
            ),
            ("limit=-5", "limit must be a whole number, got -5. It is left out."),
            (
                "workers=3",
                "workers must be auto or 1 or 2 or 4 or 8, got 3. auto is used.",
            ),
            (
                "model=Flatten/Dens:10",
                "model: layer 2: there is no layer named Dens. It is left out.",
            ),
            (
                "model=Dense:10",
                "model: layer 1 (Dense): expected one row of features, got 28x28x1; put a Flatten before it. It is left out.",
            ),
            (
                "model=Flatten/Dense:ten",
                "model: layer 2 (Dense): units must be a whole number from 1 to 4096, got \"ten\". It is left out.",
            ),
            ("limit=%2", "limit must be a whole number, got %2. It is left out."),
            ("autostart=yes", "autostart must be 0 or 1, got yes. 0 is used."),
            ("epoch=3", "there is no setting named epoch. It is left out."),
        ] {
            assert_eq!(Settings::parse(hash), (Settings::default(), vec![sentence.to_string()]));
        }
    }

    #[test]
    fn only_what_changes_the_run_counts_as_another_run() {
        let (a, _) = Settings::parse("autostart=1");
        let (b, _) = Settings::parse("seed=2");
        assert!(a.same_run(&Settings::default()) && !b.same_run(&a));
    }
}
