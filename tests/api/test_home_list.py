"""A list of homes by page: sent, looked at with every fault in the reader's language, entered as it was seen, once, or not at all."""

import io
import re
import zipfile

import pytest

from api.sent_lists import KEPT, MOST
from facility.domain.home import Address, Listed, Standing
from facility.flow.enter_homes import enter_homes
from facility.site.home_rows import home_rows, home_template
from facility.site.sheet import Written
from facility.site.sheets import sheets_of
from facility.site.workbook import workbook
from tests.api.conftest import Client
from tests.api.scene import Scene

BOUNDARY = "----list"
HEAD = "楼栋,单元,房号,姓名,身份,电话,车牌,空置"
GOOD = f"{HEAD}\n3,2,1501,李小梅,业主,13812345678,粤B12345,\n3,2,1501,王强,租户,,,\n3,2,1502,,,,,是\n"
SHEET = [[*line.split(",")] for line in GOOD.split()]


@pytest.fixture
def desk(client: Client, scene: Scene) -> Client:
    """The front desk's browser, with a home and its owner in the register."""
    scene.people()
    with scene.work.writing() as unit:
        known = Listed(Address("3", "2", "1501"), "李小梅", Standing.OWNER, "13800000000", ("粤B12345",))
        enter_homes(scene.site, unit, [known], scene.clock.now())
    return client.as_person("sun-li")


def send(desk: Client, file: bytes, name: str = "homes.csv", language: str = "zh-CN") -> tuple[int, str, str]:
    """The status, where it leads and the text of the answer."""
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv'
    token = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{desk.csrf}\r\n'
    body = f"{token}--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    answer = desk.raw(
        "/homes/import", body, {"content-type": kind, "origin": "https://facility.test", "accept-language": language}
    )
    return answer.status_code, answer.headers.get("location", ""), answer.text


def steps_on(page: str) -> str:
    found = re.search(r'name="steps" value="(\w+)"', page)
    assert found is not None
    return found.group(1)


def audited(scene: Scene) -> list[object]:
    with scene.work.reading() as unit:
        return [dict(row.detail) for row in unit.audit.rows() if row.action == "home.imported"][1:]


@pytest.mark.parametrize(
    ("file", "name"), [(GOOD.encode("gb18030"), "a.csv"), (workbook([Written("房屋", SHEET)]), "a.xlsx")]
)
def test_a_list_is_looked_at_then_entered_once(desk: Client, scene: Scene, file: bytes, name: str) -> None:
    status, at, _ = send(desk, file, name)
    assert status == 303
    page = desk.get(at, "zh-CN").text
    assert "新增 2" in page
    assert "变更 1" in page
    assert "王强" in page
    changed = desk.get(f"{at}?part=changed", "zh-CN").text
    assert re.search(r"<b>3-2-1501</b> 李小梅 <span class=\"muted\">电话</span>", changed)
    assert audited(scene) == []
    for _ in range(2):
        assert desk.act(at, {"steps": steps_on(page)}).headers["location"] == at
    assert "已写入3项变更。" in desk.get(at, "zh-CN").text
    assert audited(scene) == [{"added": 2, "changed": 1}]
    homes = desk.get("/homes.json").json()["homes"]
    assert [(home["address"], len(home["residents"])) for home in homes] == [("3-2-1501", 2), ("3-2-1502", 0)]
    assert "与现有台账一致" in desk.get(send(desk, file, name)[1], "zh-CN").text


def test_every_fault_is_named_in_both_languages_and_nothing_is_entered(desk: Client, scene: Scene) -> None:
    _, at, _ = send(desk, (GOOD + "3,,,张三,房东,13x,,\n").encode(), "list.csv")
    page, english = desk.get(at, "zh-CN").text, desk.get(at).text
    for said in (
        "list!C5 · 房号",
        "内容为空。",
        "“房东”无法识别。请填写业主、住户或租户。",
        "“13x”不是电话号码。",
        "有3处错误",
    ):
        assert said in page, said
    assert "is no phone number. Write 5 to 15 digits" in english
    assert 'name="steps"' not in page
    seen = desk.get(f"{at}.json").json()
    assert [(fault["row"], fault["id"]) for fault in seen["faults"]] == [
        (5, "empty"), (5, "choice_standing"), (5, "phone")
    ]  # fmt: skip
    assert desk.act(at, {"steps": seen["steps"]}).status_code == 409
    assert audited(scene) == []


