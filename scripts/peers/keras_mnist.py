"""The seed recipe in Keras on the CPU, to compare with. usage: keras_mnist.py DATA_DIR [EPOCHS]

Reads MNIST's four raw IDX files and prints one line of JSON: seconds of every epoch (validation left out), seconds of
the evaluation on the test images, test loss and accuracy. Needs the PyPI package tensorflow or tensorflow-cpu.
"""

import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, models
from tensorflow.keras.optimizers import RMSprop


class EpochTimes(tf.keras.callbacks.Callback):
    """Seconds of every epoch."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)


def read(folder, name):
    """Images [n, 28, 28, 1], 0 to 1, and one-hot labels [n, 10]."""
    images = np.fromfile(f"{folder}/{name}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 28, 28, 1)
    labels = np.fromfile(f"{folder}/{name}-labels-idx1-ubyte", np.uint8)[8:]
    return images.astype("float32") / 255, tf.keras.utils.to_categorical(labels, 10)


def recipe():
    """The seed recipe: 93,322 parameters."""
    model = models.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=RMSprop(learning_rate=0.001), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def main(folder, epochs=5):
    x, y = read(folder, "train")
    x_test, y_test = read(folder, "t10k")
    model, times = recipe(), EpochTimes()
    model.fit(x, y, epochs=epochs, batch_size=64, verbose=0, callbacks=[times])
    start = time.perf_counter()
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0, batch_size=64)
    print(
        json.dumps(
            {
                "peer": f"Keras {tf.keras.__version__}, TensorFlow {tf.__version__}",
                "params": model.count_params(),
                "epoch_s": [round(seconds, 2) for seconds in times.seconds],
                "evaluation_s": round(time.perf_counter() - start, 2),
                "test_loss": round(loss, 4),
                "test_accuracy": round(accuracy, 4),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
