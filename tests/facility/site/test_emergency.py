"""Emergency plans: those that ship are whole in both languages; a site's own win; what is wrong is said with its place."""

from pathlib import Path

import pytest

from facility.domain.errors import SiteRefused
from facility.domain.text import Language, Title
from facility.locale import alert_kinds, catalogue
from facility.site.emergency import load_plans

GOOD_ZH = "---\nkinds: [water_lost]\n---\n# 停水\n\n先看水箱。\n\n## 立即\n1. 到水泵房\n2. 致电\n## 恢复\n1. 记录\n"
GOOD_EN = (
    "---\nkinds: [water_lost]\n---\n# Water\n\nTanks *first*.\n\n## At once\n1. Go there\n2. Call\n## After\n1. Write\n"
)


def own(folder: Path, zh: str | None = GOOD_ZH, en: str | None = GOOD_EN, name: str = "our-water") -> Path:
    (folder / "emergency").mkdir(exist_ok=True)
    for language, text in (("zh-CN", zh), ("en", en)):
        if text is not None:
            (folder / "emergency" / f"{name}.{language}.md").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_plans_are_whole(tmp_path: Path) -> None:
    plans = load_plans(tmp_path, alert_kinds())
    assert {"power", "water", "gas", "gas-leak", "fire", "flooding", "other"} <= plans.plans.keys()
    for plan in plans.plans.values():
        words = [plan.title, *plan.preface, *(step.title for step in plan.steps)]
        assert all(title.en and title.zh and title.en != title.zh for title in words)
        assert len(plan.steps) >= 4


def test_every_text_that_names_a_plan_has_one(tmp_path: Path) -> None:
    plans = load_plans(tmp_path, alert_kinds())
    named = [id for id, text in catalogue(Language.ZH_CN).items() if id.startswith("alerts.") and "处理方案》" in text]
    assert len(named) >= 7
    assert all(plans.of(id.split(".")[1], 2) is not None for id in named)


def test_level_1_has_a_plan_for_any_kind_and_others_only_their_own(tmp_path: Path) -> None:
    plans = load_plans(tmp_path, alert_kinds())
    assert plans.of("barrier_fault", 1) == plans.plans["other"]
    assert plans.of("barrier_fault", 3) is None


def test_a_sites_own_plan_wins_by_kind(tmp_path: Path) -> None:
    plans = load_plans(own(tmp_path), alert_kinds())
    plan = plans.of("water_lost", 1)
    assert plan is not None
    assert plan.id == "our-water"
    assert plan.preface == (Title("Tanks first.", "先看水箱。"),)
    assert [step.title.en for step in plan.steps] == ["Go there", "Call", "Write"]
    assert [step.section.en if step.section else "" for step in plan.steps] == ["At once", "At once", "After"]
    assert plans.of("no_water", 1) == plans.plans["water"], "the kinds that it does not name stay with the shipped one"


@pytest.mark.parametrize(
    ("zh", "en", "name", "fault"),
    [
        (GOOD_ZH, None, "our-water", "the plan has no en. Add our-water.en.md beside it."),
        (GOOD_ZH, GOOD_EN.replace("2. Call\n", ""), "our-water", "steps: 3 in zh-CN, 2 in en."),
        (
            GOOD_ZH,
            GOOD_EN.replace("Tanks *first*.", ""),
            "our-water",
            "paragraphs before the steps: 1 in zh-CN, 0 in en.",
        ),
        (GOOD_ZH, GOOD_EN.replace("## After\n", ""), "our-water", "sections: [0, 2] in zh-CN, [0] in en."),
        (GOOD_ZH, GOOD_EN.replace("water_lost", "gas_lost"), "our-water", "kinds: ('water_lost',) in zh-CN"),
        (GOOD_ZH, GOOD_EN.replace("water_lost", "water_lots"), "our-water", 'Did you mean "water_lost"?'),
        (GOOD_ZH, GOOD_EN.replace("# Water", "Water"), "our-water", "has no title."),
        (GOOD_ZH, "---\nkinds: [water_lost]\n---\n# Water\n", "our-water", "has no steps."),
        (GOOD_ZH, "# Water\n1. Go\n", "our-water", "does not begin with its kinds."),
        (GOOD_ZH, GOOD_EN.replace("kinds: [water_lost]", "about: water"), "our-water", "names no kind of alert."),
        (GOOD_ZH, GOOD_EN, "Our Water", "is no name of an emergency plan."),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, zh: str, en: str | None, name: str, fault: str) -> None:
    with pytest.raises(SiteRefused) as refused:
        load_plans(own(tmp_path, zh, en, name), alert_kinds())
    assert fault in str(refused.value)
    assert ".md:" in str(refused.value)


def test_two_plans_of_one_kind_are_refused(tmp_path: Path) -> None:
    own(tmp_path)
    with pytest.raises(SiteRefused, match="water_lost is a kind of plan"):
        load_plans(own(tmp_path, name="second"), alert_kinds())
