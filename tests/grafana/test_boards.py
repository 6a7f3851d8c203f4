"""The committed boards are what the generator makes, and hold to what Grafana needs of provisioned boards."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from facility.domain.text import Language
from grafana.build import FILE, FOLDER, rendered

LANGUAGES = list(Language)


def board(language: Language) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "dashboards" / language.value / FILE).read_text(encoding="utf-8"))
    return loaded


def panels(language: Language) -> list[dict[str, Any]]:
    return [panel for panel in board(language)["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_committed_board_is_the_generated_one(language: Language) -> None:
    committed = (FOLDER / "dashboards" / language.value / FILE).read_text(encoding="utf-8")
    assert committed == rendered(language), "run make boards"


def test_both_boards_ask_the_same() -> None:
    chinese, english = (
        [target["query"] for panel in panels(language) for target in panel["targets"]] for language in LANGUAGES
    )
    for_legends = str.maketrans("", "", '"')
    assert len(chinese) == len(english) > 15
    assert [query.translate(for_legends).split("FROM", 1)[1] for query in chinese] == [
        query.translate(for_legends).split("FROM", 1)[1] for query in english
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_board_can_be_provisioned(language: Language) -> None:
    loaded = board(language)
    text = json.dumps(loaded)
    assert "__inputs" not in loaded
    assert "${DS_" not in text
    assert loaded["uid"] == {Language.ZH_CN: "facility-overview-zh", Language.EN: "facility-overview-en"}[language]
    identities = [panel["id"] for panel in loaded["panels"]]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_panel_names_the_provisioned_source(language: Language) -> None:
    provisioned = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "history.yaml").read_text(encoding="utf-8"))
    uids = {source["uid"] for source in provisioned["datasources"]}
    used = {panel["datasource"]["uid"] for panel in panels(language)}
    used |= {target["datasource"]["uid"] for panel in panels(language) for target in panel["targets"]}
    assert used == uids


@pytest.mark.parametrize("language", LANGUAGES)
def test_panels_say_what_they_show(language: Language) -> None:
    for panel in panels(language):
        assert panel["title"]
        assert [
            target["alias"] for target in panel["targets"] if target["alias"] == "" and "sum(" not in target["query"]
        ] == []
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] == "stat":
            assert defaults["noValue"]
            assert defaults["thresholds"]["steps"]
        if panel["type"] == "state-timeline":
            assert defaults["mappings"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_gaps_stay_gaps(language: Language) -> None:
    windowed = [
        target["query"]
        for panel in panels(language)
        for target in panel["targets"]
        if "GROUP BY time(" in target["query"]
    ]
    assert len(windowed) >= 8
    assert [query for query in windowed if not query.endswith("fill(null)")] == []


def test_panels_do_not_overlap() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in board(Language.EN)["panels"]:
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken.get((x, y))}"
                assert x < 24
                taken[x, y] = panel["title"]


def test_provisioning_reads_the_folders_that_compose_mounts() -> None:
    providers = yaml.safe_load((FOLDER / "provisioning" / "dashboards" / "boards.yaml").read_text(encoding="utf-8"))[
        "providers"
    ]
    folders = {Path(provider["options"]["path"]).name for provider in providers}
    assert folders == {language.value for language in LANGUAGES}
