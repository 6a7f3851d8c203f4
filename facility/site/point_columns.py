"""The columns of a sheet of points: their keys in a profile, their names in both languages, and how their cells are read."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from facility.domain.profile import ByteOrder, RawType, Table
from facility.domain.unit import Unit

Read = Callable[[str], object]
_TABLES = {
    Table.COIL: ("coil", "coils", "1", "01", "0x01", "fc1", "fc01", "0x", "线圈"),
    Table.DISCRETE: (
        "discrete",
        "discrete input",
        "discrete inputs",
        "2",
        "02",
        "0x02",
        "fc2",
        "fc02",
        "1x",
        "离散输入",
        "离散量输入",
    ),
    Table.HOLDING: (
        "holding",
        "holding register",
        "holding registers",
        "3",
        "03",
        "0x03",
        "fc3",
        "fc03",
        "4x",
        "保持寄存器",
    ),
    Table.INPUT: ("input", "input register", "input registers", "4", "04", "0x04", "fc4", "fc04", "3x", "输入寄存器"),
}
_TYPES = {
    RawType.UINT16: ("u16", "无符号16位", "无符号16位整数", "unsigned16", "unsigned 16"),
    RawType.INT16: ("i16", "s16", "有符号16位", "有符号16位整数", "signed16", "signed 16"),
    RawType.UINT32: ("u32", "无符号32位", "无符号32位整数", "unsigned32", "unsigned 32"),
    RawType.INT32: ("i32", "s32", "有符号32位", "有符号32位整数", "signed32", "signed 32"),
    RawType.UINT64: ("u64", "无符号64位"),
    RawType.INT64: ("i64", "s64", "有符号64位"),
    RawType.FLOAT32: ("f32", "float", "real", "single", "浮点", "单精度浮点", "32位浮点"),
    RawType.FLOAT64: ("f64", "double", "双精度浮点", "64位浮点"),
    RawType.BIT: ("bool", "boolean", "位", "布尔"),
    RawType.ENUM: ("枚举",),
    RawType.STRING: ("text", "文本", "字符串"),
}
_ORDERS = {"1234": ByteOrder.ABCD, "3412": ByteOrder.CDAB, "2143": ByteOrder.BADC, "4321": ByteOrder.DCBA}
_UNITS = {  # other spellings of the same; upper and lower case differ: mV is not MV
    **dict.fromkeys(("℃", "oC", "度C"), "°C"),
    **dict.fromkeys(("m3", "m^3"), "m³"),
    **dict.fromkeys(("m3/h", "m^3/h"), "m³/h"),
    **dict.fromkeys(("ug/m3", "ug/m³", "µg/m3", "μg/m3", "μg/m³"), "µg/m³"),
    "rpm": "r/min",
}
_SECONDS = {
    **dict.fromkeys(("", "s", "sec", "秒"), "s"),
    **dict.fromkeys(("ms", "毫秒"), "ms"),
    **dict.fromkeys(("m", "min", "分", "分钟"), "m"),
    **dict.fromkeys(("h", "小时"), "h"),
}
_DECIMAL = re.compile(r"[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?")
_HEAD_OF_LABEL = r"\s*(?P<code>0x[0-9a-fA-F]+|[0-9]+)\s*=\s*((?P<key>[a-z][a-z0-9_]*)\s*:)?"
_WITH_SLASH = re.compile(_HEAD_OF_LABEL + r"\s*(?P<en>[^/]+?)\s*/\s*(?P<zh>[^/]+?)\s*")
_WITH_BAR = re.compile(_HEAD_OF_LABEL + r"\s*(?P<en>[^|]+?)\s*\|\s*(?P<zh>[^|]+?)\s*")
_HOW_LABELS = "Write code=English/中文, several with semicolons: 0=Open/分闸; 1=Closed/合闸."


class Unreadable(Exception):
    """What is wrong with the text of a cell, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Column:
    """`key`: where it stands in a point (`read.address`); `names`: what its header may say, the first two are written."""

    key: str
    names: tuple[str, ...]
    read: Read = str
    example: str = ""
    width: int = 12


def _integer(text: str) -> int:
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return int(text, 16)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Unreadable(f'"{text}" is not a whole number. Write digits, or 0x and hex digits.')
    return int(text)


def _number(text: str) -> float:
    if "," in text:
        raise Unreadable(
            f'"{text}": a comma may mean a decimal or thousands. Write 0.1 with a point, and 1000 without.'
        )
    if not _DECIMAL.fullmatch(text):
        raise Unreadable(f'"{text}" is not a number. Write digits alone, the unit in its own column.')
    return float(text)


def _table(text: str) -> str:
    word = folded(text)
    for table, words in _TABLES.items():
        if word in words:
            return table.value
    raise Unreadable(f'"{text}" is no table. Write holding, input, coil or discrete, or the function code 1 to 4.')


def _type(text: str) -> str:
    word = folded(text)
    for kind in RawType:
        if word in (kind.value, *_TYPES.get(kind, ())):
            return kind.value
    if word in ("int", "integer", "整数", "word", "long"):
        raise Unreadable(f'"{text}" may have a sign or not, and 16 or 32 bits. Write uint16, int16, uint32 or int32.')
    raise Unreadable(f'"{text}" is no type. Write one of {", ".join(RawType)}.')


def _order(text: str) -> str:
    word = re.sub(r"[\s_-]", "", text).upper()
    order = _ORDERS.get(word, word)
    if order not in [*ByteOrder]:
        raise Unreadable(f'"{text}" is no byte order. Write ABCD, CDAB, BADC or DCBA, A the highest byte.')
    return str(order)


