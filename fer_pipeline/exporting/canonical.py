"""An ONNX model under names that follow from its graph: tf2onnx numbers tensors otherwise in every process."""

from collections.abc import Iterator, Sequence

import onnx

from fer_pipeline.errors import InputError

PRODUCER = "tf2onnx"


def canonical(model: onnx.ModelProto, input_name: str, output_names: Sequence[str], name: str) -> onnx.ModelProto:
    """The same network; nodes in the order in which the outputs ask for them, tensors numbered in that order.

    Args:
        model: One input, whose first dimension is any number of faces; no control flow.
        input_name: Of the input and of its first dimension.
        output_names: As many as it has outputs.
        name: Of the graph.

    Raises:
        InputError: It has other inputs.
    """
    graph = model.graph
    if len(graph.input) != 1:
        raise InputError(f"tf2onnx gives {name} the inputs {', '.join(one.name for one in graph.input)}. Allowed: one. "
                         "A layer keeps a tensor that is neither a weight nor a number: make it one.")
    nodes = list(_in_order(graph))
    names = _names(graph, nodes, input_name, output_names)
    made = onnx.helper.make_graph(
        [_renamed(node, names, f"{node.op_type}_{number}") for number, node in enumerate(nodes)], name,
        [_value(graph.input[0], input_name, input_name)],
        [_value(output, names[output.name], input_name) for output in graph.output],
        sorted((_constant(one, names) for one in graph.initializer if one.name in names), key=lambda one: one.name))
    used = {node.domain for node in nodes}
    return onnx.helper.make_model(
        made, opset_imports=[one for one in model.opset_import if one.domain in used], ir_version=model.ir_version,
        producer_name=PRODUCER)


def _in_order(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Each node after those that it takes from, the first output's first."""
    makers = {output: node for node in graph.node for output in node.output if output}
    seen: set[str] = set()
    waiting = [(output.name, False) for output in reversed(graph.output)]
    while waiting:
        tensor, ready = waiting.pop()
        node = makers.get(tensor)
        if node is None or node.output[0] in seen:
            continue
        if ready:
            seen.add(node.output[0])
            yield node
        else:
            waiting += [(tensor, True), *((one, False) for one in reversed(node.input))]


def _names(graph: onnx.GraphProto, nodes: list[onnx.NodeProto], input_name: str,
           output_names: Sequence[str]) -> dict[str, str]:
    """New names by old ones; no tensor that nothing needs has one."""
    names = {"": "", graph.input[0].name: input_name}
    names |= {output.name: new for output, new in zip(graph.output, output_names, strict=True)}
    for node in nodes:
        for tensor in (*node.input, *node.output):
            names.setdefault(tensor, f"tensor_{len(names):04}")
    return names


def _renamed(node: onnx.NodeProto, names: dict[str, str], name: str) -> onnx.NodeProto:
    made = onnx.NodeProto(op_type=node.op_type, domain=node.domain, name=name)
    made.input.extend(names[one] for one in node.input)
    made.output.extend(names[one] for one in node.output)
    made.attribute.extend(sorted(node.attribute, key=lambda one: one.name))
    return made


def _value(value: onnx.ValueInfoProto, name: str, faces: str) -> onnx.ValueInfoProto:
    kind = value.type.tensor_type
    sizes = [one.dim_value for one in kind.shape.dim[1:]]
    return onnx.helper.make_tensor_value_info(name, kind.elem_type, [faces, *sizes])


def _constant(tensor: onnx.TensorProto, names: dict[str, str]) -> onnx.TensorProto:
    made = onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor))
    made.name = names[tensor.name]
    return made
