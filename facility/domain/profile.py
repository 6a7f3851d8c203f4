"""A profile: one device type as data. Points, how to read them, units, plausible range, rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from facility.domain.counter import Counter
from facility.domain.mqtt import Availability, Stream
from facility.domain.rule import Rule
from facility.domain.text import Title
from facility.domain.unit import Unit


class System(StrEnum):
    """The systems of an estate."""

    POWER = "power"
    WATER = "water"
    FIRE = "fire"
    GAS = "gas"
    PARKING = "parking"


class Table(StrEnum):
    """Modbus data tables, by the word that manuals use. Function codes 1, 2, 3, 4 in this order."""

    COIL = "coil"
    DISCRETE = "discrete"
    HOLDING = "holding"
    INPUT = "input"

    @property
    def function(self) -> int:
        """The Modbus function code that reads this table."""
        return {"coil": 1, "discrete": 2, "holding": 3, "input": 4}[self.value]

    @property
    def of_bits(self) -> bool:
        """Coils and discrete inputs are single bits; the others are words of 16."""
        return self in (Table.COIL, Table.DISCRETE)


class RawType(StrEnum):
    """How the raw words of a point are read."""

    UINT16 = "uint16"
    INT16 = "int16"
    UINT32 = "uint32"
    INT32 = "int32"
    UINT64 = "uint64"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BCD16 = "bcd16"  # four decimal digits, one in each nibble
    BCD32 = "bcd32"  # eight
    BIT = "bit"  # one bit of a word (`bit` 0–15, 0 = lowest), or a coil / discrete input
    BITS = "bits"  # an unsigned number of `width` bits of a word, the lowest of them `bit`
    ENUM = "enum"  # a uint16 code with labels, or one of `width` bits
    STRING = "string"  # two characters a word, `length` words

    @property
    def words(self) -> int:
        """Length in 16-bit words (a bit of a bit table: one bit; of a string: see `Register.words`)."""
        return _WORDS.get(self.value, 1)


_WORDS = {"uint32": 2, "int32": 2, "float32": 2, "bcd32": 2, "uint64": 4, "int64": 4, "float64": 4}


class Grade(StrEnum):
    """Where the facts of a real device come from."""

    MAKER = "O"  # the maker's own text was read
    PROJECT = "S"  # seen in a public project, not in the maker's text
    MIXED = "mixed"  # some of each: the points say which


class ByteOrder(StrEnum):
    """Order of the bytes of a 32-bit or 64-bit value on the wire; A is the most significant."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"
    ABCDEFGH = "ABCDEFGH"
    GHEFCDAB = "GHEFCDAB"
    BADCFEHG = "BADCFEHG"
    HGFEDCBA = "HGFEDCBA"
    CDABGHEF = "CDABGHEF"
    EFGHABCD = "EFGHABCD"

    @property
    def words(self) -> int:
        """Length in words of the values that it orders: 2 or 4."""
        return len(self.value) // 2

    @property
    def widened(self) -> "ByteOrder":
        """The order in which a device with this order sends 64-bit values, unless its manual says otherwise."""
        return ByteOrder(_WIDENED.get(self.value, self.value))


_WIDENED = {"ABCD": "ABCDEFGH", "CDAB": "GHEFCDAB", "BADC": "BADCFEHG", "DCBA": "HGFEDCBA"}


class Coding(StrEnum):
    """How a maker wraps a number, where a scale does not say it."""

    PLAIN = ""
    QUADRANT_POWER_FACTOR = "quadrant_power_factor"  # value > 1 means 2 − value; value < −1 means −2 − value
    OFFSET_BYTES = "offset_bytes"  # high byte − 40 + low byte / 10


