"""What wheel variants need: `variant.json` in wheels, `NAME-VERSION-variants.json` in indexes.

A variant wheel has a label as the last part of its filename, and maps it in `variant.json` to what
the wheel needs. An index has one file for each version with the variants of all its wheels, which
is "presented in the same simple repository format as source distribution and wheel links" and may
be made by the index (PEP 825, drafts v0.1.1 and PEP 850 v0.2.0, "Index-level metadata").

    {"$schema": ..., "default-priorities": {"namespace": [...]}, "providers": {...},
     "variants": {LABEL: {NAMESPACE: {FEATURE: [VALUE, ...]}}}}
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from ghpypi.core.parsing import parse_json

LIMIT = 256 * 1024
"""Bytes of the metadata of one wheel; it is part of the catalog."""

_LABEL = re.compile(r"[0-9a-z_.]{1,16}")
_NAME = re.compile(r"[a-z0-9_]{1,64}")
_VALUE = re.compile(r"[a-z0-9_.]{1,64}")

Document = dict[str, Any]
"""Checked metadata."""


class InvalidVariantsError(ValueError):
    """The metadata is not valid, or that of two files differs; the message says why."""


def parse_variants(text: bytes) -> Document:
    """Read metadata of variants.

    Raises:
        InvalidVariantsError: It is not valid.
    """
    try:
        return check_variants(parse_json(text))
    except ValueError as error:
        raise InvalidVariantsError(str(error)) from error


def check_variants(document: Any) -> Document:
    """Check metadata of variants, as far as it is used here.

    Raises:
        InvalidVariantsError: It is not valid.
    """
    if not isinstance(document, dict) or not isinstance(document.get("variants"), dict):
        raise InvalidVariantsError("it has no object 'variants'")
    priorities = document.get("default-priorities")
    if not isinstance(priorities, dict) or not _is_list(priorities.get("namespace")):
        raise InvalidVariantsError("it has no list 'default-priorities.namespace'")
    if not isinstance(document.get("$schema", ""), str):
        raise InvalidVariantsError("its '$schema' is not a text")
    if not isinstance(document.get("providers", {}), dict):
        raise InvalidVariantsError("its 'providers' are not an object")
    for label, properties in document["variants"].items():
        if not _LABEL.fullmatch(label) or not _are_properties(properties):
            raise InvalidVariantsError(f"its variant {label[:20]!r} is not valid")
    return document


def only_label(document: Document, label: str) -> bool:
    """Return whether metadata is of one variant, as that in a wheel has to be."""
    return list(document["variants"]) == [label]


def merge_variants(documents: Iterable[Document]) -> Document:
    """Merge the metadata of the wheels of one version.

    Everything that two of them have has to be equal, but that a longer list of namespaces may
    continue a shorter one; `variantlib` merges by the same rule.

    Raises:
        InvalidVariantsError: They contradict each other.
    """
    merged: Document = {}
    for document in documents:
        if not merged:
            merged = deepcopy(document)
            continue
        _merge(merged["variants"], document["variants"], "variants")
        _merge(merged.setdefault("providers", {}), document.get("providers", {}), "providers")
        ours, theirs = merged["default-priorities"], document["default-priorities"]
        short, long = sorted((ours["namespace"], theirs["namespace"]), key=len)
        if long[: len(short)] != short:
            raise InvalidVariantsError("'default-priorities.namespace' differs")
        _merge({**ours, "namespace": long}, {**theirs, "namespace": long}, "default-priorities")
        ours["namespace"] = long
        skipped = {"variants", "providers", "default-priorities"}
        _merge(
            {key: value for key, value in merged.items() if key not in skipped},
            {key: value for key, value in document.items() if key not in skipped},
            "",
        )
    return merged


def variants_text(document: Document, labels: Collection[str]) -> bytes:
    """Write `NAME-VERSION-variants.json` with some of the variants, always in the same bytes."""
    variants = {key: value for key, value in document["variants"].items() if key in labels}
    text = json.dumps({**document, "variants": variants}, sort_keys=True, indent=1)
    return f"{text}\n".encode()


def needs_in(document: Document, label: str) -> str:
    """Say what a variant needs, such as `nvidia :: sm_arch :: 90 or 100`; empty for nothing."""
    properties: Mapping[str, Mapping[str, list[str]]] = document["variants"].get(label, {})
    return ", ".join(
        f"{namespace} :: {feature} :: {' or '.join(values)}"
        for namespace, features in sorted(properties.items())
        for feature, values in sorted(features.items())
    )


def _merge(ours: dict[str, Any], theirs: Mapping[str, Any], place: str) -> None:
    for key, value in theirs.items():
        if ours.setdefault(key, value) != value:
            raise InvalidVariantsError(f"'{'.'.join(filter(None, (place, key)))}' differs")


def _is_list(value: object, item: re.Pattern[str] = _NAME) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, str) and item.fullmatch(each) for each in value
    )


def _are_properties(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return all(
        _NAME.fullmatch(namespace)
        and isinstance(features, dict)
        and all(_NAME.fullmatch(x) and _is_list(y, _VALUE) for x, y in features.items())
        for namespace, features in value.items()
    )


def written_variants(documents: Mapping[str, Document]) -> dict[str, Any]:
    """Write documents once each, and which file has which: many wheels share one."""
    unique: list[Document] = []
    of: dict[str, int] = {}
    for stamp, document in sorted(documents.items()):
        if document not in unique:
            unique.append(document)
        of[stamp] = unique.index(document)
    return {"documents": unique, "of": of}


def read_variants(written: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    """Read what `written_variants` wrote.

    Raises:
        ValueError, KeyError, TypeError, IndexError, AttributeError: It is damaged.
    """
    unique = [check_variants(document) for document in written.get("documents", ())]
    for stamp, number in written.get("of", {}).items():
        yield stamp, unique[number]
