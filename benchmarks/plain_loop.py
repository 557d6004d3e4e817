"""The floor: a loop that formats the same pages and writes them, and does nothing else.

It is handed what is known of each file, in order. It compares with nothing, replaces nothing
atomically, keeps no catalog and takes no lock; its pages are the same, byte for byte, and
`full_build` sees to it that they are.
"""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.child import Work

META = {"api-version": "1.4"}


def build(facts: str, output: str) -> Work:
    def work() -> None:
        root = Path(output, "simple")
        root.mkdir(parents=True)
        names = []
        with open(facts, encoding="utf-8") as projects:  # noqa: PTH123 - this is the plain loop
            for line in projects:
                project = json.loads(line)
                names.append(project["name"])
                folder = f"{root}/{project['name']}"
                Path(folder).mkdir()
                document = _document(project)
                _write(f"{folder}/index.html", _html(document))
                _write(f"{folder}/index.json", _json(document))
        links = "\n".join(f'    <a href="{escape(name)}/">{escape(name)}</a><br>' for name in names)
        listed = {"meta": META, "projects": [{"name": name} for name in names]}
        _write(f"{root}/index.html", f"{_head('Simple index')}  <body>\n{links}\n{_FOOT}")
        _write(f"{root}/index.json", _json(listed))

    return work


def _document(project: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "meta": META,
        "name": project["name"],
        "versions": list(dict.fromkeys(file["version"] for file in project["files"])),
        "files": [_file(file) for file in project["files"]],
    }


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    document = {
        "filename": file["filename"],
        "url": file["url"],
        "hashes": {"sha256": file["sha256"]},
        "size": file["size"],
        "upload-time": file["upload_time"],
    }
    if file["requires_python"]:
        document["requires-python"] = file["requires_python"]
    if file["yanked"]:
        document["yanked"] = file["yanked"]
    if file["core_metadata"]:
        document["core-metadata"] = {"sha256": file["core_metadata"]}
    return document


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"


def _html(document: Mapping[str, Any]) -> str:
    title = f"Links for {escape(document['name'])}"
    links = "".join(_link(file) for file in document["files"])
    return f"{_head(title)}  <body>\n    <h1>{title}</h1>\n{links}{_FOOT}"


def _link(file: Mapping[str, Any]) -> str:
    python = file.get("requires-python")
    requires = f' data-requires-python="{escape(python)}"' if python else ""
    metadata = ""
    if "core-metadata" in file:
        digest = escape(file["core-metadata"]["sha256"])
        metadata = (
            f' data-core-metadata="sha256={digest}" data-dist-info-metadata="sha256={digest}"'
        )
    yanked = f' data-yanked="{escape(file["yanked"])}"' if "yanked" in file else ""
    return (
        f'    <a href="{escape(file["url"])}#sha256={escape(file["hashes"]["sha256"])}"'
        f'{requires}{metadata}{yanked} data-size="{file["size"]}"'
        f' data-upload-time="{escape(file["upload-time"])}">{escape(file["filename"])}</a><br>\n'
    )


def _head(title: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8">\n'
        f'    <meta name="pypi:repository-version" content="{META["api-version"]}">\n'
        f"    <title>{title}</title>\n  </head>\n"
    )


_FOOT = "  </body>\n</html>\n"


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
