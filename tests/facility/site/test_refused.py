"""Bad site files: a folder a case with `site.yaml` (and `profiles/`) and the exact faults in `expected.txt`.

Every fault says where it stands, what is wrong and how to mend it.
"""

from pathlib import Path

import pytest

from facility.domain.errors import SiteRefused
from facility.site import load

CASES = sorted((Path(__file__).parent / "refused").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_site_is_refused_with_every_fault(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    with pytest.raises(SiteRefused) as refused:
        load(Path("site.yaml"))
    assert str(refused.value).splitlines() == (case / "expected.txt").read_text(encoding="utf-8").splitlines()
    for fault in refused.value.faults:
        assert 1 <= fault.line <= len((case / fault.file).read_text(encoding="utf-8").splitlines()) + 1
        assert fault.what.endswith((".", ":")), fault
        assert fault.mend.endswith(("?", ".")), fault


def test_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(SiteRefused, match=r"site\.yaml:1 cannot be read: No such file or directory\. Name the file"):
        load(tmp_path / "site.yaml")


def test_file_of_other_bytes_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_bytes("title: 示范花园".encode("gbk"))
    with pytest.raises(SiteRefused, match=r"is not UTF-8 text: byte \d+\."):
        load(tmp_path / "site.yaml")
