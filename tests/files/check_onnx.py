"""Checks the ONNX files in a folder: onnx.checker, and onnxruntime's probabilities against ours on the first test images."""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

folder, data = Path(sys.argv[1]), Path(sys.argv[2])
images = np.frombuffer((data / "t10k-images-idx3-ubyte").read_bytes(), np.uint8, 784_000, 16)
images = images.reshape(1000, 28, 28, 1).astype(np.float32) / np.float32(255)
for path in sorted(folder.glob("*.onnx")):
    onnx.checker.check_model(str(path), full_check=True)
    expected = load_file(path.with_suffix(".expected"))["probabilities"]
    got = onnxruntime.InferenceSession(str(path)).run(["probabilities"], {"images": images[: len(expected)]})[0]
    error = np.abs(got - expected).max()
    names = len(load_file(path.with_suffix(".safetensors")))
    print("ok" if error <= 1e-5 else "WRONG", path.stem, f"{error:.1e}", f"{names} tensors")
