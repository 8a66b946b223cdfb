"""What the site needs beyond MkDocs: pages from elsewhere in the repository, links as GitHub has them, no network.

Every link in a page is that of the repository, so that it works on GitHub; here it becomes that of the site. A file
that a page links to and that is no page is copied to ``files/``. Formulas become MathML, which needs no script, and the
script with which Material searches pages that are opened as files is one of our own, not one of the web.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
PAGES = "docs/pages"
LINK = re.compile(r"(?<=\]\()([^()\s#:]+)(?=(?:#[^()\s]*)?\))")
"""The path in a Markdown link, without its anchor; addresses with a scheme are left alone."""
FORMULA = re.compile(r'<(div|span) class="arithmatex">\\([\[(])(.*?)\\[\])]</\1>', re.DOTALL)


WEB_SCRIPT = "https://unpkg.com/iframe-worker/shim"
OWN_SCRIPT = "javascripts/search-in-a-frame.js"


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that stand elsewhere, and every file that a page links to."""
    elsewhere = config.extra["elsewhere"]
    for target, source in elsewhere.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    places = _places(files, elsewhere)
    for file in [file for file in files if file.is_documentation_page()]:
        source = _source(file, elsewhere)
        for link in LINK.findall(file.content_string):
            path = _path(source, link)
            if path not in places and (ROOT / path).is_file():
                places[path] = f"files/{path}"
                files.append(File.generated(config, places[path], abs_src_path=str(ROOT / path)))
    config.extra["places"] = places
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Point links to where their files are in the site."""
    source, own = _source(page.file, config.extra["elsewhere"]), Path(page.file.src_uri).parent

    def moved(match: re.Match[str]) -> str:
        place = config.extra["places"].get(_path(source, match[1]))
        return match[1] if place is None else os.path.relpath(place, own)

    return LINK.sub(moved, markdown)


def on_page_content(text: str, page: Any, config: Any, files: Files) -> str:
    """Turn formulas into MathML."""

    def drawn(match: re.Match[str]) -> str:
        return convert(html.unescape(match[3]).strip(), display="block" if match[2] == "[" else "inline")

    return FORMULA.sub(drawn, text)


@event_priority(-100)  # behind the plugin that puts it there
def on_post_page(output: str, page: Any, config: Any) -> str:
    """Take our own script in place of that of the web."""
    return output.replace(WEB_SCRIPT, os.path.relpath(OWN_SCRIPT, Path(page.file.dest_uri).parent))


@event_priority(-100)
def on_post_template(output_content: str, template_name: str, config: Any) -> str:
    """The same in pages that are none of ours."""
    return output_content.replace(WEB_SCRIPT, OWN_SCRIPT)


def _places(files: Files, elsewhere: dict[str, str]) -> dict[str, str]:
    """Path in the repository -> path in the site, of everything that the site holds."""
    return {_source(file, elsewhere): file.src_uri for file in files}


def _source(file: File, elsewhere: dict[str, str]) -> str:
    return elsewhere.get(file.src_uri, f"{PAGES}/{file.src_uri}")


def _path(source: str, link: str) -> str:
    """Path in the repository of what a file there links to."""
    return os.path.normpath(os.path.join(os.path.dirname(source), link))
