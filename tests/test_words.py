"""What is said: both languages say the same things, numbers and times read well, and templates can do no harm."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import jinja2
import jinja2.nodes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawdeploy import api, words
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Duration, Phrase, Text
from drawdeploy.words import LANGUAGES, Words, compile_expression, templates
from drawdeploy.words.korean import josa

SOURCE = Path(words.__file__).resolve().parent.parent
ROOMS = sorted(path.stem for path in (SOURCE / "words" / "en").glob("*.toml"))
EN, KO = Words("en"), Words("ko")


def entries(lang: str) -> dict[str, str]:
    return {f"{room}.{key}": text for room in ROOMS for key, text in words.catalogue(lang, room).items()}


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_languages_have_the_same_rooms() -> None:
    rooms = [sorted(path.stem for path in (SOURCE / "words" / lang).glob("*.toml")) for lang in LANGUAGES]
    assert rooms == [ROOMS] * len(LANGUAGES)
    assert "common" in ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_languages_have_the_same_keys(room: str) -> None:
    keys = [list(words.catalogue(lang, room)) for lang in LANGUAGES]
    assert keys[0] == keys[1]


def shown(text: str) -> set[str]:
    """The values that a text shows; those that only decide between words ("step", "steps") are left out."""
    tree = jinja2.Environment().parse(text)
    for condition in [*tree.find_all(jinja2.nodes.CondExpr)]:
        condition.test = jinja2.nodes.Const(True)
    return {name.name for name in tree.find_all(jinja2.nodes.Name)}


@pytest.mark.parametrize("key", entries("en"))
def test_languages_show_the_same_values_and_compile(key: str) -> None:
    """A value that only one language names is forgotten in the other, or will be missing one day."""
    english, korean = (entries(lang)[key] for lang in LANGUAGES)
    one = english[:1] == "1"  # "1 approval": English spells out the number that Korean may count
    assert shown(english) == shown(korean) - ({"n"} if one else set())
    for text in (english, korean):
        words.compile_text(text, str)


def test_a_catalogue_holds_texts_only() -> None:
    for lang in LANGUAGES:
        for key, text in entries(lang).items():
            assert isinstance(text, str), key
            assert text == text.strip(), key


def test_every_key_that_the_code_names_is_there() -> None:
    known = entries("en")
    missing = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            key = node.args[0].value
            if called in {"get", "Phrase"} and isinstance(key, str) and key.partition(".")[0] in ROOMS and "." in key:
                missing += [f"{path.name}:{node.lineno} {key}"] * (key not in known)
    assert missing == []


def test_every_character_is_in_the_font() -> None:
    """Catalogues are drawn, but for the terminal's: a character that the font lacks would become a box."""
    from drawdeploy.picture import fonts

    for lang in LANGUAGES:
        texts = [text for key, text in entries(lang).items() if not key.startswith("cli.")]
        strange = {c for text in texts for c in text if c != "\n" and not fonts.has(c)}
        assert strange == set()


def test_an_unknown_key_is_a_fault_of_ours() -> None:
    for key in ("common.nothing", "nowhere.at_all", "common", "../en/common.percent"):
        with pytest.raises(KeyError):
            EN.get(key)
        assert not EN.has(key)


def test_an_unknown_language_is_told_with_the_known_ones() -> None:
    with pytest.raises(DrawDeployError, match=r"unknown language 'kr'\n  hint: one of: en, ko"):
        Words("kr")


def test_catalogues_are_read_when_they_are_needed() -> None:
    words.catalogue.cache_clear()
    EN.get("common.at_once")
    assert words.catalogue.cache_info().currsize == 1


# --- numbers and times -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "en", "ko"),
    [
        (Fraction(0), "0 %", "0 %"),
        (Fraction(1, 1000), "< 1 %", "1 % 미만"),
        (Fraction(1, 200), "1 %", "1 %"),
        (Fraction(1, 8), "13 %", "13 %"),
        (Fraction(1, 3), "33 %", "33 %"),
        (Fraction(2, 3), "67 %", "67 %"),
        (Fraction(999, 1000), "> 99 %", "99 % 초과"),
        (Fraction(1), "100 %", "100 %"),
    ],
)
def test_percent(share: Fraction, en: str, ko: str) -> None:
    assert [w.percent(share).replace("\u00a0", " ") for w in (EN, KO)] == [en, ko]


