use super::{
    layers::{
        ActivationLayer, AveragePooling2D, BatchNormalization, Conv2D, DepthwiseConv2D, GRU, LSTM, LayerNormalization,
        MaxPooling2D, ReLU, Reshape, SimpleRNN,
    },
    *,
};

#[test]
fn the_recipe_has_keras_shapes_and_parameters() {
    let spec = ModelSpec::keras_recipe();
    let shapes: Vec<_> = spec.shapes().unwrap().iter().map(|s| show_shape(s)).collect();
    assert_eq!(
        shapes,
        [
            "26x26x32", "13x13x32", "11x11x64", "5x5x64", "3x3x64", "576", "64", "10"
        ]
    );
    assert_eq!(
        spec.param_counts().unwrap(),
        [320, 0, 18_496, 0, 36_928, 0, 36_928, 650].map(|trainable| [trainable, 0])
    );
}

#[test]
fn a_layer_that_does_not_fit_is_named_with_what_it_got() {
    let mut spec = ModelSpec::keras_recipe();
    spec.layers.remove(5);
    let message = spec.shapes().unwrap_err().to_string();
    assert_eq!(
        message,
        "layer 6 (Dense): expected one row of features, got 3x3x64; put a Flatten before it"
    );

    let spec = ModelSpec {
        input_shape: vec![4, 4, 1],
        layers: vec![LayerSpec::conv2d(2, 5, Activation::Relu)],
    };
    let message = spec.shapes().unwrap_err().to_string();
    assert_eq!(message, "layer 1 (Conv2D): a window of 5x5 does not fit into 4x4");
}

#[test]
fn models_without_class_scores_or_with_too_much_of_anything_are_refused() {
    let spec = |layers| ModelSpec {
        input_shape: vec![28, 28, 1],
        layers,
    };
    for layers in [
        vec![],
        vec![LayerSpec::Flatten, LayerSpec::dense(1, Activation::Softmax)],
        vec![LayerSpec::conv2d(4, 3, Activation::Relu)],
        vec![LayerSpec::Flatten, LayerSpec::dense(0, Activation::Softmax)],
        vec![LayerSpec::Flatten, LayerSpec::dense(usize::MAX, Activation::Softmax)],
        vec![
            LayerSpec::Flatten,
            LayerSpec::dense(10, Activation::Softmax),
            LayerSpec::dense(10, Activation::Softmax),
        ],
        vec![LayerSpec::conv2d(4096, 1, Activation::Relu), LayerSpec::Flatten],
    ] {
        assert!(spec(layers.clone()).shapes().is_err(), "{layers:?}");
    }
}

#[test]
fn same_padding_strides_and_dilation_follow_keras() {
    let shape = |layer: Conv2D| LayerSpec::from(layer).output_shape(&[7, 7, 2]).unwrap();
    let layer = Conv2D {
        filters: 3,
        kernel_size: [5, 3],
        strides: [2, 3],
        padding: Padding::Same,
        ..Conv2D::default()
    };
    assert_eq!(shape(layer), [4, 3, 3]);
    let dilated = Conv2D {
        filters: 3,
        kernel_size: [3, 2],
        dilation_rate: [3, 2],
        ..Conv2D::default()
    };
    assert_eq!(shape(dilated), [1, 5, 3]);
}

/// A model of that one layer, and what it takes to be a classifier.
fn with(input_shape: &[usize], layer: impl Into<LayerSpec>) -> ModelSpec {
    let layers = vec![
        layer.into(),
        LayerSpec::Flatten,
        LayerSpec::dense(2, Activation::Softmax),
    ];
    ModelSpec {
        input_shape: input_shape.to_vec(),
        layers,
    }
}

