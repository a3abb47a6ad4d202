//! Models and settings as text: what is printed is read again as it was, and whatever else comes, nothing breaks.

mod common;

use common::models::Draws;
use digit_lab::{
    app::settings::Settings,
    spec::{LayerSpec, parse_layers, print_layers},
};

#[test]
fn random_models_are_read_as_they_were_printed() {
    let mut draws = Draws::new(1);
    for _ in 0..20_000 {
        let model = draws.model();
        let text = print_layers(&model.layers);
        assert_eq!(parse_layers(&text).as_ref(), Ok(&model.layers), "{text}");
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.:,=/".contains(&byte)),
            "{text}"
        );
    }
}

#[test]
fn random_models_go_through_a_link() {
    let mut draws = Draws::new(2);
    for _ in 0..2_000 {
        let text = print_layers(&draws.model().layers);
        let (settings, problems) = Settings::parse(&format!("#model={text}&seed=4"));
        assert_eq!(problems, [""; 0], "{text}");
        let hash = settings.to_hash();
        assert_eq!(Settings::parse(&hash), (settings, vec![]), "{hash}");
    }
}

#[test]
fn the_largest_model_has_a_link() {
    let mut layer = LayerSpec::default_of("Conv2D").unwrap();
    for argument in layer.arguments() {
        let longest = match argument.name {
            "l1" | "l2" => "0.00000000000000000123",
            "padding" => "same",
            "activation" => "leaky_relu",
            name if name.ends_with("initializer") => "lecun_uniform",
            "dilation_rate" => "1",
            "use_bias" => "false",
            _ => "4096",
        };
        layer.set_argument(argument.name, longest).unwrap();
    }
    let layers = vec![layer; 64];
    let text = print_layers(&layers);
    assert_eq!(parse_layers(&text), Ok(layers));
    let (_, problems) = Settings::parse(&format!("model={text}"));
    assert!(
        problems[0].starts_with("model: the last layer must give"),
        "{problems:?}"
    );
}

/// What may be wrong with a link: anything. It gives settings that can be run, and a sentence of readable length.
fn check_hostile(hash: &str) {
    let (settings, problems) = Settings::parse(hash);
    assert!(
        settings.model.shapes().is_ok() && settings.config.validate().is_ok(),
        "{hash:?}"
    );
    assert!(problems.concat().chars().count() < 2_000, "{hash:?}: {problems:?}");
    assert_eq!(Settings::parse(&settings.to_hash()), (settings, vec![]), "{hash:?}");
}

#[test]
fn random_bytes_are_no_danger() {
    let mut draws = Draws::new(3);
    for _ in 0..40_000 {
        let len = draws.below(80);
        let bytes: Vec<u8> = (0..len).map(|_| draws.below(256) as u8).collect();
        let text = String::from_utf8_lossy(&bytes);
        check_hostile(&text);
        check_hostile(&format!("model={text}"));
    }
}

#[test]
fn mutated_links_are_no_danger() {
    let mut draws = Draws::new(4);
    for _ in 0..60_000 {
        let text = print_layers(&draws.model().layers);
        let hash = format!("preset=fast99&model={text}&lr=0.01&optimizer=sgd&batch=32&seed=7&limit=640&workers=2");
        let mut bytes = hash.into_bytes();
        for _ in 0..=draws.below(4) {
            mutate(&mut draws, &mut bytes);
        }
        check_hostile(&String::from_utf8_lossy(&bytes));
    }
}

/// Changes, takes away, repeats or adds something.
fn mutate(draws: &mut Draws, bytes: &mut Vec<u8>) {
    const SIGNS: &[u8] = b"&=/:,.-+%#0129eExN\0\xff \"<>";
    let at = draws.below(bytes.len() + 1);
    match draws.below(5) {
        0 if at < bytes.len() => bytes[at] = SIGNS[draws.below(SIGNS.len())],
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 => bytes.truncate(at),
        3 => {
            let repeated = bytes[at..].to_vec();
            bytes.extend(repeated);
        }
        _ => bytes.insert(at, SIGNS[draws.below(SIGNS.len())]),
    }
}

#[test]
fn endless_links_are_refused_at_once() {
    for hash in [
        "a=b&".repeat(100_000),
        format!("model={}", "Flatten/".repeat(100_000)),
        format!("model=Conv2D:{}", "9".repeat(1_000_000)),
        "%".repeat(70_000),
    ] {
        let (settings, problems) = Settings::parse(&hash);
        assert_eq!(settings, Settings::default());
        assert!(problems.len() == 1 && problems[0].len() < 200, "{problems:?}");
    }
    let (_, problems) = Settings::parse(&format!("model={}", "Flatten/".repeat(1_000)));
    assert_eq!(problems, ["model: 1001 layers; a model may have 64. It is left out."]);
    let (_, problems) = Settings::parse(&"x=1&".repeat(1_000));
    assert_eq!((problems.len(), &problems[4][..]), (5, "And 996 more."));
}