def test_numbers_do_not_part_from_their_units() -> None:
    assert " " not in EN.percent(Fraction(1, 2)) + EN.duration(Duration(720)) + KO.percent(Fraction(1, 2))


@pytest.mark.parametrize(
    ("seconds", "approvals", "en", "ko"),
    [
        (0, 0, "at once", "즉시"),
        (5, 0, "≈ 5 s", "약 5초"),
        (59, 0, "≈ 59 s", "약 59초"),
        (60, 0, "≈ 1 min", "약 1분"),
        (90, 0, "≈ 1 min 30 s", "약 1분 30초"),
        (120, 0, "≈ 2 min", "약 2분"),
        (720, 1, "≈ 12 min + 1 approval", "약 12분 + 승인 1회"),
        (0, 1, "1 approval", "승인 1회"),
        (0, 2, "2 approvals", "승인 2회"),
        (3599, 0, "≈ 59 min 59 s", "약 59분 59초"),
        (3629, 0, "≈ 1 h", "약 1시간"),
        (5400, 2, "≈ 1 h 30 min + 2 approvals", "약 1시간 30분 + 승인 2회"),
        (90000, 0, "≈ 25 h", "약 25시간"),
        (604800, 1, "≈ 7 d + 1 approval", "약 7일 + 승인 1회"),
        (180000, 0, "≈ 2 d 2 h", "약 2일 2시간"),
    ],
)
def test_duration(seconds: int, approvals: int, en: str, ko: str) -> None:
    said = [w.duration(Duration(seconds, approvals)).replace("\u00a0", " ") for w in (EN, KO)]
    assert said == [en, ko]


@pytest.mark.parametrize(
    ("seconds", "en"),
    [(0, "0 s"), (30, "30 s"), (60, "1 min"), (90, "1 min 30 s"), (600, "10 min"), (3900, "1 h 5 min")],
)
def test_a_time_is_said_in_one_way(seconds: int, en: str) -> None:
    """Alone and in a duration: no "≈ 90 s" beside "1 min 30 s"."""
    assert EN.seconds(seconds).replace("\u00a0", " ") == en
    if seconds:
        assert EN.duration(Duration(seconds)).replace("\u00a0", " ") == f"≈ {en}"


@pytest.mark.parametrize(
    ("value", "forms", "said"),
    [
        ("그린", "으로/로", "그린으로"),
        ("블루", "으로/로", "블루로"),
        ("서울", "으로/로", "서울로"),
        ("서울", "을/를", "서울을"),
        ("v1", "으로/로", "v1로"),
        ("v2", "이/가", "v2가"),
        ("v3", "은/는", "v3은"),
        ("v10", "을/를", "v10을"),
        (6, "과/와", "6과"),
        (7, "으로/로", "7로"),
        ("HTML", "이/가", "HTML이"),
        ("온프레미스 (서울)", "이/가", "온프레미스 (서울)이"),
        ("日本", "을/를", "日本을(를)"),
        ("🙂", "으로/로", "🙂(으)로"),
        ("", "이/가", "이(가)"),
    ],
)
def test_korean_particles_follow_the_sound(value: object, forms: str, said: str) -> None:
    assert josa(value, forms) == said


# --- phrases ---------------------------------------------------------------------------------------------------------


def test_ids_are_said_as_titles() -> None:
    names = {"cloud": Text("Cloud", "클라우드"), "blue@cloud": Text("Blue", "블루")}
    text = Text(
        "{{ pool }} in {{ to_site }}: {{ share }}, {{ new }}", "{{ to_site }} {{ pool }}: {{ share }}, {{ new }}"
    )
    values = (("pool", "blue@cloud"), ("to_site", "cloud"), ("share", Fraction(1, 2)), ("new", "cloud"))
    phrase = Phrase(text=text, values=values)
    assert EN.say(phrase, names) == "Blue in Cloud: 50\u00a0%, cloud"
    assert KO.say(phrase, names) == "클라우드 블루: 50\u00a0%, cloud"
    assert EN.say(phrase) == "blue@cloud in cloud: 50\u00a0%, cloud"


def test_a_key_is_said_from_the_catalogue() -> None:
    assert EN.say(Phrase("common.approvals", values=(("n", 3),))) == "3\u00a0approvals"


