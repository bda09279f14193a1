"""Turns a TensorFlow.js graph model of plain convolution layers into ONNX, without TensorFlow.

Only the operators that NanoDet uses are known; anything else is an error. Layers stay in TensorFlow's order of axes
(batch, height, width, channel) with transposes around them: ONNX Runtime removes the pairs.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_TYPES = {"float32": np.float32, "int32": np.int32, "int64": np.int64}
_TO_NCHW, _TO_NHWC = [0, 3, 1, 2], [0, 2, 3, 1]
_PLAIN = {"Add": "Add", "AddV2": "Add", "Sigmoid": "Sigmoid", "Identity": "Identity"}


class Converter:
    """One graph. Constant inputs are folded with NumPy, the rest becomes ONNX nodes."""

    def __init__(self, model: dict[str, Any], weights: bytes) -> None:
        self._nodes = model["modelTopology"]["node"]
        self._signature = model["signature"]
        self._constants = _read_weights(model["weightsManifest"], weights)
        self._used: dict[str, np.ndarray] = {}
        self._out: list[onnx.NodeProto] = []

    def convert(self) -> onnx.ModelProto:
        """Return the ONNX model; inputs and outputs keep their names."""
        for node in self._in_order():
            self._add(node)
        inputs = [self._value(v) for v in self._signature["inputs"].values()]
        outputs = [self._value(v) for v in self._signature["outputs"].values()]
        tensors = [numpy_helper.from_array(a, name) for name, a in sorted(self._used.items())]
        graph = helper.make_graph(self._out, "nanodet", inputs, sorted(outputs, key=lambda v: v.name), tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        model.producer_name = "amr"
        onnx.checker.check_model(model)
        return model

    @staticmethod
    def _value(info: dict[str, Any]) -> onnx.ValueInfoProto:
        shape = [int(d["size"]) for d in info["tensorShape"]["dim"]]
        return helper.make_tensor_value_info(_plain(info["name"]), TensorProto.FLOAT, shape)

    def _in_order(self) -> list[dict[str, Any]]:
        """Return the nodes so that each comes after its inputs."""
        by_name = {node["name"]: node for node in self._nodes}
        order: list[dict[str, Any]] = []
        done: set[str] = set()

        def visit(name: str) -> None:
            if name in done:
                return
            done.add(name)
            for source in by_name[name].get("input", []):
                visit(source.split(":")[0].lstrip("^"))
            order.append(by_name[name])

        for node in self._nodes:
            visit(node["name"])
        return order

    def _add(self, node: dict[str, Any]) -> None:
        op, name = node["op"], node["name"]
        inputs = [_plain(i) for i in node.get("input", [])]
        if op in ("Const", "Placeholder"):
            return
        if inputs and all(i in self._constants for i in inputs):
            self._constants[name] = _fold(op, [self._constants[i] for i in inputs])
            return
        if op in _PLAIN:
            self._emit(_PLAIN[op], [self._ref(i) for i in inputs], [name])
        else:
            getattr(self, f"_{op.lower()}")(name, inputs, node.get("attr", {}))

    def _emit(self, op: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        self._out.append(helper.make_node(op, inputs, outputs, name=f"{op}:{outputs[0]}", **attributes))

    def _ref(self, name: str) -> str:
        if name in self._constants:
            self._used[name] = self._constants[name]
        return name

    def _new(self, name: str, values: np.ndarray) -> str:
        self._used[name] = np.ascontiguousarray(values)
        return name

    def _around(self, name: str, source: str, op: str, extra: list[str], **attributes: Any) -> None:
        """Emit an operator that wants channels first between two transposes."""
        self._emit("Transpose", [self._ref(source)], [f"{name}/nchw"], perm=_TO_NCHW)
        self._emit(op, [f"{name}/nchw", *extra], [f"{name}/out"], **attributes)
        self._emit("Transpose", [f"{name}/out"], [name], perm=_TO_NHWC)

    def _transpose(self, name: str, inputs: list[str], _attr: dict[str, Any]) -> None:
        self._emit("Transpose", [self._ref(inputs[0])], [name], perm=self._constants[inputs[1]].tolist())

    def _pad(self, name: str, inputs: list[str], _attr: dict[str, Any]) -> None:
        pads = self._constants[inputs[1]].astype(np.int64).T.ravel()
        value = self._constants[inputs[2]] if len(inputs) > 2 else np.zeros((), np.float32)
        extra = [self._new(f"{name}/pads", pads), self._new(f"{name}/value", value.astype(np.float32))]
        self._emit("Pad", [self._ref(inputs[0]), *extra], [name])

    _padv2 = _pad

    def _conv2d(self, name: str, inputs: list[str], attr: dict[str, Any]) -> None:
        if base64.b64decode(attr["padding"]["s"]) != b"VALID":
            raise ValueError(f"{name}: padding")
        kernel = self._new(f"{name}/kernel", self._constants[inputs[1]].transpose(3, 2, 0, 1))
        strides = [int(i) for i in attr["strides"]["list"]["i"]][1:3]
        dilations = [int(i) for i in attr["dilations"]["list"]["i"]][1:3]
        self._around(name, inputs[0], "Conv", [kernel], strides=strides, dilations=dilations)

    def _maxpool(self, name: str, inputs: list[str], attr: dict[str, Any]) -> None:
        size = [int(i) for i in attr["ksize"]["list"]["i"]][1:3]
        strides = [int(i) for i in attr["strides"]["list"]["i"]][1:3]
        self._around(name, inputs[0], "MaxPool", [], kernel_shape=size, strides=strides)

    def _resizebilinear(self, name: str, inputs: list[str], attr: dict[str, Any]) -> None:
        # Channels are last: the sizes of the whole tensor are not known here, the factor is 2 or 1/2 in this network.
        height, width = (int(v) for v in self._constants[inputs[1]])
        mode = "half_pixel" if attr["half_pixel_centers"]["b"] else "asymmetric"
        self._emit("Transpose", [inputs[0]], [f"{name}/nchw"], perm=_TO_NCHW)
        self._emit("Shape", [f"{name}/nchw"], [f"{name}/shape"], start=0, end=2)
        target = self._new(f"{name}/target", np.array([height, width], np.int64))
        self._emit("Concat", [f"{name}/shape", target], [f"{name}/sizes"], axis=0)
        self._emit(
            "Resize", [f"{name}/nchw", "", "", f"{name}/sizes"], [f"{name}/out"], mode="linear",
            coordinate_transformation_mode=mode,
        )  # fmt: skip
        self._emit("Transpose", [f"{name}/out"], [name], perm=_TO_NHWC)

    def _leakyrelu(self, name: str, inputs: list[str], attr: dict[str, Any]) -> None:
        self._emit("LeakyRelu", [self._ref(inputs[0])], [name], alpha=float(attr["alpha"]["f"]))

    def _concatv2(self, name: str, inputs: list[str], _attr: dict[str, Any]) -> None:
        axis = int(self._constants[inputs[-1]])
        self._emit("Concat", [self._ref(i) for i in inputs[:-1]], [name], axis=axis)

    def _splitv(self, name: str, inputs: list[str], _attr: dict[str, Any]) -> None:
        sizes = self._constants[inputs[1]].astype(np.int64)
        parts = [name, *(f"{name}:{k}" for k in range(1, len(sizes)))]
        split = self._new(f"{name}/sizes", sizes)
        self._emit("Split", [self._ref(inputs[0]), split], parts, axis=int(self._constants[inputs[2]]))

    def _reshape(self, name: str, inputs: list[str], _attr: dict[str, Any]) -> None:
        shape = self._new(f"{name}/shape", self._constants[inputs[1]].astype(np.int64))
        self._emit("Reshape", [self._ref(inputs[0]), shape], [name])


def _plain(name: str) -> str:
    return name.removesuffix(":0").lstrip("^")


def _fold(op: str, values: list[np.ndarray]) -> np.ndarray:
    if op in ("Add", "AddV2"):
        return np.asarray(values[0] + values[1])
    if op == "SparseToDense":
        indices, shape, filled, default = values
        dense = np.full(shape.tolist(), default, dtype=filled.dtype)
        if indices.size:
            dense[tuple(indices.reshape(-1, dense.ndim).T)] = filled
        return dense
    if op == "Identity":
        return values[0]
    raise ValueError(f"constant {op}")


def _read_weights(manifest: list[dict[str, Any]], data: bytes) -> dict[str, np.ndarray]:
    constants, offset = {}, 0
    for group in manifest:
        for entry in group["weights"]:
            kind = _TYPES[entry["dtype"]]
            stored: Any = np.dtype(kind)
            quantization = entry.get("quantization")
            if quantization:
                stored = np.dtype(quantization["dtype"])
            elif entry["dtype"] == "int64":
                stored = np.dtype(np.int32)  # TensorFlow.js has no 64-bit integers
            count = int(np.prod(entry["shape"], dtype=np.int64))
            values = np.frombuffer(data, stored, count, offset)
            offset += count * stored.itemsize
            if quantization and "scale" in quantization:
                values = values * quantization["scale"] + quantization["min"]
            constants[entry["name"]] = values.astype(kind).reshape(entry["shape"])
    if offset != len(data):
        raise ValueError(f"{len(data)} bytes of weights, {offset} used")
    return constants


def convert(folder: Path) -> bytes:
    """Return the ONNX model of nanodet.json and nanodet.bin in a folder."""
    model = json.loads((folder / "nanodet.json").read_text())
    return bytes(
        Converter(model, (folder / "nanodet.bin").read_bytes()).convert().SerializeToString(deterministic=True)
    )
