"""Skill of: what whoever carries out an order must have learnt, as its plan says. Nothing while no skills are kept on the site."""

from facility.domain.asset import Site
from facility.domain.duty import DutyBook
from facility.domain.order import Order
from facility.domain.plan import Plan
from facility.domain.skill import Skill


def skill_of(site: Site, book: DutyBook, order: Order) -> Skill | None:
    """None: anybody of the position can do it. What a checklist found is a repair of its own and asks for none."""
    plan = site.plans.get(order.title_id) if order.occurrence is not None else None
    return skill_of_plan(book, plan) if plan else None


def skill_of_plan(book: DutyBook, plan: Plan) -> Skill | None:
    """The same for work that has no order yet."""
    return plan.skill if book.keeps_skills else None