/// Shapes and parameter counts as Keras 3.15 gives them.
#[test]
fn every_layer_has_keras_s_shape_and_parameters() {
    let depthwise = DepthwiseConv2D {
        depth_multiplier: 2,
        ..DepthwiseConv2D::default()
    };
    let average = AveragePooling2D {
        pool_size: [3, 2],
        strides: Some([2, 1]),
        padding: Padding::Same,
    };
    let reshape = Reshape {
        target_shape: vec![7, 15],
    };
    let gru = GRU {
        units: 4,
        return_sequences: true,
        ..GRU::default()
    };
    type Case<'a> = (&'a [usize], LayerSpec, &'a [usize], [usize; 2]);
    let cases: [Case; 13] = [
        (&[7, 5, 3], depthwise.into(), &[5, 3, 6], [60, 0]),
        (&[7, 5, 3], average.into(), &[4, 5, 3], [0, 0]),
        (&[7, 5, 3], LayerSpec::GlobalAveragePooling2D, &[3], [0, 0]),
        (&[7, 5, 3], LayerSpec::dropout(0.25), &[7, 5, 3], [0, 0]),
        (&[7, 5, 3], BatchNormalization::default().into(), &[7, 5, 3], [6, 6]),
        (&[7, 5, 3], LayerNormalization::default().into(), &[7, 5, 3], [6, 0]),
        (&[7, 5, 3], ActivationLayer::default().into(), &[7, 5, 3], [0, 0]),
        (&[7, 5, 3], ReLU::default().into(), &[7, 5, 3], [0, 0]),
        (&[7, 5, 3], reshape.into(), &[7, 15], [0, 0]),
        (&[7, 5], SimpleRNN::default().into(), &[64], [64 * (5 + 64 + 1), 0]),
        (&[7, 5], LSTM::default().into(), &[64], [4 * 64 * (5 + 64 + 1), 0]),
        (&[7, 5], GRU::default().into(), &[64], [3 * 64 * (5 + 64 + 2), 0]),
        (&[7, 5], gru.into(), &[7, 4], [3 * 4 * (5 + 4 + 2), 0]),
    ];
    for (input, layer, shape, params) in cases {
        let spec = with(input, layer.clone());
        assert_eq!(spec.shapes().unwrap()[0], shape, "{layer:?}");
        assert_eq!(spec.param_counts().unwrap()[0], params, "{layer:?}");
    }
}

#[test]
fn what_cannot_be_says_why() {
    let reason = |input: &[usize], layer: LayerSpec| with(input, layer).shapes().unwrap_err().to_string();
    let both = Conv2D {
        strides: [2, 2],
        dilation_rate: [2, 2],
        ..Conv2D::default()
    };
    assert_eq!(
        reason(&[9, 9, 1], both.into()),
        "layer 1 (Conv2D): strides of 2x2 and a dilation_rate of 2x2: one of them must be 1x1"
    );
    assert_eq!(
        reason(&[28, 28, 1], GRU::default().into()),
        "layer 1 (GRU): expected steps x features, got 28x28x1; put a Reshape to 28x28 before it"
    );
    assert_eq!(
        reason(&[4, 4, 1], Reshape::default().into()),
        "layer 1 (Reshape): expected 784 numbers, as 28x28 has, got 16 in 4x4x1"
    );
    assert_eq!(
        reason(&[4], LayerSpec::dropout(1.5)),
        "layer 1 (Dropout): rate must be from 0 to 1, got 1.5"
    );
    let normalization = LayerNormalization { epsilon: 0.0 };
    assert_eq!(
        reason(&[4], normalization.into()),
        "layer 1 (LayerNormalization): epsilon must be from 0.0000001 to 1, got 0"
    );
    let bounded = ReLU {
        max_value: Some(0.0),
        ..ReLU::default()
    };
    assert_eq!(
        reason(&[4], bounded.into()),
        "layer 1 (ReLU): max_value must be above 0 and at most 1000, got 0"
    );
    let softmax = ActivationLayer {
        activation: Activation::Softmax,
    };
    assert_eq!(
        reason(&[4], softmax.into()),
        "layer 1 (Activation): softmax is for the last layer only"
    );
    for input in [&[][..], &[0, 3], &[1 << 11; 3]] {
        let message = with(input, LayerSpec::Flatten).shapes().unwrap_err().to_string();
        assert!(message.starts_with("images of "), "{message}");
    }
}

