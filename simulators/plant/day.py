"""The day of a residential estate: how much of everything is used at which hour, as a share of the daily maximum."""

Curve = tuple[float, ...]
"""24 values for the full hours 0–23; between them a straight line."""

ELECTRICITY: Curve = (
    0.38, 0.34, 0.31, 0.30, 0.30, 0.33, 0.45, 0.60, 0.58, 0.52, 0.50, 0.55,
    0.62, 0.56, 0.50, 0.50, 0.55, 0.68, 0.86, 0.98, 1.00, 0.92, 0.72, 0.50,
)  # fmt: skip
WATER: Curve = (
    0.14, 0.10, 0.08, 0.08, 0.10, 0.25, 0.62, 0.90, 0.72, 0.50, 0.45, 0.58,
    0.62, 0.45, 0.38, 0.38, 0.46, 0.66, 0.88, 1.00, 0.94, 0.76, 0.46, 0.24,
)  # fmt: skip
GAS: Curve = (
    0.06, 0.05, 0.05, 0.05, 0.06, 0.20, 0.62, 0.70, 0.36, 0.26, 0.52, 0.92,
    0.70, 0.28, 0.18, 0.20, 0.44, 0.96, 1.00, 0.72, 0.48, 0.34, 0.20, 0.10,
)  # fmt: skip
CARS: Curve = (
    0.05, 0.03, 0.02, 0.02, 0.04, 0.14, 0.48, 0.96, 0.82, 0.44, 0.36, 0.42,
    0.44, 0.38, 0.36, 0.40, 0.56, 0.90, 1.00, 0.78, 0.52, 0.36, 0.22, 0.10,
)  # fmt: skip
WARMTH: Curve = (
    0.24, 0.18, 0.12, 0.08, 0.04, 0.00, 0.06, 0.18, 0.36, 0.54, 0.70, 0.84,
    0.94, 1.00, 1.00, 0.96, 0.86, 0.74, 0.62, 0.54, 0.46, 0.40, 0.34, 0.28,
)  # fmt: skip


Year = tuple[float, ...]
"""12 values for the middle of January–December; between them a straight line."""

OUTDOORS: Year = (4.5, 6.5, 11.0, 17.0, 22.0, 25.5, 29.5, 29.0, 25.0, 19.5, 13.0, 7.0)  # °C, mean of day and night
COOLING_AND_HEATING: Year = (0.92, 0.88, 0.78, 0.70, 0.72, 0.86, 1.00, 1.00, 0.86, 0.72, 0.76, 0.88)  # electricity
WATER_OF_YEAR: Year = (0.90, 0.86, 0.90, 0.95, 1.00, 1.08, 1.16, 1.18, 1.06, 1.00, 0.96, 0.95)  # about 1 in the mean
GAS_OF_YEAR: Year = (1.45, 1.40, 1.20, 0.98, 0.82, 0.72, 0.66, 0.66, 0.76, 0.92, 1.12, 1.31)  # about 1 in the mean
SWING = 8.0  # K between the coldest and the warmest hour
DAYS = 365.0


def at_hour(curve: Curve, hour: float) -> float:
    """The curve's value at an hour of the day (0 ≤ hour < 24)."""
    first = int(hour)
    share = hour - first
    return curve[first] * (1.0 - share) + curve[(first + 1) % 24] * share


def at_day(year: Year, day: float) -> float:
    """The year's value at a day counted from the beginning of a year; later years repeat the first."""
    position = 12.0 * (day % DAYS) / DAYS - 0.5
    first = int(position // 1)
    share = position - first
    return year[first % 12] * (1.0 - share) + year[(first + 1) % 12] * share


def outdoors(day: float, hour: float) -> float:
    """°C in the shade."""
    return at_day(OUTDOORS, day) + SWING * (at_hour(WARMTH, hour) - 0.5)


def tariff_at(hour: float) -> str:
    """The tariff of an hour for trade and industry: sharp, peak, flat or valley; each province has hours of its own."""
    if hour < 8.0:
        return "valley"
    if 19.0 <= hour < 21.0:
        return "sharp"
    return "peak" if 10.0 <= hour < 12.0 or 14.0 <= hour < 19.0 else "flat"
