"""Every text exists in both languages, with the same parameters, in the words of the glossary."""

import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

from facility import locale
from facility.domain.reading import BadReason
from facility.domain.text import Language
from facility.locale import catalogue, text
from facility.site.tree import Faults, parse

FOLDER = Path(locale.__file__).parent
FORBIDDEN = re.compile(
    "警报|报警器响|资产|阈值|阀值|点位|登陆|帐号|仪表盘|订单|已送达|已读|维保|点检|抽检|消防栓|！|您"
)


def parameters(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_both_languages_have_the_same_texts() -> None:
    english, chinese = catalogue(Language.EN), catalogue(Language.ZH_CN)
    assert english
    assert sorted(english.keys() ^ chinese.keys()) == []


def test_texts_take_the_same_parameters() -> None:
    english, chinese = catalogue(Language.EN), catalogue(Language.ZH_CN)
    different = {id for id in english.keys() & chinese.keys() if parameters(english[id]) != parameters(chinese[id])}
    assert different == set()


@pytest.mark.parametrize("language", list(Language))
def test_every_reason_for_a_bad_value_has_words(language: Language) -> None:
    assert [reason for reason in BadReason if reason and f"pages.reason.{reason}" not in catalogue(language)] == []


@pytest.mark.parametrize("language", list(Language))
def test_no_text_is_empty(language: Language) -> None:
    assert [id for id, template in catalogue(language).items() if not template.strip()] == []


def test_numbers_come_with_their_noun_in_its_number() -> None:
    said = [
        text("doctor.sum_wrong", Language.EN, wrong=wrong, notes=notes) for wrong, notes in ((1, 2), (2, 1), (3, 0))
    ]
    assert said == ["1 finding to mend, 2 notes.", "2 findings to mend, 1 note.", "3 findings to mend, 0 notes."]
    assert text("doctor.sum_wrong", Language.ZH_CN, wrong=1, notes=2) == "有1项要处理，2条提示。"
    assert text("doctor.programs.spool", Language.EN, lines=1) == "1 line waits in the spool"


def test_only_english_nouns_have_two_forms() -> None:
    forms = {
        spec for template in catalogue(Language.EN).values() for _, _, spec, _ in Formatter().parse(template) if spec
    }
    assert [spec for spec in forms if spec.count("|") != 1] == []
    assert [id for id, template in catalogue(Language.ZH_CN).items() if "|" in template] == []


def test_chinese_texts_keep_to_the_glossary() -> None:
    found = {
        id: match.group() for id, template in catalogue(Language.ZH_CN).items() if (match := FORBIDDEN.search(template))
    }
    assert found == {}


@pytest.mark.parametrize("folder", [FOLDER / "en", FOLDER / "zh_CN"])
def test_no_text_stands_in_two_files(folder: Path) -> None:
    """`pages.fault.yaml` and the `fault:` of `pages.yaml` share their ids: the later file would win without a word."""
    files: dict[str, list[str]] = {}
    for file in sorted(folder.glob("*.yaml")):
        texts: dict[str, str] = {}
        locale._flatten(file.stem, yaml.safe_load(file.read_text(encoding="utf-8")), texts)
        for id in texts:
            files.setdefault(id, []).append(file.name)
    assert {id: names for id, names in files.items() if len(names) > 1} == {}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*/*.yaml")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_text_is_given_twice(file: Path) -> None:
    """YAML would take the last one without a word."""
    faults = Faults()
    parse(file.read_text(encoding="utf-8"), file.name, faults, {})
    assert faults.found == []
