"""`python -m api.report_file NUMBER FILE LANGUAGE`: writes a report as the same workbook that its page gives."""

import sys
from pathlib import Path

from api.views.figures import report_detail
from api.web.pages import Words
from api.web.sheet_of_reports import xlsx_of
from facility.domain.errors import FacilityError
from facility.domain.text import Language
from facility.wiring import start


def main(number: str, file: str, language: str) -> int:
    """Exit code: 0 written, 1 refused (said on standard error)."""
    program = start("report")
    now = program.clock.now()
    try:
        with program.work().reading() as unit:
            report = report_detail(program.site, unit, int(number), now)
        Path(file).write_bytes(xlsx_of(report, Words(program.site, Language(language), now)))
    except (FacilityError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