def test_what_was_not_seen_is_not_entered(desk: Client, scene: Scene) -> None:
    at = send(desk, GOOD.encode())[1]
    seen = steps_on(desk.get(at).text)
    with scene.work.writing() as unit:
        enter_homes(scene.site, unit, [Listed(Address("3", "2", "1502"))], scene.clock.now())
    late = desk.act(at, {"steps": seen}, "zh-CN")
    assert late.status_code == 409
    assert "预览后台账已有变动" in late.text
    assert steps_on(late.text) != seen
    assert desk.act(at, {"steps": steps_on(late.text)}).status_code == 303
    other = desk.as_person("chen-jing")
    assert other.get(at).status_code == other.act(at, {"steps": seen}).status_code == 404
    first = send(desk, GOOD.encode())[1]
    for _ in range(MOST):
        send(desk, GOOD.encode())
    assert "预览已过期" in desk.get(first, "zh-CN").text
    last = send(desk, GOOD.encode())[1]
    found = desk.deps.lists.find(last.rpartition("/")[2], 0, desk.deps.clock.monotonic() + KEPT + 1)
    assert found is None
    assert desk.get(last).status_code == 404


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "没有收到文件"),
        (b"PK\x03\x04 damaged", "不是 XLSX 工作簿"),
        (b"\xd0\xcf\x11\xe0 of 1997", "不是 XLSX 工作簿"),
        (b"\xff\xff\x81", "编码"),
        ("姓名,电话\n".encode(), "“homes”没有表头"),
        (("楼栋,房号\n" + "1,1\n" * 20_001).encode(), "行或列过多"),
        (f"楼栋,房号\n{'1' * 200_000},2\n".encode(), "不是 CSV 文本"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_how_to_mend_it(desk: Client, file: bytes, said: str) -> None:
    status, _, text = send(desk, file)
    assert (status, said in text) == (422, True)
    assert "/homes/list.xlsx" in text


def test_a_workbook_that_unpacks_to_more_than_memory_holds_is_not_unpacked(desk: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/workbook.xml", "w") as part:
        for _ in range(201):
            part.write(bytes(1_000_000))
    status, _, text = send(desk, packed.getvalue(), "bomb.xlsx")
    assert (status, "工作簿过大" in text) == (422, True)


def test_a_workbook_that_merges_whole_columns_is_not_read(desk: Client) -> None:
    """A million objects a column: what a slip of the hand makes would end the program."""
    book = workbook([Written("房屋", SHEET)])
    merged = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(merged, "w") as parts:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                area = b'<mergeCells count="1"><mergeCell ref="A4:XFD1048576"/></mergeCells>'
                part = part.replace(b"</sheetData>", b"</sheetData>" + area)
                assert area in part
            parts.writestr(name, part)
    status, _, text = send(desk, merged.getvalue(), "merged.xlsx")
    assert (status, "合并单元格过多" in text) == (422, True)


def test_the_template_is_a_list_and_programs_send_and_enter_one(desk: Client, scene: Scene) -> None:
    template = desk.get("/homes/list.xlsx")
    assert (
        home_rows(sheets_of(template.content, "homes.xlsx")[0]).rows
        == home_rows(sheets_of(workbook(home_template()), "homes.xlsx")[0]).rows
    )
    headers = {"x-csrf-token": desk.csrf, "sec-fetch-site": "same-origin", "content-type": "text/csv"}
    sent = desk.raw("/homes/import.json?name=my.csv", GOOD.encode(), headers).json()
    assert (sent["file"], sent["rows"], sent["counts"]) == ("my.csv", 3, {"faults": 0, "added": 2, "changed": 1})
    assert desk.tell("POST", f"/homes/import/{sent['list']}.json", {"steps": "other"}).status_code == 409
    done = desk.tell("POST", f"/homes/import/{sent['list']}.json", {"steps": sent["steps"]}).json()
    assert (done["entered"], audited(scene)) == (3, [{"added": 2, "changed": 1}])
    assert desk.raw("/homes/import.json", b"PK\x03\x04", headers).status_code == 422
