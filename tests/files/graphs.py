"""Makes graphs/: small models as PyTorch, Keras (by tf2onnx) and the model zoo's mnist-8 (by CNTK) write them, and what ONNX
Runtime makes of eight images.

pip install onnx onnxruntime safetensors numpy; python tests/files/graphs.py
The nodes, their attributes and their order are those of torch.onnx.export (opset 17), tf2onnx (opset 15) and of mnist-8.onnx
(opset 8, whose constants are inputs, too); weights are random.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

FOLDER = Path(__file__).parent / "graphs"
random = np.random.default_rng(1)


class Graph:
    """Nodes one after the other."""

    def __init__(self, shape, nodes=None):
        self.shape, self.nodes, self.constants, self.at = shape, [], [], "input"

    def weight(self, *shape, scale=0.2, base=0.0, name=None):
        return self.constant((base + scale * random.standard_normal(shape)).astype(np.float32), name)

    def constant(self, array, name=None):
        name = name or f"onnx::{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, op, *inputs, start=None, name=None, **attributes):
        name = name or f"/{op}" + (f"_{len(self.nodes)}" if any(n.op_type == op for n in self.nodes) else "")
        first = [start or self.at]
        self.at = f"{name}_output_0"
        self.nodes.append(helper.make_node(op, first + list(inputs), [self.at], name=name, **attributes))
        return self.at

    def node(self, op, inputs, name=None, **attributes):
        """A node beside the way from input to output."""
        name = name or f"/{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [f"{name}_output_0"], name=name, **attributes))
        return f"{name}_output_0"

    def save(self, name, opset, outputs=10, ir_version=8):
        value = helper.make_tensor_value_info
        batch = self.shape[0]
        inputs = [value("input", TensorProto.FLOAT, self.shape)]
        if ir_version < 4:  # Then every constant is an input, too, with a value that could be another.
            inputs += [value(c.name, c.data_type, list(c.dims)) for c in self.constants]
        output = value(self.at, TensorProto.FLOAT, [batch, outputs])
        graph = helper.make_graph(self.nodes, name, inputs, [output], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, FOLDER / f"{name}.onnx")
        return model


def pytorch():
    g = Graph(["batch", 1, 28, 28])
    window = dict(dilations=[1, 1], group=1)
    g.add("Conv", g.weight(4, 1, 3, 3), g.weight(4), kernel_shape=[3, 3], pads=[1] * 4, strides=[1, 1], **window)
    g.add(
        "BatchNormalization", g.weight(4, base=1), g.weight(4), g.weight(4), g.weight(4, scale=0.1, base=1),
        epsilon=1e-5, momentum=0.9, training_mode=0,
    )
    g.add("Relu")
    g.add("MaxPool", ceil_mode=0, kernel_shape=[2, 2], pads=[0] * 4, strides=[2, 2])
    x = g.add("Conv", g.weight(6, 4, 3, 3), g.weight(6), kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2], **window)
    s = g.node("Sigmoid", [x])
    g.add("Mul", s)
    g.add("AveragePool", ceil_mode=0, count_include_pad=1, kernel_shape=[2, 2], pads=[0] * 4, strides=[2, 2])
    g.add("Dropout", g.constant(np.float32(0.25)), g.constant(np.bool_(False)))
    x = g.at
    batch = g.node("Gather", [g.node("Shape", [x]), g.constant(np.int64(0))], axis=0)
    batch = g.node("Unsqueeze", [batch, g.constant(np.int64([0]))])
    shape = g.node("Concat", [batch, g.constant(np.int64([-1]))], axis=0)
    g.add("Reshape", shape, start=x)
    x = g.add("Gemm", g.weight(12, 54), g.weight(12), alpha=1.0, beta=1.0, transB=1)
    g.add("Div", g.constant(np.float32(2**0.5)))
    g.add("Erf")
    g.add("Add", g.constant(np.float32(1)))
    y = g.at
    g.add("Mul", y, start=x)
    g.add("Mul", g.constant(np.float32(0.5)))
    g.add("Dropout", g.constant(np.float32(0.5)), g.constant(np.bool_(False)))
    g.add("Gemm", g.weight(10, 12), g.weight(10), alpha=1.0, beta=1.0, transB=1)
    return g.save("pytorch", 17)


def keras():
    g = Graph(["N", 28, 28, 1])
    g.add("Mul", g.constant(np.float32(1 / 255)))
    g.add("Reshape", g.constant(np.int64([-1, 1, 28, 28])))
    g.add("Conv", g.weight(4, 1, 3, 3), kernel_shape=[3, 3], strides=[1, 1], dilations=[1, 1], group=1)
    g.add("Add", g.weight(1, 4, 1, 1))
    g.add("Relu")
    g.add(
        "BatchNormalization", g.weight(4, base=1), g.weight(4), g.weight(4), g.weight(4, scale=0.1, base=1),
        epsilon=0.001,
    )
    g.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID")
    g.add("Conv", g.weight(4, 1, 3, 3), kernel_shape=[3, 3], strides=[2, 2], group=4, auto_pad="SAME_UPPER")
    g.add("Transpose", perm=[0, 2, 3, 1])
    g.add("Add", g.weight(4))
    g.add("Elu", alpha=1.0)
    g.add("ReduceMean", axes=[1, 2], keepdims=0)
    g.add("MatMul", g.weight(4, 10))
    g.add("Add", g.weight(10))
    g.add("Softmax", axis=-1)
    return g.save("keras", 15)


def zoo():
    g = Graph([1, 1, 28, 28])
    conv = dict(kernel_shape=[5, 5], strides=[1, 1], auto_pad="SAME_UPPER", group=1, dilations=[1, 1])
    pool = dict(pads=[0] * 4, auto_pad="NOTSET")
    weight = g.weight(16, 4, 4, 10, name="Parameter193")
    shape = g.constant(np.int64([256, 10]), "Parameter193_reshape1_shape")
    weight = g.node("Reshape", [weight, shape], name="Times212_reshape1")
    g.add("Conv", g.weight(8, 1, 5, 5, name="Parameter5"), name="Convolution28", **conv)
    g.add("Add", g.weight(8, 1, 1, name="Parameter6"), name="Plus30")
    g.add("Relu", name="ReLU32")
    g.add("MaxPool", name="Pooling66", kernel_shape=[2, 2], strides=[2, 2], **pool)
    g.add("Conv", g.weight(16, 8, 5, 5, name="Parameter87"), name="Convolution110", **conv)
    g.add("Add", g.weight(16, 1, 1, name="Parameter88"), name="Plus112")
    g.add("Relu", name="ReLU114")
    g.add("MaxPool", name="Pooling160", kernel_shape=[3, 3], strides=[3, 3], **pool)
    shape = g.constant(np.int64([1, 256]), "Pooling160_Output_0_reshape0_shape")
    g.add("Reshape", shape, name="Times212_reshape0")
    g.add("MatMul", weight, name="Times212")
    g.add("Add", g.weight(1, 10, name="Parameter194"), name="Plus214")
    return g.save("zoo", 8, ir_version=3)


def flat():
    g = Graph(["N", 784])
    g.add("MatMul", g.weight(784, 16, scale=0.05))
    g.add("Add", g.weight(16))
    g.add("Tanh")
    g.add("Gemm", g.weight(16, 10), g.weight(10))
    g.add("LogSoftmax", axis=1)
    return g.save("flat", 13)


def padded():
    """What PyTorch's modules have with pads that Keras's 'same' has not."""
    g = Graph(["N", 1, 28, 28])
    g.add("Conv", g.weight(4, 1, 5, 5), g.weight(4), kernel_shape=[5, 5], pads=[1] * 4)
    g.add("Relu")
    g.add("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    g.add("Conv", g.weight(4, 1, 3, 3), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 2, 0, 1], group=4)
    g.add("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, count_include_pad=1)
    g.add("Pad", g.constant(np.int64([0, 0, 0, 2, 0, 0, 1, 0])))
    g.add("LeakyRelu", alpha=0.25)
    g.add("Flatten")
    g.add("Gemm", g.weight(10, 96), transB=1)
    return g.save("padded", 17)


def refused():
    def begin(**pads):
        g = Graph(["N", 1, 28, 28])
        g.add("Conv", g.weight(2, 1, 3, 3), kernel_shape=[3, 3], **pads)
        return g

    def end(g, name):
        g.add("GlobalAveragePool")
        g.add("Flatten")
        g.add("Gemm", g.weight(2, 10), g.weight(10))
        g.save(name, 17)

    def pad(value):
        return g.constant(np.int64([0, 0, 1, 1] * 2)), g.constant(np.float32(value))

    g = begin()
    x = g.at
    y = g.add("Relu")
    g.add("Add", x, start=y)
    end(g, "residual")
    g = begin()
    g.add("Clip", g.constant(np.float32(-1)), g.constant(np.float32(1)))
    end(g, "clip")
    g = begin()
    g.add("Softplus")
    end(g, "softplus")
    g = begin()
    g.add("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    end(g, "signed")
    g = begin()
    g.add("AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    end(g, "uncounted")
    g = begin()
    g.add("Pad", *pad(0), mode="reflect")
    end(g, "reflect")
    g = begin()
    g.add("Pad", *pad(0.5))
    g.add("Conv", g.weight(2, 2, 3, 3), kernel_shape=[3, 3])
    end(g, "grey")
    g = begin()
    g.add("Pad", *pad(0))
    g.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    end(g, "pool")
    g = begin()
    g.add("Pad", *pad(np.nan))
    g.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    end(g, "nan")
    g = begin()
    g.add("Relu")
    g.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], pads=[3] * 4)
    end(g, "blind")


def softmax(scores):
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


FOLDER.mkdir(exist_ok=True)
images = random.random((8, 28, 28, 1), np.float32)
expected = {"images": images}
for make in [pytorch, keras, zoo, flat, padded]:
    model = make()
    run = onnxruntime.InferenceSession(model.SerializeToString()).run
    # Keras's graph begins with a Rescaling of 1/255: it takes bytes.
    pixels = images * 255 if make is keras else images
    feeds = {"pytorch": (8, 1, 28, 28), "zoo": (8, 1, 1, 28, 28), "flat": (8, 784), "padded": (8, 1, 28, 28)}
    pixels = pixels.reshape(feeds.get(make.__name__, images.shape))
    scores = [run(None, {"input": one})[0] for one in (pixels if make is zoo else [pixels])]
    expected[make.__name__] = softmax(np.concatenate(scores)) if make is not keras else scores[0]
refused()
save_file({name: np.ascontiguousarray(array, np.float32) for name, array in expected.items()}, FOLDER / "expected.safetensors")