#[test]
fn every_argument_can_be_read_as_text_and_set_from_it() {
    for kind in LayerSpec::KINDS {
        let mut layer = LayerSpec::default_of(kind).unwrap();
        assert_eq!(layer.kind(), *kind);
        for argument in layer.arguments() {
            let before = layer.clone();
            layer.set_argument(argument.name, &argument.value).unwrap();
            assert_eq!(layer, before);
            if let Some(default) = &argument.default {
                assert_eq!((default, argument.is_default()), (&argument.value, true));
            }
            let others = match argument.kind {
                ArgumentKind::Count => vec!["7"],
                ArgumentKind::Pair => vec!["3x7", "5x5"],
                ArgumentKind::OptionalPair => vec!["3x7", "5x5", ""],
                ArgumentKind::Sizes => vec!["7", "7x2", "7x4x7"],
                ArgumentKind::Margins => vec!["1x0x3x2", "0x0x0x0"],
                ArgumentKind::Share => vec!["0.125", "0.001"],
                ArgumentKind::OptionalBound => vec!["6", "0.5", ""],
                ArgumentKind::Choice(ids) => ids.to_vec(),
                ArgumentKind::Switch => vec!["true", "false"],
            };
            for text in others {
                layer.set_argument(argument.name, text).unwrap();
                let now = layer.arguments();
                let own = now.iter().find(|other| other.name == argument.name).unwrap();
                assert_eq!(own.value, text, "{kind} {}", argument.name);
            }
            assert!(layer.set_argument(argument.name, "-1").is_err());
        }
        assert!(layer.set_argument("nothing", "1").is_err());
    }
    assert_eq!(LayerSpec::default_of("Conv3D"), None);
}

#[test]
fn an_argument_that_cannot_be_says_why_and_changes_nothing() {
    let mut layer = LayerSpec::conv2d(8, 3, Activation::Relu);
    let before = layer.clone();
    let mut reason = |name, text| layer.set_argument(name, text).unwrap_err();
    assert_eq!(reason("filters", "0"), "filters must be from 1 to 4096, got 0");
    assert_eq!(
        reason("filters", "many"),
        "filters must be a whole number from 1 to 4096, got \"many\""
    );
    assert_eq!(
        reason("kernel_size", "3x3x3"),
        "kernel_size must be height and width as in 3x3, got \"3x3x3\""
    );
    assert_eq!(
        reason("strides", "1x9999"),
        "strides must be from 1 to 4096, got 1x9999"
    );
    assert_eq!(
        reason("padding", "full"),
        "padding must be one of valid, same, got \"full\""
    );
    assert_eq!(reason("l2", "nan"), "l2 must be from 0 to 1, got NaN");
    assert_eq!(reason("units", "3"), "there is no argument units");
    assert_eq!(layer, before);
}

#[test]
fn a_model_written_before_there_were_so_many_arguments_can_be_read() {
    let text = r#"{"input_shape":[28,28,1],"layers":[
        {"Conv2D":{"filters":32,"kernel_size":[3,3],"strides":[1,1],"padding":"valid","activation":"relu"}},
        {"MaxPooling2D":{"pool_size":[2,2],"strides":[2,2]}},"Flatten",{"Dense":{"units":10,"activation":"softmax"}}]}"#;
    let spec: ModelSpec = serde_json::from_str(text).unwrap();
    let pool = MaxPooling2D {
        strides: Some([2, 2]),
        ..MaxPooling2D::default()
    };
    let layers = [
        LayerSpec::conv2d(32, 3, Activation::Relu),
        pool.into(),
        LayerSpec::Flatten,
        LayerSpec::dense(10, Activation::Softmax),
    ];
    assert_eq!(spec.layers, layers);
}
