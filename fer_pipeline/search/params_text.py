"""params.yaml with other values in one entry, every other entry meaning what it meant.

`dvc exp run -S` cannot do that. It writes through YAML's anchors: a value set in a section that entries share is lost
again, or reaches them all, without a word.
"""

import copy
import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.mergevalue import MergeValue

NULL_TAG = "tag:yaml.org,2002:null"


def with_changes(text: str, entry: str, changes: Mapping[str, Any]) -> str:
    """Set values in one entry of `architectures`; comments, anchors and merges of the file are kept.

    Args:
        text: Of params.yaml.
        entry: A key under `architectures`.
        changes: Values by path in the recipe, such as `optimizer.learning_rate`.
    """
    if not changes:
        return text
    yaml = _yaml()
    params = yaml.load(text)
    entries = params["architectures"]
    if entries[entry].yaml_anchor() is not None:
        entries[entry] = _merging(entries[entry])
    for path, value in changes.items():
        _set(entries[entry], path, value)
    out = io.StringIO()
    yaml.dump(params, out)
    return out.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 1000   # no line is folded
    yaml.representer.add_representer(type(None), lambda representer, _: representer.represent_scalar(NULL_TAG, "null"))
    return yaml


def _merging(recipe: CommentedMap) -> CommentedMap:
    """An entry that merges `recipe`, whose anchor stays with the values that other entries take from it."""
    merged = MergeValue()
    merged.merge_pos = 0
    merged.append(recipe)
    entry = CommentedMap()
    entry.add_yaml_merge(merged)
    return entry


def _set(recipe: CommentedMap, path: str, value: Any) -> None:
    *sections, key = path.split(".")
    for section in sections:
        recipe[section] = _own(recipe.get(section))
        recipe = recipe[section]
    recipe[key] = value


def _own(section: CommentedMap | None) -> CommentedMap:
    """A copy that no other entry shares."""
    if section is None:
        section = CommentedMap()
        section.fa.set_flow_style()
    own = copy.deepcopy(section)
    own.anchor.value = None
    return own
