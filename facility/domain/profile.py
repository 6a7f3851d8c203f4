"""A profile: one device type as data. Points, how to read them, units, plausible range, rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

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
    FLOAT32 = "float32"
    BIT = "bit"  # one bit of a word (`bit` 0–15, 0 = lowest), or a coil / discrete input
    ENUM = "enum"  # a uint16 code with labels

    @property
    def words(self) -> int:
        """Length in 16-bit words (a bit of a bit table: one bit)."""
        return 2 if self in (RawType.UINT32, RawType.INT32, RawType.FLOAT32) else 1


class ByteOrder(StrEnum):
    """Order of the four bytes of a 32-bit value on the wire; A is the most significant."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


@dataclass(frozen=True, slots=True)
class Register:
    """Where and how a point is read over Modbus. `address` is the wire address (from 0)."""

    table: Table
    address: int
    type: RawType
    order: ByteOrder = ByteOrder.ABCD
    bit: int = 0
    scale: float = 1.0  # value = raw × scale + offset
    offset: float = 0.0
    sentinels: tuple[int, ...] = ()  # raw codes (unsigned, after byte order) that mean "not available"


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


@dataclass(frozen=True, slots=True)
class ModbusLimits:
    """What the device allows in one request, and how patient to be."""

    max_registers: int = 125
    max_bits: int = 2000
    max_gap: int = 8  # unused words (or 16 × bits) that one request may read across; 0: the device refuses gaps
    timeout: timedelta = timedelta(seconds=1)
    pause: timedelta = timedelta(0)  # rest between two requests to this device


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
    source: str = ""  # maker, model, edition of the manual, or "generic"

    def stream(self, topic: str) -> Stream:
        """How the messages of a topic (its name) are read."""
        return self.streams.get(topic, Stream())
