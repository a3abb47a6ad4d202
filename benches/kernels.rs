//! The kernels on the shapes of the seed recipe, 8 images at a time as in training: `cargo bench`.
//!
//! An element is one operation, so that "Gelem/s" reads GFLOP/s: the multiplications and additions of the plain formula
//! (dense-equivalent), as if nothing were left out.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use digit_lab::{
    data::ImageSet,
    nn::{
        Sequential,
        init::glorot_uniform,
        kernels::windows::Windows,
        layers::{ConvBlock, InputGradient, Layer, Mode, conv2d, dense},
        optim::norm,
    },
    random::{Stream, generator},
    spec::{
        Activation, ModelSpec, Padding, TrainConfig,
        layers::{Conv2D, Dense},
    },
    train::{SHARES, Trainer},
};

const IMAGES: usize = 8;
const BATCH: usize = SHARES * IMAGES;

/// Multiplications and additions of the seed recipe's forward pass, an image: three convolutions, two dense layers.
const RECIPE: u64 = 2 * (26 * 26 * 9 * 32 + 11 * 11 * 288 * 64 + 3 * 3 * 576 * 64 + 576 * 64 + 64 * 10);

fn random(len: usize, seed: u64) -> Vec<f32> {
    glorot_uniform(&mut generator(seed, Stream::Weights), len, 3, 3)
}

/// A 3x3 convolution with ReLU.
fn windows(side: usize, channels: usize) -> Windows {
    Windows::new([side, side, channels], [side - 2; 2], [3, 3], [1, 1], Padding::Valid)
}

/// A drawn digit's share of paper.
fn paper(images: &mut [f32]) {
    let blank = |row: usize, col: usize| !(7..21).contains(&row) || !(7..21).contains(&col);
    for (i, x) in images.iter_mut().enumerate() {
        *x = if blank(i / 28 % 28, i % 28) { 0.0 } else { x.abs() };
    }
}

/// Forward and backward of one layer on `input`, where `products` multiplications make one forward pass of an image.
fn layer(
    c: &mut Criterion,
    name: &str,
    layer: &mut dyn Layer<f32>,
    input: &[f32],
    products: usize,
    below: InputGradient,
) {
    let mut group = c.benchmark_group(name);
    let passes = match below {
        InputGradient::Wanted => 2,
        InputGradient::Unread => 1,
    };
    let operations = (2 * products * IMAGES) as u64;
    group.throughput(Throughput::Elements(operations));
    group.bench_function("forward", |b| b.iter(|| layer.forward(input, Mode::TRAIN)[0]));
    let grad = random(layer.forward(input, Mode::TRAIN).len(), 7);
    let (mut scratch, mut gradient) = (grad.clone(), vec![0.0; layer.param_count()]);
    group.throughput(Throughput::Elements(passes * operations));
    group.bench_function("backward", |b| {
        b.iter(|| {
            scratch.copy_from_slice(&grad);
            layer.backward(&mut scratch, below, &mut gradient);
        });
    });
    group.finish();
}

fn layers(c: &mut Criterion) {
    use InputGradient::{Unread, Wanted};
    let rng = &mut generator(1, Stream::Weights);
    let mut images = random(IMAGES * 784, 1);
    paper(&mut images);
    let positive = |len| random(len, 2).into_iter().map(|x| x.max(0.0)).collect::<Vec<_>>();

    let mut block = ConvBlock::new(conv2d(
        "conv1",
        windows(28, 1),
        &Conv2D::new(32, 3, Activation::Relu),
        rng,
    ));
    layer(c, "conv1 and pool", &mut block, &images, 26 * 26 * 9 * 32, Unread);
    let mut block = ConvBlock::new(conv2d(
        "conv2",
        windows(13, 32),
        &Conv2D::new(64, 3, Activation::Relu),
        rng,
    ));
    layer(
        c,
        "conv2 and pool",
        &mut block,
        &positive(IMAGES * 13 * 13 * 32),
        11 * 11 * 288 * 64,
        Wanted,
    );
    let mut conv = conv2d("conv3", windows(5, 64), &Conv2D::new(64, 3, Activation::Relu), rng);
    layer(c, "conv3", &mut conv, &positive(IMAGES * 25 * 64), 9 * 576 * 64, Wanted);
    let mut full = dense("dense1", 576, &Dense::new(64, Activation::Relu), rng);
    layer(c, "dense1", &mut full, &positive(IMAGES * 576), 576 * 64, Wanted);
}

fn images(count: usize) -> ImageSet {
    let mut pixels = random(count * 784, 3);
    paper(&mut pixels);
    ImageSet {
        images: pixels.iter().map(|x| (x * 255.0) as u8).collect(),
        labels: (0..count).map(|i| (i % 10) as u8).collect(),
        image_shape: [28, 28],
    }
}

fn recipe(c: &mut Criterion) {
    let spec = ModelSpec::keras_recipe();
    let images = images(4 * BATCH);
    let mut group = c.benchmark_group("seed recipe");
    let mut trainer = Trainer::new(&spec, &TrainConfig::default()).expect("it is the default");
    group.throughput(Throughput::Elements(3 * RECIPE * BATCH as u64));
    group.bench_function("step of 64 images", |b| {
        b.iter(|| trainer.train_batch(&images).expect("it is finite"))
    });
    let mut model = Sequential::build(&spec, &mut generator(1, Stream::Weights)).expect("it is the default");
    group.throughput(Throughput::Elements(RECIPE * IMAGES as u64));
    let input = random(IMAGES * 784, 1);
    group.bench_function("forward of 8 images", |b| {
        b.iter(|| model.forward(&input, Mode::Predict)[0])
    });
    group.throughput(Throughput::Elements(RECIPE));
    group.bench_function("every activation of 1 image", |b| {
        b.iter(|| model.forward_all(&input[..784]))
    });
    // Of the gradient and of the weights: what the curves of both cost a step.
    let weights: Vec<f32> = model.params().flat_map(|param| param.value.clone()).collect();
    group.throughput(Throughput::Elements(2 * weights.len() as u64));
    group.bench_function("one of a step's two norms", |b| {
        b.iter(|| norm(std::iter::once(std::hint::black_box(&weights[..]))))
    });
    group.finish();
}

criterion_group!(kernels, layers, recipe);
criterion_main!(kernels);