def test_a_value_is_never_a_template_itself() -> None:
    """A service may be called anything."""
    hostile = "{{ 7 * 7 }}{% for x in y %}<b>"
    text = Text("{{ service }} {{ 'and' if true }} more", "")
    assert EN.text(text, {"service": hostile}) == f"{hostile} and more"
    assert EN.text(Text("{{ service }}", ""), {"service": hostile}) == hostile


def test_only_plain_values_reach_a_template() -> None:
    with pytest.raises(DrawDeployError, match="neither a text nor a number"):
        EN.text(Text("{{ x }}", ""), {"x": object()})  # type: ignore[dict-item]  # what this test is about


def test_a_missing_value_is_named() -> None:
    for template in ("{{ old }} {{ nev }}", "{{ nev if true }}"):
        with pytest.raises(DrawDeployError, match="nev"):
            EN.text(Text(template, ""), {"old": "v1"})


def test_a_plain_run_does_not_load_the_template_engine() -> None:
    """It takes 50 ms; pictures alone do without it."""
    root = SOURCE.parent
    code = f"import sys; sys.path.insert(0, {str(root)!r})\nfrom drawdeploy import describe, model\n"
    code += "describe.load_strategy('bluegreen')\n"
    code += "[describe.load_environment(name, model.Service()) for name in ('plain', 'private', 'hybrid')]\n"
    code += "print('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# --- the language of templates ---------------------------------------------------------------------------------------


class Pool:
    serving, running, standby = 3, 4, 1
    _secret = "hidden"


SCOPE: dict[str, Any] = {"batch": 2, "old": Pool(), "new": Pool(), "replicas": 3}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("3", 3),
        ("n", None),
        ("min(batch, old.serving)", 2),
        ("old.running == 0", False),
        ("2 * replicas", 6),
        ("replicas / 2", Fraction(3, 2)),
        ("ceil(replicas / 2)", 2),
        ("replicas // 2 + replicas % 2", 2),
        ("old.standby if old.standby > 0 else 0", 1),
        ("not old.serving or -batch < 0 and batch <= 2", True),
    ],
)
def test_expressions(source: str, value: object) -> None:
    if value is None:
        with pytest.raises(DrawDeployError, match=f"'{source}' is undefined"):
            compile_expression(source).evaluate(SCOPE)
    else:
        assert compile_expression(source).evaluate(SCOPE) == value


def test_expressions_are_equal_if_their_source_is() -> None:
    assert compile_expression("min(n, 2)") == compile_expression("min(n, 2)") != compile_expression("min(n, 3)")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "old.",
        "1 +",
        "a }} {{ b",
        "old.__class__",
        "old._secret",
        "().__class__.__base__.__subclasses__()",
        "old['serving']",
        "[x for x in range(9)]",
        "range(10 ** 9)",
        "9 ** 9 ** 9",
        "'x' * 1000000000",
        "'%999999999d' % 1",
        "'x' + 'y'",
        "old|attr('__class__')",
        "self",
        "lipsum()",
        "cycler(1)",
        "1 / 0",
        "1e400",
        "max()",
        "old.serving()",
        "min.__call__(1, 2)",
        "batch(1)",
        "batch|nothing",
        "batch is nothing",
        "(" * 400 + "1" + ")" * 400,
        "-" * 1500 + "1",
        "1" + "+1" * 5000,
        "\ud800",
    ],
)
def test_what_an_expression_cannot_do(source: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(DrawDeployError):
        compile_expression(source).evaluate(SCOPE)
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize(
    "source",
    [
        "{% for x in range(9) %}x{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% macro m() %}{% endmacro %}",
        "{{ n",
        "{# x",
        "{{ n.__class__ }}",
        "{{ n|e }}",
        "{{ 'x' * 10 }}",
        "{{ namespace() }}",
        "{{ {} }}",
    ],
)
def test_what_a_text_cannot_do(source: str) -> None:
    with pytest.raises(DrawDeployError):
        EN.text(Text(source, ""), {"n": 1})


def test_nothing_is_escaped_here() -> None:
    """The renderers know what they write; escaping twice would show `&amp;lt;`."""
    assert EN.text(Text("<{{ n }}> & {{ n|upper }}", ""), {"n": "<b>"}) == "<<b>> & <B>"


PIECES = st.sampled_from(["{{ n }}", "{{n}}", "{{  new }}", " a ", "{", "}", "%", "그린", "\n", "{ {", "} }", "<b>"])


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_the_short_way_is_the_templates_way(source: str) -> None:
    """Texts that only name values are filled in without the template engine: it must not show."""
    values = {"n": 3, "new": "v2"}
    try:
        expected = jinja2.Environment(keep_trailing_newline=True).from_string(source).render(values)
    except jinja2.TemplateError:
        with pytest.raises(DrawDeployError):
            EN.text(Text(source, ""), values)
    else:
        assert EN.text(Text(source, ""), values) == expected


@pytest.mark.parametrize(
    "source", ["7", "n", "2 * n", "n+1", "n - m", "3*4", "m * half", "self", "true", "notn", "2n", "n m"]
)
def test_the_short_way_of_sums_is_the_templates_way(source: str) -> None:
    """Sums of two are worked out without the template engine: it must not show."""
    names = {"n": 5, "m": 2, "half": Fraction(1, 2)}
    short, engine = templates._SUM.fullmatch(source), f"({source})"
    results: list[Any] = []
    for text in (source, engine):
        try:
            results.append(compile_expression(text).evaluate(names))
        except DrawDeployError:
            results.append("refused")
    assert results[0] == results[1]
    if short:
        assert words.names_in(source, expression=True) == words.names_in(engine, expression=True)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text("{}%#()[]'\"|.,+-*/=<>!~ \n_abnx019if elsor not", max_size=40))
