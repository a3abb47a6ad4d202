"""Golden values from Keras/TensorFlow for every layer. usage: layers.py OUT_DIR [SEED]

Writes OUT_DIR/layers.safetensors, all f32. For each case `c`, a layer with random weights on a random batch:
  c.x, c.y (training), c.predicted (inference, after the training pass), c.grad (of the output; the loss is sum(grad y)),
  c.grad_x, c.weight.0.. (trainable) and their gradients c.grad_weight.0.., c.memory.0.. (not trainable) and
  c.memory_after.0.. (after the training pass).
`network.*`: a network with penalties and batch normalization, and `no_bias.*`, one without biases, each trained for three
  steps of SGD on one batch of bytes:
  network.images, network.labels, network.tensor.0.., network.tensor_after.0.. (of each layer the trainable ones first),
  network.losses (of each step, penalties included), network.evaluated (the loss afterwards).
The metadata hold the specs of the layers, under `cases`, `network` and `no_bias`: Keras's arguments are the engine's.
"""
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, tensorflow as tf
from safetensors.numpy import save_file
from tensorflow.keras import layers, losses, models, optimizers, regularizers

out, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7
rng = np.random.default_rng(seed)
tensors, cases = {}, {}
normal = lambda shape, scale=1.0: (scale * rng.standard_normal(shape)).astype("float32")


def build(kind, arguments):
    arguments = dict(arguments)
    if "l1" in arguments: arguments["kernel_regularizer"] = regularizers.L1L2(arguments.pop("l1"), arguments.pop("l2"))
    return getattr(layers, kind)(**arguments)


def spec(kind, arguments): return {kind: arguments} if arguments or kind not in ("Flatten", "GlobalAveragePooling2D") else kind


def fill(layer):
    """Random weights; variances are positive."""
    for v in layer.trainable_variables: v.assign(normal(v.shape, 0.5))
    for v in layer.non_trainable_variables:
        if "moving" in v.path: v.assign(np.abs(normal(v.shape, 0.5)) + 0.3)


def case(name, kind, input_shape, batch=3, **arguments):
    layer, t = build(kind, arguments), {}
    x = tf.constant(normal((batch, *input_shape)))
    layer.build(x.shape); fill(layer)
    memory = [v for v in layer.non_trainable_variables if "moving" in v.path]
    numbered = lambda role, values: t.update({f"{role}.{i}": v.numpy() for i, v in enumerate(values)})
    numbered("weight", layer.trainable_variables); numbered("memory", memory)
    with tf.GradientTape() as tape:
        tape.watch(x); y = layer(x, training=True)
        grad = normal(y.shape); value = tf.reduce_sum(grad * y)
    grads = tape.gradient(value, [x, *layer.trainable_variables])
    numbered("grad_weight", grads[1:]); numbered("memory_after", memory)
    t |= {"x": x, "y": y, "grad": grad, "grad_x": grads[0], "predicted": layer(x, training=False)}
    tensors.update({f"{name}.{role}": getattr(v, "numpy", lambda: v)() for role, v in t.items()})
    cases[name] = {"input_shape": input_shape, "layer": spec(kind, arguments)}


