from ghpypi.core.text_comparison import changed_lines, diff, nearest, suggestion


def test_texts_are_compared_as_diff_does() -> None:
    assert diff("a\nb\n", "a\nc\n", "x", source="/dev/null") == [
        "--- /dev/null",
        "+++ x",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]
    assert diff("a\n", "b\n", "x")[:2] == ["--- x", "+++ x"]
    assert diff("a", "a\n", "x") == []


def test_inserted_lines_are_distinguished_from_others() -> None:
    assert list(changed_lines(["a", "d"], ["a", "b", "c", "d"])) == [
        (False, 0, 1),
        (True, 1, 3),
        (False, 3, 4),
    ]


def test_a_name_is_suggested_where_one_is_like_it() -> None:
    assert nearest("tilte", ["url", "title"]) == "title"
    assert suggestion("tilte", ["url", "title"]) == ", did you mean 'title'?"
    assert nearest("x", ["url"]) == suggestion("x", ["url"]) == ""
