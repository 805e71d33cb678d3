"""The CARDs of all architectures, read as text: importing them would load Keras for a few sentences."""

import ast
from importlib.resources import files
from typing import Any

from fer_pipeline import architectures
from fer_pipeline.architectures import Card, Published

CALLS = {"Card": Card, "Published": Published}


def cards() -> dict[str, Card]:
    """By the name of the architecture, in alphabetical order; equal to what `architectures.card` gives."""
    return {name: _card(files(architectures).joinpath(f"{name}.py").read_text(encoding="utf-8"))
            for name in architectures.names()}


def _card(text: str) -> Card:
    found = next(node.value for node in ast.parse(text).body
                 if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CARD")
    made: Card = _value(found)
    return made


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        named = {keyword.arg: _value(keyword.value) for keyword in node.keywords if keyword.arg}
        return CALLS[ast.unparse(node.func)](*map(_value, node.args), **named)
    return ast.literal_eval(node)
