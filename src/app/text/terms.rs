//! The terms that the page explains, but those of the training panel's groups.

terms! {
    /// The terms that the page explains.
    Terms {
        optimizer: "Optimizer",
            "How the weights follow the gradient g of the loss. RMSprop and Adam give every weight a step size of its own; SGD rolls on with momentum.",
            "RMSprop: s = 0.9 s + 0.1 g\u{b2},  w = w \u{2212} lr \u{b7} g / \u{221a}(s + \u{3b5})";
        learning_rate: "Learning rate",
            "How far one step moves the weights. Too large and the loss jumps about or grows; too small and training takes for ever.",
            "w = w \u{2212} lr \u{b7} step";
        batch_size: "Batch size",
            "How many images are averaged for one step. Larger batches give smoother steps, but fewer of them.",
            "steps an epoch = images / batch size, rounded up";
        epochs: "Epochs",
            "How often every training image is seen. The images are shuffled anew for each epoch.",
            "";
        seed: "Seed",
            "Where the random numbers start: initial weights and shuffling. The same seed and settings give the same network, bit for bit.",
            "";
        workers: "Workers",
            "How many threads share each batch. More are faster, up to the machine's cores; the weights come out the same, bit for bit.",
            "";
        loss: "Loss",
            "How surprised the network is by the right answer, averaged over images. 2.30 is guessing among ten digits; 0 is certain and right.",
            "loss = \u{2212}ln p(right digit)";
        accuracy: "Accuracy",
            "The share of images whose most probable digit is the right one. Validation images are never trained on.",
            "accuracy = right / all";
        limit: "Images used",
            "Trains on the first so many training images. With few of them a network learns them by heart, and the test shows it.",
            "";
        label_noise: "Label noise",
            "The share of the training labels that is changed to another class, at random but the same for the same seed. The test labels stay right.",
            "";
        classes: "Class names",
            "What the classes of your files are called, first to last, with commas between. They are part of the link, but not of the run.",
            "";
        without: "Left out",
            "Classes that are not trained on. The model keeps a unit for each and the test keeps their images: see what it takes them for.",
            "";
        gradient_norm: "Gradient norm",
            "How long the gradient of the loss is, over all weights together, before any clipping. It should neither vanish nor explode.",
            "norm = \u{221a}(g\u{2081}\u{b2} + g\u{2082}\u{b2} + \u{2026})";
        weight_norm: "Weight norm",
            "How long all weights together are, after the step. It grows slowly while the network learns; weight decay holds it down.",
            "norm = \u{221a}(w\u{2081}\u{b2} + w\u{2082}\u{b2} + \u{2026})";
        dead_units: "Dead ReLU units",
            "The share of filters and units whose ReLU gave 0 for every validation image. They pass on nothing, and no gradient wakes them.",
            "dead = units that are always 0 / all with ReLU";
    }
}
