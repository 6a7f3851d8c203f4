"""What was done before: the same on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import date

from facility.domain.order import WorkKind
from facility.domain.past_service import PastService
from facility.ports import Work

ROW = PastService("pump-1", "pump-yearly", WorkKind.MAINTENANCE, "", date(2025, 6, 1), "王工", "换油")


def test_a_row_is_kept_once_with_its_newest_words(work: Work, other_site: Work) -> None:
    later = replace(ROW, finished=date(2026, 5, 30), by="")
    repair = replace(ROW, plan="", kind=WorkKind.REPAIR, what="更换轴承", finished=date(2026, 1, 2))
    with work.writing() as unit:
        for row in (ROW, later, repair, replace(ROW, by="李工")):
            unit.past_services.put(row)
    with work.reading() as unit:
        assert unit.past_services.all() == [replace(ROW, by="李工"), repair, later]
        assert unit.past_services.of_asset("pump-1", 2) == [later, repair]
        assert unit.past_services.latest(["pump-yearly", ""]) == {("pump-yearly", "pump-1"): date(2026, 5, 30)}
    with other_site.reading() as unit:
        assert unit.past_services.all() == []
