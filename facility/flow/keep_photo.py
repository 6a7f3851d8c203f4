"""Keep a photo: evidence that a person adds to an order, or to a line of its checklist."""

from datetime import datetime
from hashlib import sha256

from facility.domain.asset import Site
from facility.domain.errors import Conflict, Unfit
from facility.domain.evidence import MOST_PHOTOS, Photo
from facility.domain.order import may_add_evidence
from facility.flow.check_work import bench_for
from facility.flow.checklist_of import checklist_of
from facility.ports import WorkUnit


def keep_photo(
    site: Site,
    unit: WorkUnit,
    *,
    order: int,
    key: str,
    line: str,
    picture: bytes,
    size: tuple[int, int],
    person: int,
    at: datetime,
) -> Photo:
    """The stored photo; `picture`: JPEG, `size`: width and height in pixels. The same key again changes nothing.
    Conflict, NotFound, Unfit.
    """
    of = unit.orders.get(order)
    kept = unit.photos.of_order(order)
    known = next((photo for photo in kept if photo.key == key), None)
    if known is not None:
        return known
    if not may_add_evidence(of, person, bench_for(site, unit, of)):
        raise Conflict(f"order {order} is {of.state}, or not this person's: no photo can be added")
    if len(kept) >= MOST_PHOTOS:
        raise Unfit("photo", "photos_many", f"order {order} has {MOST_PHOTOS} photos already", most=MOST_PHOTOS)
    if line and line not in {each.key for each in checklist_of(site, unit, of)}:
        raise Conflict(f"order {order}: its checklist has changed meanwhile: look at it again")
    width, height = size
    photo = Photo(0, order, key, line, width, height, len(picture), sha256(picture).hexdigest(), person, at)
    return unit.photos.add(photo, picture)
