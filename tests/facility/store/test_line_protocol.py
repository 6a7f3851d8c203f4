"""Our subset of the line protocol: everything that collectors write is read back; nothing else is taken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facility.domain.errors import StoreRejected
from facility.store.line_protocol import Line, _mostly_plain, _one_by_one, _plain, merged, parse

names = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: not name.endswith(("_text", "_quality"))
)
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr), st.integers(-(10**9), 10**9).map(str), st.just("1")
)
words = st.text(st.characters(exclude_characters='\n"\\', exclude_categories=["Cs"]), max_size=20)
quoted = st.one_of(words, words.map(lambda text: text + '\\"' + text + "\\\\")).map(lambda text: f'"{text}"')
text_names = st.tuples(names, st.sampled_from(["_text", "_quality"])).map("".join)
fields = st.dictionaries(names, numbers, max_size=6).flatmap(
    lambda first: st.dictionaries(text_names, quoted, min_size=0 if first else 1, max_size=3).map(
        lambda second: (first, second)
    )
)


def joined(values: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in values.items())


@settings(max_examples=60)
@given(fields=fields, at=st.integers(0, 2**63 - 1), shuffled=st.randoms())
def test_what_is_written_is_read(fields: tuple[dict[str, str], dict[str, str]], at: int, shuffled: object) -> None:
    series = "three_phase,site=demo-garden,asset=incomer-1"
    every = list((fields[0] | fields[1]).items())
    shuffled.shuffle(every)  # type: ignore[attr-defined]
    (line,) = parse(f"{series} {joined(dict(every))} {at}\n".encode(), "history")
    assert (line.series, line.at) == (series, at)
    assert set(filter(None, line.numbers.split(","))) == {f"{name}={value}" for name, value in fields[0].items()}
    assert merged("", line.texts) == line.texts
    assert all(f"{name}={value}" in line.texts for name, value in fields[1].items())


@settings(max_examples=60)
@given(first=fields, second=fields)
def test_merging_is_as_of_mappings(first: tuple[dict[str, str], ...], second: tuple[dict[str, str], ...]) -> None:
    for earlier, later in zip(first, second, strict=True):
        assert merged(joined(earlier), joined(later)) in (joined(earlier | later), joined(later | earlier))
        assert merged(joined(earlier), joined(earlier)) == joined(earlier)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"m,site=a,asset=b x=1i 1", "not of our"),
        (b"m,site=a,asset=b x=true 1", "not of our"),
        (b"m,site=a,asset=b x=nan 1", "not of our"),
        (b"m,site=a,asset=b x=1e999 1", "not finite"),
        (b'm,site=a,asset=b x="1" 1', "not of our"),
        (b"m,site=a,asset=b x_text=1 1", "not of our"),
        (b"m,site=a,asset=b x_quality=1 1", "not of our"),
        (b'm,site=a,asset=b x_text="a 1', "not of our"),
        (b'm,site=a,asset=b x_text="a\\n" 1', "not of our"),
        (b"m,site=a,asset=b x=1", "not of our"),
        (b"m,site=a,asset=b x=1 1.5", "not of our"),
        (b"m,site=a,asset=b x=1 -1", "not of our"),
        (b"m,site=a,asset=b x=1 1\r", "not of our"),
        (b"m,site=a,asset=b  1", "not of our"),
        (b"m,asset=b,site=a x=1 1", "not of our"),
        (b"m,site=a,asset=b,more=c x=1 1", "not of our"),
        (b"m x=1 1", "not of our"),
        (b"M,site=a,asset=b x=1 1", "not of our"),
        ("m,site=a,asset=b x=\u0661 1".encode(), "not of our"),
        (b"m,site=a,asset=b x=1 9223372036854775808", "2262"),
        (b'm,site=a,asset=b x_text="\xff" 1', "UTF-8"),
    ],
)
def test_anything_else_is_refused_with_its_line(bad: bytes, why: str) -> None:
    good = b"m,site=a,asset=b x=1 1\n"
    with pytest.raises(StoreRejected, match=f"line 3: .*{why}"):
        list(parse(good + good + bad + b"\n" + good, "history"))


def test_empty_lines_are_left_out() -> None:
    assert list(parse(b"\nm,site=a,asset=b x=1 7\n\n", "history")) == [Line("m,site=a,asset=b", 7, "x=1", "")]
    assert list(parse(b"", "history")) == []


odd = st.sampled_from(
    ["1.", ".5", "1e999", "1e99", "nan", "+1", "1i", "", "-", "1" * 41, "0.1 2", "1,b=2", '"ok"', '"a\\""', '"']
)


@settings(max_examples=200)
@given(
    lines=st.lists(
        st.tuples(names | text_names, numbers | odd, st.integers(0, 2**64) | st.just(2**63 - 1)), min_size=1, max_size=4
    )
)
def test_the_short_way_reads_what_the_long_one_reads_or_nothing(lines: list[tuple[str, str, int]]) -> None:
    text = "".join(f"m,site=a,asset=b {name}={value} {at}\n" for name, value, at in lines).encode()
    found = _mostly_plain(text)
    assert not found or found == list(_one_by_one(text, "history"))


def test_a_few_texts_among_many_numbers_go_the_short_way() -> None:
    number, text = b"m,site=a,asset=b x=1 1795000000000000000\n", b'm,site=a,asset=b x_quality="bad:timeout" 1795\n'
    for lines in (number * 3 + text + number, text + number, number + text * 2, text[:-1]):
        assert _mostly_plain(lines) == list(_one_by_one(lines, "history")) != []
    assert _mostly_plain(text * 300) == [], "many texts: each line is looked at anyway"


def test_lines_of_numbers_go_the_short_way() -> None:
    assert len(_plain(b"m,site=a,asset=b x=1,y=-2.5e-07 1795000000000000000\n" * 3)) == 3
