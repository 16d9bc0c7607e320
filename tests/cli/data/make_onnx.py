#!/usr/bin/python3
"""Writes the small ONNX models and recorded runs beside it (python3-onnx, numpy). They are checked in."""
import pathlib

import numpy
from onnx import TensorProto, helper, numpy_helper, save

HERE = pathlib.Path(__file__).resolve().parent
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def model(name, nodes, inputs, outputs, weights=()):
    info = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "g", [info(*i) for i in inputs], [info(*o) for o in outputs],
                              [numpy_helper.from_array(w, n) for n, w in weights])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), HERE / name)


def times(name, factor, output=FLOAT):
    factor = numpy.array(factor, "float32")
    model(name, [helper.make_node("Mul", ["x", "f"], ["y"])], [("x", FLOAT, ["batch", "time", 2])],
          [("y", output, ["batch", "time", 2])], [("f", factor)])


times("times2.onnx", 2)
times("times3.onnx", 3)
model("add2.onnx", [helper.make_node("Add", ["x", "x"], ["y"])], [("x", FLOAT, ["batch", "time", 2])],
      [("y", FLOAT, ["batch", "time", 2])])
# Newer ONNX lets an output have no shape, older checkers refuse that.
model("shapeless.onnx", [helper.make_node("Mul", ["x", "f"], ["y"])], [("x", FLOAT, ["n"])], [("y", FLOAT, None)],
      [("f", numpy.array([2], "float32"))])
# Needs ids below 4.
model("tokens.onnx", [helper.make_node("Gather", ["w", "ids"], ["y"])], [("ids", INT64, ["n"])],
      [("y", FLOAT, ["n", 1])], [("w", numpy.arange(4, dtype="float32").reshape(4, 1))])

# The weight, 1 and 2, is in a file `weights`.
weight = TensorProto(name="w", data_type=FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
weight.external_data.add(key="location", value="weights")
info = helper.make_tensor_value_info
graph = helper.make_graph([helper.make_node("Mul", ["x", "w"], ["y"])], "g", [info("x", FLOAT, ["n", 2])],
                          [info("y", FLOAT, ["n", 2])], [weight])
external = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
(HERE / "external.onnx").write_bytes(external.SerializeToString())
(HERE / "weights").write_bytes(numpy.array([1, 2], "float32").tobytes())
x = numpy.array([[[1, -2]]], "float32")
numpy.savez(HERE / "times2.npz", x=x, output_0=2 * x)

# For quantize: a layer of 64 x 16, one whose weight has a NaN, one with a table.
w = numpy.sin(numpy.arange(1024, dtype="float32") * 1.7).reshape(64, 16)
b = numpy.arange(16, dtype="float32") / 8
LINEAR = [helper.make_node("MatMul", ["x", "layer.weight"], ["h"]), helper.make_node("Add", ["h", "layer.bias"], ["y"])]
PORTS = [("x", FLOAT, ["batch", 64])], [("y", FLOAT, ["batch", 16])]
model("linear.onnx", LINEAR, *PORTS, [("layer.weight", w), ("layer.bias", b)])
broken = w.copy()
broken[2, 1] = numpy.nan
model("nan.onnx", LINEAR, *PORTS, [("layer.weight", broken), ("layer.bias", b)])
model("table.onnx", [helper.make_node("Gather", ["words", "ids"], ["x"])] + LINEAR, [("ids", INT64, ["batch"])], PORTS[1],
      [("words", numpy.cos(numpy.arange(6400, dtype="float32")).reshape(100, 64)), ("layer.weight", w), ("layer.bias", b)])
