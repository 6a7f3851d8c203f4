"""Roles: what the post that a person fills lets them see and do."""

from enum import StrEnum


class Role(StrEnum):
    """The roles of an estate. 系统管理员 (accounts, channels, backups) is apart from 管理员 (the property officer of certain areas)."""

    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SUPERVISOR = "supervisor"
    FOREMAN = "foreman"
    TECHNICIAN = "technician"
    PUBLIC_ORDER_OFFICER = "public_order_officer"
    FRONT_DESK = "front_desk"
    ENGINEERING = "engineering"
    GATE_INTEGRATOR = "gate_integrator"


STAFF = frozenset(Role) - {Role.GATE_INTEGRATOR}
"""Everybody who works for the estate; the gate integrator is another company."""

GIVEN = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.ENGINEERING, Role.GATE_INTEGRATOR})
"""Roles that an account may have by itself. All others come from the positions that its person fills, and go with them."""

OPERATORS = frozenset({Role.MANAGER, Role.SUPERVISOR, Role.FOREMAN, Role.ENGINEERING, Role.SYSTEM_ADMINISTRATOR})
"""Who sees how the programs themselves are."""

OVERSEERS = frozenset({Role.MANAGER, Role.SYSTEM_ADMINISTRATOR})
"""Who answers for the installation: tries channels, reads the audit."""

PLANNERS = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.SUPERVISOR, Role.FOREMAN, Role.SYSTEM_ADMINISTRATOR})
"""Who changes what others do: duties, absences, drills."""

SPOT_CHECKERS = frozenset({Role.MANAGER, Role.SUPERVISOR})
"""Who does the third check."""
SWITCHERS = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.SUPERVISOR})
"""Who switches a maintenance plan off or on."""

HOME_KEEPERS = frozenset({Role.MANAGER, Role.ADMINISTRATOR, Role.SUPERVISOR, Role.FRONT_DESK})
"""Who looks up homes and the people in them, and keeps their register."""

REQUEST_KEEPERS = HOME_KEEPERS | {Role.FOREMAN}
"""Who takes requests and complaints and follows them to their end."""
