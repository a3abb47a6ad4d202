"""Makes exported/: small models with random weights, as PyTorch and Keras themselves export them, and what ONNX Runtime makes
of eight images of noise.

python tests/files/exported.py torch    # pip install torch onnx onnxruntime onnxscript safetensors
python tests/files/exported.py keras    # pip install tensorflow tf2onnx onnx onnxruntime safetensors

Only the notes on where a node comes from are taken out of the files: they are longer than the weights.
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import save_file

FOLDER = Path(__file__).parent / "exported"
IMAGES = np.random.default_rng(1).random((8, 28, 28, 1), np.float32)


def torch_models():
    from torch import nn

    class Norm(nn.Module):
        """Pads and turns its axes itself."""

        def __init__(self):
            super().__init__()
            self.conv, self.norm, self.fc = nn.Conv2d(1, 4, 3), nn.LayerNorm(4), nn.Linear(4, 10)

        def forward(self, x):
            x = self.conv(nn.functional.pad(x, (1, 1, 1, 1)))
            x = self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            return self.fc(nn.functional.elu(x).mean((2, 3)))

    class Views(nn.Module):
        """Flattens by `view`, as many do."""

        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(
                nn.ZeroPad2d(2), nn.Conv2d(1, 4, 5), nn.BatchNorm2d(4), nn.LeakyReLU(0.01), nn.MaxPool2d(3, 2),
                nn.Conv2d(4, 8, 3, 2, 1), nn.ReLU6(), nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.SiLU(), nn.AvgPool2d(2),
            )
            self.scores = nn.Sequential(nn.Linear(72, 12), nn.LayerNorm(12), nn.GELU(), nn.Linear(12, 10))

        def forward(self, x):
            x = self.features(x)
            return self.scores(x.view(x.size(0), -1))

    # PyTorch's own example of MNIST, narrower.
    example = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.MaxPool2d(3), nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(256, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 10), nn.LogSoftmax(1),
    )
    bounded = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding="same"), nn.Hardtanh(0, 1), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.PReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 10), nn.Softmax(1),
    )
    return {"example": example, "views": Views(), "bounded": bounded, "norm": Norm()}


def torch_files():
    import torch

    torch.manual_seed(1)
    for name, model in torch_models().items():
        model.train()
        for _ in range(3):
            model(torch.rand(16, 1, 28, 28))
        model.eval()
        path, image = FOLDER / f"torch-{name}", (torch.rand(1, 1, 28, 28),)
        batch = {"input": {0: "batch"}}
        torch.onnx.export(
            model, image, f"{path}-script.onnx", dynamo=False, opset_version=17, input_names=["input"], dynamic_axes=batch
        )
        torch.onnx.export(
            model, image, f"{path}-dynamo.onnx", dynamo=True, input_names=["input"], external_data=False,
            dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False,
        )


def keras_models():
    from keras import layers

    return {
        "bytes": [
            layers.Rescaling(1 / 255), layers.ZeroPadding2D(1), layers.Conv2D(4, 3, strides=2), layers.LeakyReLU(0.01),
            layers.BatchNormalization(), layers.DepthwiseConv2D(3, padding="same", activation="swish"),
            layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10, activation="softmax"),
        ],
        "pools": [
            layers.Conv2D(4, 5, padding="same"), layers.ReLU(6.0), layers.AveragePooling2D(2),
            layers.Conv2D(6, 3, activation="elu"), layers.GlobalAveragePooling2D(), layers.Dropout(0.5),
            layers.Dense(12, activation="leaky_relu"), layers.Dense(10),
        ],
        "shaped": [
            layers.Reshape((784,)), layers.Dense(9, activation="relu"), layers.Reshape((3, 3, 1)),
            layers.ZeroPadding2D(((0, 1), (0, 1))), layers.Conv2D(3, 3, strides=2, activation="tanh"), layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ],
    }


def keras_files():
    import keras

    keras.utils.set_random_seed(1)
    for name, layers in keras_models().items():
        model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
        model(IMAGES, training=True)
        model.export(FOLDER / f"keras-{name}.onnx", format="onnx", verbose=False)


def softmax(scores):
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


def probabilities(path):
    model = onnx.load(path)
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for part in [model, model.graph, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        part.ClearField("metadata_props")
    model.graph.ClearField("value_info")
    onnx.save(model, path)
    run = onnxruntime.InferenceSession(model.SerializeToString())
    # Rescaling takes bytes.
    pixels = IMAGES * 255 if "bytes" in path.stem else IMAGES
    if "torch" in path.stem:
        pixels = pixels.reshape(8, 1, 28, 28)
    scores = run.run(None, {run.get_inputs()[0].name: pixels})[0]
    return scores if np.allclose(scores.sum(-1), 1, atol=1e-4) else softmax(scores)


maker = sys.argv[1]
FOLDER.mkdir(exist_ok=True)
{"torch": torch_files, "keras": keras_files}[maker]()
expected = {path.stem: probabilities(path) for path in sorted(FOLDER.glob(f"{maker}-*.onnx"))}
save_file(
    {name: np.ascontiguousarray(array, np.float32) for name, array in {"images": IMAGES, **expected}.items()},
    FOLDER / f"{maker}.safetensors",
)
