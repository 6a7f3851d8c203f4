"""Photos and what was used: by forms, as JSON, by the link of a message; what is refused says why."""

import io

import pytest
from PIL import Image

from api.forms import MOST_UPLOAD
from facility.domain.order import OrderStep
from tests.api.conftest import Client
from tests.api.scene import Scene
from tests.harness.photo import a_photo

WORKER = "li-wei"
BOUNDARY = "----photo"


@pytest.fixture
def order(scene: Scene) -> int:
    """A repair that the worker has accepted."""
    scene.people()
    scene.plans()
    scene.incident()
    number = scene.order_of("gas-2")
    scene.step(number, OrderStep.ACCEPT, scene.login_of(number))
    return number


def form_with(photo: bytes, **fields: str) -> bytes:
    """A multipart form as browsers send it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return "".join(parts).encode() + file.encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()


FORM = {
    "content-type": f"multipart/form-data; boundary={BOUNDARY}",
    "origin": "https://facility.test",
    "accept-language": "en",
}


def test_a_photo_by_form_by_script_and_by_link_is_shown_to_those_who_may(
    client: Client, scene: Scene, order: int
) -> None:
    worker = client.as_person(scene.login_of(order))
    sent = worker.raw(f"/orders/{order}/photos", form_with(a_photo(), csrf=worker.csrf, key="a-key-of-eight"), FORM)
    assert sent.status_code == 303
    token = scene.token("order", order, scene.login_of(order))
    raw = {
        "content-type": "image/png",
        "idempotency-key": "b-key-of-eight",
        "origin": "https://facility.test",
        "accept-language": "en",
    }
    kept = client.raw(f"/o/{token}/photos.json", a_photo("PNG"), raw)
    assert client.raw(f"/o/{token}/photos.json", a_photo("PNG"), raw).json() == kept.json()
    by_form = client.raw(f"/o/{token}/photos", form_with(a_photo(), key="c-key-of-eight"), FORM)
    assert by_form.status_code == 303
    photos = worker.get(f"/orders/{order}.json").json()["photos"]
    assert [photo["width"] for photo in photos] == [30, 30, 30]
    picture = worker.get(f"/orders/{order}/photos/{photos[0]['id']}.jpg")
    assert picture.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(picture.content)) as image:
        assert len(image.getexif()) == 0
    assert (
        client.get(kept.json()["address"]).content
        == worker.get(f"/orders/{order}/photos/{photos[1]['id']}.jpg").content
    )
    assert f"/o/{token}/photos/{photos[1]['id']}.jpg" in client.get(f"/o/{token}").text
    other = scene.token("order", scene.order_of("pump-3"), scene.login_of(scene.order_of("pump-3")))
    assert client.get(f"/o/{other}/photos/{photos[0]['id']}.jpg").status_code == 404


def test_what_is_no_photo_is_said(client: Client, scene: Scene, order: int) -> None:
    worker = client.as_person(scene.login_of(order))
    damaged = worker.raw(
        f"/orders/{order}/photos", form_with(b"no photo", csrf=worker.csrf, key="a-key-of-eight"), FORM
    )
    assert damaged.status_code == 422
    assert "Take the photo again" in damaged.text
    large = {**FORM, "content-length": str(MOST_UPLOAD + 1)}
    assert worker.raw(f"/orders/{order}/photos", b"", large).status_code == 422
    forged = worker.raw(f"/orders/{order}/photos", form_with(a_photo(), csrf="x", key="a-key-of-eight"), FORM)
    assert forged.status_code == 403
    assert worker.get(f"/orders/{order}.json").json()["photos"] == []


def test_what_was_used_is_entered_and_struck(client: Client, scene: Scene, order: int) -> None:
    login = scene.login_of(order)
    worker = client.as_person(login)
    part = {
        "kind": "part",
        "name": "Ball valve DN20",
        "quantity": "2",
        "unit": "pcs",
        "price": "38.50",
        "key": "a-key-of-eight",
    }
    for _ in range(2):
        used = worker.tell("POST", f"/orders/{order}/used.json", part).json()
    assert (used["cost"], used["charged"], len(used["rows"])) == ("77.00", "0.00", 1)
    token = scene.token("order", order, login)
    paid = {"kind": "labour", "name": "Fitting", "quantity": "1", "price": "60", "charged": "yes"}
    assert client.post(f"/o/{token}/used", paid).status_code == 303
    page = worker.get(f"/orders/{order}").text
    assert "¥137.00" in page
    assert "¥60.00" in page
    assert worker.act(f"/orders/{order}/used", {"strike": str(used["rows"][0]["id"])}).status_code == 303
    assert worker.get(f"/orders/{order}/used.json").json()["cost"] == "60.00"
    for field, text, words in [
        ("price", "1,5", "is not a number"),
        ("quantity", "0", "above 0"),
        ("name", "", "needs 1 to"),
    ]:
        refused = worker.act(f"/orders/{order}/used", {**part, "key": "", field: text})
        assert refused.status_code == 422, field
        assert words in refused.text
    stranger = client.as_person("sun-li")
    assert stranger.tell("POST", f"/orders/{order}/used.json", {**part, "key": "b-key-of-eight"}).status_code == 409