case("conv_strides_same", "Conv2D", [7, 6, 3], filters=4, kernel_size=[3, 2], strides=[2, 3], padding="same", activation="gelu")
case("conv_dilated_valid", "Conv2D", [8, 7, 2], filters=5, kernel_size=[3, 2], dilation_rate=[2, 3])
case("conv_dilated_same", "Conv2D", [6, 5, 3], filters=2, kernel_size=[3, 3], dilation_rate=[2, 2], padding="same", activation="tanh")
case("depthwise", "DepthwiseConv2D", [6, 7, 5], kernel_size=[3, 3], activation="relu")
case("depthwise_multiplier", "DepthwiseConv2D", [7, 6, 3], kernel_size=[2, 3], strides=[2, 2], padding="same", depth_multiplier=2)
case("depthwise_dilated", "DepthwiseConv2D", [7, 7, 2], kernel_size=[3, 2], dilation_rate=[2, 2], depth_multiplier=3)
case("max_pool", "MaxPooling2D", [7, 5, 3])
case("max_pool_same", "MaxPooling2D", [7, 5, 3], pool_size=[3, 2], strides=[2, 1], padding="same")
case("average_pool", "AveragePooling2D", [7, 5, 3], pool_size=[2, 3])
case("average_pool_same", "AveragePooling2D", [7, 5, 3], pool_size=[3, 2], strides=[2, 1], padding="same")
case("global_average_pool", "GlobalAveragePooling2D", [5, 4, 3])
case("flatten", "Flatten", [3, 4, 2])
case("reshape", "Reshape", [3, 4, 2], target_shape=[6, 4])
case("dropout_off", "Dropout", [5], rate=0.0)
for f in ["linear", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"]:
    case(f"dense_{f}", "Dense", [6], units=5, activation=f)
    case(f"activation_{f}", "Activation", [2, 9], batch=4, activation=f)
case("batch_normalization", "BatchNormalization", [5], batch=7, momentum=0.9, epsilon=0.01)
case("batch_normalization_image", "BatchNormalization", [3, 4, 5])
case("layer_normalization", "LayerNormalization", [7])
case("layer_normalization_image", "LayerNormalization", [3, 2, 5], epsilon=0.01)
for kind in ["SimpleRNN", "LSTM", "GRU"]:
    case(f"{kind}", kind, [5, 3], units=4)
    case(f"{kind}_sequences", kind, [6, 2], batch=2, units=5, return_sequences=True)
for f in ["linear", "relu"]:
    case(f"no_bias_conv_{f}", "Conv2D", [6, 5, 3], filters=4, kernel_size=[3, 2], activation=f, use_bias=False)
    case(f"no_bias_dense_{f}", "Dense", [6], units=5, activation=f, use_bias=False)
case("no_bias_depthwise", "DepthwiseConv2D", [5, 6, 3], kernel_size=[2, 3], depth_multiplier=2, use_bias=False)
for kind in ["SimpleRNN", "LSTM", "GRU"]: case(f"no_bias_{kind}", kind, [4, 3], units=5, use_bias=False, return_sequences=True)

def train(name, input_shape, network, steps=3):
    """A network from bytes, some steps of SGD on one batch."""
    net = models.Sequential([layers.Input(input_shape)] + [build(k, a) for k, a in network])
    net.compile(optimizers.SGD(0.1, momentum=0.9), losses.CategoricalCrossentropy())
    images, labels = rng.integers(0, 256, (9, *input_shape)), rng.integers(0, 3, 9)
    images[0, 0, 0, 0], labels[:3] = 255, [0, 1, 2]
    variables = [v for layer in net.layers for v in layer.trainable_variables + layer.non_trainable_variables]
    keep = lambda role: tensors.update({f"{name}.{role}.{i}": v.numpy() for i, v in enumerate(variables)})
    for layer in net.layers: fill(layer)
    keep("tensor")
    x, y = images.astype("float32") / 255, np.eye(3, dtype="float32")[labels]
    tensors[f"{name}.losses"] = np.array([net.train_on_batch(x, y) for _ in range(steps)])
    keep("tensor_after")
    tensors[f"{name}.evaluated"] = np.array([net.test_on_batch(x, y)])
    tensors.update({f"{name}.images": images, f"{name}.labels": labels})
    return json.dumps({"input_shape": input_shape, "layers": [spec(k, a) for k, a in network]})


networks = {"network": train("network", [6, 5, 1], [
    ("Conv2D", {"filters": 4, "kernel_size": [3, 3], "l1": 0.001, "l2": 0.01}), ("BatchNormalization", {"momentum": 0.8}),
    ("Activation", {"activation": "silu"}), ("DepthwiseConv2D", {"kernel_size": [2, 2], "activation": "relu"}),
    ("GlobalAveragePooling2D", {}), ("LayerNormalization", {}), ("Dense", {"units": 3, "activation": "softmax", "l1": 0.0, "l2": 0.02})]),
    # With the pool behind it, the engine computes the convolution by other kernels.
    "no_bias": train("no_bias", [9, 8, 1], [
    ("Conv2D", {"filters": 4, "kernel_size": [3, 3], "activation": "relu", "use_bias": False}), ("MaxPooling2D", {}),
    ("Conv2D", {"filters": 5, "kernel_size": [2, 2], "use_bias": False}), ("BatchNormalization", {}), ("Activation", {"activation": "relu"}),
    ("Flatten", {}), ("Dense", {"units": 3, "activation": "softmax", "use_bias": False})])}

# Behind all others, whose random numbers stay.
case("relu_bounded", "ReLU", [3, 5], max_value=0.7, negative_slope=0.25)
case("relu_leaky", "ReLU", [9], batch=4, negative_slope=0.01)
case("zero_padding", "ZeroPadding2D", [3, 4, 2], padding=[[1, 0], [2, 3]])

metadata = {"made_by": f"keras {tf.keras.__version__}, tensorflow {tf.__version__}, seed {seed}", "cases": json.dumps(cases),
    **networks}
save_file({k: np.ascontiguousarray(v, dtype="float32") for k, v in tensors.items()}, f"{out}/layers.safetensors", metadata=metadata)
print(len(cases), "cases,", sum(v.size for v in tensors.values()), "numbers, losses", tensors["network.losses"], tensors["network.evaluated"])
