"""The committed boards are what the generator makes, show every class of assets, and hold to what Grafana needs of provisioned boards."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from facility.domain.text import Language
from grafana import charts, estate
from grafana.boards import BOARDS, OVERVIEW, WALL, Board
from grafana.build import FOLDER, path_of, rendered
from grafana.charts import Kind, chart

LANGUAGES = list(Language)
EACH = [pytest.param(board, language, id=f"{board.id}-{language}") for board, language in product(BOARDS, LANGUAGES)]
SYSTEMS = [board for board in BOARDS if board not in (OVERVIEW, WALL)]


def loaded(board: Board, language: Language) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path_of(board, language).read_text(encoding="utf-8"))
    return found


def panels(board: Board, language: Language) -> list[dict[str, Any]]:
    return [panel for panel in loaded(board, language)["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize(("board", "language"), EACH)
def test_committed_board_is_the_generated_one(board: Board, language: Language) -> None:
    assert path_of(board, language).read_text(encoding="utf-8") == rendered(board, language), "run make boards"


def test_no_other_board_is_committed() -> None:
    committed = set((FOLDER / "dashboards").glob("*/*.json"))
    assert committed == {path_of(board, language) for board, language in product(BOARDS, LANGUAGES)}


def test_every_class_stands_on_the_board_of_one_system() -> None:
    places = {name: [board.id for board in SYSTEMS if name in board.classes] for name in estate.classes()}
    assert {name: found for name, found in places.items() if len(found) != 1} == {}


def test_every_main_point_stands_on_the_board_of_its_system() -> None:
    shown = {(name, point.name) for board in SYSTEMS for one in board.charts for name, point in one.all()}
    main = {
        (profile.asset_class, point.name)
        for profile in estate.profiles()
        for point in profile.points.values()
        if point.main
    }
    assert main - shown == set()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.id)
def test_both_languages_ask_the_same(board: Board) -> None:
    chinese, english = (
        [target["query"] for panel in panels(board, language) for target in panel["targets"]] for language in LANGUAGES
    )
    for_legends = str.maketrans("", "", '"')
    assert len(chinese) == len(english) >= len(board.charts)
    assert [query.translate(for_legends).split("FROM", 1)[1] for query in chinese] == [
        query.translate(for_legends).split("FROM", 1)[1] for query in english
    ]


@pytest.mark.parametrize(("board", "language"), EACH)
def test_board_can_be_provisioned(board: Board, language: Language) -> None:
    found = loaded(board, language)
    text = json.dumps(found)
    assert "__inputs" not in found
    assert "${DS_" not in text
    assert found["uid"] == f"facility-{board.short}-{ {Language.ZH_CN: 'zh', Language.EN: 'en'}[language] }"
    identities = [panel["id"] for panel in found["panels"]]
    assert len(set(identities)) == len(identities)
    variables = {variable["name"] for variable in found["templating"]["list"]}
    assert all(name in variables for name in ("site", "incomer", "asset") if f"${name}$" in text)


def test_uids_and_titles_are_unique() -> None:
    found = [loaded(board, language) for board, language in product(BOARDS, LANGUAGES)]
    for key in ("uid", "title"):
        assert len({board[key] for board in found}) == len(found)


@pytest.mark.parametrize(("board", "language"), EACH)
def test_every_panel_names_the_provisioned_source(board: Board, language: Language) -> None:
    provisioned = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "history.yaml").read_text(encoding="utf-8"))
    uids = {source["uid"] for source in provisioned["datasources"]}
    used = {panel["datasource"]["uid"] for panel in panels(board, language)}
    used |= {target["datasource"]["uid"] for panel in panels(board, language) for target in panel["targets"]}
    assert used == uids


@pytest.mark.parametrize(("board", "language"), EACH)
def test_panels_say_what_they_show(board: Board, language: Language) -> None:
    for panel in panels(board, language):
        assert panel["title"]
        assert [
            target["alias"] for target in panel["targets"] if target["alias"] == "" and "sum(" not in target["query"]
        ] == []
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs)
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] == "stat":
            assert defaults["noValue"]
            assert defaults["thresholds"]["steps"]
            assert defaults.get("unit") or defaults["mappings"]
        if panel["type"] == "state-timeline":
            assert defaults["mappings"]
        if panel["type"] == "timeseries":
            assert defaults["unit"]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.id)
def test_states_of_every_enum_have_a_name_and_a_colour(board: Board) -> None:
    for one, made in zip(board.charts, panels(board, Language.EN), strict=False):
        if one.kind is Kind.STATES:
            named = made["fieldConfig"]["defaults"]["mappings"][0]["options"]
            wanted = {label for name, point in one.all() for label in estate.labels(name, point.name)}
            assert set(named) == wanted
            assert all(isinstance(state["text"], str) and state["color"] for state in named.values())


@pytest.mark.parametrize(
    ("meaning", "take"), [("alarm", "max"), ("running", "max"), ("there", "min"), ("automatic", "min")]
)
def test_what_was_bad_for_a_moment_is_seen_in_its_window(meaning: str, take: str) -> None:
    one = chart(Kind.BITS, "sources", 8, meaning=meaning, transfer_switch="normal_available standby_available")
    (target,) = charts.panel(one, "", Language.EN).build().targets or []
    assert f'SELECT {take}("normal_available") AS' in target.to_json()["query"]


def test_a_chart_of_what_does_not_fit_is_refused() -> None:
    for one in (
        chart(Kind.TREND, "pumps", 8, pump="run_state"),
        chart(Kind.STATES, "pumps", 8, pump="frequency"),
        chart(Kind.BITS, "pumps", 8, pump="frequency"),
        chart(Kind.HOURLY, "pumps", 8, pump="frequency"),
        chart(Kind.TREND, "pumps", 8, pump="frequency", tank="water_level"),
    ):
        with pytest.raises(ValueError, match="pumps: "):
            charts.panel(one, "", Language.EN)


@pytest.mark.parametrize(("board", "language"), EACH)
def test_gaps_stay_gaps(board: Board, language: Language) -> None:
    windowed = [
        target["query"]
        for panel in panels(board, language)
        for target in panel["targets"]
        if "GROUP BY time(" in target["query"]
    ]
    assert len(windowed) >= 3
    assert [query for query in windowed if not query.endswith("fill(null)")] == []


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.id)
def test_panels_fill_their_rows_and_do_not_overlap(board: Board) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in loaded(board, Language.EN)["panels"]:
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken.get((x, y))}"
                assert x < 24
                taken[x, y] = panel["title"]
    heights = {y for _, y in taken}
    assert [y for y in heights if sum((x, y) in taken for x in range(24)) < 24] == []


def test_the_wall_fits_on_one_screen() -> None:
    assert max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels(WALL, Language.EN)) <= 24


def test_provisioning_reads_the_folders_that_compose_mounts() -> None:
    providers = yaml.safe_load((FOLDER / "provisioning" / "dashboards" / "boards.yaml").read_text(encoding="utf-8"))[
        "providers"
    ]
    folders = {Path(provider["options"]["path"]).name for provider in providers}
    assert folders == {language.value for language in LANGUAGES}
