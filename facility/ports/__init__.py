"""Ports: what the flow needs of the world outside, as Protocols. Adapters stand in `store/`, `bus`, `clock`, and the programs.

Stores are synchronous: asyncio programs call them in a thread. All times are aware datetimes in UTC.
"""

from facility.ports.accounts import Accounts, ApiKeys, Passwords, Sessions, SignIns
from facility.ports.alerts import AlertFilter, Alerts
from facility.ports.audit import Audit, AuditFilter
from facility.ports.calendars import CalendarFeed, CalendarFeeds
from facility.ports.channels import Channels, Receipts
from facility.ports.clock import Clock
from facility.ports.conditions import Conditions
from facility.ports.drills import Drills, Scenario, Stage, StageError
from facility.ports.duties import Duties, ToldVacancy
from facility.ports.emergencies import PlanSteps
from facility.ports.evidence import Photos, Results, UsedThings
from facility.ports.figures import AlertRecords, Assessment, Assessments, OrderRecords
from facility.ports.folds import Folds
from facility.ports.handovers import HandoverFilter, Handovers
from facility.ports.history import GzipHistory, History, Numbers, RowHistory, Sample
from facility.ports.home_visits import HomeVisits
from facility.ports.homes import HomeFilter, Homes
from facility.ports.leases import Lease, Leases
from facility.ports.live import Live
from facility.ports.notices import Channel, Notices, Outgoing
from facility.ports.orders import Occurrences, OrderFilter, Orders, OrderText
from facility.ports.past_services import PastServices
from facility.ports.people import People
from facility.ports.plan_changes import PlanChanges
from facility.ports.plan_switches import PlanSwitches
from facility.ports.renewals import Renewals
from facility.ports.requests import DailyList, DailyLists, ReportPlace, ReportPlaces, RequestFilter, Requests
from facility.ports.revisions import Revision, Revisions
from facility.ports.suppressions import Announcements, Suppressions
from facility.ports.work import Work, WorkUnit

__all__ = [
    "Accounts",
    "AlertFilter",
    "AlertRecords",
    "Alerts",
    "Announcements",
    "ApiKeys",
    "Assessment",
    "Assessments",
    "Audit",
    "AuditFilter",
    "CalendarFeed",
    "CalendarFeeds",
    "Channel",
    "Channels",
    "Clock",
    "Conditions",
    "DailyList",
    "DailyLists",
    "Drills",
    "Duties",
    "Folds",
    "GzipHistory",
    "HandoverFilter",
    "Handovers",
    "History",
    "HomeFilter",
    "HomeVisits",
    "Homes",
    "Lease",
    "Leases",
    "Live",
    "Notices",
    "Numbers",
    "Occurrences",
    "OrderFilter",
    "OrderRecords",
    "OrderText",
    "Orders",
    "Outgoing",
    "Passwords",
    "PastServices",
    "People",
    "Photos",
    "PlanChanges",
    "PlanSteps",
    "PlanSwitches",
    "Receipts",
    "Renewals",
    "ReportPlace",
    "ReportPlaces",
    "RequestFilter",
    "Requests",
    "Results",
    "Revision",
    "Revisions",
    "RowHistory",
    "Sample",
    "Scenario",
    "Sessions",
    "SignIns",
    "Stage",
    "StageError",
    "Suppressions",
    "ToldVacancy",
    "UsedThings",
    "Work",
    "WorkUnit",
]
