"""Units of points. The value in a site file, profile or page is always one of these."""

from enum import StrEnum


class Unit(StrEnum):
    """Unit symbols as they are written on pages and stored beside a point."""

    NONE = ""
    VOLT = "V"
    AMPERE = "A"
    KILOWATT = "kW"
    KILOVOLT_AMPERE_REACTIVE = "kvar"
    KILOWATT_HOUR = "kWh"
    HERTZ = "Hz"
    MEGAPASCAL = "MPa"
    KILOPASCAL = "kPa"
    CUBIC_METRE_PER_HOUR = "m³/h"
    CUBIC_METRE = "m³"
    METRE = "m"
    CELSIUS = "°C"
    PERCENT = "%"
    HOUR = "h"
    SECOND = "s"
    COUNT = "count"