@dataclass(frozen=True, slots=True)
class Register:
    """Where and how a point is read over Modbus. `address` is the wire address (from 0), whatever the profile counts from.

    value = (raw × scale + offset) × each point of `scale_by` ÷ 10 ^ the point `decimals`
    """

    table: Table
    address: int
    type: RawType
    order: ByteOrder = ByteOrder.ABCD  # of a 64-bit value: a 32-bit order stands for the one that it implies
    bit: int = 0  # lowest bit of bit, bits and enum
    scale: float = 1.0
    offset: float = 0.0
    sentinels: tuple[int | range, ...] = ()  # raw codes (unsigned, after byte order) that mean "not available"
    width: int = 16  # bits of a bits or enum point
    length: int = 0  # words of a string
    radix: int = 0  # uint32 as high word × radix + low word; 0: as it stands
    scale_by: tuple[str, ...] = ()  # points of the same device that the value is multiplied by
    decimals: str = ""  # point of the same device that tells the decimal places
    coding: Coding = Coding.PLAIN

    def __post_init__(self) -> None:
        if self.type.words == 4:
            object.__setattr__(self, "order", self.order.widened)

    @property
    def words(self) -> int:
        """Length in 16-bit words (of a bit of a bit table: one bit)."""
        return self.length if self.type is RawType.STRING else self.type.words

    @property
    def ratios(self) -> tuple[str, ...]:
        """The points that must be known before this one has a value."""
        return (*self.scale_by, self.decimals) if self.decimals else self.scale_by

    @property
    def part_of_word(self) -> bool:
        """It reads some bits of a word; other points may read the others."""
        return not self.table.of_bits and (
            self.type is RawType.BIT or (self.type in (RawType.BITS, RawType.ENUM) and self.width < 16)
        )

    def unavailable(self, code: int) -> bool:
        """The raw code means "not available"."""
        return any(code in each if isinstance(each, range) else code == each for each in self.sentinels)


@dataclass(frozen=True, slots=True)
class JsonField:
    """Where a point is read over MQTT: a topic template of the profile, and a JSON path (`$` = the whole payload) or a metric."""

    topic: str  # key in Profile.topics
    path: str
    type: str  # number, bool, enum, text
    scale: float = 1.0
    offset: float = 0.0
    time_path: str = ""  # where the source time stands (ISO 8601 or Unix seconds / milliseconds); empty: receipt
    metric: str = ""  # Sparkplug: the metric's name


@dataclass(frozen=True, slots=True)
class Point:
    """One measured or reported quantity of a device."""

    name: str
    title: Title
    unit: Unit
    read: Register | JsonField
    every: timedelta  # poll period (Modbus); MQTT: the longest expected silence between messages
    low: float | None = None  # measuring range; outside is BAD out_of_range
    high: float | None = None
    deadband: float = 0.0  # smallest change stored in history; state and rules always see each value
    labels: Mapping[str, Title] = field(default_factory=dict)  # enum: key → title, in the order of `codes`
    codes: Mapping[int | str, str] = field(
        default_factory=dict
    )  # enum: raw code or word → key; bool: word → true, false
    main: bool = False  # shown first on overviews
    counter: Counter | None = None  # a total that only grows
    grade: Grade | None = None  # of this point's facts, when they differ from the device's

    @property
    def kind(self) -> str:
        """What its values are: number, bit, enum or text."""
        match self.read:
            case Register(type=RawType.BIT) | JsonField(type="bool"):
                return "bit"
            case Register(type=RawType.ENUM) | JsonField(type="enum"):
                return "enum"
            case Register(type=RawType.STRING) | JsonField(type="text"):
                return "text"
        return "number"


@dataclass(frozen=True, slots=True)
class ModbusLimits:
    """What the device allows in one request, and how patient to be."""

    max_registers: int = 125
    max_bits: int = 2000
    max_gap: int = 8  # unused words (or 16 × bits) that one request may read across; 0: the device refuses gaps
    timeout: timedelta = timedelta(seconds=1)
    pause: timedelta = timedelta(0)  # rest between two requests to this device
    page: int = 0  # no request crosses a multiple of this address; 0: no pages
    single: bool = False  # one value a request
    silent_interval: timedelta = timedelta(0)  # RTU: silence of the bus before a request; 0: 3.5 characters
    base: int = 0  # what the manual counts registers from; the registers here carry wire addresses all the same


@dataclass(frozen=True, slots=True)
class Device:
    """The real device that a profile was written for, and how sure its facts are."""

    maker: str
    model: str
    manual: str  # title, edition and pages, or the public project
    grade: Grade
    unconfirmed: Title | None = None  # what is to be tried on a device before anybody relies on it


@dataclass(frozen=True, slots=True)
class Profile:
    """A device type. `asset_class` is the measurement's name in history."""

    id: str
    title: Title
    asset_class: str
    system: System
    protocol: str  # modbus, mqtt
    points: Mapping[str, Point]
    rules: Mapping[str, Rule]
    modbus: ModbusLimits = field(default_factory=ModbusLimits)
    topics: Mapping[str, str] = field(default_factory=dict)  # MQTT: name → template with {prefix}
    streams: Mapping[str, Stream] = field(
        default_factory=dict
    )  # MQTT: by name of the topic, where it is not plain JSON
    availability: Availability | None = None  # MQTT
    source: str = ""  # "generic" for a device type that is nobody's in particular
    device: Device | None = None  # the real device, when it is one

    def stream(self, topic: str) -> Stream:
        """How the messages of a topic (its name) are read."""
        return self.streams.get(topic, Stream())
