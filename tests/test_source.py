"""YAML is read safely: positions are right, limits hold, and nothing a text says is obeyed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawdeploy import source
from drawdeploy.errors import DrawDeployError, Where
from drawdeploy.source import ListNode, MapNode, Node, ScalarNode


def plain(node: Node) -> Any:
    """The values of a node, without positions."""
    if isinstance(node, MapNode):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return node.value


def faults(text: str) -> list[str]:
    with pytest.raises(DrawDeployError) as caught:
        source.load(text, "f.yaml")
    return [f"{fault.where}: {fault.message}" for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-12", -12),
        ("012", 12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("''", ""),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("on", "on"),
        ("no", "no"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("2024-01-01", "2024-01-01"),
        (".inf", ".inf"),
        ("v1.2", "v1.2"),
        ("30m", "30m"),
        ("1" * 30, "1" * 30),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    [node] = source.load(f"a: {text}", "f.yaml")
    found = plain(node)["a"]
    assert (found, type(found)) == (value, type(value))


def test_positions_count_from_one_and_characters_not_bytes() -> None:
    [node] = source.load("하나: 1\nb:\n  - {'큰 것': x}\n", "f.yaml")
    assert isinstance(node, MapNode)
    assert node.entries[0][1].where == Where("f.yaml", 1, 5)
    listed = node.get("b")
    assert isinstance(listed, ListNode)
    inner = listed.items[0]
    assert isinstance(inner, MapNode)
    assert [part.where for part in inner.entries[0]] == [Where("f.yaml", 3, 6), Where("f.yaml", 3, 13)]


def test_the_parser_in_python_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every wheel of PyYAML brings libyaml."""
    text = "하나: &x {p: [1, 'b']}\nzwei: *x\n"
    expected = source.load(text, "f.yaml")
    monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    assert source.load(text, "f.yaml") == expected
    assert faults("a: 1\na: b: c")[-1] == "f.yaml:2:5: this is not YAML: mapping values are not allowed here"


def test_several_documents_and_empty_ones() -> None:
    assert [plain(node) for node in source.load("---\na: 1\n---\n---\n- b\n...\n", "f.yaml")] == [{"a": 1}, ["b"]]
    assert source.load("", "f.yaml") == source.load("# nothing\n", "f.yaml") == []


def test_anchors_aliases_and_merges() -> None:
    [node] = source.load("a: &x {p: 1, q: 2}\nb: *x\nc: {q: 3, <<: *x}\n", "f.yaml")
    assert plain(node) == {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 2}, "c": {"p": 1, "q": 3}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\nb: 4", ["f.yaml:3:1: the key 'a' occurs twice", "f.yaml:4:1: the key 'b' occurs twice"]),
        ("a: !thing 1", ["f.yaml:1:4: the tag '!thing' is not allowed"]),
        (
            "- !!python/object/apply:os.system [id]",
            ["f.yaml:1:3: the tag '!!python/object/apply:os.system' is not allowed"],
        ),
        ("a: &x [*x]", ["f.yaml:1:8: the alias '*x' contains itself"]),
        ("a: *x", ["f.yaml:1:4: the alias '*x' has no anchor"]),
        ("? [a]\n: 1", ["f.yaml:1:3: a list or mapping cannot be a key"]),
        ("[" * 41, ["f.yaml:1:41: nested more than 40 deep"]),
        ("a: b: c", ["f.yaml:1:5: this is not YAML: mapping values are not allowed in this context"]),
        ("a: 'x", ["f.yaml:1:6: this is not YAML: found unexpected end of stream"]),
        ("a: \x07", ["f.yaml:1:4: a character that YAML does not allow"]),
        ("ok: 1\na: \ud800", ["f.yaml:2:4: half a character (a lone surrogate)"]),
    ],
)
def test_faults_have_their_place(text: str, expected: list[str]) -> None:
    assert faults(text) == expected


def test_a_fault_shows_its_line_cut_around_its_column() -> None:
    text = "a: " + "x" * 300 + "\nb: [" + "y, " * 200 + "{a: !t 1}]"
    with pytest.raises(DrawDeployError) as caught:
        source.load(text, "f.yaml")
    [fault] = caught.value.faults
    assert "!t 1" in fault.excerpt
    assert len(fault.excerpt) <= 122


def test_aliases_cannot_multiply() -> None:
    """A billion laughs: 400 bytes that stand for 3,486,784,401 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    begin = time.perf_counter()
    assert faults("\n".join(lines)) == ["f.yaml:6:15: more than 100,000 values"]
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize("text", ["[" * 500_000, "{a: " * 200_000, "- " * 400_000, "a: &b\n" * 3, "? " * 100_000])
def test_depth_does_not_exhaust_the_stack(text: str) -> None:
    assert faults(text)


def test_too_large_a_text_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_bytes(b"a" * (source.MAX_BYTES + 1))
    with pytest.raises(DrawDeployError, match=r"big: larger than 1,000,000 bytes"):
        source.read(file, "big")
    with pytest.raises(DrawDeployError, match="larger than"):
        source.load("a" * (source.MAX_BYTES + 1), "f.yaml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: caf\xe9".encode("latin-1"))
    for path, message in [
        (tmp_path, "f.yaml: this is a folder, not a file"),
        (tmp_path / "none.yaml", "f.yaml: there is no such file"),
        (tmp_path / "latin.yaml", "f.yaml:2:7: this is not UTF-8 text"),
    ]:
        with pytest.raises(DrawDeployError, match=message):
            source.read(path, "f.yaml")
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert source.read(tmp_path / "bom.yaml", "f.yaml") == "a: 1"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdefg", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    """Controllers' manifests are often JSON: what Python writes is read back the same."""
    nodes = source.load(json.dumps([value]), "f.json")
    assert [plain(node) for node in nodes] == [[value]]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text() | st.text("{}[]&*!?:- #'\"|>%@`\n\tab01.~,<"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but our own error, whatever the text."""
    try:
        for node in source.load(text, "f.yaml"):
            assert all(isinstance(part, (ScalarNode, ListNode, MapNode)) for part in source.walk(node))
    except DrawDeployError as error:
        assert all(fault.where and fault.where.file == "f.yaml" for fault in error.faults)