def test_any_text_and_expression_is_worked_out_or_refused(source: str) -> None:
    for work in (lambda: EN.text(Text(source, ""), {"n": 1}), lambda: compile_expression(source).evaluate({"n": 1})):
        try:
            work()
        except DrawDeployError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("placement", "pools"),
    [
        ("across", {"old@onprem": Text("Old", "기존"), "new@cloud": Text("New", "신규")}),
        (
            "both",
            {
                "old@onprem": Text("Old (On-premises)", "기존 (온프레미스)"),
                "new@cloud": Text("New (Cloud)", "신규 (클라우드)"),
            },
        ),
    ],
)
def test_a_pool_is_called_by_its_role_and_by_its_site_only_if_that_tells_it_apart(
    placement: str, pools: dict[str, Text]
) -> None:
    from drawdeploy import describe
    from drawdeploy.expand import expand
    from drawdeploy.model import Service

    strategy, environment = describe.load_strategy("rollout"), describe.load_environment("hybrid", Service())
    titles = words.names(expand(strategy, environment, Service(), placement=placement))
    assert {pool: titles[pool] for pool in pools} == pools
    assert titles["cloud"] == Text("Cloud", "클라우드")
    assert {"gslb", "primary", "vpn", "operator"} <= titles.keys()


@pytest.mark.parametrize("strategy", api.strategy_names())
def test_roles_of_our_own_strategies_are_called_by_name_in_both_languages(strategy: str) -> None:
    for pool in api.load(strategy).pools:
        assert KO.has(f"common.role.{pool.role}") and EN.has(f"common.role.{pool.role}")


def test_a_role_that_only_its_author_knows_is_called_by_its_id() -> None:
    assert words.role_title("next_door") == Text("Next door", "Next door")


@pytest.mark.parametrize(
    "template",
    [
        "{{ n }} file{{ 's' if n != 1 }}",
        "{{ 'file' if n == 1 else 'files' }} of {{ old }}",
        "{{ 'yes' if n else 'no' }}, {{ share }}, {{ old | josa('이/가') }}{{n}}",
        "{{ share | josa('을/를') }} {{ '파일' if share == 1 else '' }}",
    ],
)
@pytest.mark.parametrize("n", [0, 1, 2, True, False, Fraction(1), "1"])
def test_plain_texts_say_what_the_template_engine_says(template: str, n: object) -> None:
    """Loading the engine is a tenth of a run, so what is simple is worked out without it."""
    values = {"n": n, "old": "v1", "share": Fraction(1, 3)}
    plain = templates.compile_text(template, str)(values)
    engine = templates._environment().overlay(finalize=str).from_string(template).render(values)
    assert plain == engine
    assert templates._plain_names(template) is not None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_phrase_says_nothing(lang: str) -> None:
    assert Words(lang).say(Phrase()) == ""