def _unit(text: str) -> str:
    plain = unicodedata.normalize("NFC", text)
    unit = _UNITS.get(plain, plain)
    if unit not in [*Unit]:
        same = [known for known in Unit if known.casefold() == unit.casefold()]
        mend = f'Did you mean "{same[0]}"? Upper and lower case differ.' if same else f"Known: {' '.join([*Unit][1:])}."
        raise Unreadable(f'"{text}" is no unit. {mend}')
    return unit


def _period(text: str) -> str:
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]*|毫秒|秒|分|分钟|小时)", text.strip().lower())
    if match is None or match[2] not in _SECONDS:
        raise Unreadable(f'"{text}" is no period. Write seconds, such as 5, or 500ms, 5s, 1m.')
    return match[1] + _SECONDS[match[2]]


def _labels(text: str) -> list[tuple[int, str, str, str]]:
    """Code, key, English and Chinese of each label."""
    found = []
    for part in re.split(r"[;；\n]", text):
        if not part.strip():
            continue
        match = (_WITH_BAR if "|" in part else _WITH_SLASH).fullmatch(part)
        if match is None:
            raise Unreadable(f'"{part.strip()}" is no label. {_HOW_LABELS}')
        key = match["key"] or slug(match["en"])
        if not key:
            raise Unreadable(
                f'"{match["en"]}" gives no name of a label. Write it with one: 0=open:{match["en"]}/{match["zh"]}.'
            )
        found.append((int(match["code"], 0), key, match["en"], match["zh"]))
    return found


def labels_text(labels: Iterable[tuple[int, str, str, str]]) -> str:
    """As `_labels` reads it."""
    parts = []
    for code, key, en, zh in labels:
        named = "" if key == slug(en) and ":" not in en else f"{key}:"
        parts.append(f"{code}={named}{en}{'|' if '/' in en + zh else '/'}{zh}")
    return "; ".join(parts)


def slug(text: str) -> str:
    """A name of small letters and digits out of a title; empty when there is nothing to make it of."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_").lstrip("0123456789_")


def _sentinels(text: str) -> list[int | str]:
    """Raw codes, and ranges of them as a profile writes them."""
    found: list[int | str] = []
    for part in re.split(r"[;；,，\s]+", text.strip()):
        ends = part.split("..")
        if len(ends) > 2 or not all(re.fullmatch(r"0x[0-9a-fA-F]{1,16}|[0-9]{1,20}", end) for end in ends):
            raise Unreadable(
                f'"{part}" is no raw code. Write 0xFFFF, or a range 0xFFF8..0xFFFF, several with semicolons.'
            )
        found.append(part if len(ends) == 2 else int(part, 0 if part.startswith("0x") else 10))
    return found


def _base(text: str) -> int:
    if text not in ("0", "1"):
        raise Unreadable(f'"{text}" is no base. Write 0 when addresses are wire addresses, 1 when they count from 1.')
    return int(text)


COLUMNS = (
    Column(
        "point", ("point", "测点", "name", "key", "tag", "点", "点名", "点位", "标识", "变量名"), str, "voltage_l1", 20
    ),
    Column(
        "title.en", ("title en", "英文名称", "title", "english", "description", "英文名", "英文"), str, "Voltage L1", 22
    ),
    Column("title.zh", ("title zh", "中文名称", "chinese", "中文名", "中文", "名称", "描述"), str, "A相电压", 18),
    Column("unit", ("unit", "单位"), _unit, "V", 8),
    Column(
        "read.table",
        ("table", "表", "function code", "function", "fc", "功能码", "寄存器类型", "区"),
        _table,
        "holding",
    ),
    Column("read.address", ("address", "地址", "register", "寄存器地址", "寄存器", "addr"), _integer, "0", 9),
    Column("base", ("base", "起始", "地址基", "address base"), _base, "0", 7),
    Column("read.type", ("type", "类型", "data type", "数据类型", "format"), _type, "float32", 10),
    Column("read.order", ("order", "字节序", "byte order", "word order", "字节顺序"), _order, "ABCD", 8),
    Column("read.bit", ("bit", "位号", "位", "bit number"), _integer, "", 6),
    Column("read.width", ("width", "位数", "bits"), _integer, "", 6),
    Column("read.length", ("length", "长度", "registers"), _integer, "", 8),
    Column("read.scale", ("scale", "倍率", "factor", "multiplier", "系数", "比例"), _number, "1", 8),
    Column("read.offset", ("offset", "偏移", "偏移量"), _number, "0", 8),
    Column("low", ("min", "下限", "low", "最小值", "range low", "minimum"), _number, "0", 8),
    Column("high", ("max", "上限", "high", "最大值", "range high", "maximum"), _number, "500", 8),
    Column("every", ("period", "周期", "every", "interval", "采集周期", "poll period"), _period, "5s", 9),
    Column("deadband", ("deadband", "死区"), _number, "0.5", 10),
    Column("labels", ("labels", "状态", "codes", "states", "enum", "标签", "枚举值"), _labels, "", 34),
    Column(
        "read.sentinels", ("sentinels", "无数据码", "invalid", "not available", "无效值"), _sentinels, "0x7FC00000", 16
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
NEEDED = ("point", "read.table", "read.address")


def column_of(header: str) -> Column | None:
    """The column that a header means; it may say its name in several languages, and a unit in parentheses."""
    bare = re.sub(r"[(（\[].*?[)）\]]", " ", header)
    for part in (bare, *re.split(r"[/\n|]", bare)):
        name = folded(part)
        for column in COLUMNS:
            if name in column.names:
                return column
    return None


def folded(text: str) -> str:
    """Without differences that mean nothing: case, width, underscores, blanks at the ends and between."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())
