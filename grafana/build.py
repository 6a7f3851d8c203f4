"""The boards in zh-CN and en: `python -m grafana.build` writes dashboards/<language>/<board>.json."""

from pathlib import Path

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.builders.statetimeline import Panel as Bands
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from facility.domain.text import Language
from facility.locale import text
from grafana import estate
from grafana.boards import BOARDS, OVERVIEW, Board
from grafana.charts import panel
from grafana.panels import GREEN, RED, bands, names, pattern
from grafana.query import SOURCE, Asked

FOLDER = Path(__file__).resolve().parent
SHORT = {Language.ZH_CN: "zh", Language.EN: "en"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def built(board: Board, language: Language) -> dashboard.Dashboard:
    """A board: its variables, its rows, and the quality of its points."""
    of = "asset" if board.choice else ""
    made = _frame(board, language)
    for row in board.rows:
        if row.title:
            made = made.with_row(dashboard.Row(_t(row.title, language)))
        for chart in row.charts:
            made = made.with_panel(panel(chart, of, language))
    if board.quality:
        classes = estate.classes() if board is OVERVIEW else board.classes
        made = made.with_row(dashboard.Row(_t("quality", language))).with_panel(_quality(classes, of, language))
    return made


def _frame(board: Board, language: Language) -> dashboard.Dashboard:
    made = (
        dashboard.Dashboard(_t(f"board.{board.short}", language))
        .uid(f"facility-{board.short}-{SHORT[language]}")
        .description(_t(f"about.{board.short}", language))
        .tags(["facility", language.value])
        .timezone("browser")
        .time(f"now-{board.hours}h", "now")
        .refresh("10s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(_others(language))
        .with_variable(_variable("site", "site", _t("site", language)))
    )
    if board.incomers:
        made = made.with_variable(_variable("incomer", "asset", _t("incomers", language), ("meter",), "/incomer/"))
    if board.choice:
        made = made.with_variable(_variable("asset", "asset", _t("assets", language), board.classes))
    return made


def _others(language: Language) -> dashboard.DashboardLink:
    """A menu of all boards of the language that keeps time and estate."""
    link = dashboard.DashboardLink(_t("boards", language)).type(DashboardLinkType.DASHBOARDS)
    return link.tags(["facility", language.value]).as_dropdown(True).keep_time(True).include_vars(True)


def _quality(classes: tuple[str, ...], of: str, language: Language) -> Bands:
    refs = [*LETTERS, *(f"A{letter}" for letter in LETTERS)]
    queries = [Asked(name, {}, of, ref=ref).quality_changes() for ref, name in zip(refs, classes, strict=False)]
    bad = pattern("^bad:(.*)$", f"{_t('bad', language)} $1", RED)
    qualities = [*names({"good": (_t("good", language), GREEN)}), bad]
    made = bands(_t("quality_changes", language), queries, qualities, connected=True)
    return made.description(_t("quality_note", language)).span(24).height(9)


def _variable(
    name: str, tag: str, label: str, classes: tuple[str, ...] = (), regex: str = ""
) -> dashboard.QueryVariable:
    names_of = ", ".join(f'"{one}"' for one in classes)
    source = f" FROM {names_of}" if classes else ""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(f'SHOW TAG VALUES{source} WITH KEY = "{tag}"')
        .regex(regex)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _t(key: str, language: Language) -> str:
    return text(f"boards.{key}", language)


def path_of(board: Board, language: Language) -> Path:
    """Where the board is committed."""
    return FOLDER / "dashboards" / language.value / f"{board.id}.json"


def rendered(board: Board, language: Language) -> str:
    """The board as the JSON text that is committed."""
    made = built(board, language).build()
    for identity, one in enumerate(made.panels or [], start=1):
        one.id_val = identity
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(made) + "\n"


def main() -> None:
    """Write the boards of both languages."""
    for language in Language:
        for board in BOARDS:
            path = path_of(board, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(rendered(board, language), encoding="utf-8")


if __name__ == "__main__":
    main()
