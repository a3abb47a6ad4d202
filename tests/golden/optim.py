"""Golden values from Keras/TensorFlow for more of the optimizers. usage: optim.py DIR

Reads DIR/tiny.safetensors (golden.py made it) and writes DIR/optim.safetensors: <name>.<layer>.weight|bias = the
parameters of the same network after 5 steps on the same batch, from the same start, for each name in OPTIMIZERS.
"""
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, tensorflow as tf
from safetensors.numpy import load_file, save_file
from tensorflow.keras import layers, models, optimizers

OPTIMIZERS = {
    "adamw": lambda: optimizers.AdamW(0.001),
    "nesterov": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "sgd_decay": lambda: optimizers.SGD(0.01, momentum=0.9, weight_decay=0.1),
    "clipnorm": lambda: optimizers.SGD(0.01, momentum=0.9, clipnorm=0.1),
    "global_clipnorm": lambda: optimizers.SGD(0.01, momentum=0.9, global_clipnorm=0.2),
    "clipvalue": lambda: optimizers.SGD(0.01, momentum=0.9, clipvalue=0.01),
}

folder = sys.argv[1]
tiny = load_file(f"{folder}/tiny.safetensors")
net = models.Sequential([layers.Input((28, 28, 1)),
    layers.Conv2D(4, 3, activation="relu", name="conv1"), layers.MaxPooling2D(2, name="pool1"),
    layers.Conv2D(8, 3, activation="relu", name="conv2"), layers.MaxPooling2D(2, name="pool2"),
    layers.Conv2D(8, 3, activation="relu", name="conv3"), layers.Flatten(name="flatten"),
    layers.Dense(16, activation="relu", name="dense1"), layers.Dense(10, name="dense2")])
key = lambda v: v.path.split("/")[-2] + (".weight" if v.name.endswith("kernel") else ".bias")
loss_fn = tf.keras.losses.CategoricalCrossentropy(from_logits=True)
t = {}
for name, optimizer in OPTIMIZERS.items():
    for v in net.trainable_variables: v.assign(tiny[f"init.{key(v)}"])
    opt = optimizer()
    for _ in range(5):
        with tf.GradientTape() as tape: loss = loss_fn(tiny["y"], net(tiny["x"], training=True))
        opt.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    for v in net.trainable_variables: t[f"{name}.{key(v)}"] = np.ascontiguousarray(v.numpy(), dtype="float32")
    print(name, float(loss))
save_file(t, f"{folder}/optim.safetensors", metadata={"made_by": f"keras {tf.keras.__version__}, tensorflow {tf.__version__}"})
