"""Wheels with a variant label (PEP 825)."""

import json
from typing import Any

from ghpypi.core.sample import build_wheel
from tests.support.packages import Built

SCHEMA = "https://variants-schema.wheelnext.dev/peps/850/v0.2.0.json"
NVIDIA = {
    "requires": ["nvidia-variant-provider"],
    "plugin-api": "nvidia_variant_provider.plugin:NvidiaVariantPlugin",
}
CUDA_13 = {"nvidia": {"cuda_version_lower_bound": ["13.0"]}}
CUDA_12 = {"nvidia": {"cuda_version_lower_bound": ["12.0"]}}


def variants_json(**variants: Any) -> dict[str, Any]:
    """Write what variants need."""
    return {
        "$schema": SCHEMA,
        "default-priorities": {"namespace": ["nvidia"]},
        "providers": {"nvidia": NVIDIA},
        "variants": variants,
    }


def variant_wheel(
    label: str, needs: Any, version: str = "1.0", document: Any = None, text: str = ""
) -> Built:
    """Build a wheel of one variant; with another document, or with none if that is empty."""
    document = variants_json(**{label: needs}) if document is None else document
    folder = f"acme_kern-{version}.dist-info"
    files = {"acme_kern.py": f"LABEL = {label!r}\n{text}"}
    if document:
        files[f"{folder}/variant.json"] = json.dumps(document)
    name, content = build_wheel("acme_kern", version, files)
    return f"{name.removesuffix('.whl')}-{label}.whl", content
